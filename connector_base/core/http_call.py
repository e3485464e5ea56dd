"""Parts of the HTTP client: one call, one streamed answer, judging by status, excerpts for logs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3.exceptions
from requests.auth import AuthBase

from .errors import (
    AuthError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    PayloadError,
    RateLimited,
    ReconnectRequired,
    Rejected,
    RemoteUnavailable,
    ScopeMissing,
)
from .http_session import network_error
from .http_types import Response
from .redaction import redact

NETWORK_ERRORS = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError)
_TOKEN = re.compile(r"[\x21-\x7e]+")
_ID_SEGMENT = re.compile(r"[^/]*(?:\d|%|@|=)[^/]*|[^/]{20,}")


def default_classify(response: Response) -> ConnectorError | None:
    """Return the typed error of a status that is not 2xx, knowing HTTP only."""
    status = response.status
    if response.ok:
        return None
    common: dict[str, Any] = {"status": status, "request_id": response.request_id}
    if status == 401:
        return AuthError("The vendor does not accept the access token.")
    if status == 403:
        return Rejected("The vendor does not permit this call.", **common)
    if status in (404, 410):
        return NotFound("The vendor does not know this item.", **common)
    if status in (425, 429):
        return RateLimited(
            "The vendor limits the number of calls.", retry_after=response.retry_after, **common
        )
    if status == 408 or status >= 500:
        return RemoteUnavailable(
            f"The vendor's server failed (HTTP {status}).",
            maybe_executed=True,
            retry_after=response.retry_after,
            **common,
        )
    return Rejected(f"The vendor refuses this call (HTTP {status}).", **common)


class Authorization(AuthBase):
    """Sets our header, and keeps requests from looking into ``.netrc``."""

    def __init__(self, token: str | None) -> None:
        if token is not None and not _TOKEN.fullmatch(token):
            # The libraries below would complain with the token in their message.
            raise ConfigurationError(
                "The access token contains characters that cannot be sent.",
                remedy="Connect again.",
            )
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass
class Call:
    """One call with everything needed to send it, once or again."""

    method: str
    url: str
    route: str
    params: Mapping[str, Any] | None = None
    json: Any = None  # for the log; sent is ``data``
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    idempotent: bool = True
    missing_ok: bool = False
    auth: bool = True
    bearer: str | None = None
    read_timeout: float = 20
    streaming: bool = False
    refreshed: bool = False
    raw: requests.Response | None = None
    data_start: int | None = None


def encode_json(value: Any) -> bytes:
    """Write a JSON body; versions of requests differ in what they let through.

    :raises PayloadError: the value has no JSON form
    """
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError):
        raise PayloadError("The data of a call cannot be written as JSON.") from None


class Stream:
    """An answer whose body is read in pieces; see :meth:`HttpClient.stream`."""

    def __init__(self, response: Response, raw: requests.Response, chunk_size: int) -> None:
        self._raw = raw
        self._chunk_size = chunk_size
        self.status = response.status
        self.headers = response.headers
        self.url = response.url

    @property
    def length(self) -> int | None:
        """Bytes announced for this answer, None if unknown."""
        return _announced(self._raw)

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks()

    def chunks(self) -> Iterator[bytes]:
        """Yield the body.

        :raises RemoteUnavailable: it was cut or stalled; resume with a ``Range`` header
        """
        try:
            yield from self._raw.iter_content(self._chunk_size)
            check_complete(self._raw)
        except NETWORK_ERRORS as exc:
            raise network_error(exc) from None


def _announced(raw: requests.Response) -> int | None:
    text = raw.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def check_complete(raw: requests.Response) -> None:
    """urllib3 1.26 does not notice a body that is shorter than announced; 2.x does."""
    announced = _announced(raw)
    bodyless = raw.request.method == "HEAD" or raw.status_code in (204, 304)
    if announced is not None and not bodyless and raw.raw.tell() < announced:
        raise urllib3.exceptions.ProtocolError("the body is shorter than announced")


def guess_route(path: str) -> str:
    """Replace what looks like an id; callers better pass ``route``."""
    return "/".join(
        "{id}" if _ID_SEGMENT.fullmatch(part) and not re.fullmatch(r"v\d+", part) else part
        for part in path.split("/")
    )


def request_excerpt(call: Call) -> str:
    parts = [redact(dict(call.params))] if call.params else []
    body = call.json if call.json is not None else call.data
    if body is not None:
        if hasattr(body, "read"):
            parts.append("<file>")
        elif isinstance(body, bytes):
            parts.append(f"<{len(body)} bytes>")
        else:
            parts.append(redact(body))
    return " ".join(parts)


def response_excerpt(response: Response) -> str:
    if not response.content:
        return ""
    kind = response.headers.get("content-type", "").lower()
    if "json" in kind or kind.startswith("text/") or "form-urlencoded" in kind or not kind:
        return redact(response.content)
    return f"<{len(response.content)} bytes {kind.split(';')[0]}>"


def outcome_text(error: ConnectorError | None, response: Response | None) -> str:
    """How an attempt ended, for the log; empty when it went well."""
    if error is not None:
        return redact(f"{type(error).__name__}: {error.message}")
    # Answers that the caller judges, such as those of token endpoints.
    return "" if response is None or response.ok else f"HTTP {response.status}"


def token_refused(error: ConnectorError | None) -> bool:
    """Tell whether a new token may help."""
    return isinstance(error, AuthError) and not isinstance(error, (ScopeMissing, ReconnectRequired))
