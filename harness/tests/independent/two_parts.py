"""Correct servers of `unb` and `sala` that send each message in two parts, each with a sendall() of its own.

    two_parts.py PORT unb|sala [SECONDS between the parts]

A thread for each client, and one lock around all that a message causes. Who does not read for a while is given up.
"""

import socket
import struct
import sys
import threading
import time

PAUSE = float(sys.argv[3]) if len(sys.argv) > 3 else 0
LEFT = {"unb": ("[", "] saiu do chat."), "sala": ("", " acabou de sair do chat!")}
lock = threading.Lock()
members = []


def send(conn, *parts):
    try:
        for index, part in enumerate(parts):
            time.sleep(PAUSE if index else 0)
            conn.sendall(part if isinstance(part, bytes) else part.encode())
    except OSError:
        conn.close()


def tell(but, *parts):
    for conn, _ in list(members):
        if conn is not but:
            send(conn, *parts)


def unb(conn):
    nick = None
    send(conn, "NICK")
    while data := conn.recv(1024):
        text = data.decode("utf-8", "replace").strip()
        with lock:
            if nick is None:
                name = text.split()[0] if text else ""
                if not name or name in [taken for _, taken in members]:
                    send(conn, "400 Bad Request\n", "Apelido vazio ou em uso.")
                    continue
                nick = name
                tell(conn, nick, " entrou no chat!")
                members.append((conn, nick))
                send(conn, "200 OK - Connected\n", f"Bem-vindo(a), {nick}.")
                yield nick
                continue
            word, _, rest = text.partition(" ")
            word = word.upper()
            if word == "MSG" and rest.strip():
                tell(conn, f"[{nick}]: ", rest)
                send(conn, "200 OK\n", "Mensagem enviada com sucesso.")
            elif word == "MSG":
                send(conn, "400 Bad Request\n", "Formato: MSG <mensagem>")
            elif word == "LIST":
                names = ", ".join(taken for _, taken in members)
                send(conn, "200 OK - User List\n", "Usuários online: " + names)
            elif word == "QUIT":
                send(conn, "200 OK - Disconnecting\n", "Sessão encerrada.")
                return
            else:
                send(conn, "404 Not Found\n", f"Comando desconhecido: {word}")


def sala(conn):
    send(conn, "alias?")
    nick = conn.recv(1024).decode("utf-8", "replace")
    if not nick:
        return
    with lock:
        tell(None, nick, " esta conectado ao chat")
        members.append((conn, nick))
        send(conn, "Voce esta conectado ", "ao servidor!")
    yield nick
    while data := conn.recv(1024):
        with lock:
            tell(None, data)


def handle(conn):
    nick = None
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 200_000))
    try:
        for nick in {"unb": unb, "sala": sala}[sys.argv[2]](conn):
            pass
    except OSError:
        pass
    with lock:
        if (conn, nick) in members:
            members.remove((conn, nick))
            before, after = LEFT[sys.argv[2]]
            tell(None, before, nick, after)
        conn.close()


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=256)
    print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
