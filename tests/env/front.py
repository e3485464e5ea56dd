"""One address for the two ports of an Odoo with workers, as a web server in front of it gives.

With workers Odoo answers ordinary requests on one port and web sockets (what makes screens change by
themselves) on another. A browser opens its web socket on a connection of its own, so the first
request of a connection decides where all its bytes go. Runs alone:
``python front.py --listen 8069 --http 8070 --evented 8072``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import signal

SOCKET_PATH = b"/websocket"
_CHUNK = 65536
#: Seconds a new connection may stay silent; browsers open some in advance.
_PATIENCE = 120.0
_UNAVAILABLE = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


def is_web_socket(head: bytes) -> bool:
    """True when a request line asks for Odoo's web socket."""
    words = head.split(b"\r\n", 1)[0].split(b" ")
    return len(words) > 1 and words[1].split(b"?")[0] == SOCKET_PATH


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def serve_connection(
    http: int, evented: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Carry one connection to the port its first request needs."""
    with contextlib.suppress(ConnectionError, asyncio.TimeoutError, asyncio.LimitOverrunError):
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n"), _PATIENCE)
        except asyncio.IncompleteReadError as ended:
            head = ended.partial
        if head:
            await _carry(evented if is_web_socket(head) else http, head, reader, writer)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _carry(
    port: int, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:  # Odoo is starting or down
        writer.write(_UNAVAILABLE)
        await writer.drain()
        return
    back_writer.write(head)
    out = asyncio.ensure_future(_pass_on(reader, back_writer))
    try:
        await _pass_on(back_reader, writer)
    finally:
        out.cancel()
        back_writer.close()


async def serve(host: str, listen: int, http: int, evented: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    server = await asyncio.start_server(
        functools.partial(serve_connection, http, evented), host, listen, backlog=512
    )
    print("ready", flush=True)
    await over.wait()
    server.close()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--listen", type=int, required=True, help="port for browsers")
    parser.add_argument("--http", type=int, required=True, help="Odoo's http_port")
    parser.add_argument("--evented", type=int, required=True, help="Odoo's gevent_port")
    args = parser.parse_args()
    asyncio.run(serve(args.host, args.listen, args.http, args.evented))


if __name__ == "__main__":
    main()
