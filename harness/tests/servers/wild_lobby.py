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

import socketserver
import sys
import threading

lock = threading.RLock()
connected = []
people = {}


class Person(socketserver.StreamRequestHandler):
    name = None

    def setup(self):
        super().setup()
        self.late = []
        with lock:
            connected.append(self)

    def send(self, *lines):
        try:
            self.wfile.write("\r\n".join(lines).encode() + b"\n")
        except OSError:
            pass

    def handle(self):
        try:
            self.hear()
        except OSError:
            pass

    def hear(self):
        for line in self.rfile:
            command, *rest = line.decode(errors="replace").strip().split(None, 1) or [""]
            if not self.obey(command, *rest):
                break

    def obey(self, command, rest=""):
        if command == "/quit":
            self.send("bye")
            return False
        with lock:
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
        return True

    def enter(self, command, name):
        if command != "/name":
            self.send("name?")
        elif not (name.isascii() and name.isalpha()) or name in ("admin", *people):
            self.send("no. taken:", " ".join(("admin", *people)))
        else:
            self.send(f"welcome {name}", "say something")
            self.tell_late(f"{name} came")
            self.name = name
            people[name] = self

    def tell_late(self, notice):
        for person in people.values():
            person.late.append(notice)

    def say(self, text):
        for person in connected:
            for notice in person.late:
                person.send(notice)
            person.late.clear()
            if person is not self:
                person.send(f"{self.name}: /say {text}")
        self.send("said")

    def finish(self):
        with lock:
            connected.remove(self)
            if people.pop(self.name, None):
                self.tell_late(f"{self.name} went")
        super().finish()


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main():
    with Server(("127.0.0.1", int(sys.argv[1])), Person) as server:
        print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
