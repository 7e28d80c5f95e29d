"""Correct servers of all five documents, in three architectures, written without a look at the project's own server.

    server.py PORT DIALECT threads|asyncio|select|lock|ticks [quirk=value ...]

`lock`: a thread for each client, and all that a message causes is sent under one lock, one client after the other. `ticks`: one
thread that looks at every socket 20 times a second, reads a bit of each, and writes all that it has for one client at once.

A quirk is something that a correct server may do: `notices=0`, `prompt=0`, `body=0` (bare status lines), `form=document`
(messages as the document words them), `colon=0`, `own_notice=1`, `ack=echo`, `pieces=N` (each message in writes of N bytes),
`gap=S` (seconds between them), `delay=S` (seconds before each message), `recv=N` (bytes of one read), `nagle=1` (small writes
may wait and come together), `ends=line` (it reads and writes lines), `farewell=half` (after a goodbye it ends its sending half, and
is done with the client when that closes), `batch=S` (what comes within S seconds leaves in one write), `abort=1` (after a goodbye
it resets the connection), `bye=S` (seconds before the goodbye of `unb`, with `threads`), `list_gap=S` (the list in pieces of 7
bytes, so many seconds apart).
Nobody is held up by a client that does not read: its queue is bounded, and it is closed beyond that.
"""

import asyncio
import queue
import selectors
import socket
import struct
import sys
import threading
import time

QUIRKS = dict(word.split("=", 1) for word in sys.argv[4:])
MAX_QUEUE = 8_000_000


def quirk(name, default=""):
    return QUIRKS.get(name, default)


class Room:
    """What every protocol shares: who is in, in the order in which they came."""

    def __init__(self):
        self.members = []

    def named(self, nick):
        return next((one for one in self.members if one.nick == nick), None)

    def tell(self, text, but=None):
        for one in list(self.members):
            if one is not but:
                one.send(text)

    def leave(self, client):
        if client in self.members:
            self.members.remove(client)
            return True
        return False


class Unb(Room):
    def reply(self, client, status, body):
        client.send(f"{status}\n{body}" if quirk("body", "1") == "1" else status)

    def connected(self, client):
        if quirk("prompt", "1") == "1":
            client.send("NICK")

    def received(self, client, data):
        text = data.decode("utf-8", "replace").strip()
        if client.nick is None:
            words = text.split()
            if not words or self.named(words[0]):
                self.reply(client, "400 Bad Request", "Escolha outro apelido.")
                return
            client.nick = words[0]
            self.members.append(client)
            self.reply(client, "200 OK - Connected", f"Bem-vindo(a), {client.nick}.")
            self.notice(f"{client.nick} entrou no chat!", client)
            return
        word, _, rest = text.partition(" ")
        word = word.upper()
        if word == "MSG" and rest.strip():
            self.reply(client, "200 OK", "Mensagem enviada com sucesso.")
            self.tell(f"[{client.nick}]: {rest}", but=client)
        elif word == "MSG":
            self.reply(client, "400 Bad Request", "Formato: MSG <mensagem>")
        elif word == "LIST":
            names = ", ".join(one.nick for one in self.members)
            listing = f"200 OK - User List\nUsuários online: {names}"
            client.send_slowly(listing) if quirk("list_gap") else client.send(listing)
        elif word == "QUIT":
            if quirk("bye"):
                client.pause(float(quirk("bye")))
            self.reply(client, "200 OK - Disconnecting", "Sessão encerrada.")
            client.close()
        else:
            self.reply(client, "404 Not Found", f"Comando desconhecido: {word}")

    def notice(self, text, but=None):
        if quirk("notices", "1") == "1":
            self.tell(text, but)

    def gone(self, client):
        if self.leave(client):
            self.notice(f"[{client.nick}] saiu do chat.")


class Ifsc(Room):
    def connected(self, client):
        client.send("Digite seu apelido")

    def received(self, client, data):
        text = data.decode("utf-8", "replace")
        if client.nick is None:
            self.join(client, text.strip())
        elif text.strip() == "{quit}":
            client.send("{quit}")
            client.close()
        elif ":" not in text:
            client.send("Por favor, digite Destino: Mensagem")
        else:
            to, _, body = text.partition(":")
            self.say(client, to, body)

    def join(self, client, nick):
        if not nick or self.named(nick):
            if nick:
                client.send("Erro 01: Esse apelido já está em uso")
            client.send("Digite seu apelido")
            return
        client.send(
            f"Bem Vindo {nick}! Caso queira sair digite {{quit}}. \n"
            "Digite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos"
        )
        for one in self.members:
            client.send(f"{one.nick} Está online \n")
        self.tell(f"{nick} Entrou no chat!")
        client.nick = nick
        self.members.append(client)

    def say(self, client, to, body):
        by_document = quirk("form") == "document"
        if not to:
            # An empty text is a text: the document does not forbid it.
            colon = "" if quirk("colon") == "0" else ":"
            self.tell(f"{client.nick}: {colon}{body}")
        elif recipient := self.named(to):
            if by_document:
                recipient.send(f"Mensagem recebida de: Cliente({client.nick})")
                recipient.send(body)
            else:
                recipient.send(f"Mensagem recebida de {client.nick}: {body}")
            client.send("Mensagem enviada" if by_document else "Mensagem Enviada")
        elif by_document:
            client.send("02 Destino da mensagem privada não existe")
        else:
            client.send("Erro 02: Destino de mensagem privada não existe")

    def gone(self, client):
        if self.leave(client):
            self.tell(f"{client.nick} Saiu do chat.")


