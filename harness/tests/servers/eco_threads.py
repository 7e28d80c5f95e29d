"""Trabalho 4 echo server, correct: one thread per client, nobody sees another's text.

No delimiter: what one `recv(1024)` returns is one message. `sair`, in any case, ends the session.
"""

# Wire transcript:
#   ana connects
#   bia connects
#   ana > "olá"
#   ana < "Servidor recebeu: olá"
#   bia < silence
#   bia > "eu também"
#   bia < "Servidor recebeu: eu também"
#   ana > "\xff\xfe"
#   ana < "Servidor recebeu: \xff\xfe"
#   bia > "SaIr"
#   bia < "Conexão encerrada."
#   bia < end
#   ana > "ainda aqui"
#   ana < "Servidor recebeu: ainda aqui"

import socket
import sys
import threading


def echo(conn):
    with conn:
        while True:
            try:
                data = conn.recv(1024)
            except ConnectionResetError:
                return
            if not data:
                return
            if data.strip().lower() == b"sair":
                conn.sendall("Conexão encerrada.".encode())
                return
            conn.sendall(b"Servidor recebeu: " + data)


def main():
    with socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128) as listener:
        print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=echo, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
