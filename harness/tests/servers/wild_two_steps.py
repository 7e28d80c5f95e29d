"""A chat in the wild: registration in two steps, `/nick n` and then `/join room`, by line.

Only those in the same room hear each other. Before the two steps are done, everything else is refused with the same text.
`/rooms` counts people; there is no list of names. The sender gets its own copy and no acknowledgement.
"""

# Wire transcript:
#   ana connects
#   ana < "* choose a name with /nick\n"
#   ana > "oi\n"
#   ana < "* choose a name with /nick\n"
#   ana > "/nick ana\n"
#   ana < "* ana, choose a room with /join\n"
#   ana > "oi\n"
#   ana < "* ana, choose a room with /join\n"
#   ana > "/join redes\n"
#   ana < "* ana joined redes\n"
#   bia connects
#   bia < "* choose a name with /nick\n"
#   bia > "/nick bia\n/join redes\n"
#   bia < "* bia, choose a room with /join\n* bia joined redes\n"
#   ana < "* bia joined redes\n"
#   caio connects
#   caio < "* choose a name with /nick\n"
#   caio > "/nick caio\n/join outra\n"
#   caio < "* caio, choose a room with /join\n* caio joined outra\n"
#   ana > "Olá!\n"
#   ana < "<ana> Olá!\n"
#   bia < "<ana> Olá!\n"
#   caio < silence
#   caio > "/rooms\n"
#   caio < "* outra 1, redes 2\n"
#   bia > "/exit\n"
#   bia < end
#   ana < "* bia left redes\n"

import collections
import socket
import sys
import threading

rooms = collections.defaultdict(dict)
lock = threading.Lock()


def send(conn, text):
    try:
        conn.sendall(text.encode() + b"\n")
    except OSError:
        pass


def tell_room(room, text):
    with lock:
        everyone = list(rooms[room].values())
    for conn in everyone:
        send(conn, text)


def register(conn, lines):
    """Name and room of a client that has done both steps, or None if it left before."""
    nick, advice = None, "* choose a name with /nick"
    send(conn, advice)
    for line in lines:
        command, _, rest = line.strip().partition(" ")
        if command == "/nick" and rest and nick is None:
            nick, advice = rest, f"* {rest}, choose a room with /join"
        elif command == "/join" and rest and nick is not None:
            return nick, rest
        send(conn, advice)
    return None


def count_rooms():
    with lock:
        return "* " + ", ".join(f"{room} {len(people)}" for room, people in sorted(rooms.items()) if people)


def converse(conn, nick, room, lines):
    for line in lines:
        line = line.strip()
        if line == "/exit":
            return
        if line == "/rooms":
            send(conn, count_rooms())
        elif line:
            tell_room(room, f"<{nick}> {line}")


def handle(conn):
    with conn, conn.makefile(encoding="utf-8", errors="replace", newline="\n") as lines:
        try:
            registered = register(conn, lines)
        except OSError:
            registered = None
        if registered is None:
            return
        nick, room = registered
        with lock:
            rooms[room][nick] = conn
        tell_room(room, f"* {nick} joined {room}")
        try:
            converse(conn, nick, room, lines)
        except OSError:
            pass
        with lock:
            rooms[room].pop(nick, None)
        tell_room(room, f"* {nick} left {room}")


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
