"""Platform webhooks: arrays of ``{seq_no, type, data}`` about our own posts, comments and the app
(page "Webhooks overview"). They hold ids and a state, no text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from . import conversation as talk
from ._core import errors, facts
from .inbox import digest
from .times import parse_moment
from .wire import RESEND, Issue, hint, reference, to_identifier, to_text

PING = "com.hootsuite.ping.event.v1"
MESSAGES = "com.hootsuite.messages.event.v1"
COMMENTS = "com.hootsuite.comments.event.v1"
APPS = "com.hootsuite.apps.event.v1"
EVENT_TYPES = {MESSAGES: "platform.message", COMMENTS: "platform.comment", APPS: "platform.app"}


def split(rows: list[Any], now: datetime) -> Iterator[facts.Fact]:
    """The facts of one array.

    The key is the business fact: what changed to which state when. ``seq_no`` differs between an
    app's address and the address of a single post, which may both tell the same; it decides only
    where no time is told.
    """
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("type"), str):
            raise errors.PayloadError(
                "A member of the array is no event.", remedy=RESEND, value_hint=hint(row)
            )
        if row["type"] == PING:
            continue
        name = EVENT_TYPES.get(row["type"], f"platform.{row['type'][:150]}")
        about = _about(row)
        at = _time(row)
        state = _state(row)
        if about and at and state:
            key = f"{name}:{about}:{state}:{at.isoformat()}"
        else:
            key = f"{name}:{_seq_no(row) or digest(row)}"
        yield facts.Fact(
            event_type=name,
            external_key=key,
            subject_key=f"{name}:{about or 'app'}",
            occurred_at=at or now,
            payload=row,
        )


def _data(row: dict[str, Any]) -> dict[str, Any]:
    data = row.get("data")
    return data if isinstance(data, dict) else {}


def _about(row: dict[str, Any]) -> str | None:
    for name in ("message", "comment"):
        try:
            return reference(_data(row).get(name))
        except ValueError:
            continue
    return None


def _time(row: dict[str, Any]) -> datetime | None:
    try:
        return parse_moment(_data(row).get("timestamp"))
    except ValueError:
        return None


def _state(row: dict[str, Any]) -> str | None:
    value = _data(row).get("state")
    return value.upper()[:100] if isinstance(value, str) and value.strip() else None


def _seq_no(row: dict[str, Any]) -> str | None:
    try:
        return to_identifier(row.get("seq_no"))
    except ValueError:
        return None


def _missing(row: dict[str, Any], field: str) -> errors.PayloadError:
    return errors.PayloadError(
        f"The event “{to_text(row['type'])[:100]}” does not say its essential field “{field}”.",
        field=field,
        remedy=RESEND,
    )


def _optional(row: dict[str, Any], name: str) -> str | None:
    try:
        return reference(_data(row).get(name))
    except ValueError:
        return None  # organization is null for members without one


def parse(
    row: dict[str, Any], issues: list[Issue], received: datetime
) -> talk.PostStateFact | talk.CommentStateFact | talk.AppFact:
    """The typed fact of one event.

    :param received: time to use when the event tells none
    :raises PayloadError: state or subject is missing
    """
    state, about = _state(row), _about(row)
    if not state:
        raise _missing(row, "data.state")
    at = _time(row)
    if at is None:
        at = received
        if row["type"] != APPS:  # app events carry no time
            issues.append(
                Issue(
                    "timestamp",
                    "Hootsuite does not say when this happened; the time of arrival is used.",
                )
            )
    organization = _optional(row, "organization")
    if row["type"] == APPS:
        return talk.AppFact(
            state, _optional(row, "app"), at, organization, _optional(row, "member")
        )
    if not about:
        raise _missing(row, "data.message" if row["type"] == MESSAGES else "data.comment")
    if row["type"] == MESSAGES:
        return talk.PostStateFact(about, state, at, organization)
    return talk.CommentStateFact(about, state, at, organization)
