"""A chat server as courses teach it: one thread per client, a lock around the list, one send per delivery.

The first line of a client is its name; every further line goes to everyone, its sender too.
"""

import socket
import sys
import threading

clients = []
lock = threading.Lock()


def serve(conn):
    lines = conn.makefile("rb")
    lines.readline()
    with lock:
        clients.append(conn)
    conn.sendall(b"welcome\n")
    for line in lines:
        with lock:
            for client in clients:
                client.sendall(line)
    with lock:
        clients.remove(conn)


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, _ = listener.accept()
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
