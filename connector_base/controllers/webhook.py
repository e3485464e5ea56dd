import datetime
import hashlib
import json
import logging
import re
import threading
import time

import psycopg2
from werkzeug.exceptions import RequestEntityTooLarge

from odoo import SUPERUSER_ID
from odoo.http import request

from ..core.errors import ConfigurationError, NoSecret, PayloadError, SignatureError
from ..core.facts import Fact
from ..models.ir_http import WEBHOOK_MARK

_logger = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024
"""Largest accepted body (bytes); vendors' events have a few kilobytes."""

WEBHOOK_ROUTE = {
    "type": "http",
    "auth": "none",
    "methods": ["POST"],
    "csrf": False,
    "save_session": False,
    "readonly": False,
    "max_content_length": MAX_BODY,
    WEBHOOK_MARK: True,
}
"""Arguments of a product's ``http.route`` besides its paths."""

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
SECRET_KEY = re.compile(
    r"token|secret|password|passcode|authorization|start_url|zak|pwd", re.IGNORECASE
)
INTAKE_TRIES = 5
RETRY_AFTER = 60
"""Seconds after which a delivery that was turned away for now is welcome again."""
BAD_BEFORE_BLOCK = 20
BAD_BEFORE_ALERT = 5
BLOCK_SECONDS = 300.0
# From so many deliveries per second and process on, events are gathered for a moment before they
# are handled: large batches cost less per event, and the time goes to the intake.
BUSY_PER_SECOND = 5
BUSY_DELAY = 2
SOURCES_AT_MOST = 10_000


class Window:
    """Counts things per key in fixed windows of time, in this process; safe for threads."""

    def __init__(self, seconds):
        self._seconds = seconds
        self._lock = threading.Lock()
        self._counts = {}  # key -> [start of the window, count]

    def add(self, key, now):
        """Count once more; return the count of the running window."""
        with self._lock:
            entry = self._counts.get(key)
            if entry is None or now - entry[0] >= self._seconds:
                if len(self._counts) >= SOURCES_AT_MOST:
                    self._counts.clear()
                entry = self._counts[key] = [now, 0]
            entry[1] += 1
            return entry[1]

    def count(self, key, now):
        """Return the count of the running window."""
        with self._lock:
            entry = self._counts.get(key)
            return entry[1] if entry and now - entry[0] < self._seconds else 0

    def clear(self):
        """Forget everything (tests)."""
        with self._lock:
            self._counts.clear()


