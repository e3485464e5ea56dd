"""A webhook body becomes facts: what happened, to which subject, when, and under which unique key.

Zoom gives deliveries no documented id (vendor page "Using webhooks"), and the same fact may come twice
with other tokens and addresses. So the key is made of what the fact *is*:

* participant events: instance, person ids, the times in the body, event time
* a finished recording or transcript: instance and its files, whatever the event time, since nothing
  but tokens and addresses differs in a repeated one
* everything else: the subject, the event time and a digest of the content without secrets, so that two
  changes in one millisecond stay two

Key order, secrets and, for recordings, addresses never influence a key.
"""

import hashlib
import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ._core import errors, facts
from .times import UTC, parse_moment, to_milliseconds
from .wire import RESEND, clean, first_of, hint, storable, to_identifier, to_meeting_id

# Never kept. Field names of the vendor pages of the events; found at any depth.
SECRET_FIELDS = frozenset(
    (
        "access_token",
        "download_access_token",
        "download_token",
        "dynamic_host_key",
        "encrypted_passcode",
        "encrypted_password",
        "h323_passcode",
        "h323_password",
        "host_key",
        "participant_pin_code",
        "passcode",
        "password",
        "private_ip",
        "pstn_passcode",
        "pstn_password",
        "public_ip",
        "recording_play_passcode",
        "refresh_token",
        "signature",
        "start_url",
        "token",
        "zak",
    )
)
# Parts of addresses that let the holder in. "pwd" of a join address stays: it is the join address.
_SECRET_PARAMETERS = frozenset(("access_token", "download_token", "tk", "zak"))
_DEPTH = 40
_FINISHED = ("recording.completed", "recording.transcript_completed")
_BULK = ("recording.batch_trashed", "recording.batch_deleted", "recording.batch_recovered")
ACCOUNT = "account"


def split(body: dict[str, Any], raw: bytes = b"", now: datetime | None = None) -> list[facts.Fact]:
    """The facts of one webhook body, ready to be stored.

    :param body: the parsed body
    :param raw: the body as received; part of the common interface of all vendors, Zoom's keys come
        from the content alone
    :param now: used as the time of events that carry none (default: the present)
    :raises PayloadError: the body does not name an event
    """
    event = body.get("event")
    if not isinstance(event, str) or not (event := clean(event)) or len(event) > 255:
        raise errors.PayloadError(
            "The delivery does not say which event it is.",
            remedy=RESEND,
            field="event",
            value_hint=hint(event),
        )
    safe = strip_secrets(body)
    safe["event"] = event
    if event.startswith("meeting.registration_"):
        _drop_join_url(safe)
    occurred = occurred_at(safe) or (now or datetime.now(UTC))
    return [
        facts.Fact(
            event_type=event,
            external_key=_key(event, part),
            subject_key=_subject(part),
            occurred_at=occurred,
            payload=part,
        )
        for part in _parts(event, safe)
    ]


def strip_secrets(value: Any, depth: int = _DEPTH) -> Any:
    """The same JSON value without secrets, and cut where it is nested absurdly deep."""
    if isinstance(value, dict):
        if not depth:
            return {}
        return {
            key: strip_secrets(member, depth - 1)
            for key, member in value.items()
            # No vendor field has a name that a database cannot store.
            if key.lower() not in SECRET_FIELDS and storable(key) == key
        }
    if isinstance(value, list):
        return [strip_secrets(member, depth - 1) for member in value] if depth else []
    if isinstance(value, str):
        text = storable(value)
        is_address = "?" in text and text[:8].lower().startswith(("http://", "https://"))
        return _strip_address(text) if is_address else text
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None  # Python reads NaN and Infinity, which no JSON database column takes
    return value


def _strip_address(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.partition("?")[0]  # unreadable, so its parameters cannot be judged
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if name.lower() not in _SECRET_PARAMETERS]
    if len(kept) == len(query):
        return address
    return urlunsplit(parts._replace(query=urlencode(kept)))


def _drop_join_url(body: dict[str, Any]) -> None:
    """A registrant's join address is personal: its holder joins as that person."""
    registrant = _object(body).get("registrant")
    if isinstance(registrant, dict):
        registrant.pop("join_url", None)


def _payload(body: dict[str, Any]) -> dict[str, Any]:
    payload = body.get("payload")
    return payload if isinstance(payload, dict) else {}


def _object(body: dict[str, Any]) -> dict[str, Any]:
    found = _payload(body).get("object")
    return found if isinstance(found, dict) else {}


