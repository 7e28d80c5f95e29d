"""A chat in the wild: everything that is delivered carries the date and time of the server.

By line. The bare name registers; the sender gets an acknowledgement with the time only; `:quit` leaves, and its notice goes
to the quitter too.
"""

# Wire transcript (a ~ stands for any one byte):
#   ana connects
#   ana > "ana\n"
#   ana < "[~~~~-~~-~~ ~~:~~:~~] ana entered\n"
#   bia connects
#   bia > "bia\n"
#   bia < "[~~~~-~~-~~ ~~:~~:~~] bia entered\n"
#   ana < "[~~~~-~~-~~ ~~:~~:~~] bia entered\n"
#   ana > "Que horas são?\n"
#   ana < "sent at ~~:~~\n"
#   bia < "[~~~~-~~-~~ ~~:~~:~~] ana: Que horas são?\n"
#   bia > ":list\n"
#   bia < "[~~~~-~~-~~ ~~:~~:~~] online: ana*bia\n"
#   ana > ":quit\n"
#   ana < "[~~~~-~~-~~ ~~:~~:~~] ana left\n"
#   ana < end
#   bia < "[~~~~-~~-~~ ~~:~~:~~] ana left\n"

import asyncio
import sys
import time

MOST_WAITING = 1024 * 1024

people = {}


def send(writer, text):
    if writer.transport.get_write_buffer_size() > MOST_WAITING:
        writer.transport.abort()
    else:
        writer.write(text.encode() + b"\n")


def stamp(text):
    return time.strftime("[%Y-%m-%d %H:%M:%S] ") + text


def tell(text, but=None):
    line = stamp(text)
    for name, writer in people.items():
        if name != but:
            send(writer, line)


async def line_of(reader):
    """The next line without its end, or None when there is none."""
    try:
        line = await reader.readline()
    except (ValueError, ConnectionError):
        return None
    return line.decode(errors="replace").strip() if line.endswith(b"\n") else None


async def converse(reader, writer, name):
    while (line := await line_of(reader)) is not None:
        if line == ":quit":
            return
        if line == ":list":
            send(writer, stamp("online: " + "*".join(people)))
        elif line:
            tell(f"{name}: {line}", but=name)
            send(writer, time.strftime("sent at %H:%M"))


async def handle(reader, writer):
    name = await line_of(reader)
    while name in people:
        send(writer, stamp(f"{name} is taken"))
        name = await line_of(reader)
    if name:
        people[name] = writer
        tell(f"{name} entered")
        await converse(reader, writer, name)
        tell(f"{name} left")
        del people[name]
    writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", int(sys.argv[1]))
    print(f"listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