class Rate:
    """How often something happens per second in this process, without falling to zero whenever a
    new second begins; safe for threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._counts = {}  # key -> [second, count in it, count in the second before]

    def tick(self, key, now):
        """Count once more; return the count of this or the last second, whichever is higher."""
        second = int(now)
        with self._lock:
            entry = self._counts.setdefault(key, [second, 0, 0])
            if entry[0] != second:
                before = entry[1] if second - entry[0] == 1 else 0
                entry[:] = [second, 0, before]
            entry[1] += 1
            return max(entry[1:])

    def clear(self):
        """Forget everything (tests)."""
        with self._lock:
            self._counts.clear()


bad_by_source = Window(BLOCK_SECONDS)
bad_by_integration = Window(BLOCK_SECONDS)
good_by_integration = Window(60.0)
taken_by_database = Rate()


class WebhookController:
    """Receives deliveries; a product mixes it into a controller, declares the routes and the hooks.

    No ``http.Controller`` itself, on purpose: Odoo puts all subclasses of one controller together
    in a single one, so with two products installed the deliveries of one would meet the hooks of the
    other.

    What happens in which order is the safety of the whole: nothing is read before the size is known
    to be sane, nothing is parsed before the signature is verified, nothing is acknowledged before it
    is committed. The body of every refusal is the same for all callers and tells nothing.
    """

    # -- hooks of a product ------------------------------------------------------------------

    def _verify(self, integration, headers, raw):
        """Check that the delivery comes from the vendor.

        :raises SignatureError: it does not, or nothing is configured to check it with
        """
        raise NotImplementedError

    def _special(self, integration, headers, body):
        """Answer verified deliveries that are no events (such as a challenge), else None."""
        return

    def _split(self, integration, headers, body):
        """Return the :class:`core.facts.Fact` list of a verified, decoded body.

        :raises PayloadError: it holds no recognizable fact; the body is kept in quarantine
        """
        raise NotImplementedError

    def _strip(self, body):
        """Return ``body`` without secrets; used for bodies that :meth:`_split` cannot read."""
        return strip_secrets(body)

    def _request_id(self, headers):
        """Return the vendor's id of the delivery, if it sends one."""
        return

    # A JSON array is a body too, for vendors that send several events together.
    _accepts_arrays = False

    # -- the way of a delivery ---------------------------------------------------------------

    def _receive(self, model, key=None):
        """Take one delivery for the integration of ``model`` that ``key`` names.

        Answers 200, or: 400 not JSON, 401 signature, 404 no such integration, 413 too large, 415
        form body, 429 too many badly signed, 503 with Retry-After for too many signed ones and
        while the database is away, 503 no secret configured or no encryption key.
        """
        httprequest = request.httprequest
        if not request.db:
            # The database is away, see `ir.http._register_hook`.
            return self._later("try again")
        if (httprequest.content_length or 0) > MAX_BODY:
            return self._refuse(413, "too large")
        if httprequest.mimetype in FORM_TYPES:
            return self._refuse(415, "send JSON")
        request.update_env(user=SUPERUSER_ID)  # no user sends webhooks; rights are the signature's
        integration = request.env[model]._connector_account(key)
        if not integration:
            return self._refuse(404, "not found")
        try:
            raw = httprequest.get_data()
        except RequestEntityTooLarge:
            return self._refuse(413, "too large")
        if len(raw) > MAX_BODY:
            return self._refuse(413, "too large")
        headers, now = httprequest.headers, time.monotonic()
        refusal = self._check(integration, headers, raw, now)
        if refusal is not None:
            return refusal
        owner = (request.db, integration._name, integration.id)
        if good_by_integration.add(owner, now) > integration._connector_intake_per_minute:
            # Not 429: it is signed, and a vendor takes a 4xx for final (Zoom: "Using webhooks").
            request.env["connector.metric"]._record(integration, "intake_limited")
            return self._later("too many requests")
        try:
            body = json.loads(raw, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return self._refuse(400, "not JSON", integration, "bad_body")
        if not isinstance(body, dict) and not (self._accepts_arrays and isinstance(body, list)):
            return self._refuse(400, "not a JSON object", integration, "bad_body")
        # A hook: a product's answer, or None.
        answer = self._special(integration, headers, body)  # pylint: disable=assignment-from-none
        if answer is not None:
            return answer
        self._store(integration, headers, body, raw)
        return request.make_response("", headers=[("Content-Type", "text/plain")])

    def _check(self, integration, headers, raw, now):
        """Verify; return the refusal, or None when all is well.

        A signature is cheap to check, so even an address with a history of bad ones is heard: behind
        a proxy the vendor may come from the very address an attacker used. Only what such an address
        sends without a valid signature is turned away without further ado.
        """
        source = (request.db, integration._name, integration.id, request.httprequest.remote_addr)
        blocked = bad_by_source.count(source, now) >= BAD_BEFORE_BLOCK
        try:
            self._verify(integration, headers, raw)
        except NoSecret:
            return self._refuse(503, "not configured", integration, "no_secret")
        except ConfigurationError as exc:  # the encryption key is missing
            integration._alert("encryption", exc.message, exc.remedy)
            return self._refuse(503, "not configured", integration, "no_secret")
        except SignatureError:
            if blocked:
                integration.env["connector.metric"]._buffer(integration, "bad_signature")
                integration.env["connector.metric"]._flush_due()
                return self._refuse(429, "too many requests")
            bad_by_source.add(source, now)
            if bad_by_integration.add(source[:3], now) == BAD_BEFORE_ALERT:
                integration._alert(
                    "bad_signatures",
                    request.env._("Deliveries with a wrong signature arrive."),
                    request.env._(
                        "Compare the webhook secret with the one at the vendor. If they are equal,"
                        " a stranger is trying; what he sends is refused and nothing is stored."
                    ),
                )
            return self._refuse(401, "unauthorized", integration, "bad_signature")
        return None

    def _later(self, error):
        """Refuse what the vendor shall send again."""
        return request.make_json_response(
            {"error": error}, status=503, headers=[("Retry-After", str(RETRY_AFTER))]
        )

    def _refuse(self, status, error, integration=None, metric=None):
        if metric:
            request.env["connector.metric"]._record(integration, metric)
        return request.make_json_response({"error": error}, status=status)

    def _store(self, integration, headers, body, raw):
        """Store the facts, commit, then wake the drain."""
        started = time.perf_counter()
        outcome = None
        try:
            facts = self._split(integration, headers, body)
        except PayloadError as exc:
            facts = [_whole_body(self._strip(body), raw)]
            outcome = {
                "state": "quarantined",
                "error": exc.message,
                "remedy": exc.remedy or "Update the connector, then press Replay.",
            }
        events = request.env["connector.event"]
        request_id = self._request_id(headers)  # pylint: disable=assignment-from-none
        cr = request.env.cr
        for attempt in range(1, INTAKE_TRIES + 1):
            try:
                taken = events._intake(integration, facts, request_id, outcome)
                # A 2xx means that the facts are committed, and the look at waiting jobs must
                # follow the commit.
                cr.commit()  # pylint: disable=invalid-commit
                break
            except psycopg2.OperationalError as exc:
                # A known fact arrives in the same instant as the drain settles it. Odoo would
                # repeat the request too, but only after up to two seconds.
                if exc.pgcode not in ("40001", "40P01") or attempt == INTAKE_TRIES:
                    raise
                cr.rollback()
        # The facts are safe: what follows must not turn the answer into an error.
        try:
            busy = taken_by_database.tick(request.db, time.monotonic()) > BUSY_PER_SECOND
            events._wake(taken["lanes"], delay=BUSY_DELAY if busy else None)
            cr.commit()  # pylint: disable=invalid-commit
            metrics = request.env["connector.metric"]
            metrics._buffer(integration, "intake_ms", (time.perf_counter() - started) * 1000)
            metrics._flush_due()
        except psycopg2.Error as exc:
            _logger.warning(
                "Events are stored, but no job could be queued (%s); the scheduler handles them.",
                type(exc).__name__,
            )
            cr.rollback()


def strip_secrets(node):
    """Return decoded JSON with the values of keys that smell of secrets replaced."""
    if isinstance(node, dict):
        return {
            key: "***" if SECRET_KEY.search(key) else strip_secrets(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [strip_secrets(value) for value in node]
    return node


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


def _whole_body(body, raw):
    """A fact that stands for a body nobody could split."""
    event_type = body.get("event") if isinstance(body, dict) else None
    return Fact(
        event_type=event_type if isinstance(event_type, str) and event_type else "unknown",
        external_key="body:" + hashlib.sha256(raw).hexdigest(),
        subject_key="",
        occurred_at=datetime.datetime.now(datetime.timezone.utc),
        payload=body if isinstance(body, dict) else {"body": body},
    )
