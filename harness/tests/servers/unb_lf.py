"""UnB chat server, correct, with every message ended by a line feed in both directions.

The document does not say where a message ends, and this author decided: at "\n". A "\r" before it is dropped. Bytes after
the last line feed are no message yet. A line longer than 64 KiB is answered with 400 and dropped up to its end. Otherwise
as the document says: bare status lines, no prompt, no notices; the names of the list come on a line after the status.

Written with asyncio, one task for each client. A client that does not read is dropped once 1 MiB waits for it.
"""

# Wire transcript:
#   ana connects
#   ana > "ana\n"
#   ana < "200 OK - Connected\n"
#   bia connects
#   bia > "b"
#   bia < silence
#   bia > "ia\r\n"
#   bia < "200 OK - Connected\n"
#   ana > "MSG um\nMSG dois\nLI"
#   ana < "200 OK\n200 OK\n"
#   bia < "[ana]: um\n[ana]: dois\n"
#   ana > "ST\n"
#   ana < "200 OK - User List\nana, bia\n"
#   ana > "MSG\n"
#   ana < "400 Bad Request\n"
#   ana > "TESTE x\n"
#   ana < "404 Not Found\n"
#   ana > "QUIT\n"
#   ana < "200 OK - Disconnecting\n"
#   ana < end
#   bia > "LIST\n"
#   bia < "200 OK - User List\nbia\n"

import asyncio
import sys

LONGEST_LINE = 64 * 1024
MOST_WAITING = 1024 * 1024

members = {}


def send(writer, text):
    if writer.transport.get_write_buffer_size() > MOST_WAITING:
        writer.transport.abort()
    else:
        writer.write(text.encode() + b"\n")


def welcome(writer, nick):
    if not nick or nick in members:
        send(writer, "400 Bad Request")
        return None
    members[nick] = writer
    send(writer, "200 OK - Connected")
    return nick


def obey(writer, nick, request):
    """Answer one request; False when the session is over."""
    command, _, text = request.partition(" ")
    command = command.upper()
    if command == "MSG" and text:
        for other in [name for name in members if name != nick]:
            send(members[other], f"[{nick}]: {text}")
        send(writer, "200 OK")
    elif command == "MSG":
        send(writer, "400 Bad Request")
    elif command == "LIST":
        send(writer, "200 OK - User List\n" + ", ".join(members))
    elif command == "QUIT":
        send(writer, "200 OK - Disconnecting")
        return False
    else:
        send(writer, "404 Not Found")
    return True


async def next_line(reader):
    """The next line as text, `""` when it was too long or is not UTF-8, `None` at the end."""
    too_long = False
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError as error:
            await reader.readexactly(error.consumed)
            too_long = True
            continue
        try:
            return "" if too_long else line.decode().strip()
        except UnicodeDecodeError:
            return ""


async def converse(reader, writer):
    nick = None
    while (request := await next_line(reader)) is not None:
        if nick is None:
            nick = welcome(writer, request)
        elif not request:
            send(writer, "400 Bad Request")
        elif not obey(writer, nick, request):
            return


def leave(writer):
    for nick in [nick for nick in members if members[nick] is writer]:
        del members[nick]


async def handle(reader, writer):
    try:
        await converse(reader, writer)
    except ConnectionError as error:
        print("lost:", error, flush=True)
    leave(writer)
    writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", int(sys.argv[1]), limit=LONGEST_LINE)
    print(f"listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
