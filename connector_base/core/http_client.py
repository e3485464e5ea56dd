"""HTTP client for vendor APIs: allow-list, TLS, typed errors, retries, breaker, one token refresh.

Every attempt is reported as a :class:`.http_types.CallRecord`. The client keeps no state besides
its connection pool and is safe for threads.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from .errors import (
    AuthError,
    ConnectorError,
    NotFound,
    PayloadError,
    Rejected,
    RemoteError,
    RemoteUnavailable,
)
from .http_call import (
    NETWORK_ERRORS,
    Authorization,
    Call,
    Stream,
    check_complete,
    default_classify,
    encode_json,
    guess_route,
    outcome_text,
    request_excerpt,
    response_excerpt,
    token_refused,
)
from .http_session import (
    HostPolicy,
    is_loopback,
    network_error,
    new_session,
    origin,
    prepare_session,
)
from .http_types import BreakerGate, CallRecord, FormTransport, Response, TokenSource
from .redaction import redact_path
from .retry import RetryPolicy, may_repeat

__all__ = [
    "BreakerGate",
    "CallRecord",
    "FormTransport",
    "HttpClient",
    "Response",
    "Stream",
    "TokenSource",
    "default_classify",
    "new_session",
]

_logger = logging.getLogger(__name__)

Classify = Callable[[Response], "ConnectorError | None"]

MAX_REDIRECTS = 5
#: Largest answer read into memory (bytes); larger things are streamed.
MAX_CONTENT = 32 * 1024 * 1024
_CHUNK = 65536
_PIECE = 1024
_IDEMPOTENT = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}
# Of the caller's headers, those that may follow a redirect to another host.
_NEUTRAL_HEADERS = {"accept", "accept-encoding", "range", "user-agent"}


class HttpClient:
    """One vendor API for one integration.

    :param base_url: prefix of every path, such as ``https://api.zoom.us/v2``
    :param allowed_hosts: see :class:`.http_session.HostPolicy`; must contain the base host
    :param auth: source of bearer tokens, None for unauthorized calls
    :param breaker: asked before and told after every attempt
    :param on_call: receives one record per attempt; an exception in it is logged, and never turns
        an executed call into a failed one
    :param classify: the vendor's own reading of answers; None from it means: judge by status
    :param session: to be shared by clients of one integration; gets our transport if it has not
    :param clock: epoch seconds
    :param rng: returns a float in [0, 1)
    :param read_timeout: seconds without a byte from the vendor
    :param body_timeout: seconds for the whole body of a :meth:`request`
    :param insecure_hosts: hosts that may be called over plain http
    """

    def __init__(
        self,
        base_url: str,
        *,
        allowed_hosts: Collection[str],
        auth: TokenSource | None = None,
        retry: RetryPolicy | None = None,
        breaker: BreakerGate | None = None,
        on_call: Callable[[CallRecord], None] | None = None,
        classify: Classify | None = None,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        rng: Callable[[], float] = random.random,
        connect_timeout: float = 5,
        read_timeout: float = 20,
        body_timeout: float = 60,
        user_agent: str = "odoo-connector/1.0",
        insecure_hosts: Collection[str] = (),
    ) -> None:
        self._hosts = HostPolicy(allowed_hosts, insecure_hosts)
        self._hosts.check(base_url)
        self._base_url = base_url.rstrip("/")
        self._auth = auth
        self._retry = retry or RetryPolicy()
        self._breaker = breaker
        self._on_call = on_call
        self._classify = classify
        self._session = prepare_session(session or requests.Session(), connect_timeout)
        self._clock = clock
        self._sleep = sleep
        self._rng = rng
        self._read_timeout = read_timeout
        self._body_timeout = body_timeout
        self._user_agent = user_agent

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
        route: str | None = None,
        missing_ok: bool = False,
        auth: bool = True,
        read_timeout: float | None = None,
    ) -> Response:
        """Make one call and return its 2xx answer.

        :param path: ``/path`` below the base, or an absolute address on an allowed host; ids in it
            are already percent-encoded
        :param data: form fields, bytes, or a seekable file
        :param idempotent: may be executed twice without harm; default by method. Calls that are not
            are only repeated when they surely were not executed
        :param route: path template for logs, such as ``/meetings/{id}``
        :param missing_ok: "not found" gives a response with ``missing`` True, not an error
        :param auth: False sends no token, for pre-signed addresses
        :raises ConnectorError: every failure, typed
        """
        call = self._call(method, path, route, headers, read_timeout)
        call.params, call.json, call.data = params, json, data
        call.missing_ok, call.auth = missing_ok, auth
        if idempotent is not None:
            call.idempotent = idempotent
        if json is not None:
            call.data = encode_json(json)
            call.headers.setdefault("Content-Type", "application/json")
        elif hasattr(data, "seek"):
            call.data_start = data.tell()
        return self._run(call)

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        route: str | None = None,
        auth: bool = True,
        bearer: str | None = None,
        chunk_size: int = _CHUNK,
        read_timeout: float | None = None,
    ) -> Iterator[Stream]:
        """Open an answer and give its body in pieces, never whole.

        Redirects are followed by hand, to allowed hosts only; the token stays with the first host.
        Opening is retried as usual, a broken body is the caller's to resume (``Range``).

        :param bearer: token to use instead of the token source's, such as a download token
        """
        call = self._call(method, url, route, headers, read_timeout)
        call.params, call.auth, call.bearer, call.streaming = params, auth, bearer, True
        call.headers.setdefault("Accept-Encoding", "identity")  # sizes and ranges as announced
        response = self._run(call)
        if call.raw is None:
            raise AssertionError("a streamed call keeps its open answer")
        try:
            yield Stream(response, call.raw, chunk_size)
        except RemoteUnavailable as exc:
            if self._breaker:
                self._breaker.failure(exc)
            self._report(call, 1, self._clock(), response, exc)
            raise
        finally:
            call.raw.close()

    def _call(
        self,
        method: str,
        path: str,
        route: str | None,
        headers: Mapping[str, str] | None,
        read_timeout: float | None,
    ) -> Call:
        method = method.upper()
        url = self._base_url + path if path.startswith("/") else path
        parts = self._hosts.check(url)
        if any(segment in (".", "..") for segment in parts.path.split("/")):
            # HTTP libraries resolve such segments: the call would go to another resource.
            raise PayloadError("An id cannot be used in an address.", field="path")
        return Call(
            method,
            url,
            route or guess_route(urlsplit(path).path),
            headers={"User-Agent": self._user_agent, **(headers or {})},
            idempotent=method in _IDEMPOTENT,
            read_timeout=read_timeout or self._read_timeout,
        )

    def _run(self, call: Call) -> Response:
        return self._retry.run(
            lambda number: self._attempt(call, number),
            lambda exc: may_repeat(exc, call.idempotent),
            clock=self._clock,
            sleep=self._sleep,
            rng=self._rng,
        )

    def _attempt(self, call: Call, number: int) -> Response:
        if self._breaker:
            self._breaker.before_call()
        try:
            response, error = self._authorized(call, number)
        except BaseException as exc:
            if self._breaker:
                self._breaker.failure(exc)
            raise
        if self._breaker:
            if isinstance(error, RemoteUnavailable):
                self._breaker.failure(error)
            else:
                self._breaker.success()
        if error is None:
            return response
        if call.missing_ok and isinstance(error, NotFound):
            return replace(response, missing=True)
        raise error

    def _authorized(self, call: Call, number: int) -> tuple[Response, ConnectorError | None]:
        """Send with a token; when it is refused, once per call, with a new one."""
        if not call.auth or self._auth is None or call.bearer is not None:
            return self._exchange(call, number, call.bearer)
        token = self._auth.get()
        response, error = self._exchange(call, number, token)
        if token_refused(error) and not call.refreshed:
            call.refreshed = True
            token = self._auth.invalidate(token)
            response, error = self._exchange(call, number, token)
            if error is None:
                self._auth.confirm(token)
        if call.refreshed and isinstance(error, AuthError):
            error.after_refresh = True
        return response, error

    def _exchange(
        self, call: Call, number: int, token: str | None
    ) -> tuple[Response, ConnectorError | None]:
        """Send once, report it, and return the answer with its typed error."""
        started = self._clock()
        response: Response | None = None
        error: ConnectorError | None = None
        try:
            response = self._send(call, token)
            error = self._judge(call, response)
        except ConnectorError as exc:
            error = exc
            raise
        finally:
            self._report(call, number, started, response, error)
        return response, error

    def _send(self, call: Call, token: str | None) -> Response:
        url, params, headers = call.url, call.params, dict(call.headers)
        home = origin(self._hosts.check(url))
        if call.data_start is not None:
            call.data.seek(call.data_start)
        for _ in range(MAX_REDIRECTS + 1):
            parts = self._hosts.check(url)
            if origin(parts) != home:
                token = None
                headers = {k: v for k, v in headers.items() if k.lower() in _NEUTRAL_HEADERS}
                home = origin(parts)
            # Calls to this machine never go through a proxy set in the environment.
            proxies = {"http": "", "https": ""} if is_loopback(parts.hostname or "") else None
            try:
                raw = self._session.request(
                    call.method,
                    url,
                    params=params,
                    data=call.data,
                    headers=headers,
                    auth=Authorization(token),
                    timeout=call.read_timeout,
                    allow_redirects=False,
                    proxies=proxies,
                    stream=True,
                )
            except (*NETWORK_ERRORS, ValueError) as exc:
                raise network_error(exc) from None
            location = raw.headers.get("location")
            if not (raw.is_redirect and location and call.method in ("GET", "HEAD")):
                return self._read(call, raw)
            raw.close()
            url, params = urljoin(url, location), None
        raise Rejected("The vendor redirects in circles.", status=raw.status_code)

    def _read(self, call: Call, raw: requests.Response) -> Response:
        """Turn an open answer into a response; a good streamed one keeps its body open."""
        content = b""
        if call.streaming and raw.status_code < 300:
            call.raw = raw
        else:
            try:
                content = self._content(raw)
            except NETWORK_ERRORS as exc:
                raise network_error(exc) from None
            finally:
                raw.close()
        return Response(
            raw.status_code, dict(raw.headers), content, raw.url, received_at=self._clock()
        )

    def _content(self, raw: requests.Response) -> bytes:
        deadline = self._clock() + self._body_timeout
        content = bytearray()
        # Small pieces: a read returns when its piece is full, so that is how often we look at the
        # clock while a vendor sends drop by drop.
        for chunk in raw.iter_content(_PIECE):
            content += chunk
            if len(content) > MAX_CONTENT:
                raise Rejected(
                    "The vendor's answer is too large to be read.", status=raw.status_code
                )
            if self._clock() > deadline:
                raise RemoteUnavailable(
                    "The vendor's answer took too long.", status=raw.status_code
                )
        check_complete(raw)
        return bytes(content)

    def _judge(self, call: Call, response: Response) -> ConnectorError | None:
        error = self._classify(response) if self._classify else None
        error = error or default_classify(response)
        if isinstance(error, RemoteError):
            error.status = error.status or response.status
            error.request_id = error.request_id or response.request_id
            if error.retry_after is None:
                error.retry_after = response.retry_after
        return error

    def _report(
        self,
        call: Call,
        number: int,
        started: float,
        response: Response | None,
        error: ConnectorError | None,
    ) -> None:
        if self._on_call is None:
            return
        record = CallRecord(
            method=call.method,
            route=call.route,
            path=redact_path(urlsplit(call.url).path),
            status=response.status if response else None,
            duration_ms=(self._clock() - started) * 1000,
            attempt=number,
            error=outcome_text(error, response),
            request_excerpt=request_excerpt(call),
            response_excerpt=response_excerpt(response) if response else "",
            request_id=response.request_id if response else None,
            quota=response.quota if response else {},
        )
        try:
            self._on_call(record)
        except Exception:
            _logger.exception("A call to %s could not be written to the API log", call.route)
