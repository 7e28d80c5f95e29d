"""UnB chat server, as the document's own authors could have written it.

One thread per client, one `send` per message, no delimiter, a `NICK` prompt at connect and long bodies after each status.

Behaviour worth knowing: `lock` is a plain Lock, not an RLock. `leave` holds it while it calls `broadcast`, which takes it
again, so the first departure (QUIT, close or reset) blocks that thread for ever with the lock held. From then on nobody
can join, say, list or leave, and whoever tries hangs for good: only those who send nothing but unknown or malformed
commands are still answered. A nickname in use is accepted, and what follows the nickname's first word is dropped.
"""

# Wire transcript:
#   ana connects
#   ana < "NICK"
#   ana > "ana maria"
#   ana < "200 OK - Connected\nBem-vindo(a), ana."
#   ana > "LIST"
#   ana < "200 OK - User List\nUsuários online: ana"
#   bia connects
#   bia < "NICK"
#   bia > "bia"
#   bia < "200 OK - Connected\nBem-vindo(a), bia."
#   ana < "bia entrou no chat!"
#   ana > "msg Bom dia, São João!"
#   ana < "200 OK\nMensagem enviada com sucesso."
#   bia < "[ana]: Bom dia, São João!"
#   ana > "MSG"
#   ana < "400 Bad Request\nFormato: MSG <mensagem>"
#   ana > "LIST"
#   ana < "200 OK - User List\nUsuários online: ana, bia"
#   ana > "teste x"
#   ana < "404 Not Found\nComando desconhecido: TESTE"
#   bia > "QUIT"
#   bia < "200 OK - Disconnecting\nSessão encerrada."
#   ana > "teste"
#   ana < "404 Not Found\nComando desconhecido: TESTE"
#   ana > "LIST"
#   ana < silence
#   bia < silence
#   caio connects
#   caio < "NICK"
#   caio > "caio"
#   caio < silence

import socket
import sys
import threading

clients = {}
lock = threading.Lock()


def broadcast(text, sender):
    with lock:
        for conn in clients:
            if conn is not sender:
                conn.send(text.encode())


def join(conn, nick):
    with lock:
        clients[conn] = nick
    conn.send(f"200 OK - Connected\nBem-vindo(a), {nick}.".encode())
    broadcast(f"{nick} entrou no chat!", conn)


def leave(conn, goodbye=None):
    with lock:
        nick = clients.pop(conn)
        if goodbye:
            conn.send(goodbye.encode())
        broadcast(f"[{nick}] saiu do chat.", conn)
    conn.close()


def obey(conn, nick, request):
    """Answer one request; False when the session is over."""
    command, _, text = request.partition(" ")
    command = command.upper()
    if command == "MSG" and text:
        broadcast(f"[{nick}]: {text}", conn)
        conn.send("200 OK\nMensagem enviada com sucesso.".encode())
    elif command == "MSG":
        conn.send("400 Bad Request\nFormato: MSG <mensagem>".encode())
    elif command == "LIST":
        with lock:
            names = ", ".join(clients.values())
        conn.send(f"200 OK - User List\nUsuários online: {names}".encode())
    elif command == "QUIT":
        leave(conn, "200 OK - Disconnecting\nSessão encerrada.")
        return False
    else:
        conn.send(f"404 Not Found\nComando desconhecido: {command}".encode())
    return True


def handle(conn):
    conn.send(b"NICK")
    nick = conn.recv(1024).decode().split(" ")[0]
    if not nick:
        conn.close()
        return
    join(conn, nick)
    try:
        while True:
            data = conn.recv(1024)
            if not data:
                break
            if not obey(conn, nick, data.decode().strip()):
                return
    except (OSError, UnicodeDecodeError) as error:
        print("erro:", error, flush=True)
    leave(conn)


def main():
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen()
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, address = listener.accept()
        print("conectado:", address, flush=True)
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