class Redes(Room):
    """One fixed acknowledgement for every message: which reply answers which request, its bytes do not tell."""

    HEADER = 64

    def connected(self, client):
        client.unread = b""

    def received(self, client, data):
        client.unread += data
        while len(client.unread) >= self.HEADER:
            header = client.unread[: self.HEADER].strip()
            if not header.isdigit() or int(header) > 1_000_000:
                client.close()
                return
            end = self.HEADER + int(header)
            if len(client.unread) < end:
                return
            body, client.unread = client.unread[self.HEADER : end], client.unread[end:]
            if body == b":D":
                client.close()
                return
            client.send(body if quirk("ack") == "echo" else "Msg received")

    def gone(self, client):
        pass


class Eco(Room):
    def connected(self, client):
        pass

    def received(self, client, data):
        if data.strip().lower() == b"sair":
            client.send("Conexão encerrada.")
            client.close()
        else:
            client.send(b"Servidor recebeu: " + data)

    def gone(self, client):
        pass


class Sala(Room):
    def connected(self, client):
        client.send("alias?")

    def received(self, client, data):
        if client.nick is not None:
            self.tell(data)
            return
        nick = data.decode("utf-8", "replace")
        self.tell(f"{nick} esta conectado ao chat")
        if quirk("own_notice") == "1":
            client.send(f"{nick} esta conectado ao chat")
        client.send("Voce esta conectado ao servidor!")
        client.nick = nick
        self.members.append(client)

    def gone(self, client):
        if self.leave(client):
            self.tell(f"{client.nick} acabou de sair do chat!")


PROTOCOLS = {"unb": Unb, "ifsc": Ifsc, "redes2023": Redes, "eco": Eco, "sala": Sala}
RECV = int(quirk("recv", "4096"))
LINE_END = b"\n" if quirk("ends") == "line" else b""


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def announce(listener):
    host, port = listener.getsockname()
    print(f"listening on {host}:{port}", flush=True)


class ThreadClient:
    """A thread reads, another writes what a bounded queue holds."""

    def __init__(self, conn):
        self.conn, self.nick, self.queued = conn, None, 0
        self.queue = queue.SimpleQueue()
        threading.Thread(target=self.write, daemon=True).start()

    def send(self, text):
        data = as_bytes(text) + LINE_END
        self.queued += len(data)
        if self.queued > MAX_QUEUE:
            self.conn.shutdown(socket.SHUT_RDWR)
        self.queue.put(data)

    def send_slowly(self, text):
        data = as_bytes(text)
        for at in range(0, len(data), 7):
            self.queue.put((float(quirk("list_gap")), data[at : at + 7]))

    def pause(self, seconds):
        self.queue.put((seconds, b""))

    def close(self):
        self.queue.put(None)

    def batched(self, data):
        """What else comes soon, glued to this."""
        until = time.monotonic() + float(quirk("batch"))
        while (left := until - time.monotonic()) > 0:
            try:
                more = self.queue.get(timeout=left)
            except queue.Empty:
                break
            if more is None:
                self.queue.put(None)
                break
            data += more
        return data

    def write(self):
        size = int(quirk("pieces", "0"))
        try:
            while (data := self.queue.get()) is not None:
                if isinstance(data, tuple):
                    time.sleep(data[0])
                    data = data[1]
                if quirk("batch"):
                    data = self.batched(data)
                time.sleep(float(quirk("delay", "0")))
                for at in range(0, len(data), size or len(data) or 1):
                    self.conn.sendall(data[at : at + (size or len(data))])
                    time.sleep(float(quirk("gap", "0")))
                self.queued -= len(data)
            self.end()
        except OSError:
            pass

    def end(self):
        if quirk("farewell") == "half":
            self.conn.shutdown(socket.SHUT_WR)
        elif quirk("abort"):
            # Only once the other side has taken all: a reset must not overtake the goodbye.
            time.sleep(0.02)
            self.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.conn.shutdown(socket.SHUT_RD)
            self.conn.close()
        else:
            self.conn.shutdown(socket.SHUT_RDWR)


class LockedClient:
    """Whoever has something to say to it sends it, and all wait for each other."""

    def __init__(self, conn):
        self.conn, self.nick = conn, None
        # Nobody is held up for long by one who does not read.
        timeout = struct.pack("ll", 0, 200_000)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)

    def send(self, text):
        time.sleep(float(quirk("delay", "0")))
        try:
            self.conn.sendall(as_bytes(text))
        except OSError:
            self.close()

    def close(self):
        try:
            self.conn.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def messages(conn):
    unfinished = b""
    while data := conn.recv(RECV):
        if LINE_END:
            *lines, unfinished = (unfinished + data).split(LINE_END)
            yield from lines
        else:
            yield data


