"""A chat in the wild: every message, in both directions, ends with a NUL byte.

Registration is `NICK n`; everything is answered with a numeric code, and a private message is `@n text`. Line feeds are
ordinary text here.
"""

# Wire transcript:
#   ana connects
#   ana > "NICK ana\0"
#   ana < "001 ana\0"
#   bia connects
#   bia > "NICK ana\0"
#   bia < "433 ana\0"
#   bia > "LIST\0"
#   bia < "451\0"
#   bia > "NICK bia\0"
#   bia < "001 bia\0"
#   ana > "SAY two\nlines\0LIST\0"
#   ana < "200\0353 ana,bia\0"
#   bia < "ana two\nlines\0"
#   ana > "@bia psst\0"
#   ana < "200\0"
#   bia < "*ana* psst\0"
#   ana > "@zeca psst\0"
#   ana < "401 zeca\0"
#   ana > "WHAT\0"
#   ana < "421 WHAT\0"
#   ana > "BYE\0"
#   ana < "221\0"
#   ana < end

import selectors
import socket
import sys

LONGEST = 4096

selector = selectors.DefaultSelector()
nicks = {}


class Client:
    def __init__(self, conn):
        self.conn = conn
        self.nick = None
        self.unread = b""
        self.unsent = b""

    def send(self, text):
        self.unsent += text.encode() + b"\0"
        self.flush()

    def flush(self):
        try:
            sent = self.conn.send(self.unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.unsent = b""
            return
        self.unsent = self.unsent[sent:]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.unsent else 0)
        selector.modify(self.conn, wanted, self)


def register(client, nick):
    if nick in nicks:
        client.send(f"433 {nick}")
        return
    nicks[nick] = client
    client.nick = nick
    client.send(f"001 {nick}")


def whisper(client, to, text):
    if to not in nicks:
        client.send(f"401 {to}")
        return
    nicks[to].send(f"*{client.nick}* {text}")
    client.send("200")


def obey(client, request):
    """Answer one request; False when the session is over."""
    command, _, rest = request.partition(" ")
    if command == "NICK" and client.nick is None:
        register(client, rest)
    elif client.nick is None:
        client.send("451")
    elif command == "SAY":
        for nick, other in nicks.items():
            if nick != client.nick:
                other.send(f"{client.nick} {rest}")
        client.send("200")
    elif command.startswith("@"):
        whisper(client, command[1:], rest)
    elif command == "LIST":
        client.send("353 " + ",".join(nicks))
    elif command == "BYE":
        client.send("221")
        return False
    else:
        client.send(f"421 {command}")
    return True


def drop(client):
    nicks.pop(client.nick, None)
    selector.unregister(client.conn)
    client.conn.close()


def read(client):
    try:
        data = client.conn.recv(4096)
    except OSError:
        data = b""
    client.unread += data
    if not data or len(client.unread) > LONGEST:
        drop(client)
        return
    *messages, client.unread = client.unread.split(b"\0")
    for message in messages:
        if not obey(client, message.decode(errors="replace")):
            drop(client)
            return


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, events in selector.select():
            if key.fileobj is listener:
                conn, _ = listener.accept()
                conn.setblocking(False)
                selector.register(conn, selectors.EVENT_READ, Client(conn))
            elif events & selectors.EVENT_WRITE:
                key.data.flush()
            else:
                read(key.data)


if __name__ == "__main__":
    main()
