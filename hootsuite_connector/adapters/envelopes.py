"""Which of Hootsuite's ways of calling us a body came by, told by its shape alone.

All of them arrive at one address: the vendor has no common envelope (Inbox specification, webhooks;
page "Webhooks overview").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from . import inbox, platform, relay, steering
from ._core import errors, facts
from .times import UTC
from .wire import RESEND, hint

AGENT, WRITEBACK, LOOKUP, FAILURE = "agent", "writeback", "lookup", "failure"
PLATFORM, PING, RELAY, UNKNOWN = "platform", "ping", "relay", "unknown"

SIGNATURE_HEADER = "X-Hootsuite-Signature"
LEGACY_SIGNATURE_HEADER = "X-Sparkcentral-Signature"
_DEPTH = 40


def is_array(raw: bytes) -> bool:
    """Whether a body that was not decoded yet is an array: only platform events are."""
    return raw.lstrip()[:1] == b"["


def recognize(body: Any, relayed: bool = False) -> str:
    """Return the kind of a decoded body.

    :param relayed: the delivery carries a relay signature
    """
    if isinstance(body, list):
        kinds = {row.get("type") for row in body if isinstance(row, dict)}
        return PING if kinds == {platform.PING} else PLATFORM
    if relayed:
        return RELAY
    if not isinstance(body, dict):
        return UNKNOWN
    kind = body.get("type")
    if isinstance(kind, str):
        if kind in inbox.WRITEBACK_TYPES:
            return WRITEBACK
        if "data" in body:
            # Unknown types of the virtual agent are to be ignored with 200 (Inbox specification).
            return AGENT
    if isinstance(body.get("eventType"), str):
        return FAILURE
    if steering.is_lookup(body):
        return LOOKUP
    return UNKNOWN


def split(body: Any, relayed: bool = False, now: datetime | None = None) -> list[facts.Fact]:
    """Return the facts of a body, ready to be stored; a ping has none.

    :param now: time of facts whose body tells none (default: the present)
    :raises PayloadError: the body is none that Hootsuite or a relay sends
    """
    kind = recognize(body, relayed)
    now = now or datetime.now(UTC)
    splitters: dict[str, Callable[[Any, datetime], Iterator[facts.Fact]]] = {
        AGENT: inbox.split_agent,
        WRITEBACK: inbox.split_writeback,
        FAILURE: inbox.split_failure,
        PLATFORM: platform.split,
        RELAY: relay.split,
    }
    if kind in (PING, LOOKUP):
        return []
    if kind not in splitters:
        raise errors.PayloadError(
            "The delivery is none that Hootsuite or a relay sends.",
            remedy=RESEND,
            value_hint=hint(body),
        )
    return list(splitters[kind](clean(body), now))


def clean(value: Any, depth: int = _DEPTH) -> Any:
    """The same JSON value as a database can store it, cut where it is nested absurdly deep."""
    if isinstance(value, dict):
        return {str(k): clean(v, depth - 1) for k, v in value.items()} if depth else {}
    if isinstance(value, list):
        return [clean(member, depth - 1) for member in value] if depth else []
    if isinstance(value, float) and value != value:
        return None
    return value
