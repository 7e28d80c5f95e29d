"""UnB chat server, correct, written from the document alone.

The status lines are exactly the document's and have no body, except the list, whose names come one per line. There is no
prompt at connect and no notice when somebody comes or goes, because the document has none on the wire. A nickname that is
in use, or blank, gets 400 and another try; so does a request that is not UTF-8.

Each client has a queue and a thread that empties it, so that one who does not read holds up nobody; when the queue is full
that client is dropped.
"""

# Wire transcript:
#   ana connects
#   ana > "ana"
#   ana < "200 OK - Connected"
#   bia connects
#   bia > "ana"
#   bia < "400 Bad Request"
#   bia > "   "
#   bia < "400 Bad Request"
#   bia > "bia"
#   bia < "200 OK - Connected"
#   ana > "MSG Bom dia, São João!"
#   ana < "200 OK"
#   bia < "[ana]: Bom dia, São João!"
#   bia > "LIST"
#   bia < "200 OK - User List\nana\nbia"
#   bia > "MSG"
#   bia < "400 Bad Request"
#   bia > "MSG \xff\xfe"
#   bia < "400 Bad Request"
#   bia > "teste x"
#   bia < "404 Not Found"
#   bia > "QUIT"
#   bia < "200 OK - Disconnecting"
#   bia < end
#   ana > "LIST"
#   ana < "200 OK - User List\nana"
#   caio connects
#   caio > "caio"
#   caio < "200 OK - Connected"
#   caio resets
#   ana > "MSG ainda aqui"
#   ana < "200 OK"

import queue
import socket
import sys
import threading

WAITING_MESSAGES = 1000


class Client:
    def __init__(self, conn):
        self.conn = conn
        self.nick = None
        self.outgoing = queue.Queue(WAITING_MESSAGES)

    def send(self, text):
        try:
            self.outgoing.put_nowait(text.encode())
        except queue.Full:
            self.hang_up()

    def hang_up(self):
        try:
            self.conn.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def empty_queue(self):
        """Runs in a thread of its own until `None` is taken."""
        for data in iter(self.outgoing.get, None):
            try:
                self.conn.sendall(data)
            except OSError:
                break
        self.hang_up()


class Room:
    def __init__(self):
        self.lock = threading.Lock()
        self.members = {}

    def enter(self, client, nick):
        with self.lock:
            if not nick or nick in self.members:
                return False
            client.nick = nick
            self.members[nick] = client
            return True

    def leave(self, client):
        with self.lock:
            self.members.pop(client.nick, None)

    def names(self):
        with self.lock:
            return list(self.members)

    def say(self, sender, text):
        with self.lock:
            others = [member for member in self.members.values() if member is not sender]
        for member in others:
            member.send(f"[{sender.nick}]: {text}")


def obey(room, client, request):
    """Answer one request; False when the session is over."""
    command, _, text = request.partition(" ")
    command = command.upper()
    if client.nick is None:
        entered = room.enter(client, request)
        client.send("200 OK - Connected" if entered else "400 Bad Request")
    elif command == "MSG" and text:
        room.say(client, text)
        client.send("200 OK")
    elif command == "MSG":
        client.send("400 Bad Request")
    elif command == "LIST":
        client.send("\n".join(["200 OK - User List"] + room.names()))
    elif command == "QUIT":
        room.leave(client)
        client.send("200 OK - Disconnecting")
        return False
    else:
        client.send("404 Not Found")
    return True


def converse(room, client):
    while True:
        try:
            data = client.conn.recv(4096)
        except OSError:
            return
        if not data:
            return
        try:
            request = data.decode().strip()
        except UnicodeDecodeError:
            client.send("400 Bad Request")
            continue
        if not obey(room, client, request):
            return


def handle(room, conn):
    client = Client(conn)
    writer = threading.Thread(target=client.empty_queue, daemon=True)
    writer.start()
    converse(room, client)
    room.leave(client)
    try:
        client.outgoing.put_nowait(None)
        writer.join()
    except queue.Full:
        client.hang_up()
    conn.close()


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    room = Room()
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=handle, args=(room, conn), daemon=True).start()


if __name__ == "__main__":
    main()
