"""A chat in the wild: everybody has a name and a number, private messages go by number, and the list is only a count.

Lines end with LF from the client and CR LF from the server. One text answers every mistake. `/quit` is echoed before the server
closes, and a message to oneself is refused. What stands in front of a message is the time, the number and the name.
"""

# Wire transcript (a ~ stands for any one byte):
#   ana connects
#   ana > "hello\n"
#   ana < "ERROR\r\n"
#   ana > "/nick ana\n"
#   ana < "You are #1, ana\r\n"
#   bia connects
#   bia > "/NICK bia\r\n"
#   bia < "You are #2, bia\r\n"
#   ana > "/all Bom dia!\n"
#   ana < "sent to 1\r\n"
#   bia < "~~:~~ #1 ana: Bom dia!\r\n"
#   bia > "/msg 1 psst\n"
#   bia < "delivered\r\n"
#   ana < "~~:~~ #2 (to you): psst\r\n"
#   bia > "/msg 7 psst\n"
#   bia < "ERROR\r\n"
#   bia > "/msg 2 psst\n"
#   bia < "ERROR that is you\r\n"
#   bia > "/who\n"
#   bia < "2 online\r\n"
#   bia > "/quit\n"
#   bia < "/quit\r\n"
#   bia < end
#   ana < "bia (#2) left\r\n"

import itertools
import socketserver
import sys
import threading
import time

numbers = itertools.count(1)
lock = threading.RLock()
people = {}


class Person(socketserver.StreamRequestHandler):
    number = None
    name = None

    def send(self, text):
        try:
            self.wfile.write(text.encode() + b"\r\n")
        except OSError:
            pass

    def enter(self, name):
        with lock:
            self.name, self.number = name, next(numbers)
            people[self.number] = self
        self.send(f"You are #{self.number}, {name}")

    def send_all(self, text):
        stamp = time.strftime("%H:%M")
        with lock:
            others = [other for other in people.values() if other is not self]
            for other in others:
                other.send(f"{stamp} #{self.number} {self.name}: {text}")
        self.send(f"sent to {len(others)}")

    def send_one(self, rest):
        number, _, text = rest.partition(" ")
        with lock:
            other = people.get(int(number)) if number.isdigit() else None
            if other is self:
                self.send("ERROR that is you")
            elif other and text:
                other.send(f"{time.strftime('%H:%M')} #{self.number} (to you): {text}")
                self.send("delivered")
            else:
                self.send("ERROR")

    def obey(self, line):
        """Answer one line; False when the session is over."""
        command, _, rest = line.partition(" ")
        command = command.lower()
        if self.name is None and command == "/nick" and rest:
            self.enter(rest)
        elif self.name and command == "/all" and rest:
            self.send_all(rest)
        elif self.name and command == "/msg":
            self.send_one(rest)
        elif self.name and command == "/who":
            self.send(f"{len(people)} online")
        elif self.name and command == "/quit":
            self.send(line)
            return False
        else:
            self.send("ERROR")
        return True

    def handle(self):
        try:
            while (line := self.rfile.readline(8192)).endswith(b"\n"):
                if not self.obey(line.decode(errors="replace").strip()):
                    break
        except OSError:
            pass
        with lock:
            if people.pop(self.number, None):
                for other in people.values():
                    other.send(f"{self.name} (#{self.number}) left")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


def main():
    with Server(("127.0.0.1", int(sys.argv[1])), Person) as server:
        print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
