"""A chat in the wild: a length header of ten digits in both directions.

Every message, either way, is ten ASCII digits padded with zeros, then that many bytes of UTF-8. Bare text is a public
message; there is no acknowledgement, and the sender gets no copy. `!list` and `!bye` are the commands.
"""

# Wire transcript:
#   ana connects
#   ana < "0000000010your name?"
#   ana > "0000000003ana"
#   ana < "0000000010hello, ana"
#   bia connects
#   bia < "0000000010your name?"
#   bia > "00000000"
#   bia > "03b"
#   bia > "ia"
#   bia < "0000000010hello, bia"
#   ana < "0000000011bia is here"
#   ana > "0000000008Bom dia!0000000004São"
#   bia < "0000000013ana: Bom dia!0000000009ana: São"
#   bia > "0000000005!list"
#   bia < "0000000007ana bia"
#   bia > "0000000004!bye"
#   bia < "0000000003bye"
#   bia < end
#   ana < "0000000008bia left"
#   caio connects
#   caio < "0000000010your name?"
#   caio > "not a size"
#   caio < end

import socketserver
import sys
import threading

HEADER = 10
LONGEST = 65536

lock = threading.Lock()
people = {}


def frame(text):
    body = text.encode()
    return b"%010d" % len(body) + body


def tell_others(sender, text):
    with lock:
        others = [wfile for name, wfile in people.items() if name != sender]
    for wfile in others:
        try:
            wfile.write(frame(text))
        except OSError:
            pass


class Chatter(socketserver.StreamRequestHandler):
    name = None

    def receive(self):
        """One body, or None at the end and after a header that is no usable size."""
        header = self.rfile.read(HEADER)
        if len(header) < HEADER or not header.isdigit() or int(header) > LONGEST:
            return None
        body = self.rfile.read(int(header))
        return body.decode(errors="replace") if len(body) == int(header) else None

    def handle(self):
        self.wfile.write(frame("your name?"))
        self.name = self.receive()
        if self.name is None:
            return
        with lock:
            people[self.name] = self.wfile
        tell_others(self.name, f"{self.name} is here")
        self.wfile.write(frame(f"hello, {self.name}"))
        while (text := self.receive()) is not None:
            if text == "!bye":
                self.wfile.write(frame("bye"))
                return
            if text == "!list":
                self.wfile.write(frame(" ".join(people)))
            else:
                tell_others(self.name, f"{self.name}: {text}")

    def finish(self):
        with lock:
            known = people.pop(self.name, None)
        if known:
            tell_others(self.name, f"{self.name} left")
        super().finish()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


def main():
    with Server(("127.0.0.1", int(sys.argv[1])), Chatter) as server:
        print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
