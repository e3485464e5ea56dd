"""What is said in a conversation, whichever envelope brought it: typed facts for the models."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

#: The vendor's names of a network or medium -> our name. Sources: Inbox specification (mediums),
#: REST specification (profile types). An open list: an unknown name is kept in lower case.
NETWORKS = {
    "fb": "facebook",
    "facebook": "facebook",
    "facebookpage": "facebook",
    "facebookgroup": "facebook",
    "fb-messenger": "facebook",
    "twit": "twitter",
    "twitter": "twitter",
    "x": "twitter",
    "instagram": "instagram",
    "instagrambusiness": "instagram",
    "linkedin": "linkedin",
    "linkedincompany": "linkedin",
    "whatsapp": "whatsapp",
    "rtm": "livechat",
    "smooch-rtm": "livechat",
    "livechat": "livechat",
    "tiktok": "tiktok",
    "tiktokbusiness": "tiktok",
    "youtube": "youtube",
    "youtubechannel": "youtube",
    "pinterest": "pinterest",
    "threads": "threads",
}
#: Networks whose handles and texts Hootsuite leaves out of write-backs (Inbox specification).
REDACTED_NETWORKS = frozenset({"twitter"})
KINDS = ("direct", "mention", "comment", "reply", "review", "share")


def network_name(name: str | None) -> str:
    """Our name of a network: ``facebook``, ``twitter``, ...; ``other`` when none is given."""
    text = (name or "").strip().lower()
    return NETWORKS.get(text, text) or "other"


@dataclass(frozen=True)
class Attachment:
    """A file that belongs to a message; ``url`` is http(s)."""

    url: str
    name: str | None = None
    mimetype: str | None = None


@dataclass(frozen=True)
class Place:
    """Where a message was written, as far as its author said so."""

    name: str | None = None
    street: str | None = None
    city: str | None = None
    zip: str | None = None
    state: str | None = None
    country: str | None = None  # two letters
    latitude: float | None = None
    longitude: float | None = None

    @property
    def detailed(self) -> bool:
        """Whether it is an address (a city at least), not merely a point or a name."""
        return bool(self.city)


@dataclass(frozen=True)
class Sender:
    """The person outside who writes. Every part may be missing (redacted networks).

    :param key: stable id of the person at the vendor or relay, None when it is not told
    :param network_key: id of the person in the network
    :param handle: name in the network, without the leading ``@``
    :param attributes: contact attributes that agents or the CRM set, such as ``email``; what the
        CRM confirmed is in ``confirmed``
    """

    key: str | None = None
    network_key: str | None = None
    handle: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    picture_url: str | None = None
    profile_url: str | None = None
    attributes: dict[str, str] = field(default_factory=dict, repr=False)
    confirmed: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether anything tells who it is."""
        return any((self.key, self.network_key, self.handle, self.name, self.email, self.phone))


@dataclass(frozen=True)
class Agent:
    """The colleague who handled a conversation in Hootsuite."""

    key: str | None = None
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Note:
    """An internal note of an agent."""

    key: str
    text: str
    author: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class MessageFact:
    """One message of a conversation.

    :param external_id: identity of the message within the account; equal in every envelope that
        brings it (virtual agent, write-back, relay)
    :param thread_key: identity of the conversation within the account
    :param source: ``agent`` (virtual agent, live), ``writeback`` (transcript) or ``relay``
    :param direction: ``in`` or ``out``
    :param kind: one of :data:`KINDS`
    :param sent_at: when it was written (UTC); for transcripts, which tell no times, None
    :param position: place in a transcript, counted from 0; None for live messages
    :param payload: value of the quick reply that the person chose
    :param profile_ref: Hootsuite's id of our social profile, when it is told
    :param trigger: what it answers to: ``REEL|STORY|POST`` and ``SHARE|MENTION|REPLY``, or None
    :param redacted: the network's rules keep handle and text away
    """

    external_id: str
    thread_key: str
    source: str
    direction: str
    kind: str
    network: str
    text: str = field(repr=False)
    at: datetime
    sent_at: datetime | None = None
    position: int | None = None
    sender: Sender = field(default_factory=Sender, repr=False)
    channel_ref: str | None = None
    channel_name: str | None = None
    profile_ref: str | None = None
    language: str | None = None
    topics: tuple[str, ...] = ()
    payload: str | None = None
    trigger: tuple[str, str] | None = None
    permalink: str | None = None
    in_reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()
    place: Place | None = None
    redacted: bool = False


@dataclass(frozen=True)
class ConversationFact:
    """A conversation began, was delegated, or changed its status.

    :param action: ``started``, ``delegated``, ``resolved`` or ``pending``
    :param at: vendor time (UTC) of the envelope; a retry may carry a new one
    :param created_at: when the conversation began, if it is told
    :param messages: transcript in its order (write-backs only)
    :param status: ``new``, ``pending`` or ``resolved`` (write-backs only)
    """

    action: str
    thread_key: str
    network: str
    at: datetime
    created_at: datetime | None = None
    channel_ref: str | None = None
    channel_name: str | None = None
    language: str | None = None
    sender: Sender = field(default_factory=Sender, repr=False)
    status: str | None = None
    previous_status: str | None = None
    reason: str | None = None
    comment: str | None = field(default=None, repr=False)
    agent: Agent | None = None
    notes: tuple[Note, ...] = field(default=(), repr=False)
    topics: tuple[str, ...] = ()
    messages: tuple[MessageFact, ...] = field(default=(), repr=False)
    redacted: bool = False


@dataclass(frozen=True)
class ImportFailure:
    """Hootsuite could not use what our CRM side sent it (DATA_IMPORT_ERROR)."""

    messages: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class PostStateFact:
    """Hootsuite says that the state of one of our posts changed.

    Platform events may be unsigned: read the post (``HootsuiteClient.message``) before believing.

    :param message_id: Hootsuite's id of the post
    :param state: SCHEDULED, PENDING_APPROVAL, APPROVED, SUBMITTED, SENT, SEND_FAILED_PERMANENTLY,
        DELETED, REJECTED, or a new one
    """

    message_id: str
    state: str
    at: datetime
    organization_ref: str | None = None


@dataclass(frozen=True)
class CommentStateFact:
    """The approval state of an outgoing comment changed (read it: ``HootsuiteClient.comment``)."""

    comment_id: str
    state: str
    at: datetime
    organization_ref: str | None = None


@dataclass(frozen=True)
class AppFact:
    """The app was installed or uninstalled, by a member or in an organization."""

    state: str
    app_ref: str | None
    at: datetime
    organization_ref: str | None = None
    member_ref: str | None = None