def occurred_at(body: dict[str, Any]) -> datetime | None:
    """The vendor's time of the event: ``event_ts``, else the nearest thing the body has, else None."""
    payload, found = _payload(body), _object(body)
    participant = found.get("participant")
    person = participant if isinstance(participant, dict) else {}
    candidates = (
        body.get("event_ts"),
        payload.get("event_ts"),
        payload.get("time_stamp"),
        payload.get("deauthorization_time"),
        person.get("join_time"),
        person.get("leave_time"),
        person.get("date_time"),
        found.get("end_time") if body.get("event") == "meeting.ended" else None,
        found.get("start_time") if body.get("event") == "meeting.started" else None,
    )
    return first_of(_moment(value) for value in candidates)


def _moment(value: object) -> datetime | None:
    try:
        return parse_moment(value) if value else None
    except ValueError:
        return None  # the next best time is used; the key keeps the original


def _parts(event: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Bulk recording events name many meetings; each becomes a fact of its own."""
    if event not in _BULK:
        return [body]
    found = _object(body)
    rows = found.get("meetings")
    uuids = found.get("meeting_uuids")
    pieces: list[dict[str, Any]] = []
    if isinstance(rows, list):
        pieces += [{"meetings": [row]} for row in rows]
    if isinstance(uuids, list):
        pieces += [{"meeting_uuids": [uuid]} for uuid in uuids]
    if len(pieces) < 2:
        return [body]
    return [{**body, "payload": {**_payload(body), "object": piece}} for piece in pieces]


def _subject(body: dict[str, Any]) -> str:
    """The meeting number, else the instance, else the user, else the account.

    Everything about one meeting shares the number, so that one lane handles it in order.
    """
    found, payload = _object(body), _payload(body)
    if str(body["event"]).startswith("user."):
        return _identifier(found.get("id")) or _account(payload)
    return _meeting_id(found.get("id")) or _bulk_uuid(found) or _account(payload)


def _account(payload: dict[str, Any]) -> str:
    return _identifier(payload.get("account_id")) or ACCOUNT


def _meeting_id(value: object) -> str | None:
    try:
        return to_meeting_id(value)
    except ValueError:
        return None  # no meeting number: the caller takes the next best subject


def _identifier(value: object) -> str | None:
    try:
        return to_identifier(value)
    except ValueError:
        return None  # not usable as a key: the caller takes the next best subject


def _bulk_uuid(found: dict[str, Any]) -> str | None:
    if uuid := _identifier(found.get("uuid")):
        return uuid
    rows, uuids = found.get("meetings"), found.get("meeting_uuids")
    if isinstance(rows, list) and len(rows) == 1 and isinstance(rows[0], dict):
        return _identifier(rows[0].get("meeting_uuid"))
    if isinstance(uuids, list) and len(uuids) == 1:
        return _identifier(uuids[0])
    return None


def _key(event: str, body: dict[str, Any]) -> str:
    found = _object(body)
    person = found.get("participant")
    identity: Any
    if event.startswith("meeting.participant_") and isinstance(person, dict):
        names = ("participant_uuid", "user_id", "id", "participant_user_id", "registrant_id")
        times = ("join_time", "leave_time", "date_time", "old_role", "new_role")
        who = [person.get(name) for name in names]
        # Without any id the name is all there is to tell two guests apart.
        who += [] if any(who) else [person.get("user_name"), person.get("email")]
        identity = [found.get("uuid"), who, [person.get(name) for name in times], _stamp(body)]
    elif event in _FINISHED and (files := _finished_files(found)):
        identity = [found.get("uuid"), files]
    elif event.startswith("recording."):
        identity = [_stamp(body), _without_addresses(_payload(body))]
    else:
        identity = [_stamp(body), body.get("payload")]
    digest = hashlib.sha256(_canonical([event, _subject(body), identity])).hexdigest()
    return f"{event[:100]}:{digest[:40]}"


def _stamp(body: dict[str, Any]) -> Any:
    moment = _moment(body.get("event_ts"))
    return to_milliseconds(moment) if moment else body.get("event_ts")


def _finished_files(found: dict[str, Any]) -> list[bytes]:
    """What identifies the files of a finished recording, in an order of its own."""
    names = (
        "id",
        "file_type",
        "recording_type",
        "recording_start",
        "recording_end",
        "file_size",
        "status",
    )
    rows = [found.get("recording_files"), found.get("participant_audio_files")]
    return sorted(
        _canonical([row.get(name) for name in names])
        for listed in rows
        if isinstance(listed, list)
        for row in listed
        if isinstance(row, dict)
    )


def _without_addresses(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_addresses(part) for key, part in value.items() if not key.endswith("_url")
        }
    if isinstance(value, list):
        return [_without_addresses(part) for part in value]
    return value


def _plain(value: Any) -> Any:
    """Numbers as text, since Zoom sends one and the same id both ways; null as absent."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, bytes):
        return value.decode("ascii")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _canonical(value: Any) -> bytes:
    """Bytes that do not depend on key order. ASCII-only JSON also takes lone surrogates."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":")).encode("ascii")
