"""IFSC chat server, as its public program behaves.

No delimiter, one `send` per message, one thread per client. A nickname in use gets error 01 and the prompt again, in two
sends that usually arrive glued. The public message keeps its colon (`ana: :oi`) and goes to its sender too. The start-up
address is the optional second argument: blank means 127.0.0.1, an invalid one is error 05.
"""

# Wire transcript:
#   ana connects
#   ana < "Digite seu apelido"
#   ana > "ana"
#   ana < "Bem Vindo ana! Caso queira sair digite {quit}. \nDigite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos"
#   ana > ":alguém?"
#   ana < "ana: :alguém?"
#   bia connects
#   bia < "Digite seu apelido"
#   bia > "ana"
#   bia < "Erro 01: Esse apelido já está em usoDigite seu apelido"
#   bia > "bia"
#   bia < "Bem Vindo bia! Caso queira sair digite {quit}. \nDigite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos"
#   bia < "ana Está online \n"
#   ana < "bia Entrou no chat!"
#   ana > ":ola a todos"
#   ana < "ana: :ola a todos"
#   bia < "ana: :ola a todos"
#   ana > "bia:so para voce"
#   bia < "Mensagem recebida de ana: so para voce"
#   ana < "Mensagem Enviada"
#   ana > "caio:oi"
#   ana < "Erro 02: Destino de mensagem privada não existe"
#   ana > "sem dois pontos"
#   ana < "Por favor, digite Destino: Mensagem"
#   bia > "{quit}"
#   bia < "{quit}"
#   bia < end
#   ana < "bia Saiu do chat."

import ipaddress
import socket
import sys
import threading

HELP = (
    "Caso queira sair digite {quit}. \n"
    "Digite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos"
)

online = {}


def tell_all(text, but=None):
    for nick, conn in list(online.items()):
        if nick != but:
            try:
                conn.send(text.encode())
            except OSError:
                print("Erro 03: Cancelamento de conexão forçado", flush=True)


def ask_nick(conn):
    """The nickname, or None when the client left without giving a free one."""
    conn.send("Digite seu apelido".encode())
    while True:
        nick = conn.recv(1024).decode()
        if not nick:
            return None
        if nick not in online:
            online[nick] = conn
            return nick
        conn.send("Erro 01: Esse apelido já está em uso".encode())
        conn.send("Digite seu apelido".encode())


def welcome(conn, nick):
    conn.send(f"Bem Vindo {nick}! {HELP}".encode())
    for other in list(online):
        if other != nick:
            conn.send(f"{other} Está online \n".encode())
    tell_all(f"{nick} Entrou no chat!", but=nick)


def deliver(conn, nick, message):
    to, colon, text = message.partition(":")
    if not colon:
        conn.send("Por favor, digite Destino: Mensagem".encode())
    elif not to:
        tell_all(f"{nick}: :{text}")
    elif to in online:
        online[to].send(f"Mensagem recebida de {nick}: {text}".encode())
        conn.send("Mensagem Enviada".encode())
    else:
        conn.send("Erro 02: Destino de mensagem privada não existe".encode())


def converse(conn, nick):
    welcome(conn, nick)
    while message := conn.recv(1024).decode():
        if message == "{quit}":
            conn.send(b"{quit}")
            return
        deliver(conn, nick, message)


def handle(conn, address):
    print(f"{address[0]}:{address[1]} conectou", flush=True)
    nick = None
    try:
        nick = ask_nick(conn)
        if nick:
            converse(conn, nick)
    except (OSError, UnicodeDecodeError):
        print("Erro 03: Cancelamento de conexão forçado", flush=True)
    conn.close()
    if online.get(nick) is conn:
        del online[nick]
        tell_all(f"{nick} Saiu do chat.")


def bind_address():
    address = sys.argv[2].strip() if len(sys.argv) > 2 else ""
    return str(ipaddress.ip_address(address or "127.0.0.1"))


def main():
    try:
        listener = socket.create_server((bind_address(), int(sys.argv[1])), backlog=100)
    except (ValueError, OSError):
        sys.exit("Erro 05: Endereço IP do servidor é inválido")
    host, port = listener.getsockname()
    print(f"listening on {host}:{port}", flush=True)
    while True:
        conn, address = listener.accept()
        threading.Thread(target=handle, args=(conn, address), daemon=True).start()


if __name__ == "__main__":
    main()
