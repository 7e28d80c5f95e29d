"""The correct server of `server.py` with one small mistake, as its author might make it.

    mutants.py PORT unb|ifsc MISTAKE
"""

import os
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import server  # noqa: E402

MISTAKE = sys.argv[3]


def die():
    os._exit(1)


class Mistaken:
    """Mistakes that need no word of a protocol."""

    # Those whose session is not what it was: after a refusal, or under a name that somebody had before.
    odd = set()
    names_of_the_past = set()

    def odd_one(self, client):
        if MISTAKE.startswith("after-"):
            self.odd.add(client)

    def hears(self, one):
        if MISTAKE == "a-name-of-the-past-hears-nothing":
            return one.nick not in self.names_of_the_past
        return one not in self.odd or MISTAKE.endswith("is-mute")

    def tell(self, text, but=None):
        hearers = [one for one in self.members if one is not but]
        is_message = isinstance(text, str) and (": :" in text or "]: " in text)
        if is_message and MISTAKE == "skips-newest":
            hearers = [one for one in hearers if one is not self.members[-1]]
        elif is_message and MISTAKE == "skips-oldest-of-five" and len(self.members) > 4:
            hearers = [one for one in hearers if one is not self.members[0]]
        elif is_message and MISTAKE == "thirty-two-hear":
            hearers = [one for one in self.members[:32] if one is not but]
        elif is_message and MISTAKE == "third-hears-twice":
            hearers += [one for one in self.members[2:3] if one is not but]
        elif is_message and MISTAKE == "long-ones-come-back" and len(text) > 600 and but:
            hearers.append(but)
        for one in hearers:
            if not is_message or self.hears(one):
                one.send(text)

    def named(self, nick):
        """The holder of a name; or whoever makes a careless server believe that it has one."""
        if MISTAKE == "longer-names-hold-shorter":
            return next((one for one in self.members if one.nick.startswith(nick)), None)
        if MISTAKE in ("reset-frees-no-name", "closing-frees-no-name") and nick in self.names_of_the_past:
            return self
        return super().named(nick)

    def left(self, client, how):
        """It is about to be forgotten: after a goodbye, a close, or a reset."""
        if MISTAKE in ("a-name-of-the-past-hears-nothing", "listed-again-for-each-time") or MISTAKE == f"{how}-frees-no-name":
            self.names_of_the_past.add(client.nick)
        if MISTAKE == "leaves-by-name" and client.nick is None:
            wanted = getattr(client, "wanted", None)
            self.members[:] = [one for one in self.members if one.nick != wanted]


class Unb(Mistaken, server.Unb):
    def received(self, client, data):
        text = data.decode("utf-8", "replace").strip()
        word, rest = text.split(" ")[0].upper(), text.partition(" ")[2]
        if MISTAKE == "dies-of-blank-name" and not text:
            die()
        if MISTAKE == "dies-of-emoji" and any(byte >= 0xF0 for byte in data):
            die()
        if client.nick is None:
            self.join(client, text, data)
            return
        if MISTAKE == "cuts-at-512":
            data = data[:512]
        elif MISTAKE == "unknown-is-400" and word not in ("MSG", "LIST", "QUIT"):
            self.reply(client, "400 Bad Request", "?")
            return
        elif MISTAKE == "empty-is-404" and word == "MSG" and not rest:
            self.reply(client, "404 Not Found", "?")
            return
        elif MISTAKE == "one-error-too-many":
            was_wrong, client.was_wrong = getattr(client, "was_wrong", False), word not in ("MSG", "LIST", "QUIT")
            if was_wrong:
                self.reply(client, "404 Not Found", "?")
                return
        elif MISTAKE == "drops-the-same-again" and word == "MSG":
            was_said, client.said = getattr(client, "said", None), text
            if was_said == text:
                self.reply(client, "200 OK", "")
                return
        elif MISTAKE == "lists-the-first-twice" and word == "LIST":
            names = [one.nick for one in self.members[:1] + self.members]
            client.send("200 OK - User List\n" + ", ".join(names))
            return
        elif MISTAKE == "lists-two" and word == "LIST":
            client.send("200 OK - User List\n" + ", ".join(one.nick for one in self.members[:2]))
            return
        elif MISTAKE == "quit-stays" and word == "QUIT":
            self.reply(client, "200 OK - Disconnecting", "")
            return
        elif MISTAKE == "quit-ends-another" and word == "QUIT" and len(self.members) > 2:
            next(one for one in self.members if one is not client).close()
        elif MISTAKE == "listed-again-for-each-time" and word == "LIST":
            names = [one.nick for one in self.members]
            names += [nick for nick in names if nick in self.names_of_the_past]
            client.send("200 OK - User List\n" + ", ".join(names))
            return
        elif MISTAKE == "lists-of-before" and word == "LIST":
            if getattr(self, "newest", None) is not self.members[-1]:
                self.newest = self.members[-1]
                self.listed = ", ".join(one.nick for one in self.members)
            client.send("200 OK - User List\n" + self.listed)
            return
        elif MISTAKE.startswith("after-unknown") and word not in ("MSG", "LIST", "QUIT"):
            self.odd_one(client)
        elif MISTAKE.startswith("after-malformed") and word == "MSG" and not rest:
            self.odd_one(client)
        elif MISTAKE.endswith("is-mute") and word == "MSG" and client in self.odd:
            self.reply(client, "200 OK", "")
            return
        server.Unb.received(self, client, data)

    def join(self, client, nick, data):
        if MISTAKE == "dies-of-the-65th" and len(self.members) == 64:
            die()
        if MISTAKE == "second-try-is-not-checked" and getattr(client, "tried", False):
            client.nick = nick
            self.members.append(client)
            self.reply(client, "200 OK - Connected", "")
            return
        client.tried, client.wanted = True, nick
        server.Unb.received(self, client, data)
        if client.nick is None and MISTAKE.startswith("after-refused-name"):
            self.odd_one(client)

    def gone(self, client):
        was_in = client in self.members
        server.Unb.gone(self, client)
        if MISTAKE == "dies-with-the-last" and was_in and not self.members:
            die()


