"""One address before Odoo's two ports: ordinary requests and web sockets find their server."""

from __future__ import annotations

import http.client
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.env.front import is_web_socket
from tests.env.front_process import Front
from tests.env.ports import LOOPBACK, free_port


@contextmanager
def server(name: str):
    """A server that answers with its name and the length of what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            text = f"{name} {self.path} {len(self.rfile.read(length))}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _answer  # noqa: N815 - the names the base class looks for

        def log_message(self, *args):
            """Keep quiet."""

    made = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield made.server_port
    finally:
        made.shutdown()
        made.server_close()


@pytest.fixture
def front(tmp_path):
    with server("web") as web, server("evented") as evented:
        port = free_port()
        made = Front(port, web, evented, tmp_path / "front.log")
        made.start()
        yield port
        made.stop()


def ask(connection, method, path, body=None):
    connection.request(method, path, body)
    return connection.getresponse().read().decode()


def test_requests_and_web_sockets_find_their_server(front):
    assert ask(http.client.HTTPConnection(LOOPBACK, front), "GET", "/odoo") == "web /odoo 0"
    socket_path = "/websocket?version=1"
    answer = ask(http.client.HTTPConnection(LOOPBACK, front), "GET", socket_path)
    assert answer == f"evented {socket_path} 0"


def test_a_connection_serves_many_requests_and_a_large_body(front):
    connection = http.client.HTTPConnection(LOOPBACK, front)
    body = b"x" * 3_000_000
    assert [ask(connection, "POST", "/a", body) for _ in range(3)] == ["web /a 3000000"] * 3


def test_a_request_line_may_come_in_pieces(front):
    with socket.create_connection((LOOPBACK, front), timeout=10) as raw:
        for piece in (b"GET /web", b"socket HTTP/1.1\r", b"\nHost: x\r\n\r\n"):
            raw.sendall(piece)
        assert raw.recv(4096).endswith(b"evented /websocket 0")


def test_a_server_that_is_away_is_told(tmp_path):
    front = Front(free_port(), free_port(), free_port(), tmp_path / "front.log")
    front.start()
    try:
        connection = http.client.HTTPConnection(LOOPBACK, int(front._ports[0].split("=")[1]))
        connection.request("GET", "/odoo")
        assert connection.getresponse().status == 503
    finally:
        front.stop()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"GET /websocket HTTP/1.1\r\n", True),
        (b"GET /websocket?version=18.0-4 HTTP/1.1\r\n", True),
        (b"GET /websocket/health HTTP/1.1\r\n", False),
        (b"POST /zoom/webhook/event HTTP/1.1\r\n", False),
        (b"nonsense", False),
    ],
)
def test_the_request_line_decides(head, expected):
    assert is_web_socket(head) is expected
