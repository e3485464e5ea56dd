"""Stored events, from payload to typed fact; see ``envelopes`` for how they came apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from . import conversation as talk
from . import inbox, platform, relay
from ._core import errors
from .times import UTC
from .wire import Issue

AnyFact = (
    talk.ConversationFact
    | talk.MessageFact
    | talk.PostStateFact
    | talk.CommentStateFact
    | talk.AppFact
    | talk.ImportFailure
)


def _platform(row: dict[str, Any], issues: list[Issue]) -> AnyFact:
    return platform.parse(row, issues, datetime.now(UTC))


_PARSERS: dict[str, Callable[[dict[str, Any], list[Issue]], AnyFact]] = {
    "inbox.conversation_started": inbox.parse_conversation,
    "inbox.conversation_delegated": inbox.parse_conversation,
    "inbox.message_received": inbox.parse_message,
    "inbox.conversation_resolved": inbox.parse_writeback,
    "inbox.conversation_pending": inbox.parse_writeback,
    inbox.FAILURE_EVENT: inbox.parse_failure,
    "platform.message": _platform,
    "platform.comment": _platform,
    "platform.app": _platform,
    relay.EVENT: relay.parse,
}
KNOWN_EVENTS = frozenset(_PARSERS)
"""Event types that :func:`parse` understands; all others are stored and ignored."""


def parse(event_type: str, payload: dict[str, Any]) -> tuple[AnyFact, list[Issue]]:
    """The typed fact of a stored event, and what was found broken in it.

    :raises PayloadError: something essential is missing or wrong, or the type is unknown
    """
    parser = _PARSERS.get(event_type)
    if parser is None:
        raise errors.PayloadError(
            f"The event “{event_type[:100]}” is not one this connector handles.",
            remedy="Ignore it.",
            field="type",
        )
    issues: list[Issue] = []
    return parser(payload, issues), issues
