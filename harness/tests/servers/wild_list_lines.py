"""A chat in the wild: the list has a header and one name per line, and no end mark; it leaves out the one who asks.

By line. `LOGIN n`, `SEND text`, `USERS`, `LOGOUT`, each answered with `OK …` or `ERR …`, in capitals only. Only quiet, or
the next reply, shows that the list is over. Names end at twelve characters, cut without a word.
"""

# Wire transcript:
#   ana connects
#   ana > "USERS\n"
#   ana < "ERR login first\n"
#   ana > "LOGIN ana\n"
#   ana < "OK ana\n"
#   bia connects
#   bia > "LOGIN ana\n"
#   bia < "ERR name in use\n"
#   bia < end
#   bia connects
#   bia > "LOGIN bia-que-tem-nome-longo\n"
#   bia < "OK bia-que-tem-\n"
#   caio connects
#   caio > "LOGIN caio\n"
#   caio < "OK caio\n"
#   ana > "USERS\nSEND oi\n"
#   ana < "Users online:\n  bia-que-tem-\n  caio\nOK 2\n"
#   bia < "MSG ana oi\n"
#   caio < "MSG ana oi\n"
#   caio > "SEND\n"
#   caio < "ERR nothing to send\n"
#   caio > "send oi\n"
#   caio < "ERR unknown command\n"
#   caio > "LOGOUT\n"
#   caio < "OK bye\n"
#   caio < end
#   ana < silence

import socketserver
import sys
import threading

NAME_LIMIT = 12

lock = threading.Lock()
users = {}


class User(socketserver.StreamRequestHandler):
    name = None

    def reply(self, text):
        self.wfile.write(text.encode() + b"\n")

    def others(self):
        with lock:
            return [(name, user) for name, user in users.items() if name != self.name]

    def login(self, name):
        name = name[:NAME_LIMIT]
        with lock:
            if name in users:
                self.reply("ERR name in use")
                return False
            users[name] = self
            self.name = name
        self.reply(f"OK {name}")
        return True

    def send_all(self, text):
        reached = 0
        for _, user in self.others():
            try:
                user.reply(f"MSG {self.name} {text}")
                reached += 1
            except OSError:
                pass
        self.reply(f"OK {reached}")

    def obey(self, line):
        """Answer one line; False when the session is over."""
        command, _, rest = line.partition(" ")
        if self.name is None and command == "LOGIN" and rest:
            return self.login(rest)
        if self.name is None:
            self.reply("ERR login first")
        elif command == "SEND" and rest:
            self.send_all(rest)
        elif command == "SEND":
            self.reply("ERR nothing to send")
        elif command == "USERS":
            self.reply("\n  ".join(["Users online:"] + [name for name, _ in self.others()]))
        elif command == "LOGOUT":
            self.reply("OK bye")
            return False
        else:
            self.reply("ERR unknown command")
        return True

    def handle(self):
        try:
            while (line := self.rfile.readline(8192)).endswith(b"\n"):
                if not self.obey(line.decode(errors="replace").strip()):
                    break
        except OSError:
            pass
        with lock:
            users.pop(self.name, None)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


def main():
    with Server(("127.0.0.1", int(sys.argv[1])), User) as server:
        print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
