"""A chat in the wild: any line is a name, and who has gone is noticed late.

By line. The first line is the name, whatever it is: several words, or nothing at all. A name is looked
up before its owner is welcomed, who already hears the others meanwhile. Nobody watches the connections but a reaper, which tells of
those that have ended when it comes by. The list is the names and nothing else.
"""

# Wire transcript:
#   ana connects
#   ana > "ana\n"
#   ana < "hi, ana\n"
#   bia connects
#   bia > "bia\n"
#   ana < "bia came\n"
#   bia < "hi, bia\n"
#   caio connects
#   caio > "\n"
#   ana < " came\n"
#   bia < " came\n"
#   caio < "hi, \n"
#   ana > "Bom dia!\n"
#   bia < "ana: Bom dia!\n"
#   caio < "ana: Bom dia!\n"
#   bia > "Oi\n"
#   ana < "bia: Oi\n"
#   caio < "bia: Oi\n"
#   bia > "/names\n"
#   bia < "ana, bia, \n"
#   caio closes
#   ana < " left\n"
#   bia < " left\n"
#   bia > "/bye\n"
#   bia < "bye\n"
#   bia < end
#   ana < "bia left\n"
#   ana > "/names\n"
#   ana < "ana\n"

import socket
import sys
import threading
import time

lock = threading.RLock()
people = []
gone = []


class Person:
    def __init__(self, conn, name):
        self.conn = conn
        self.name = name

    def send(self, line):
        try:
            self.conn.sendall((line + "\n").encode())
        except OSError:
            pass


def tell(line, but=None):
    with lock:
        for person in people:
            if person is not but:
                person.send(line)


def reap():
    while True:
        time.sleep(0.2)
        with lock:
            while gone:
                tell(f"{gone.pop(0).name} left")


def look_up(name):
    time.sleep(0.1)


def chat(person, lines):
    for line in lines:
        text = line.rstrip("\r\n")
        if text == "/bye":
            person.send("bye")
            return
        if text == "/names":
            with lock:
                person.send(", ".join(other.name for other in people))
        else:
            tell(f"{person.name}: {text}", person)


def handle(conn):
    person = None
    try:
        with conn, conn.makefile(errors="replace", newline="\n") as lines:
            first = lines.readline()
            if not first:
                return
            person = Person(conn, first.rstrip("\r\n"))
            with lock:
                people.append(person)
                tell(f"{person.name} came", person)
            look_up(person.name)
            person.send(f"hi, {person.name}")
            chat(person, lines)
    except OSError:
        pass
    finally:
        if person:
            with lock:
                people.remove(person)
                gone.append(person)


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    threading.Thread(target=reap, daemon=True).start()
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
