"""Parts for the suites of all connector addons: cursors, a loopback vendor, signed requests.

Nothing here patches product code. What a test needs of the far end, :class:`StubServer` answers over
real HTTP on the loopback interface; it also serves strangers who run the suites without our sandbox.
"""

import http.server
import json
import os
import threading
import urllib.parse
from contextlib import contextmanager
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, release, tools
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase

from odoo.addons.connector_base import keyring
from odoo.addons.connector_base.core.crypto import KeyRing

IS_19 = release.version_info[:2] >= (19, 0)


def _cleanup(test):
    return getattr(test, "addClassCleanup" if isinstance(test, type) else "addCleanup")


def enter(test, context):
    """Enter ``context`` until the end of ``test`` (a test or a test class); return its value.

    As ``enterContext`` of Python 3.11, for 3.10.
    """
    value = context.__enter__()
    _cleanup(test)(context.__exit__, None, None, None)
    return value


def own_cursors_see_test_data(test):
    """Until the end of ``test`` (a ``TransactionCase``), own cursors share its transaction.

    Their commits are simulated then, and locks never conflict: good for logic, not for proofs about
    rollbacks and locks. An ``HttpCase`` is in this mode anyway.
    """
    test.env.flush_all()
    if IS_19:
        enter(test, test.enter_registry_test_mode())
    else:
        test.registry.enter_test_mode(test.cr)
        test.addCleanup(test.registry.leave_test_mode)


@contextmanager
def outside_requests(test):
    """Let an ``HttpCase`` take requests that ``url_open`` did not make (deliveries of a sandbox)."""
    if IS_19:
        with test.allow_requests(all_requests=True):
            yield
    else:
        before = test.http_request_strict_check
        test.http_request_strict_check = False
        try:
            yield
        finally:
            test.http_request_strict_check = before


def let_threads_work(test):
    """Let other threads of this process open environments until the end of ``test``.

    Odoo runs tests while it holds the lock of its registries; a thread would wait for it for ever.
    """
    patcher = patch.object(Registry, "_lock", threading.RLock())
    patcher.start()
    test.addCleanup(patcher.stop)


def sandbox():
    """Return what the environment says of a running sandbox (its JSON line), or None."""
    text = os.environ.get("CONNECTOR_SANDBOX")
    return json.loads(text) if text else None


@contextmanager
def encryption_keys(*keys):
    """Use exactly these encryption keys; give none for "no key anywhere"."""
    with patch.dict(os.environ, {keyring.ENVIRONMENT: ",".join(keys)}):
        yield


@contextmanager
def data_directory(path):
    """Use ``path`` as Odoo's data directory (the key file lies in it)."""
    before = tools.config["data_dir"]
    tools.config["data_dir"] = str(path)
    try:
        yield
    finally:
        tools.config["data_dir"] = before


@contextmanager
def server_config(path):
    """Let the server believe that it was started with ``-c path``."""
    if IS_19:
        before = tools.config["config"]
        tools.config["config"] = str(path)
    else:
        before, tools.config.rcfile = tools.config.rcfile, str(path)
    try:
        yield
    finally:
        if IS_19:
            tools.config["config"] = before
        else:
            tools.config.rcfile = before


def use_new_key(test):
    """Give the whole test class or test a key of its own; return it."""
    key = KeyRing.generate_key()
    enter(test, encryption_keys(key))
    return key


class StubServer:
    """A vendor on the loopback interface, answering what a test tells it to.

    ``server.on("GET", "/v2/me", {"id": 1})`` answers with JSON and 200; a tuple is ``(status, body)``
    or ``(status, body, headers)``; a callable gets the request (dict ``method, path, query, headers,
    body, form``) and returns one of these. Several answers for one route: ``server.queue(...)``.
    Unknown routes get 404. ``server.calls`` lists the requests in order.
    """

    def __init__(self):
        self.calls = []
        self._routes = {}
        self._queues = {}
        self._lock = threading.Lock()
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                stub._handle(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *args):
                """Keep the test log clean."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self):
        """Address without trailing slash."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self):
        """Begin to listen."""
        self._thread.start()
        return self

    def stop(self):
        """Stop listening and close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def on(self, method, path, answer):
        """Answer ``path`` (without query) always like this."""
        self._routes[method, path] = answer

    def queue(self, method, path, *answers):
        """Answer the next calls of ``path`` with these, one each; then as :meth:`on` said."""
        self._queues.setdefault((method, path), []).extend(answers)

    def calls_of(self, method, path):
        """Return the requests seen for one route."""
        with self._lock:
            return [c for c in self.calls if (c["method"], c["path"]) == (method, path)]

    def _handle(self, handler):
        parts = urllib.parse.urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        call = {
            "method": handler.command,
            "path": parts.path,
            "query": dict(urllib.parse.parse_qsl(parts.query)),
            "headers": dict(handler.headers),
            "body": body,
            "form": dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"))),
        }
        with self._lock:
            self.calls.append(call)
            queue = self._queues.get((call["method"], call["path"]))
            answer = queue.pop(0) if queue else self._routes.get((call["method"], call["path"]))
        if callable(answer):
            answer = answer(call)
        if answer is None:
            answer = (404, {"message": "no such route in the stub"})
        if not isinstance(answer, tuple):
            answer = (200, answer)
        status, content, headers = (*answer, {})[:3]
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
            headers = {"Content-Type": "application/json", **headers}
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


def start_stub(test):
    """Return a running :class:`StubServer` that stops when the test or test class ends."""
    server = StubServer().start()
    _cleanup(test)(server.stop)
    return server


class CommittedCase(TransactionCase):
    """For proofs about locks, rollbacks and several workers: fixtures are really committed, own
    cursors are real second connections. What a test leaves is deleted by hand.

    Use ``with self.committed() as env:`` for fixtures and for looking at results.
    """

    # The model of the integrations a suite works with; only their rows are deleted.
    integration_model = None

    def setUp(self):
        super().setUp()
        self.addCleanup(self.delete_leftovers)

    @contextmanager
    def committed(self):
        """An environment on a connection of its own, committed at the end of the block."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            yield env
            env.flush_all()

    def delete_leftovers(self):
        """Delete the integrations of :attr:`integration_model` and all that belongs to them."""
        with self.committed() as env:
            env[self.integration_model].with_context(active_test=False).search([]).unlink()
            for model in ("connector.api.log", "connector.metric", "connector.sync.run"):
                env[model].search([("integration_model", "=", self.integration_model)]).unlink()
            env["connector.alert"].search([("integration_model", "=", False)]).unlink()
            env["queue.job"].search([("model_name", "=like", "connector.%")]).unlink()
            env.cr.execute("DELETE FROM connector_event_outcome")
