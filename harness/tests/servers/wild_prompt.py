"""A chat in the wild: made for telnet, it prints a prompt `> ` after each line that it reads or writes.

By line. A message from somebody else begins with a line feed, because the reader's cursor stands behind a prompt, and is
followed by a prompt of its own. The sender gets nothing but the prompt.
"""

# Wire transcript:
#   ana connects
#   ana < "Name: "
#   ana > "ana\n"
#   ana < "Hi ana, type help.\n> "
#   bia connects
#   bia < "Name: "
#   bia > "bia\r\n"
#   bia < "Hi bia, type help.\n> "
#   ana < "\n-- bia came in\n> "
#   ana > "say Bom dia!\n"
#   ana < "> "
#   bia < "\nana> Bom dia!\n> "
#   bia > "\n"
#   bia < "> "
#   bia > "help\n"
#   bia < "help say who bye\n> "
#   bia > "who\n"
#   bia < "ana, bia\n> "
#   bia > "dance\n"
#   bia < "?\n> "
#   bia > "bye\n"
#   bia < "Bye.\n"
#   bia < end
#   ana < "\n-- bia went out\n> "

import socket
import sys
import threading

PROMPT = "> "

lock = threading.RLock()
present = {}


def put(conn, text):
    try:
        conn.sendall(text.encode())
    except OSError:
        pass


def tell_others(name, text):
    with lock:
        for other, conn in present.items():
            if other != name:
                put(conn, f"\n{text}\n{PROMPT}")


def answer(name, line):
    """What to print before the next prompt, or None to say goodbye."""
    command, _, rest = line.partition(" ")
    if command == "say" and rest:
        tell_others(name, f"{name}> {rest}")
        return ""
    with lock:
        replies = {"": "", "help": "help say who bye\n", "who": ", ".join(present) + "\n", "bye": None}
    return replies.get(command, "?\n")


def ask_name(conn, lines):
    """A free name, or None when the client left first."""
    put(conn, "Name: ")
    for line in lines:
        name = line.strip()
        with lock:
            if name and name not in present:
                present[name] = conn
                return name
        put(conn, "Name: ")
    return None


def converse(conn, name, lines):
    put(conn, f"Hi {name}, type help.\n{PROMPT}")
    for line in lines:
        text = answer(name, line.strip())
        if text is None:
            put(conn, "Bye.\n")
            return
        put(conn, text + PROMPT)


def handle(conn):
    name = None
    with conn, conn.makefile(encoding="utf-8", errors="replace", newline="\n") as lines:
        try:
            name = ask_name(conn, lines)
            if name:
                tell_others(name, f"-- {name} came in")
                converse(conn, name, lines)
        except OSError:
            pass
        if name:
            with lock:
                del present[name]
            tell_others(name, f"-- {name} went out")


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
