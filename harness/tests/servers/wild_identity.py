"""A chat in the wild: nobody has a name; the server hands out `client 0`, `client 1`, … and never reuses a number.

By line. Bare text goes to everyone else; `to N text` is private, to the number; `who` gives the numbers. No
acknowledgement.
"""

# Wire transcript:
#   ana connects
#   ana < "you are client 0\n"
#   bia connects
#   bia < "you are client 1\n"
#   ana < "client 1 connected\n"
#   ana > "Bom dia!\n"
#   bia < "client 0: Bom dia!\n"
#   bia > "to 0 segredo\n"
#   ana < "client 1 (private): segredo\n"
#   bia > "to 7 segredo\n"
#   bia < "no client 7\n"
#   bia > "who\n"
#   bia < "0 1\n"
#   ana closes
#   bia < "client 0 disconnected\n"
#   caio connects
#   caio < "you are client 2\n"
#   bia < "client 2 connected\n"

import itertools
import socket
import sys
import threading

numbers = itertools.count()
clients = {}
lock = threading.RLock()


def tell(number, text):
    try:
        clients[number].sendall((text + "\n").encode())
    except OSError:
        pass


def tell_others(number, text):
    with lock:
        for other in clients:
            if other != number:
                tell(other, text)


def private(number, words):
    to, _, text = words.partition(" ")
    with lock:
        if to.isdigit() and int(to) in clients:
            tell(int(to), f"client {number} (private): {text}")
        else:
            tell(number, f"no client {to}")


def obey(number, line):
    if line == "who":
        with lock:
            tell(number, " ".join(str(other) for other in clients))
    elif line.startswith("to "):
        private(number, line[3:])
    elif line:
        tell_others(number, f"client {number}: {line}")


def handle(conn, number):
    with conn, conn.makefile(encoding="utf-8", errors="replace", newline="\n") as lines:
        try:
            for line in lines:
                obey(number, line.strip())
        except OSError:
            pass
        with lock:
            del clients[number]
            tell_others(number, f"client {number} disconnected")


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, _ = listener.accept()
        number = next(numbers)
        with lock:
            clients[number] = conn
            tell(number, f"you are client {number}")
            tell_others(number, f"client {number} connected")
        threading.Thread(target=handle, args=(conn, number), daemon=True).start()


if __name__ == "__main__":
    main()
