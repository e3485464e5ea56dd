"""What we tell Inbox 2.0: answers to look-ups, contact attributes, steps of the virtual agent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .person import EMAIL_NAMES, PHONE_NAMES, first_of, is_email

# -- look-up of a contact ----------------------------------------------------------------------


@dataclass(frozen=True)
class LookupRequest:
    """An agent pressed Lookup: who is this?

    :param contact_key: id of the contact profile (version 2 only)
    :param attributes: what Hootsuite knows, such as ``email``
    """

    contact_key: str | None
    attributes: dict[str, str] = field(default_factory=dict, repr=False)
    version: int = 1

    @property
    def email(self) -> str | None:
        """The e-mail address among the attributes, in lower case."""
        found = first_of(self.attributes, EMAIL_NAMES)
        return found.lower() if found and is_email(found) else None

    @property
    def phone(self) -> str | None:
        """The phone number among the attributes."""
        return first_of(self.attributes, PHONE_NAMES)


@dataclass(frozen=True)
class ContactAttributes:
    """Attributes of a contact for Hootsuite. A missing or null value deletes an attribute there, so
    only what is known is written unless a value is None on purpose.

    :param auto_confirm: write them without asking the agent
    """

    values: dict[str, str | None] = field(repr=False)
    auto_confirm: bool = False

    def to_wire(self) -> dict[str, Any]:
        """Answer of a look-up, and body of "PUT .../contact-attributes"."""
        return {
            "autoConfirm": self.auto_confirm,
            "contactAttributes": [
                {"attribute": name, "value": value} for name, value in self.values.items()
            ],
        }


def is_lookup(body: dict[str, Any]) -> bool:
    """Whether an object is a look-up: version 2, or the flat map of version 1."""
    if "type" in body or "eventType" in body:
        return False
    if isinstance(body.get("contactAttributes"), list):
        return True
    return bool(body) and all(isinstance(value, str) for value in body.values())


def parse_lookup(body: dict[str, Any]) -> LookupRequest:
    """The request of a look-up, in either version."""
    rows = body.get("contactAttributes")
    if not isinstance(rows, list):
        return LookupRequest(None, {str(k): v for k, v in body.items() if isinstance(v, str)})
    contact = body.get("contactProfile")
    key = contact.get("id") if isinstance(contact, dict) else None
    attributes = {
        row["attribute"]: row["value"]
        for row in rows
        if isinstance(row, dict)
        and isinstance(row.get("attribute"), str)
        and isinstance(row.get("value"), str)
    }
    return LookupRequest(key if isinstance(key, str) else None, attributes, 2)


# -- what we tell a conversation ---------------------------------------------------------------


@dataclass(frozen=True)
class Steer:
    """What to do with a conversation the virtual agent holds: answer of a webhook, or body of
    "POST /inbox/v1/virtual-agent/conversations/{conversationId}".

    :param texts: messages to send to the person, in order
    :param topics: only those that exist in Hootsuite are applied
    :param complete: ``HANDOVER`` or ``RESOLVED``: we hear no more of the conversation
    """

    texts: tuple[str, ...] = ()
    typing: bool = False
    topics: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    attributes: dict[str, str | None] = field(default_factory=dict, repr=False)
    complete: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """The action object; empty when nothing is to be done."""
        body: dict[str, Any] = {}
        if self.typing:
            body["indicateTyping"] = True
        if len(self.texts) == 1:
            body["sendMessage"] = {"text": self.texts[0]}
        elif self.texts:
            body["sendMessages"] = [{"text": text} for text in self.texts]
        if self.topics:
            body["applyTopics"] = list(self.topics)
        if self.tags:
            body["applyTags"] = list(self.tags)
        if self.notes:
            body["applyConversationNotes"] = [{"text": text} for text in self.notes]
        if self.attributes:
            body["setContactAttributes"] = dict(self.attributes)
        if self.complete:
            body["complete"] = self.complete
        return body
