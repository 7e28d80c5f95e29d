"""TCP-Chat-Room server, as its public program behaves, with its three defects.

1. The alias is asked and read in the accept loop: a client that connects and says nothing keeps everyone else out.
2. The alias is never decoded, so the join notice shows a Python literal: `b'ana' esta conectado ao chat`.
3. After a client closes, its handler spins on empty reads and relays them: one core is busy, and no leave notice is sent
   until somebody's message to the closed socket brings a reset back. Then it comes, late.

No delimiter. The client writes its own name in front of what it says, and gets its own copy.
"""

# Wire transcript:
#   ana connects
#   ana < "alias?"
#   bia connects
#   bia < silence
#   ana > "ana"
#   ana < "b'ana' esta conectado ao chatVoce esta conectado ao servidor!"
#   bia < "alias?"
#   bia > "bia"
#   bia < "b'bia' esta conectado ao chatVoce esta conectado ao servidor!"
#   ana < "b'bia' esta conectado ao chat"
#   ana > "ana: olá"
#   ana < "ana: olá"
#   bia < "ana: olá"
#   bia closes
#   ana < silence
#   ana > "ana: alguém?"
#   ana < "ana: alguém?bia acabou de sair do chat!"

import socket
import sys
import threading

room = []


def relay(data):
    for conn, _ in room:
        conn.send(data)


def drop(member):
    if member in room:
        room.remove(member)
        member[0].close()
        relay(member[1] + b" acabou de sair do chat!")


def handle(member):
    conn, _ = member
    while True:
        try:
            relay(conn.recv(1024))
        except OSError:
            drop(member)
            return


def main():
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen()
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, address = listener.accept()
        print(f"conexao de {address}", flush=True)
        conn.send(b"alias?")
        alias = conn.recv(1024)
        member = (conn, alias)
        room.append(member)
        relay(f"{alias} esta conectado ao chat".encode())
        conn.send(b"Voce esta conectado ao servidor!")
        threading.Thread(target=handle, args=(member,), daemon=True).start()


if __name__ == "__main__":
    main()
