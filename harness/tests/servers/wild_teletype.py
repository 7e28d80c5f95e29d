r"""A chat in the wild: a teletype. Every message, in both directions, ends with a carriage return alone; a line feed is text.

`NICK n` and then `SAY text`, `LIST`, `QUIT`. Whoever comes and goes is told to the others by a sign and the name.
"""

# Wire transcript:
#   ana connects
#   ana > "LIST\r"
#   ana < "NAME?\r"
#   ana > "NICK ana\r"
#   ana < "OK ana\r"
#   bia connects
#   bia > "NICK ana\r"
#   bia < "TAKEN ana\r"
#   bia > "NICK "
#   bia > "bia\r"
#   bia < "OK bia\r"
#   ana < "+bia\r"
#   ana > "SAY two\nlines\rLIST\r"
#   ana < "SAID\rHERE ana bia\r"
#   bia < "ana: two\nlines\r"
#   ana > "SHOUT\r"
#   ana < "WHAT SHOUT\r"
#   ana > "SAY\r"
#   ana < "WHAT SAY\r"
#   bia > "QUIT\r"
#   bia < "BYE\r"
#   bia < end
#   ana < "-bia\r"

import asyncio
import sys

END = b"\r"

people = {}


def send(writer, text):
    if not writer.is_closing():
        writer.write(text.encode() + END)


def tell(text, but=None):
    for name, writer in people.items():
        if name != but:
            send(writer, text)


def enter(writer, word, name):
    """The name under which somebody is in now, if so."""
    if word != "NICK" or not name:
        send(writer, "NAME?")
    elif name in people:
        send(writer, f"TAKEN {name}")
    else:
        tell(f"+{name}")
        people[name] = writer
        send(writer, f"OK {name}")
        return name
    return None


def obey(writer, name, word, rest):
    """Answer one request; False when the session is over."""
    if word == "SAY" and rest:
        tell(f"{name}: {rest}", but=name)
        send(writer, "SAID")
    elif word == "LIST":
        send(writer, "HERE " + " ".join(people))
    elif word == "QUIT":
        send(writer, "BYE")
        return False
    else:
        send(writer, f"WHAT {word}")
    return True


async def handle(reader, writer):
    name, goes_on = None, True
    try:
        while goes_on:
            message = (await reader.readuntil(END)).removesuffix(END).decode(errors="replace")
            word, _, rest = message.partition(" ")
            if name is None:
                name = enter(writer, word, rest)
            else:
                goes_on = obey(writer, name, word, rest)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
        pass
    if name is not None:
        del people[name]
        tell(f"-{name}")
    writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", int(sys.argv[1]), backlog=128)
    host, port = server.sockets[0].getsockname()
    print(f"listening on {host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
