r"""A chat in the wild: a bench with twelve seats, on which nobody may fall asleep.

By line, read with a limit: a line of more than 200 bytes goes on as the next message. `hello` and a name, which may have blanks;
then every line is for everyone, but for `?` (who is here) and `bye`. Bytes that are no UTF-8 are refused. Whoever comes when all
seats are taken is shut out without a word, and so is whoever says nothing for half a minute.
"""

# Wire transcript:
#   ana connects
#   ana > "hello Ana Maria\n"
#   ana < "sit down, Ana Maria\n"
#   bia connects
#   bia > "boo\n"
#   bia < "say hello\n"
#   bia > "hello bia\n"
#   bia < "sit down, bia\n"
#   ana < "bia sat down\n"
#   ana > "Bom dia!\n"
#   bia < "<Ana Maria> Bom dia!\n"
#   bia > "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
#   bia > "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789and more\n"
#   ana < "<bia> 01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\n<bia> and more\n"
#   bia > "\xff\n"
#   bia < "write UTF-8\n"
#   bia > "?\n"
#   bia < "here: Ana Maria; bia\n"
#   bia > "bye\n"
#   bia < "get up, bia\n"
#   bia < end
#   ana < "bia got up\n"

import socketserver
import sys
import threading

SEATS = 12
LONGEST = 200
SLEEP = float(sys.argv[2]) if len(sys.argv) > 2 else 30

lock = threading.RLock()
seats = threading.Semaphore(SEATS)
people = {}


def tell(line, but=None):
    with lock:
        for person, name in people.items():
            if person is not but:
                person.send(line)


class Sitter(socketserver.StreamRequestHandler):
    timeout = SLEEP

    def send(self, line):
        try:
            self.wfile.write(line.encode() + b"\n")
        except OSError:
            pass

    def lines(self):
        while line := self.rfile.readline(LONGEST):
            if len(line) == LONGEST and self.rfile.peek(1)[:1] == b"\n":
                self.rfile.read(1)
            try:
                text = line.rstrip(b"\r\n").decode()
            except UnicodeDecodeError:
                self.send("write UTF-8")
                continue
            yield text

    def handle(self):
        if not seats.acquire(blocking=False):
            return
        try:
            for text in self.lines():
                if self in people:
                    if not self.obey(text):
                        return
                elif text.startswith("hello "):
                    with lock:
                        people[self] = text.removeprefix("hello ")
                        self.send(f"sit down, {people[self]}")
                        tell(f"{people[self]} sat down", self)
                else:
                    self.send("say hello")
        except OSError:
            pass
        finally:
            seats.release()

    def obey(self, text):
        if text == "bye":
            self.send(f"get up, {people[self]}")
            return False
        if text == "?":
            with lock:
                self.send("here: " + "; ".join(people.values()))
        else:
            tell(f"<{people[self]}> {text}", self)
        return True

    def finish(self):
        with lock:
            name = people.pop(self, None)
            if name is not None:
                tell(f"{name} got up")
        try:
            super().finish()
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


def main():
    with Server(("127.0.0.1", int(sys.argv[1])), Sitter) as server:
        print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
