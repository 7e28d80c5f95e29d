"""A chat in the wild: frames of exactly 64 bytes in both directions, padded with NUL.

The first byte is the kind of frame: `J` join, `M` message, `L` list, `Q` quit, `E` error. What does not fit in a frame is
cut, even in the middle of a letter. A client that stays behind with reading is cut off.
"""

# Wire transcript (x*N stands for x written N times):
#   ana connects
#   ana > "Jana\0*60"
#   ana < "Jana\0*60"
#   bia connects
#   bia > "Jbi"
#   bia > "a\0*60"
#   bia < "Jbia\0*60"
#   ana < "Jbia\0*60"
#   ana > "MBom dia!\0*55MSão\0*59"
#   ana < "Mana: Bom dia!\0*50Mana: São\0*54"
#   bia < "Mana: Bom dia!\0*50Mana: São\0*54"
#   bia > "L\0*63"
#   bia < "L2 ana bia\0*54"
#   bia > "Ma*63"
#   bia < "Mbia: a*58"
#   ana < "Mbia: a*58"
#   bia > "?\0*63"
#   bia < "E?\0*62"
#   bia > "Q\0*63"
#   bia < "Qbia\0*60"
#   bia < end
#   ana < "Qbia\0*60"

import socket
import sys
import threading

FRAME = 64
PATIENCE = 2.0

lock = threading.RLock()
people = {}


def frame(kind, text):
    return (kind.encode() + text)[:FRAME].ljust(FRAME, b"\0")


def send(conn, kind, text=b""):
    try:
        conn.sendall(frame(kind, text))
    except OSError:
        conn.close()


def tell(kind, text):
    with lock:
        for conn in list(people.values()):
            send(conn, kind, text)


def receive(conn):
    """Kind and text of the next frame, or None at the end."""
    data = b""
    while len(data) < FRAME:
        try:
            piece = conn.recv(FRAME - len(data))
        except TimeoutError:
            continue
        except OSError:
            return None
        if not piece:
            return None
        data += piece
    return chr(data[0]), data[1:].rstrip(b"\0")


def join(conn):
    """The name of a client that has joined, or None when it left first."""
    while asked := receive(conn):
        kind, name = asked
        with lock:
            if kind == "J" and name and name not in people:
                people[name] = conn
                tell("J", name)
                return name
        send(conn, "E", b"join first")
    return None


def converse(conn, name):
    while asked := receive(conn):
        kind, text = asked
        if kind == "Q":
            return
        if kind == "M":
            tell("M", name + b": " + text)
        elif kind == "L":
            with lock:
                send(conn, "L", b"%d " % len(people) + b" ".join(people))
        else:
            send(conn, "E", kind.encode())


def handle(conn):
    conn.settimeout(PATIENCE)
    name = join(conn)
    if name:
        converse(conn, name)
        tell("Q", name)
        with lock:
            del people[name]
    conn.close()


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
