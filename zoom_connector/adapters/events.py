"""Zoom's webhook events, from stored body to typed fact (vendor pages "Meeting events", "Recording events",
"User events", "App events")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import Field

from .event_facts import (
    Deauthorized,
    EventFact,
    MeetingChanged,
    MeetingLive,
    ParticipantEvent,
    RecordingEvent,
    RegistrationEvent,
    UserEvent,
)
from .meeting import Meeting
from .people import ParticipantStay, User
from .recording import RecordingSet
from .registrant import Registrant
from .splitting import occurred_at, split
from .wire import (
    CHECK_IN_ZOOM,
    RESEND,
    Issue,
    Moment,
    PayloadError,
    Wire,
    hint,
    order,
    to_identifier,
    to_text,
)

__all__ = [
    "KNOWN_EVENTS",
    "Deauthorized",
    "EventFact",
    "Issue",
    "MeetingChanged",
    "MeetingLive",
    "ParticipantEvent",
    "RecordingEvent",
    "RegistrationEvent",
    "UserEvent",
    "parse",
    "split",
]


class _Ended(Wire):
    """The one field that only meeting.ended has."""

    stop: Moment = Field(None, alias="end_time")


class _Segment(Wire):
    """The running piece of a recording."""

    start: Moment = Field(None, alias="recording_start")
    stop: Moment = Field(None, alias="recording_end")


@dataclass
class _Body:
    """A stored body on the way to a fact."""

    event: str
    action: str
    body: dict[str, Any]
    issues: list[Issue] = field(default_factory=list)

    @property
    def payload(self) -> dict[str, Any]:
        return self._part(self.body, "payload")

    @property
    def subject(self) -> dict[str, Any]:
        return self._part(self.payload, "object", "payload.object")

    def _part(self, holder: dict[str, Any], name: str, path: str = "") -> dict[str, Any]:
        part = holder.get(name)
        if not isinstance(part, dict):
            raise self.missing(path or name, part)
        return part

    def missing(self, path: str, value: object = None) -> PayloadError:
        problem = "does not say" if value in (None, "") else "is unreadable in"
        return PayloadError(
            f"The event “{self.event}” {problem} its essential field “{path}”.",
            remedy=RESEND,
            field=path,
            value_hint="" if value in (None, "") else hint(value),
        )

    @property
    def at(self) -> datetime:
        moment = occurred_at(self.body)
        if not moment:
            raise self.missing("event_ts", self.body.get("event_ts"))
        return moment

    def issue(self, name: str, message: str) -> None:
        self.issues.append(Issue(field=name, message=message, remedy=CHECK_IN_ZOOM))

    def essential(self, name: str, convert: Callable[[object], str]) -> str:
        """An essential value of the object, in its normal form."""
        value = self.subject.get(name)
        try:
            return convert(value)
        except ValueError as error:
            raise self.missing(f"payload.object.{name}", value) from error

    def optional(self, holder: dict[str, Any], name: str) -> str | None:
        """An optional text; when broken it is left out and reported."""
        value = holder.get(name)
        if value is None or value == "":
            return None
        try:
            return to_text(value)
        except ValueError:
            self.issue(
                name, f"Zoom sent {hint(value)} as {name.replace('_', ' ')}; it was left out."
            )
            return None

    def meeting(self) -> Meeting:
        """The meeting part of the object, in part."""
        return Meeting.read(self.subject, self.issues)

    def ids(self, rows: list[Any]) -> tuple[str, ...]:
        found = []
        for row in rows:
            try:
                found.append(to_identifier(row))
            except ValueError:
                self.issue(
                    "id", f"Zoom sent {hint(row)} where an id was expected; it was left out."
                )
        return tuple(found)


def _changed(body: _Body) -> MeetingChanged:
    meeting = body.meeting()
    operation = body.optional(body.payload, "operation") or body.optional(body.payload, "scope")
    dates = tuple(occurrence.occurrence_id for occurrence in meeting.occurrences)
    return MeetingChanged(
        action=body.action,
        meeting=meeting,
        changed=meeting.given - {"zoom_id"},
        at=body.at,
        occurrence_ids=dates,
        # Deleting one date of a series says so; without the word the whole series is meant.
        single=operation == "single" and bool(dates),
        operation=operation,
        operator_email=body.optional(body.payload, "operator"),
    )


def _live(body: _Body) -> MeetingLive:
    meeting, at = body.meeting(), body.at
    start, stop = meeting.start, None
    if body.action == "started":
        start = start or at
    else:
        stop = order(start, _Ended.read(body.subject, body.issues).stop, body.issues)
        # A missing or impossible end: the event itself is sent as the meeting ends.
        stop = stop or (at if not start or at >= start else None)
    return MeetingLive(
        action=body.action,
        zoom_id=meeting.zoom_id,
        uuid=body.essential("uuid", to_identifier),
        topic=meeting.topic,
        host_id=meeting.host_id,
        host_email=meeting.host_email,
        type=meeting.type if "type" in meeting.given else None,
        timezone=meeting.timezone if "timezone" in meeting.given else None,
        duration_minutes=meeting.duration_minutes if "duration_minutes" in meeting.given else None,
        start=start,
        stop=stop,
        at=at,
    )


def _participant(body: _Body) -> ParticipantEvent:
    meeting = body.meeting()
    raw = body.subject.get("participant")
    if not isinstance(raw, dict):
        raise body.missing("payload.object.participant", raw)
    person = ParticipantStay.read(raw, body.issues)
    if person.is_nobody:
        raise body.missing("payload.object.participant.user_id")
    occurred = body.at
    moment = {"joined": person.join_time, "left": person.leave_time}.get(body.action, person.moment)
    if moment is None:
        body.issue("at", "Zoom does not say when this happened; the time of the event is used.")
    return ParticipantEvent(
        action=body.action,
        zoom_id=meeting.zoom_id,
        uuid=body.essential("uuid", to_identifier),
        topic=meeting.topic,
        host_id=meeting.host_id,
        meeting_start=meeting.start,
        participant_uuid=person.participant_uuid,
        user_id=person.user_id,
        zoom_user_id=person.zoom_user_id,
        name=person.name,
        email=person.email,
        registrant_id=person.registrant_id,
        customer_key=person.customer_key,
        at=moment or occurred,
        occurred_at=occurred,
        leave_reason=person.leave_reason,
        old_role=person.old_role,
        new_role=person.new_role,
    )


def _recording(body: _Body) -> RecordingEvent:
    recording = RecordingSet.read(body.subject, body.issues)
    raw = body.subject.get("recording_file")
    segment = _Segment.read(raw, body.issues) if isinstance(raw, dict) else _Segment()
    return RecordingEvent(
        action=body.action,
        recording=recording,
        at=body.at,
        file_ids=tuple(file.file_id for file in recording.all_files),
        segment_start=segment.start,
        segment_stop=order(segment.start, segment.stop, body.issues, "recording_end", "recording"),
    )


def _recording_bulk(body: _Body) -> RecordingEvent:
    rows, uuids = body.subject.get("meetings"), body.subject.get("meeting_uuids")
    row = rows[0] if isinstance(rows, list) and len(rows) == 1 else None
    files: list[Any] = []
    if isinstance(row, dict):
        uuid = row.get("meeting_uuid")
        listed = row.get("recording_file_ids")
        files = listed if isinstance(listed, list) else []
    else:
        uuid = uuids[0] if isinstance(uuids, list) and len(uuids) == 1 else None
    try:
        uuid = to_identifier(uuid)
    except ValueError as error:
        raise body.missing("payload.object.meetings.meeting_uuid", uuid) from error
    file_ids = body.ids(files)
    if files and not file_ids:
        # Without its ids the event would speak of all files, which Zoom did not say.
        raise body.missing("payload.object.meetings.recording_file_ids", files)
    recording = RecordingSet(uuid=uuid)
    return RecordingEvent(action=body.action, recording=recording, at=body.at, file_ids=file_ids)


def _registration(body: _Body) -> RegistrationEvent:
    meeting = body.meeting()
    raw = body.subject.get("registrant")
    if not isinstance(raw, dict):
        raise body.missing("payload.object.registrant", raw)
    return RegistrationEvent(
        action=body.action,
        zoom_id=meeting.zoom_id,
        uuid=meeting.uuid,
        registrant=Registrant.read(raw, body.issues),
        at=body.at,
        occurrence_ids=tuple(date.occurrence_id for date in meeting.occurrences),
    )


def _user(body: _Body) -> UserEvent:
    body.essential("id", to_identifier)
    user = User.read(body.subject, body.issues)
    changed = user.given - {"user_id"}
    return UserEvent(action=body.action, user=user, changed=changed, at=body.at)


def _deauthorized(body: _Body) -> Deauthorized:
    account_id = body.optional(body.payload, "account_id")
    if not account_id:
        raise body.missing("payload.account_id", body.payload.get("account_id"))
    return Deauthorized(
        account_id=account_id,
        user_id=body.optional(body.payload, "user_id"),
        client_id=body.optional(body.payload, "client_id"),
        at=body.at,
    )


def _family(
    prefix: str, reader: Callable[[_Body], EventFact], actions: dict[str, str] | str
) -> dict[str, tuple[str, Callable[[_Body], EventFact]]]:
    names = {name: name for name in actions.split()} if isinstance(actions, str) else actions
    return {f"{prefix}{name}": (action, reader) for name, action in names.items()}


_EVENTS = {
    **_family("meeting.", _changed, "created updated deleted permanently_deleted recovered"),
    **_family("meeting.", _live, "started ended"),
    **_family(
        "meeting.participant_",
        _participant,
        {
            "joined": "joined",
            "left": "left",
            "joined_waiting_room": "waiting_joined",
            "left_waiting_room": "waiting_left",
            "admitted": "admitted",
            "put_in_waiting_room": "put_in_waiting",
            "role_changed": "role_changed",
        },
    ),
    **_family("meeting.registration_", _registration, "created approved cancelled denied"),
    **_family(
        "recording.",
        _recording,
        "started paused resumed stopped completed transcript_completed trashed deleted recovered renamed",
    ),
    **_family("recording.", _recording_bulk, "batch_trashed batch_deleted batch_recovered"),
    **_family("user.", _user, "created updated activated deactivated deleted disassociated"),
    "app_deauthorized": ("deauthorized", _deauthorized),
}
KNOWN_EVENTS = frozenset(_EVENTS)
"""Event names that :func:`parse` understands; all others are stored and ignored."""


def parse(event_type: str, payload: dict[str, Any]) -> tuple[EventFact, list[Issue]]:
    """The typed fact of a stored event, and what was found broken in it.

    :param event_type: one of :data:`KNOWN_EVENTS`
    :param payload: the payload of a :func:`split` fact, that is the whole body without secrets
    :raises PayloadError: something essential is missing or wrong, or the event is not a known one
    """
    if event_type not in _EVENTS:
        raise PayloadError(
            f"The event “{event_type[:100]}” is not one this connector handles.",
            remedy="Remove it from the event subscription of the Zoom app, or ignore it.",
            field="event",
        )
    action, reader = _EVENTS[event_type]
    if not isinstance(payload, dict):
        raise PayloadError(
            f"The event “{event_type}” has no readable content.", remedy=RESEND, field="payload"
        )
    body = _Body(event=event_type, action=action, body=payload)
    return reader(body), body.issues
