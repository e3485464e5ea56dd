"""A scripted vendor on a loopback port, and a clock that moves by itself when somebody sleeps."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Seen:
    """One request as the server received it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Reply:
    """One scripted answer.

    :param length: announced Content-Length if it shall differ from the real one
    :param delay: seconds before the answer starts
    :param drop: close the connection without any answer
    :param trickle: seconds after every 1024 bytes of the body
    """

    def __init__(
        self,
        status: int = 200,
        body: bytes = b"{}",
        headers: dict[str, str] | None = None,
        *,
        length: int | None = None,
        delay: float = 0,
        drop: bool = False,
        trickle: float = 0,
        chunked_cut: bool = False,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = {"Content-Type": "application/json", **(headers or {})}
        self.length = len(body) if length is None else length
        self.delay = delay
        self.drop = drop
        self.trickle = trickle
        self.chunked_cut = chunked_cut


class QuietServer(ThreadingHTTPServer):
    """Does not print that a client hung up: clients that give up are what such tests are about."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Vendor:
    """An HTTP server that plays its script; the last reply is repeated for ever."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.script: list[Reply | Callable[[Seen], Reply]] = []
        self._lock = threading.Lock()
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                seen = Seen(self.command, self.path, dict(self.headers.items()), body)
                reply = vendor._next(seen)
                time.sleep(reply.delay)
                if reply.drop:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.chunked_cut:
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    self.wfile.write(b"5\r\nhello\r\n")
                    self.close_connection = True
                    return
                self.send_header("Content-Length", str(reply.length))
                self.end_headers()
                if self.command != "HEAD":
                    self._write(reply)
                if reply.length != len(reply.body):
                    self.close_connection = True

            def _write(self, reply: Reply) -> None:
                piece = 1024 if reply.trickle else len(reply.body) or 1
                for start in range(0, len(reply.body), piece):
                    self.wfile.write(reply.body[start : start + piece])
                    time.sleep(reply.trickle)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the test output clean."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def plays(self, *replies: Reply | Callable[[Seen], Reply]) -> Vendor:
        self.script = list(replies)
        return self

    def _next(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return step(seen) if callable(step) else step

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Clock:
    """Epoch seconds that stand still unless somebody sleeps or moves them."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    server = Vendor()
    yield server
    server.close()


@pytest.fixture
def other_vendor() -> Iterator[Vendor]:
    server = Vendor()
    yield server
    server.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()
