r"""A chat in the wild: the name comes in one write without an end, everything after it by line; the server ends each message with
a line feed and a NUL.

The greeting comes in several sends. Who comes is told to everyone, to the newcomer too; who goes is told twice. After each
arrival, departure and message everyone gets the list, in pairs of number and name. `n$text` is private, arrives without its
sender's name, and to nobody it is silence. Any other line is a message, even a mistyped command; an empty line leaves. Names in
other letters are the same name, and a name in use is refused by a word and a closed connection.
"""

# Wire transcript:
#   ana connects
#   ana < "*** Patio ***\n\0who?"
#   ana > "ana"
#   ana < "welcome, ana\n\0ana is in the patio\n\0here: 1 ana\n\0"
#   bia connects
#   bia < "*** Patio ***\n\0who?"
#   bia > "ANA"
#   bia < "taken\n\0"
#   bia < end
#   bia connects
#   bia < "*** Patio ***\n\0who?"
#   bia > "bia"
#   bia < "welcome, bia\n\0bia is in the patio\n\0here: 1 ana 2 bia\n\0"
#   ana < "bia is in the patio\n\0here: 1 ana 2 bia\n\0"
#   ana > "/help me\n"
#   bia < "ana says /help me\n\0here: 1 ana 2 bia\n\0"
#   ana < "here: 1 ana 2 bia\n\0"
#   bia > "ana$psst\n"
#   ana < "(private) psst\n\0"
#   bia > "zeca$psst\n"
#   bia < silence
#   bia > "\n"
#   bia < end
#   ana < "bia is gone\n\0bia is gone\n\0here: 1 ana\n\0"

import socket
import sys
import threading

lock = threading.RLock()
people = {}


def send(conn, text):
    try:
        conn.sendall(text.encode() + b"\n\0")
    except OSError:
        pass


def tell(text, but=None):
    with lock:
        for name, conn in people.items():
            if name != but:
                send(conn, text)


def push_list():
    with lock:
        pairs = (f"{number} {name}" for number, name in enumerate(people, 1))
        tell("here: " + " ".join(pairs))


def enter(conn):
    """The newcomer's name, or None when it is refused or left first."""
    for piece in (b"*** ", b"Patio", b" ***\n\0", b"who?"):
        conn.sendall(piece)
    name = conn.recv(64).decode(errors="replace").strip()
    with lock:
        if name.lower() in (other.lower() for other in people):
            send(conn, "taken")
            return None
        if name:
            people[name] = conn
            send(conn, f"welcome, {name}")
            tell(f"{name} is in the patio")
            push_list()
    return name


def obey(name, line):
    to, dollar, text = line.partition("$")
    if dollar and " " not in to:
        with lock:
            if to in people:
                send(people[to], f"(private) {text}")
        return
    with lock:
        tell(f"{name} says {line}", but=name)
        push_list()


def handle(conn):
    name = None
    try:
        with conn:
            name = enter(conn)
            if name:
                with conn.makefile(encoding="utf-8", errors="replace", newline="\n") as lines:
                    for line in lines:
                        if not line.rstrip("\r\n"):
                            break
                        obey(name, line.rstrip("\r\n"))
    except OSError:
        pass
    if name:
        with lock:
            del people[name]
            tell(f"{name} is gone")
            tell(f"{name} is gone")
            push_list()


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