class Ifsc(Mistaken, server.Ifsc):
    book, shifted = {}, False

    def join(self, client, nick):
        if MISTAKE == "presents-who-has-left":
            self.names_of_the_past.discard(nick)
        present = list(self.members)
        server.Ifsc.join(self, client, nick)
        if client.nick is None:
            return
        if MISTAKE == "presents-twice":
            present = [one.nick for one in present]
        elif MISTAKE == "presents-who-has-left":
            present = sorted(self.names_of_the_past)
        else:
            present = []
        for nick in present:
            client.send(f"{nick} Está online \n")

    def left(self, client, how):
        super().left(client, how)
        if MISTAKE in ("presents-who-has-left", "acknowledges-the-gone") and client.nick:
            if how != "goodbye" or MISTAKE == "presents-who-has-left":
                self.names_of_the_past.add(client.nick)
        # Of two lists side by side, one loses who leaves and the other does not.
        self.shifted |= len(self.members) > 3

    def say(self, client, to, body):
        recipient = self.named(to) if to else None
        if MISTAKE == "keeps-the-first-address" and recipient:
            recipient = self.book.setdefault(to, recipient)
            recipient.send(f"Mensagem recebida de {client.nick}: {body}")
            client.send("Mensagem Enviada")
            return
        if MISTAKE == "addresses-by-place" and recipient and self.shifted:
            recipient = (self.members * 2)[self.members.index(recipient) + 1]
            recipient.send(f"Mensagem recebida de {client.nick}: {body}")
            client.send("Mensagem Enviada")
            return
        if MISTAKE == "acknowledges-the-gone" and not recipient and to in self.names_of_the_past:
            client.send("Mensagem Enviada")
            return
        if MISTAKE == "takes-a-beginning" and to:
            recipient = next((one for one in self.members if one.nick.startswith(to)), None)
            to = recipient.nick if recipient else to
        if MISTAKE == "nobody-is-acknowledged" and to and not recipient:
            client.send("Mensagem Enviada")
            return
        if MISTAKE == "nobody-ends-it" and to and not recipient:
            client.send("Erro 02: Destino de mensagem privada não existe")
            client.close()
            return
        if MISTAKE == "nobody-is-everyone" and to and not recipient:
            self.tell(f"{client.nick}: :{to}:{body}")
            return
        if MISTAKE == "signed-by-its-recipient" and recipient:
            recipient.send(f"Mensagem recebida de {recipient.nick}: {body}")
            client.send("Mensagem Enviada")
            return
        if MISTAKE == "recipient-is-acknowledged" and recipient:
            recipient.send(f"Mensagem recebida de {client.nick}: {body}")
            recipient.send("Mensagem Enviada")
            return
        if MISTAKE == "private-is-public-too" and recipient:
            self.tell(f"{client.nick}: :{body}")
        if MISTAKE == "private-to-the-colon" and recipient:
            body = body.split(":")[0]
        server.Ifsc.say(self, client, to, body)


class Patient(server.LockedClient):
    """It waits a while at each message for one who does not read, and never loses patience."""

    def send(self, text):
        try:
            self.conn.sendall(text.encode())
        except OSError:
            pass


def serve(protocol, listener):
    lock, kept = threading.Lock(), []
    kind = Patient if MISTAKE == "waits-at-each-message" else server.ThreadClient

    def handle(conn):
        client = kind(conn)
        how = "goodbye"
        with lock:
            protocol.connected(client)
        try:
            while data := conn.recv(4096):
                with lock:
                    protocol.received(client, data)
                how = "goodbye" if data.strip() in (b"QUIT", b"{quit}") else "closing"
        except OSError:
            how = "reset"
        if how == "reset" and MISTAKE == "forgets-none-that-reset":
            return
        with lock:
            protocol.left(client, how)
            protocol.gone(client)
        if MISTAKE != "closes-nothing":
            client.close()

    while True:
        conn, _ = listener.accept()
        kept += [conn] if MISTAKE == "closes-nothing" else []
        if MISTAKE == "twenty-at-most" and len(protocol.members) >= 20:
            conn.close()
            continue
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=256)
    server.announce(listener)
    serve({"unb": Unb, "ifsc": Ifsc}[sys.argv[2]](), listener)