def serve_with_threads(protocol, listener, kind=ThreadClient):
    lock = threading.Lock()

    def handle(conn):
        client = kind(conn)
        with lock:
            protocol.connected(client)
        try:
            for data in messages(conn):
                with lock:
                    protocol.received(client, data)
        except OSError:
            pass
        with lock:
            protocol.gone(client)
        client.close()

    while True:
        conn, _ = listener.accept()
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, quirk("nagle") != "1")
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


class TaskClient:
    def __init__(self, writer):
        self.writer, self.nick = writer, None

    def send(self, text):
        if self.writer.is_closing():
            return
        if self.writer.transport.get_write_buffer_size() > MAX_QUEUE:
            self.writer.transport.abort()
            return
        self.writer.write(as_bytes(text))

    def close(self):
        self.writer.close()


def serve_with_asyncio(protocol, listener):
    async def handle(reader, writer):
        client = TaskClient(writer)
        protocol.connected(client)
        try:
            while not writer.is_closing() and (data := await reader.read(RECV)):
                protocol.received(client, data)
        except OSError:
            pass
        protocol.gone(client)
        writer.close()

    async def serve():
        server = await asyncio.start_server(handle, sock=listener)
        await server.serve_forever()

    asyncio.run(serve())


class SelectClient:
    def __init__(self, conn, selector):
        self.conn, self.selector, self.nick = conn, selector, None
        self.unsent, self.is_closing = bytearray(), False
        conn.setblocking(False)
        selector.register(conn, selectors.EVENT_READ, self)

    def send(self, text):
        self.unsent += as_bytes(text)
        if len(self.unsent) > MAX_QUEUE:
            self.unsent.clear()
            self.is_closing = True
        self.watch()

    def close(self):
        self.is_closing = True
        self.watch()

    def watch(self):
        if self.conn.fileno() < 0:
            return
        wants_to_write = bool(self.unsent) or self.is_closing
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wants_to_write else 0)
        self.selector.modify(self.conn, events, self)


def serve_with_select(protocol, listener):
    selector = selectors.DefaultSelector()
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, None)

    def drop(client):
        selector.unregister(client.conn)
        client.conn.close()
        protocol.gone(client)

    def attend(client, events):
        if events & selectors.EVENT_READ and not client.is_closing:
            data = client.conn.recv(RECV)
            if not data:
                drop(client)
                return
            protocol.received(client, data)
        if events & selectors.EVENT_WRITE:
            del client.unsent[: client.conn.send(client.unsent)]
            if client.is_closing and not client.unsent:
                drop(client)
            else:
                client.watch()

    while True:
        for key, events in selector.select():
            if key.data is None:
                conn, _ = listener.accept()
                protocol.connected(SelectClient(conn, selector))
                continue
            try:
                attend(key.data, events)
            except BlockingIOError:
                pass
            except OSError:
                drop(key.data)


def serve_with_ticks(protocol, listener):
    """Nothing wakes it: it looks."""
    listener.setblocking(False)
    clients = []

    class Ticking:
        def __init__(self, conn):
            self.conn, self.nick, self.unsent, self.is_closing = conn, None, bytearray(), False
            conn.setblocking(False)

        def send(self, text):
            self.unsent += as_bytes(text)
            self.is_closing |= len(self.unsent) > MAX_QUEUE

        def close(self):
            self.is_closing = True

    def accept():
        try:
            while True:
                client = Ticking(listener.accept()[0])
                clients.append(client)
                protocol.connected(client)
        except BlockingIOError:
            pass

    def attend(client):
        try:
            if not client.is_closing and not (data := client.conn.recv(RECV)):
                return False
            elif not client.is_closing:
                protocol.received(client, data)
        except BlockingIOError:
            pass
        return True

    def flush(client):
        try:
            del client.unsent[: client.conn.send(client.unsent)]
        except BlockingIOError:
            pass
        return not client.is_closing or bool(client.unsent)

    def is_well(client, look):
        try:
            return look(client)
        except OSError:
            return False

    while True:
        time.sleep(0.05)
        accept()
        for look in (attend, flush):
            for client in [client for client in clients if not is_well(client, look)]:
                clients.remove(client)
                client.conn.close()
                protocol.gone(client)


def main():
    protocol = PROTOCOLS[sys.argv[2]]()
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=256)
    announce(listener)
    serve = {
        "threads": serve_with_threads,
        "lock": lambda *both: serve_with_threads(*both, LockedClient),
        "asyncio": serve_with_asyncio,
        "select": serve_with_select,
        "ticks": serve_with_ticks,
    }
    serve[sys.argv[3]](protocol, listener)


if __name__ == "__main__":
    main()
