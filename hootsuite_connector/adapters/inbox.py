"""Inbox 2.0 (formerly Sparkcentral): what its virtual agent and its CRM integration send us, and
what they take (Inbox specification)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from . import conversation as talk
from ._core import errors, facts
from .person import Contact, is_email, sender_of
from .times import parse_moment
from .wire import (
    HardId,
    Issue,
    Moment,
    OptId,
    OptText,
    Text,
    Texts,
    Wire,
    to_identifier,
)

AGENT_TYPES = {
    "CONVERSATION_STARTED": "inbox.conversation_started",
    "CONVERSATION_DELEGATED": "inbox.conversation_delegated",
    "INBOUND_MESSAGE_RECEIVED": "inbox.message_received",
}
WRITEBACK_TYPES = {
    "CONVERSATION_RESOLVED": "inbox.conversation_resolved",
    "CONVERSATION_SET_TO_PENDING": "inbox.conversation_pending",
}
FAILURE_EVENT = "inbox.import_error"
MAX_AGE_SECONDS = 300
"""Events of the virtual agent older than this are refused (Inbox specification, "Signature")."""

_DIRECT_TRIGGERS: dict[str, str] = {"MENTION": "mention", "SHARE": "share", "REPLY": "reply"}


# -- from a body to facts that can be stored ---------------------------------------------------


def split_agent(body: dict[str, Any], now: datetime) -> Iterator[facts.Fact]:
    """One event of the virtual agent."""
    kind = str(body["type"])
    yield _fact(body, AGENT_TYPES.get(kind, f"inbox.{kind.lower()[:100]}"), "agent", now)


def split_writeback(body: dict[str, Any], now: datetime) -> Iterator[facts.Fact]:
    """One resolved or pending conversation."""
    yield _fact(body, WRITEBACK_TYPES[body["type"]], "writeback", now)


def split_failure(body: dict[str, Any], now: datetime) -> Iterator[facts.Fact]:
    """One error notification; it carries no key of its own."""
    yield facts.Fact(
        event_type=FAILURE_EVENT,
        external_key=f"failure:{digest(body)}",
        subject_key="crm",
        occurred_at=occurred_at(body) or now,
        payload=body,
    )


def _fact(body: dict[str, Any], event_type: str, prefix: str, now: datetime) -> facts.Fact:
    try:
        key = to_identifier(body.get("idempotencyKey"))
    except ValueError:
        key = digest({k: v for k, v in body.items() if k != "timestamp"})
    return facts.Fact(
        event_type=event_type,
        external_key=f"{prefix}:{key}",
        subject_key=_thread_of(body) or f"{prefix}:{key}",
        occurred_at=occurred_at(body) or now,
        payload=body,
    )


def _thread_of(body: dict[str, Any]) -> str | None:
    data = body.get("data")
    if not isinstance(data, dict):
        return None
    about = data.get("conversation")
    about = about.get("id") if isinstance(about, dict) else data.get("conversationId")
    try:
        return thread_key(to_identifier(about))
    except ValueError:
        return None


def thread_key(conversation_id: str) -> str:
    """Identity of a conversation of Inbox 2.0 within an account."""
    return f"inbox:{conversation_id}"


def occurred_at(body: dict[str, Any]) -> datetime | None:
    """The envelope's time, None when it tells none that can be read."""
    try:
        return parse_moment(body.get("timestamp"))
    except ValueError:
        return None


def digest(value: Any) -> str:
    """A short fingerprint of JSON, independent of the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]


# -- from a stored fact to typed objects -------------------------------------------------------


class _Channel(Wire):
    key: OptId = Field(None, alias="id")
    name: OptText = None


class _Agent(Wire):
    key: OptId = Field(None, alias="id")
    first: OptText = Field(None, alias="firstName")
    last: OptText = Field(None, alias="lastName")
    email: OptText = None


class _Said(Wire):
    """A message of the virtual agent's event."""

    WHAT: ClassVar[str] = "message"

    key: OptId = Field(None, alias="messageId")
    text: Text = ""
    payload: OptText = None


class _Line(Wire):
    """A message of a transcript."""

    WHAT: ClassVar[str] = "message of the transcript"

    key: HardId = Field(alias="id")
    direction: Text = ""
    text: Text = ""


class _Status(Wire):
    """The conversation of a write-back."""

    WHAT: ClassVar[str] = "conversation"

    key: HardId = Field(alias="id")
    created_at: Moment = Field(None, alias="createdAt")
    previous: OptText = Field(None, alias="previousStatus")
    current: OptText = Field(None, alias="currentStatus")


class _Remark(Wire):
    WHAT: ClassVar[str] = "note"

    key: HardId = Field(alias="id")
    text: Text = ""
    author: OptText = Field(None, alias="creationUser")
    at: Moment = Field(None, alias="creationTimestamp")


class _Topic(Wire):
    name: Text = ""


class _Live(Wire):
    """The data of an event of the virtual agent."""

    WHAT: ClassVar[str] = "event of the virtual agent"

    conversation: HardId = Field(alias="conversationId")
    language: OptText = None
    topics: Texts = Field((), alias="conversationTopics")


class _Written(Wire):
    """The plain fields of a write-back's data."""

    reason: OptText = Field(None, alias="statusUpdatedReason")
    comment: OptText = Field(None, alias="statusUpdatedComment")


