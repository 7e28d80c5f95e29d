"""Redes 2023.2 server that acknowledges: a 64-byte header with the body's length, then the body; the reply has no frame.

Each message gets `Msg received`, raw, and goes to nobody else. `:D` as a body ends the session without a reply. A header
that is not a number ends the session with an error on the server's console. Like the programs of its family it trusts
one `recv` to return a whole header, and one more to return a whole body: a header or body in two segments confuses it.
"""

# Wire transcript:
#   ana connects
#   ana > "4                                                               olá"
#   ana < "Msg received"
#   bia connects
#   bia > "9                                                               "
#   bia < silence
#   bia > "bom dia!!"
#   bia < "Msg received"
#   ana < silence
#   bia > "2                                                               :D"
#   bia < end
#   caio connects
#   caio > "muito                                                           "
#   caio < end
#   ana > "2                                                               oi"
#   ana < "Msg received"

import socket
import sys
import threading

HEADER = 64
BYE = ":D"


def handle(conn, address):
    with conn:
        while True:
            header = conn.recv(HEADER).decode()
            if not header:
                return
            body = conn.recv(int(header)).decode()
            if body == BYE:
                return
            print(f"{address}: {body}", flush=True)
            conn.send(b"Msg received")


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, address = listener.accept()
        threading.Thread(target=handle, args=(conn, address), daemon=True).start()
        print(f"conexoes ativas: {threading.active_count() - 1}", flush=True)


if __name__ == "__main__":
    main()
