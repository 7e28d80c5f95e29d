r"""A chat in the wild: nobody gives a name, the address and port of a client are its name. Everything is bare text, without an end.

The greeting shows the address as Python prints it, messages carry a date and a time. The list comes sorted, in two sends, and has no
end mark, so only quiet shows that it is over. A connection that breaks is told otherwise than one that ends, and the only way out
is to close.
"""

# Wire transcript (a ~ stands for any one byte):
#   ana connects
#   ana < "you are ('127.0.0.1', ~~~~~)"
#   ana > "hello?"
#   ana < "ok"
#   ana > "list"
#   ana < "online:\n127.0.0.1:~~~~~"
#   bia connects
#   bia < "you are ('127.0.0.1', ~~~~~)"
#   ana < "127.0.0.1:~~~~~ is here"
#   bia > "Bom dia!"
#   ana < "[~~~ ~~~ ~~ ~~:~~:~~ ~~~~] 127.0.0.1:~~~~~: Bom dia!"
#   bia < "ok"
#   bia > "list"
#   bia < "online:\n127.0.0.1:~~~~~ 127.0.0.1:~~~~~"
#   bia resets
#   ana < "127.0.0.1:~~~~~ broke off"
#   caio connects
#   caio < "you are ('127.0.0.1', ~~~~~)"
#   ana < "127.0.0.1:~~~~~ is here"
#   caio closes
#   ana < "127.0.0.1:~~~~~ is gone"

import socket
import sys
import threading
import time

lock = threading.RLock()
people = {}


def tell(text, but):
    with lock:
        for name, conn in people.items():
            if name != but:
                try:
                    conn.sendall(text)
                except OSError:
                    pass


def obey(name, conn, text):
    with lock:
        if text == b"list":
            conn.sendall(b"online:\n")
            conn.sendall(b" ".join(sorted(people)))
        else:
            tell(b"[%s] %s: %s" % (time.ctime().encode(), name, text), name)
            conn.sendall(b"ok")


def handle(conn, name):
    end = b"is gone"
    try:
        with conn:
            while text := conn.recv(1024):
                obey(name, conn, text)
    except OSError:
        end = b"broke off"
    with lock:
        del people[name]
        tell(name + b" " + end, name)


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, address = listener.accept()
        name = b"%s:%d" % (address[0].encode(), address[1])
        with lock:
            tell(name + b" is here", name)
            try:
                conn.sendall(b"you are " + repr(address).encode())
            except OSError:
                pass
            people[name] = conn
        threading.Thread(target=handle, args=(conn, name), daemon=True).start()


if __name__ == "__main__":
    main()
