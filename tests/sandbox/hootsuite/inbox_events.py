"""Inbox 2.0 webhook bodies (virtual agent, CRM write-back, lookup, error notification)."""

import uuid
from typing import TYPE_CHECKING

from .world import Contact, Conversation, Turn

if TYPE_CHECKING:
    from .half import HootsuiteHalf

TWITTER = "twit"
#: Members of the first organization as the Inbox knows them.
AGENTS = (
    {"id": "11599", "firstName": "Ada", "lastName": "Member", "email": "ada.member@example.com"},
    {"id": "11600", "firstName": "Grace", "lastName": "Member", "email": "grace.member@example.com"},
    {"id": "11601", "firstName": "Inés", "lastName": "Miembro", "email": "ines.member@example.com"},
    {"id": "11602", "firstName": "Heidi", "lastName": "Mitglied", "email": "heidi.member@example.com"},
)  # fmt: skip
REASON = "5fd023f6-2e66-11eb-be07-092841b0717d - Response Not Required"


def envelope(half: "HootsuiteHalf", kind: str, data: dict) -> dict:
    return {
        "timestamp": half.stamp(),
        "idempotencyKey": str(uuid.uuid4()),
        "version": 1,
        "type": kind,
        "data": data,
    }


def profile(contact: Contact) -> dict:
    return {
        "id": contact.id,
        "mediumContactProfileId": contact.network_id,
        "primaryIdentifier": contact.name,
        "secondaryIdentifier": contact.handle or None,
        "pictureUrl": f"https://cdn.example.com/contacts/{contact.id}.png",
    }


def begun(half: "HootsuiteHalf", conversation: Conversation, delegated: bool = False) -> dict:
    """CONVERSATION_STARTED, or CONVERSATION_DELEGATED when a human hands it over."""
    data = {
        "conversationId": conversation.id,
        "medium": {"id": conversation.medium},
        "channel": dict(conversation.channel),
        "language": conversation.language,
        "contactProfile": profile(conversation.contact),
        "contactAttributes": [dict(row) for row in conversation.contact.attributes],
    }
    kind = "CONVERSATION_DELEGATED" if delegated else "CONVERSATION_STARTED"
    return envelope(half, kind, data)


def inbound(
    half: "HootsuiteHalf",
    conversation: Conversation,
    turn: Turn,
    payload: str | None = None,
    trigger: dict | None = None,
) -> dict:
    """INBOUND_MESSAGE_RECEIVED. payload belongs to a quick reply, trigger to a story or a mention."""
    message = {"messageId": turn.id, "text": turn.text}
    if payload is not None:
        message["payload"] = payload
    data = {
        "conversationId": conversation.id,
        "message": message,
        "trigger": trigger,
        "conversationTopics": [topic["name"] for topic in conversation.topics],
        "channel": dict(conversation.channel),
        "contactProfile": profile(conversation.contact),
        "medium": {"id": conversation.medium},
    }
    return envelope(half, "INBOUND_MESSAGE_RECEIVED", data)


def minimal(half: "HootsuiteHalf", conversation: Conversation, turn: Turn) -> dict:
    """The old form of an inbound message: neither id nor contact."""
    data = {"conversationId": conversation.id, "message": {"text": turn.text}}
    return envelope(half, "INBOUND_MESSAGE_RECEIVED", data)


def write_back(
    half: "HootsuiteHalf",
    conversation: Conversation,
    previous: str,
    agent: dict,
    comment: str,
    created: str,
) -> dict:
    """CONVERSATION_RESOLVED or CONVERSATION_SET_TO_PENDING with the transcript; Twitter's is redacted."""
    resolved = conversation.status == "resolved"
    contact = conversation.contact
    data: dict = {
        "conversation": {
            "id": conversation.id,
            "createdAt": created,
            "previousStatus": previous,
            "currentStatus": conversation.status,
        },
        "medium": {"id": conversation.medium},
        "channel": dict(conversation.channel),
        "agent": dict(agent),
        "contactProfile": profile(contact),
    }
    if resolved:
        data.update(statusUpdatedReason=REASON, statusUpdatedComment=comment)
    data.update(
        messages=[
            {"id": turn.id, "direction": turn.direction, "text": turn.text}
            for turn in conversation.turns
        ],
        contactAttributes=[dict(row) for row in contact.attributes],
        notes=[dict(row) for row in conversation.notes],
        topics=[dict(row) for row in conversation.topics],
    )
    if conversation.medium == TWITTER:
        redact(half, data, contact)
    kind = "CONVERSATION_RESOLVED" if resolved else "CONVERSATION_SET_TO_PENDING"
    return envelope(half, kind, data)


def redact(half: "HootsuiteHalf", data: dict, contact: Contact) -> None:
    """Take out the handle, the transcript and what Twitter knows of the contact."""
    data["contactAttributes"] = [
        row for row in data["contactAttributes"] if row["source"] != "MEDIUM"
    ]
    if half.app.twitter_redaction == "absent":
        del data["contactProfile"], data["messages"]
        return
    empty = dict.fromkeys(data["contactProfile"])
    data["contactProfile"] = {**empty, "id": contact.id}
    data["messages"] = []


def lookup(half: "HootsuiteHalf", contact: Contact, attributes: list[dict]) -> dict:
    """An agent presses Lookup. Version 1 is a flat map, version 2 names the contact."""
    if half.app.lookup_version == 1:
        return {row["attribute"]: row["value"] for row in attributes}
    return {
        "version": 2,
        "contactProfile": {"id": contact.id},
        "contactAttributes": [
            {"attribute": row["attribute"], "value": row["value"]} for row in attributes
        ],
    }


def notification(half: "HootsuiteHalf", messages: list[str]) -> dict:
    """What was wrong with attributes that a CRM sent; milliseconds here."""
    return {
        "timestamp": half.stamp()[:-7] + "Z",
        "version": 2,
        "eventType": "DATA_IMPORT_ERROR",
        "messages": messages,
    }