@dataclass
class _Data:
    """What the envelopes have in common."""

    data: dict[str, Any]
    issues: list[Issue]

    def part(self, name: str) -> dict[str, Any]:
        value = self.data.get(name)
        return value if isinstance(value, dict) else {}

    def medium(self) -> str:
        medium = self.part("medium").get("id")
        return talk.network_name(medium if isinstance(medium, str) else None)

    def channel(self) -> _Channel:
        return _Channel.read(self.part("channel"), self.issues)

    def sender(self) -> talk.Sender:
        contact = Contact.read(self.part("contactProfile"), self.issues)
        rows = self.data.get("contactAttributes")
        return sender_of(contact, rows if isinstance(rows, list) else [])


def _data_of(body: dict[str, Any], issues: list[Issue]) -> _Data:
    data = body.get("data")
    if not isinstance(data, dict):
        raise errors.PayloadError(
            "The event holds no data.", field="data", remedy="Ignore it, or ask Hootsuite."
        )
    return _Data(data, issues)


def _at(body: dict[str, Any], issues: list[Issue]) -> datetime:
    moment = occurred_at(body)
    if moment is None:
        raise errors.PayloadError(
            "The event does not say when it happened.",
            field="timestamp",
            remedy="Ignore it, or ask Hootsuite.",
        )
    return moment


def parse_conversation(body: dict[str, Any], issues: list[Issue]) -> talk.ConversationFact:
    """A conversation that began or was delegated to the virtual agent."""
    data = _data_of(body, issues)
    live, channel = _Live.read(data.data, issues), data.channel()
    return talk.ConversationFact(
        action="started" if body["type"] == "CONVERSATION_STARTED" else "delegated",
        thread_key=thread_key(live.conversation),
        network=data.medium(),
        at=_at(body, issues),
        channel_ref=channel.key,
        channel_name=channel.name,
        language=(live.language or "")[:10].lower() or None,
        sender=data.sender(),
        topics=live.topics,
    )


def parse_message(body: dict[str, Any], issues: list[Issue]) -> talk.MessageFact:
    """A message that a person just wrote in a conversation of the virtual agent."""
    data, at = _data_of(body, issues), _at(body, issues)
    live, channel = _Live.read(data.data, issues), data.channel()
    said = _Said.read(data.data.get("message"), issues)
    key = said.key
    if not key:
        # Events of 2019 have no message id; the envelope's key is as unique.
        key = "event-" + (str(body.get("idempotencyKey") or "") or digest(body))
    trigger = data.part("trigger")
    kind, found = "direct", None
    if isinstance(trigger.get("type"), str) and isinstance(trigger.get("action"), str):
        found = (trigger["type"], trigger["action"])
        kind = _DIRECT_TRIGGERS.get(trigger["action"], "direct")
    network = data.medium()
    return talk.MessageFact(
        external_id=f"inbox:{key}",
        thread_key=thread_key(live.conversation),
        source="agent",
        direction="in",
        kind=kind,
        network=network,
        text=said.text,
        at=at,
        sent_at=at,
        sender=data.sender(),
        channel_ref=channel.key,
        channel_name=channel.name,
        topics=live.topics,
        payload=said.payload,
        trigger=found,
    )


def parse_writeback(body: dict[str, Any], issues: list[Issue]) -> talk.ConversationFact:
    """A conversation that an agent resolved or set to pending, with its transcript.

    On Twitter handle, transcript and attributes are not sent (Inbox specification); keys may be
    absent or empty.
    """
    data, at = _data_of(body, issues), _at(body, issues)
    status = _Status.read(data.data.get("conversation"), issues)
    written, channel = _Written.read(data.data, issues), data.channel()
    agent, network = _Agent.read(data.part("agent"), issues), data.medium()
    sender, thread = data.sender(), thread_key(status.key)
    lines = _Line.read_all(data.data.get("messages"), issues)
    redacted = network in talk.REDACTED_NETWORKS and not lines
    return talk.ConversationFact(
        action="resolved" if body["type"] == "CONVERSATION_RESOLVED" else "pending",
        thread_key=thread,
        network=network,
        at=at,
        created_at=status.created_at,
        channel_ref=channel.key,
        channel_name=channel.name,
        sender=sender,
        status=(status.current or "").lower() or None,
        previous_status=(status.previous or "").lower() or None,
        reason=written.reason,
        comment=written.comment,
        agent=talk.Agent(
            key=agent.key,
            name=" ".join(part for part in (agent.first, agent.last) if part) or None,
            email=agent.email.lower() if agent.email and is_email(agent.email) else None,
        )
        if agent.key or agent.email
        else None,
        notes=tuple(
            talk.Note(note.key, note.text, note.author, note.at)
            for note in _Remark.read_all(data.data.get("notes"), issues)
        ),
        topics=tuple(
            topic.name for topic in _Topic.read_all(data.data.get("topics"), issues) if topic.name
        ),
        messages=tuple(
            talk.MessageFact(
                external_id=f"inbox:{line.key}",
                thread_key=thread,
                source="writeback",
                direction="out" if line.direction.upper() == "OUTBOUND" else "in",
                kind="direct",
                network=network,
                text=line.text,
                at=at,
                position=position,
                sender=sender if line.direction.upper() != "OUTBOUND" else talk.Sender(),
                channel_ref=channel.key,
                channel_name=channel.name,
            )
            for position, line in enumerate(lines)
        ),
        redacted=redacted,
    )


def parse_failure(body: dict[str, Any], issues: list[Issue]) -> talk.ImportFailure:
    """An error notification of the CRM integration."""
    rows = body.get("messages")
    return talk.ImportFailure(
        messages=tuple(str(row)[:500] for row in (rows if isinstance(rows, list) else [])),
        at=_at(body, issues),
    )
