"""What Zoom's events say, typed: one class per kind of event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .meeting import Meeting
from .people import User
from .recording import RecordingSet
from .registrant import Registrant


@dataclass(frozen=True)
class MeetingChanged:
    """A meeting was created, updated, deleted, permanently_deleted or recovered.

    ``meeting`` is partial: only ``changed`` (Python names of its fields) was told. ``occurrence_ids`` and
    ``single`` say that only those dates of a series are meant. ``at`` is the vendor's time, UTC.
    """

    action: str
    meeting: Meeting
    changed: frozenset[str]
    at: datetime
    occurrence_ids: tuple[str, ...] = ()
    single: bool = False
    operation: str | None = None
    operator_email: str | None = None

    @property
    def zoom_id(self) -> str:
        """The meeting number as text."""
        return self.meeting.zoom_id


@dataclass(frozen=True)
class MeetingLive:
    """An instance ``started`` or ``ended``. ``start`` and ``stop`` are the actual times, ``stop`` only when
    ended; ``duration_minutes`` is the planned duration.
    ``type``, ``timezone`` and ``duration_minutes`` are None when not told."""

    action: str
    zoom_id: str
    uuid: str
    topic: str
    host_id: str | None
    host_email: str | None
    type: int | None
    timezone: str | None
    duration_minutes: int | None
    start: datetime | None
    stop: datetime | None
    at: datetime


@dataclass(frozen=True)
class ParticipantEvent:
    """A person joined, left, waiting_joined, waiting_left, admitted, put_in_waiting or role_changed.

    ``at`` is the time of the join or change, to the second; ``occurred_at`` the time of the event, to the
    millisecond. ``user_id`` is the id of this one join and equal in its leave; ``participant_uuid`` is the
    person's id in the instance (absent in old deliveries); ``zoom_user_id`` only for signed-in people.
    """

    action: str
    zoom_id: str | None
    uuid: str
    topic: str
    host_id: str | None
    meeting_start: datetime | None
    participant_uuid: str | None
    user_id: str | None
    zoom_user_id: str | None
    name: str
    email: str | None
    registrant_id: str | None
    customer_key: str | None
    at: datetime
    occurred_at: datetime
    leave_reason: str = ""
    old_role: str | None = None
    new_role: str | None = None


@dataclass(frozen=True)
class RecordingEvent:
    """Something happened to a recording: started, paused, resumed, stopped, completed,
    transcript_completed, trashed, deleted, recovered, renamed, batch_trashed, batch_deleted,
    batch_recovered.

    ``recording`` is complete for completed, transcript_completed, trashed, deleted and recovered. A batch
    event names one instance (see ``splitting``); ``file_ids`` empty = all its files. ``segment_start`` and
    ``segment_stop`` belong to started, paused, resumed and stopped.
    """

    action: str
    recording: RecordingSet
    at: datetime
    file_ids: tuple[str, ...] = ()
    segment_start: datetime | None = None
    segment_stop: datetime | None = None

    @property
    def uuid(self) -> str:
        """The meeting instance."""
        return self.recording.uuid

    @property
    def zoom_id(self) -> str | None:
        """The meeting number as text, when told."""
        return self.recording.zoom_id


@dataclass(frozen=True)
class RegistrationEvent:
    """A registration was created, approved, cancelled or denied."""

    action: str
    zoom_id: str
    uuid: str | None
    registrant: Registrant
    at: datetime
    occurrence_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class UserEvent:
    """A user was created, updated, activated, deactivated, deleted or disassociated.

    ``user`` is partial: only ``changed`` (Python names) was told.
    """

    action: str
    user: User
    changed: frozenset[str]
    at: datetime


@dataclass(frozen=True)
class Deauthorized:
    """Somebody removed the app; the person's data must go (vendor page "App deauthorization")."""

    account_id: str
    user_id: str | None
    client_id: str | None
    at: datetime


EventFact = (
    MeetingChanged
    | MeetingLive
    | ParticipantEvent
    | RecordingEvent
    | RegistrationEvent
    | UserEvent
    | Deauthorized
)
