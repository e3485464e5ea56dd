"""The vendor-neutral message format: for programs of your own that pass messages on to Odoo.

One signed JSON object per delivery, with one message or a list of them. The format is ours; it is
described with examples in the addon's documentation ("Messages from a relay").
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from . import conversation as talk
from ._core import errors, facts, signature
from .inbox import digest
from .times import parse_moment
from .wire import (
    HardId,
    Issue,
    OptEmail,
    OptFigure,
    OptId,
    OptText,
    OptWeb,
    Text,
    Texts,
    Wire,
    hint,
    to_identifier,
)

EVENT = "relay.message"
SIGNATURE_HEADER = "X-Relay-Signature"
TIMESTAMP_HEADER = "X-Relay-Timestamp"
PREFIX = "v1="
WINDOW_SECONDS = 300
AT_MOST = 500
"""Messages of one delivery."""
_REMEDY = "Correct the program that sends it, then let it send the message again."


def signed_message(timestamp: str, raw: bytes) -> bytes:
    """What is signed: time, a dot, the raw body."""
    return timestamp.encode() + b"." + raw


def sign(secret: str, timestamp: str, raw: bytes) -> str:
    """The value of the signature header."""
    return signature.sign(secret, signed_message(timestamp, raw), prefix=PREFIX)


def split(body: dict[str, Any], now: datetime) -> Iterator[facts.Fact]:
    """The facts of one delivery: one per message."""
    rows = body.get("messages")
    if rows is None:
        rows = [body.get("message")] if "message" in body else [body]
    if not isinstance(rows, list) or not rows or len(rows) > AT_MOST:
        raise errors.PayloadError(
            f"A relay delivery holds one to {AT_MOST} messages.", remedy=_REMEDY, field="messages"
        )
    for row in rows:
        if not isinstance(row, dict):
            raise errors.PayloadError(
                "A relayed message is no object.", remedy=_REMEDY, value_hint=hint(row)
            )
        try:
            key = to_identifier(row.get("id"))
        except ValueError:
            # Kept, so that a person sees what is wrong with it (see `parse`).
            key = digest(row)
        try:
            at = parse_moment(row.get("sent_at"))
        except ValueError:
            at = now
        yield facts.Fact(
            event_type=EVENT,
            external_key=f"relay:{key}",
            subject_key=_thread(row, key),
            occurred_at=at,
            payload=row,
        )


def _thread(row: dict[str, Any], key: str) -> str:
    try:
        return f"relay:{to_identifier(row.get('thread'))}"
    except ValueError:
        return f"relay:{key}"


class _Author(Wire):
    WHAT: ClassVar[str] = "author"

    key: OptId = Field(None, alias="id")
    handle: OptText = None
    name: OptText = None
    email: OptEmail = None
    phone: OptText = None
    picture_url: OptWeb = None
    profile_url: OptWeb = None


class _File(Wire):
    WHAT: ClassVar[str] = "attachment"

    url: OptWeb = None
    name: OptText = None
    type: OptText = None


class _Place(Wire):
    WHAT: ClassVar[str] = "place"

    name: OptText = None
    street: OptText = None
    city: OptText = None
    zip: OptText = None
    state: OptText = None
    country: OptText = None
    latitude: OptFigure = None
    longitude: OptFigure = None


class _Relayed(Wire):
    WHAT: ClassVar[str] = "relayed message"

    key: HardId = Field(alias="id")
    network: HardId
    sent_at: Annotated[datetime, BeforeValidator(parse_moment)]
    text: Text = ""
    thread: OptId = None
    kind: OptText = None
    direction: OptText = None
    language: OptText = None
    permalink: OptWeb = None
    in_reply_to: OptId = None
    profile: OptId = None
    topics: Texts = ()


def parse(row: dict[str, Any], issues: list[Issue]) -> talk.MessageFact:
    """The typed message.

    :raises PayloadError: id, network or time is missing
    """
    said = _Relayed.read(row, issues)
    author = _Author.read(row.get("author") or {}, issues)
    kind = (said.kind or "direct").lower()
    if kind not in talk.KINDS:
        issues.append(
            Issue(
                "kind",
                f"The kind “{kind[:40]}” is none of {', '.join(talk.KINDS)}; direct was used.",
                _REMEDY,
            )
        )
        kind = "direct"
    files = _File.read_all(row.get("attachments"), issues)
    place = row.get("place")
    return talk.MessageFact(
        external_id=f"relay:{said.key}",
        thread_key=_thread(row, said.key),
        source="relay",
        direction="out" if (said.direction or "in").lower() == "out" else "in",
        kind=kind,
        network=talk.network_name(said.network),
        text=said.text,
        at=said.sent_at,
        sent_at=said.sent_at,
        sender=talk.Sender(
            key=author.key,
            network_key=author.key,
            handle=(author.handle or "").lstrip("@") or None,
            name=author.name,
            email=author.email,
            phone=author.phone,
            picture_url=author.picture_url,
            profile_url=author.profile_url,
        ),
        profile_ref=said.profile,
        language=(said.language or "")[:10].lower() or None,
        topics=said.topics,
        permalink=said.permalink,
        in_reply_to=f"relay:{said.in_reply_to}" if said.in_reply_to else None,
        attachments=tuple(
            talk.Attachment(file.url, file.name, file.type) for file in files if file.url
        ),
        place=_place(place, issues) if isinstance(place, dict) else None,
    )


def _place(row: dict[str, Any], issues: list[Issue]) -> talk.Place | None:
    place = _Place.read(row, issues)
    latitude, longitude = place.latitude, place.longitude
    if (latitude is not None and not -90 <= latitude <= 90) or (
        longitude is not None and not -180 <= longitude <= 180
    ):
        issues.append(Issue("place", "The point lies nowhere on earth; it was left out.", _REMEDY))
        latitude = longitude = None
    return talk.Place(
        name=place.name,
        street=place.street,
        city=place.city,
        zip=place.zip,
        state=place.state,
        country=(place.country or "").upper()[:2] or None,
        latitude=latitude,
        longitude=longitude,
    )
