"""What the HTTP client gives and takes: responses, call records, protocols."""

from __future__ import annotations

import email.utils
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Protocol

from requests.structures import CaseInsensitiveDict

from .errors import RemoteUnavailable

#: Headers that carry the vendor's id of a call, most specific first.
REQUEST_ID_HEADERS = ("x-zm-trackingid", "x-zm-request-id", "x-request-id", "x-correlation-id")


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds to wait that a ``Retry-After`` header asks for, None if it asks nothing.

    Takes seconds and HTTP dates (RFC 9110) and ISO-8601 date-times (Zoom, page "Rate limits").
    A time in the past gives 0. An unreadable value counts as absent: it is only a hint.

    :param now: epoch seconds
    """
    text = (value or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        moment = _parse_moment(text)
        if moment is None:
            return None
        seconds = moment - now
    if not math.isfinite(seconds):
        return None
    return max(0.0, seconds)


def _parse_moment(text: str) -> float | None:
    for parse in (email.utils.parsedate_to_datetime, _parse_iso):
        try:
            moment = parse(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.timestamp()
    return None


def _parse_iso(text: str) -> datetime:
    # Python 3.10 does not take the "Z".
    return datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] in "zZ" else text)


@dataclass(frozen=True)
class Response:
    """One answer, read completely.

    :param headers: case-insensitive
    :param missing: True when the call was made with ``missing_ok`` and the thing does not exist
    :param received_at: epoch seconds
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    url: str = field(default="", repr=False)
    received_at: float = 0.0
    missing: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", CaseInsensitiveDict(self.headers))

    @property
    def ok(self) -> bool:
        """True for 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as UTF-8 text; broken sequences are replaced."""
        return self.content.decode("utf-8", "replace")

    @property
    def request_id(self) -> str | None:
        """The vendor's id of this call, if it gave one."""
        for name in REQUEST_ID_HEADERS:
            value = self.headers.get(name)
            if value:
                return value
        return None

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait as asked by ``Retry-After``, None if absent."""
        return parse_retry_after(self.headers.get("retry-after"), self.received_at)

    @property
    def quota(self) -> dict[str, str]:
        """The vendor's rate-limit headers, ``X-RateLimit-Remaining`` as ``remaining``."""
        prefix = "x-ratelimit-"
        return {
            name.lower()[len(prefix) :]: value
            for name, value in self.headers.items()
            if name.lower().startswith(prefix)
        }

    def json(self) -> Any:
        """Return the decoded JSON body, None for an empty one.

        :raises RemoteUnavailable: the body is not JSON (a gateway's error page, a cut body); the
            call itself may have been executed
        """
        if not self.content.strip():
            return None
        try:
            return json.loads(self.content)
        except ValueError:
            raise RemoteUnavailable(
                "The vendor's answer is not JSON.",
                status=self.status,
                request_id=self.request_id,
                maybe_executed=True,
            ) from None


@dataclass(frozen=True)
class CallRecord:
    """One attempt of one call, for the API log and metrics. Excerpts are already redacted.

    :param route: path template, such as ``/meetings/{id}``
    :param path: path as called, e-mail addresses masked, without query
    :param status: HTTP status, None when no answer came
    :param attempt: 1 for the first try of a call
    :param error: ``ClassName: message`` of the typed error, "" when the attempt succeeded
    :param quota: rate-limit headers, see :attr:`Response.quota`
    """

    method: str
    route: str
    path: str
    status: int | None
    duration_ms: float
    attempt: int
    error: str = ""
    request_excerpt: str = ""
    response_excerpt: str = ""
    request_id: str | None = None
    quota: dict[str, str] = field(default_factory=dict)


class TokenSource(Protocol):
    """Gives access tokens to the client. All methods may raise any ``ConnectorError``."""

    def get(self) -> str:
        """Return a token that is believed to be valid."""

    def invalidate(self, bad: str) -> str:
        """The vendor refused ``bad``: return another token, after at most one refresh."""

    def confirm(self, token: str) -> None:
        """A call with ``token``, which came from :meth:`invalidate`, succeeded."""


class BreakerGate(Protocol):
    """What the client asks of a circuit breaker."""

    def before_call(self) -> None:
        """Raise ``BreakerOpen`` when nothing may be sent now."""

    def success(self) -> None:
        """The vendor answered."""

    def failure(self, exc: BaseException) -> None:
        """The attempt ended with ``exc``; the breaker decides whether it counts."""


class FormTransport(Protocol):
    """Posts a form once, without redirects and without repeating; used for token endpoints."""

    def __call__(self, url: str, data: Mapping[str, str], headers: Mapping[str, str]) -> Response:
        """:raises RemoteUnavailable: no usable answer came"""
