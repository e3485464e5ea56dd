"""A small webhook receiver that keeps what it gets and answers as it is told."""

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.sandbox.zoom.config import SECRET_TOKEN


class Receiver:
    """Listens on loopback. ``statuses`` is a queue of answers; when it is empty the answer is 200.

    ``answers`` is a queue of bodies to answer with; when it is empty the body is empty.
    """

    def __init__(self):
        self.requests: list[tuple[dict, bytes]] = []
        self.statuses: list[int] = []
        self.answers: list[bytes] = []
        self.delay = 0.0
        self.location: str | None = None
        self.answer_challenge = True
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                """Quiet."""

            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("content-length") or 0))
                outer.requests.append(({k.lower(): v for k, v in self.headers.items()}, raw))
                time.sleep(outer.delay)
                status, answer = outer.reply(raw)
                try:
                    self.send_response(status)
                    self.send_header("content-length", str(len(answer)))
                    if outer.location:
                        self.send_header("location", outer.location)
                    self.end_headers()
                    self.wfile.write(answer)
                except ConnectionError:
                    self.close_connection = True  # the sender had given up waiting

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def reply(self, raw: bytes) -> tuple[int, bytes]:
        status = self.statuses.pop(0) if self.statuses else 200
        body = json.loads(raw) if raw[:1] == b"{" else {}
        if body.get("event") == "endpoint.url_validation" and self.answer_challenge:
            plain = body["payload"]["plainToken"]
            digest = hmac.new(SECRET_TOKEN.encode(), plain.encode(), hashlib.sha256).hexdigest()
            return status, json.dumps({"plainToken": plain, "encryptedToken": digest}).encode()
        return status, self.answers.pop(0) if self.answers else b""

    def bodies(self, event: str | None = None) -> list[dict]:
        """The JSON bodies received, all or those of an event."""
        parsed = [json.loads(raw) for _headers, raw in self.requests]
        return [body for body in parsed if event in (None, body.get("event"))]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
