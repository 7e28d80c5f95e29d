r"""A chat in the wild: the client writes its own name in front of what it says, `ana: text`, and behind it `/secret n text` for one alone.

By line, after a name that is sent without an end. Only the first word of a name counts; the same name twice is let in. Carriage returns stand where nobody
needs them, a prompt follows each line that was understood. `[quit]` is answered with `bye`, and the client closes. What is
no text ends the connection, what is too long is refused, and a secret for nobody is lost without a word.
"""

# Wire transcript:
#   ana connects
#   ana < "\ralias?\r\n"
#   ana > "ana maria"
#   ana < "in as ana\r\n\r: "
#   bia connects
#   bia < "\ralias?\r\n"
#   bia > "bia"
#   bia < "in as bia\r\n\r: "
#   ana < "bia came\r\n"
#   ana > "ana: Bom dia!\n"
#   ana < "\r: "
#   bia < "ana: Bom dia!\r\n"
#   bia > "bia: /secret ana psst\n"
#   ana < "bia (secret): psst\r\n"
#   bia < "\r: "
#   bia > "bia: /secret zeca psst\n"
#   bia < "\r: "
#   bia > "bia: a*1100\n"
#   bia < "too long\r\n\r: "
#   ana > "[quit]\n"
#   ana < "bye\r\n"
#   bia < "ana went\r\n"
#   ana closes
#   bia > "bia: \xff\n"
#   bia < end

import socket
import sys
import threading

LONGEST = 1023

lock = threading.RLock()
people = []


def send(conn, text):
    try:
        conn.sendall(text.encode())
    except OSError:
        pass


def deliver(sender, text, to=None):
    for name, conn in people:
        if conn is not sender and to in (None, name):
            send(conn, text + "\r\n")


def obey(conn, line):
    name, _, text = line.partition(": ")
    if len(line.encode()) > LONGEST:
        return send(conn, "too long\r\n\r: ")
    if text.startswith("/secret "):
        to, _, text = text[len("/secret "):].partition(" ")
        deliver(conn, f"{name} (secret): {text}", to)
    elif text:
        deliver(conn, f"{name}: {text}")
    send(conn, "\r: ")


def converse(conn, me):
    waiting = b""
    while piece := conn.recv(4096):
        waiting += piece
        *lines, waiting = waiting.split(b"\n")
        for line in lines:
            text = line.decode()
            with lock:
                if text == "[quit]":
                    leave(conn, me)
                    send(conn, "bye\r\n")
                else:
                    obey(conn, text)


def leave(conn, me):
    if me in people:
        people.remove(me)
        deliver(conn, f"{me[0]} went")


def handle(conn):
    me = None
    with conn:
        try:
            conn.sendall(b"\ralias?\r\n")
            words = conn.recv(256).decode().split()
            if words:
                me = (words[0], conn)
                with lock:
                    send(conn, f"in as {me[0]}\r\n\r: ")
                    deliver(conn, f"{me[0]} came")
                    people.append(me)
                converse(conn, me)
        except (OSError, UnicodeDecodeError):
            pass
        with lock:
            leave(conn, me)


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
