r"""A chat in the wild: a banner of ASCII art of several lines, and CR LF at the end of each line, both ways.

Written in the manner of IRC: `USER n` and `PASS p` register (any password), `PRIVMSG n :t` is private, `ALL :t` public.
A bare line feed does not end a request: it is part of it.
"""

# Wire transcript:
#   ana connects
#   ana < "   ___ _         _   \r\n  / __| |_  __ _| |_ \r\n | (__| ' \\/ _` |  _|\r\n  \\___|_||_\\__,_|\\__|\r\nREADY\r\n"
#   ana > "USER ana\r\nPASS x\r\n"
#   ana < "PASS?\r\nWELCOME ana\r\n"
#   bia connects
#   bia < "   ___ _         _   \r\n  / __| |_  __ _| |_ \r\n | (__| ' \\/ _` |  _|\r\n  \\___|_||_\\__,_|\\__|\r\nREADY\r\n"
#   bia > "USER bia\r"
#   bia > "\nPASS "
#   bia > "x\r\n"
#   bia < "PASS?\r\nWELCOME bia\r\n"
#   ana < "JOIN bia\r\n"
#   ana > "ALL :Olá, gente\r\n"
#   ana < "DONE\r\n"
#   bia < ":ana ALL :Olá, gente\r\n"
#   bia > "PRIVMSG ana :oi\r\n"
#   ana < ":bia PRIVMSG ana :oi\r\n"
#   bia < "DONE\r\n"
#   bia > "PRIVMSG zeca :oi\r\n"
#   bia < "NOBODY zeca\r\n"
#   bia > "NAMES\r\n"
#   bia < "BEGIN NAMES\r\nana\r\nbia\r\nEND NAMES\r\n"
#   bia > "XYZZY\nQUIT\r\n"
#   bia < "HUH\r\n"
#   bia > "QUIT\r\n"
#   bia < "PART bia\r\n"
#   bia < end
#   ana < "PART bia\r\n"

import asyncio
import sys

BANNER = r"""
   ___ _         _   
  / __| |_  __ _| |_ 
 | (__| ' \/ _` |  _|
  \___|_||_\__,_|\__|
READY"""
MOST_WAITING = 1024 * 1024

names = {}


def send(writer, *lines):
    if writer.transport.get_write_buffer_size() > MOST_WAITING:
        writer.transport.abort()
        return
    for line in lines:
        writer.write(line.encode() + b"\r\n")


def tell(line, but=None):
    for name, writer in names.items():
        if name != but:
            send(writer, line)


async def request(reader):
    """The next request's first word and the rest, or None at the end."""
    try:
        line = await reader.readuntil(b"\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        return None
    command, _, rest = line[:-2].decode(errors="replace").partition(" ")
    return command, rest


async def register(reader, writer):
    """The registered name, or None when the client left first."""
    name = None
    while asked := await request(reader):
        command, rest = asked
        if command == "USER" and rest and rest not in names:
            name = rest
            send(writer, "PASS?")
        elif command.split()[:1] == ["PASS"] and name and name not in names:
            return name
        else:
            send(writer, "HUH")
    return None


def private(writer, name, rest):
    to, _, text = rest.partition(" :")
    if to in names:
        send(names[to], f":{name} PRIVMSG {to} :{text}")
        send(writer, "DONE")
    else:
        send(writer, f"NOBODY {to}")


async def converse(reader, writer, name):
    while asked := await request(reader):
        command, rest = asked
        if command == "QUIT":
            return
        if command == "ALL":
            tell(f":{name} ALL {rest}", but=name)
            send(writer, "DONE")
        elif command == "PRIVMSG":
            private(writer, name, rest)
        elif command == "NAMES":
            send(writer, "BEGIN NAMES", *names, "END NAMES")
        else:
            send(writer, "HUH")


async def handle(reader, writer):
    send(writer, *BANNER.strip("\n").split("\n"))
    name = await register(reader, writer)
    if name:
        names[name] = writer
        send(writer, f"WELCOME {name}")
        tell(f"JOIN {name}", but=name)
        await converse(reader, writer, name)
        tell(f"PART {name}")
        del names[name]
    writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", int(sys.argv[1]))
    print(f"listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
