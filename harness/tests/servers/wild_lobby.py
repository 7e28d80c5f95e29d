r"""A chat in the wild: a lobby. A name has only letters, and `admin` is nobody's; a name that is refused is answered with the names
in use, and the same connection may try again. Who has no name yet may ask who is there and may leave, and hears the conversation.

Lines end with LF; inside a reply they end with CR LF. Notices of coming and going are late: they wait until somebody speaks.
Blanks in a row after a command are one. Leaving takes two commands.
"""

# Wire transcript:
#   dora connects
#   ana connects
#   ana > "/who\n"
#   ana < "here:\r\n.\n"
#   ana > "/name ana1\n"
#   ana < "no. taken:\r\nadmin\n"
#   ana > "/name ana\n"
#   ana < "welcome ana\r\nsay something\n"
#   bia connects
#   bia > "/name ana\n"
#   bia < "no. taken:\r\nadmin ana\n"
#   bia > "/name bia\n"
#   bia < "welcome bia\r\nsay something\n"
#   bia > "/who\n"
#   bia < "here:\r\nana\r\nbia\r\n.\n"
#   ana > "/say  Bom dia!\n"
#   ana < "bia came\nsaid\n"
#   dora < "ana: /say Bom dia!\n"
#   bia < "ana: /say Bom dia!\n"
#   bia > "/part\n"
#   bia < "parted\n"
#   bia > "/quit\n"
#   bia < "bye\n"
#   bia < end
#   ana < silence
#   ana > "/say oi\n"
#   ana < "bia went\nsaid\n"
#   dora < "ana: /say oi\n"
#   dora > "/quit\n"
#   dora < "bye\n"
#   dora < end

import socket
import sys
import threading

# Everything that is said, is said under this lock, so that all hear it in one order.
lock = threading.RLock()
connected = []
people = {}


class Person:
    def __init__(self, conn):
        self.conn = conn
        self.name = None
        self.late = []

    def send(self, *lines):
        try:
            self.conn.sendall("\r\n".join(lines).encode() + b"\n")
        except OSError:
            pass

    def hear(self):
        with self.conn, self.conn.makefile(encoding="utf-8", errors="replace", newline="\n") as lines:
            try:
                for line in lines:
                    if not line.endswith("\n"):
                        break
                    command, *rest = line.strip().split(None, 1) or [""]
                    if command == "/quit":
                        self.leave("bye")
                        return
                    with lock:
                        self.obey(command, *rest)
            except OSError:
                pass
            self.leave()

    def obey(self, command, rest=""):
        if command == "/who":
            self.send("here:", *people, ".")
        elif self.name is None:
            self.enter(command, rest)
        elif command == "/part":
            self.send("parted")
        elif command == "/say" and rest:
            self.say(rest)
        else:
            self.send("what?")

    def enter(self, command, name):
        if command != "/name":
            self.send("name?")
        elif not (name.isascii() and name.isalpha()) or name in ("admin", *people):
            self.send("no. taken:", " ".join(("admin", *people)))
        else:
            self.send(f"welcome {name}", "say something")
            tell_late(f"{name} came")
            self.name = name
            people[name] = self

    def say(self, text):
        for person in connected:
            for notice in person.late:
                person.send(notice)
            person.late.clear()
            if person is not self:
                person.send(f"{self.name}: /say {text}")
        self.send("said")

    def leave(self, *words):
        with lock:
            connected.remove(self)
            if people.pop(self.name, None):
                tell_late(f"{self.name} went")
            if words:
                self.send(*words)


def tell_late(notice):
    for person in people.values():
        person.late.append(notice)


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        person = Person(listener.accept()[0])
        # Here, and not in the thread: who connects first hears what the second says.
        with lock:
            connected.append(person)
        threading.Thread(target=person.hear, daemon=True).start()


if __name__ == "__main__":
    main()
