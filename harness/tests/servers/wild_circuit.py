r"""A chat in the wild, after IRC: `NICK n`, which is not answered, and then `USER …`; numbers for replies, several lines in some of them.

By line: CR LF, and LF alone is understood. The sender gets its own copy and an acknowledgement. A line is cut at 512 bytes, and bytes
that are no UTF-8 are replaced. A mistake is answered with its number and the command. Who breaks off is told otherwise.
"""

# Wire transcript:
#   ana connects
#   ana > "NICK ana\r\n"
#   ana < silence
#   ana > "USER ana 0 * :ana\r\n"
#   ana < "001 ana :welcome\r\n376 ana :end of greeting\r\n"
#   bia connects
#   bia > "PRIVMSG #sala :oi\r\n"
#   bia < "451 PRIVMSG\r\n"
#   bia > "NICK ana\r\nUSER ana 0 * :ana\r\n"
#   bia < "433 ana\r\n"
#   bia > "NICK bia\r\nUSER bia 0 * :bia\n"
#   bia < "001 bia :welcome\r\n376 bia :end of greeting\r\n"
#   ana < ":bia JOIN #sala\r\n"
#   ana > "PRIVMSG #sala :Bom dia!\r\n"
#   ana < ":ana PRIVMSG #sala :Bom dia!\r\n250 PRIVMSG\r\n"
#   bia < ":ana PRIVMSG #sala :Bom dia!\r\n"
#   bia > "PRIVMSG ana :psst\r\n"
#   ana < ":bia PRIVMSG ana :psst\r\n"
#   bia < "250 PRIVMSG\r\n"
#   bia > "PRIVMSG zeca :psst\r\n"
#   bia < "401 zeca\r\n"
#   bia > "NAMES\r\n"
#   bia < "353 bia :ana bia\r\n366 bia :end of list\r\n"
#   bia > "XYZZY now\r\n"
#   bia < "421 XYZZY\r\n"
#   bia > "PRIVMSG\r\n"
#   bia < "461 PRIVMSG\r\n"
#   bia > "PRIVMSG #sala :\xff\r\n"
#   bia < ":bia PRIVMSG #sala :\xef\xbf\xbd\r\n250 PRIVMSG\r\n"
#   ana < ":bia PRIVMSG #sala :\xef\xbf\xbd\r\n"
#   bia > "QUIT :bye\r\n"
#   bia < "ERROR :closing link\r\n"
#   bia < end
#   ana < ":bia QUIT :bye\r\n"
#   caio connects
#   caio > "NICK caio\r\nUSER caio 0 * :caio\r\n"
#   caio < "001 caio :welcome\r\n376 caio :end of greeting\r\n"
#   ana < ":caio JOIN #sala\r\n"
#   caio resets
#   ana < ":caio QUIT :broken\r\n"

import socket
import sys
import threading

LONGEST = 512

lock = threading.RLock()
people = {}


def send(conn, *lines):
    try:
        conn.sendall(b"".join(line.encode() + b"\r\n" for line in lines))
    except OSError:
        pass


def tell(line, but=None):
    for name, conn in people.items():
        if name != but:
            send(conn, line)


def requests(conn):
    """Each line in its parts: the command, what stands before the colon, the text. Raises OSError when the connection breaks."""
    waiting = b""
    while piece := conn.recv(4096):
        waiting += piece
        *lines, waiting = waiting.split(b"\n")
        for line in lines:
            head, colon, text = line.rstrip(b"\r")[:LONGEST].decode(errors="replace").partition(" :")
            command, _, rest = head.partition(" ")
            yield command, rest, text if colon else None


def register(conn, asked):
    wanted = None
    for command, rest, _ in asked:
        if command == "NICK" and rest:
            wanted = rest
        elif command == "USER" and wanted:
            with lock:
                if wanted in people:
                    send(conn, f"433 {wanted}")
                    continue
                send(conn, f"001 {wanted} :welcome", f"376 {wanted} :end of greeting")
                tell(f":{wanted} JOIN #sala")
                people[wanted] = conn
                return wanted
        elif command == "QUIT":
            return None
        else:
            send(conn, f"451 {command}")
    return None


def obey(conn, name, command, rest, text):
    if command == "PRIVMSG" and rest and text:
        line = f":{name} PRIVMSG {rest} :{text}"
        if rest == "#sala":
            tell(line)
        elif rest in people:
            send(people[rest], line)
        else:
            return send(conn, f"401 {rest}")
        send(conn, "250 PRIVMSG")
    elif command == "NAMES":
        send(conn, f"353 {name} :{' '.join(people)}", f"366 {name} :end of list")
    else:
        send(conn, f"{'461' if command == 'PRIVMSG' else '421'} {command}")


def converse(conn, name, asked):
    for command, rest, text in asked:
        if command == "QUIT":
            return "bye"
        with lock:
            obey(conn, name, command, rest, text)
    return "gone"


def handle(conn):
    with conn:
        name, why = None, "broken"
        asked = requests(conn)
        try:
            name = register(conn, asked)
            if name:
                why = converse(conn, name, asked)
        except OSError:
            pass
        with lock:
            if name or (name := next((one for one, other in people.items() if other is conn), None)):
                del people[name]
                tell(f":{name} QUIT :{why}")
                if why == "bye":
                    send(conn, "ERROR :closing link")


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
