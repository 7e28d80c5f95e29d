"""The correct server of `server.py`, which keeps or does something for clients that have left.

    careless.py PORT unb CARELESSNESS
"""

import os
import queue
import selectors
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import server  # noqa: E402

CARELESSNESS = sys.argv[3]


def serve(protocol, listener):
    lock = threading.Lock()
    kept = []

    def handle(conn):
        client = server.ThreadClient(conn)
        if CARELESSNESS == "keeps-threads":
            # It waits for what never comes.
            threading.Thread(target=queue.SimpleQueue().get, daemon=True).start()
        with lock:
            protocol.connected(client)
        try:
            while data := conn.recv(4096):
                with lock:
                    protocol.received(client, data)
        except OSError:
            pass
        with lock:
            protocol.gone(client)
        if CARELESSNESS == "keeps-connections":
            kept.append(conn)
        client.close()
        while CARELESSNESS == "reads-for-ever":
            try:
                conn.recv(4096)
            except OSError:
                pass

    while True:
        if CARELESSNESS == "never-waits":
            with selectors.DefaultSelector() as selector:
                selector.register(listener, selectors.EVENT_READ)
                if not selector.select(timeout=0):
                    continue
        conn, _ = listener.accept()
        if CARELESSNESS == "leaves-zombies" and os.fork() == 0:
            os._exit(0)
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=256)
    server.announce(listener)
    serve(server.Unb(), listener)
