"""A chat in the wild: names and notices are coloured with ANSI escape sequences.

No delimiter from the client, a line feed from the server. A token asks for the name; each person has one of six colours,
in the order of arrival. The sender gets its own copy, coloured too.
"""

# Wire transcript:
#   ana connects
#   ana < "\x1b[1mSUBMITNAME\x1b[0m\n"
#   ana > "ana"
#   ana < "\x1b[32mNAMEACCEPTED ana\x1b[0m\n"
#   bia connects
#   bia < "\x1b[1mSUBMITNAME\x1b[0m\n"
#   bia > "ana"
#   bia < "\x1b[1mSUBMITNAME\x1b[0m\n"
#   bia > "bia"
#   bia < "\x1b[32mNAMEACCEPTED bia\x1b[0m\n"
#   ana < "\x1b[33m+ \x1b[92mbia\x1b[33m has joined\x1b[0m\n"
#   bia > "olá"
#   bia < "\x1b[92mbia\x1b[0m: olá\n"
#   ana < "\x1b[92mbia\x1b[0m: olá\n"
#   ana > "/users"
#   ana < "\x1b[91mana\x1b[0m \x1b[92mbia\x1b[0m\n"
#   bia > "/quit"
#   bia < "\x1b[31mgoodbye\x1b[0m\n"
#   bia < end
#   ana < "\x1b[33m- \x1b[92mbia\x1b[33m has left\x1b[0m\n"

import itertools
import socket
import sys
import threading

RESET, BOLD, RED, GREEN, YELLOW = "\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m"

palette = itertools.cycle(f"\x1b[{colour}m" for colour in range(91, 97))
lock = threading.RLock()
people = {}


class Person:
    def __init__(self, conn, name):
        self.conn = conn
        self.name = name
        self.colour = next(palette)

    def send(self, text):
        send(self.conn, text)

    def __str__(self):
        return self.colour + self.name


def send(conn, text):
    try:
        conn.sendall(text.encode() + b"\n")
    except OSError:
        pass


def tell(text, but=None):
    with lock:
        for person in people.values():
            if person is not but:
                person.send(text)


def receive(conn):
    try:
        return conn.recv(2048).decode(errors="replace").strip()
    except OSError:
        return ""


def admit(conn):
    """The person behind a new connection, or None when it closed first."""
    while True:
        send(conn, f"{BOLD}SUBMITNAME{RESET}")
        name = receive(conn)
        if not name:
            return None
        with lock:
            if name not in people:
                people[name] = Person(conn, name)
                return people[name]


def converse(person):
    while text := receive(person.conn):
        if text == "/quit":
            person.send(f"{RED}goodbye{RESET}")
            return
        if text == "/users":
            with lock:
                person.send(" ".join(f"{other}{RESET}" for other in people.values()))
        else:
            tell(f"{person}{RESET}: {text}")


def handle(conn):
    with conn:
        person = admit(conn)
        if person is None:
            return
        tell(f"{YELLOW}+ {person}{YELLOW} has joined{RESET}", but=person)
        person.send(f"{GREEN}NAMEACCEPTED {person.name}{RESET}")
        converse(person)
        with lock:
            del people[person.name]
        tell(f"{YELLOW}- {person}{YELLOW} has left{RESET}")


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
