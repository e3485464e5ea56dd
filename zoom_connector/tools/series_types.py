"""What `series_diff` speaks of: the calendar's wish, what Zoom has, and operations on Zoom."""

from dataclasses import dataclass
from datetime import datetime, timezone

from .times import from_ms

# Kinds of meetings (vendor page "Create a meeting").
SCHEDULED, NO_FIXED_TIME, SERIES = 2, 3, 8


@dataclass(frozen=True)
class Date:
    """One date of the calendar.

    :ivar start: naive UTC
    :ivar key: Zoom's occurrence id, when the calendar event knows it
    :ivar regular: it follows the rule of the series
    :ivar agenda: a text of its own, None = that of the series
    :ivar ref: whatever the caller wants to find it by
    """

    start: datetime
    minutes: int
    key: str | None = None
    regular: bool = True
    agenda: str | None = None
    ref: object = None


@dataclass(frozen=True)
class Wish:
    """What the calendar wants.

    :ivar zone: IANA name in which a series keeps its wall clock
    :ivar rule: rule fields of calendar.recurrence, None for a single meeting
    :ivar dates: all that shall take place, past ones too (they show where a rule began)
    :ivar allday: the events have no time of day
    """

    zone: str
    dates: tuple
    rule: dict | None = None
    allday: bool = False


@dataclass(frozen=True)
class Occurrence:
    """One date of Zoom's series. `slot` is the start that the rule gave it (its id, in ms)."""

    key: str
    start: datetime
    minutes: int
    agenda: str | None = None

    @property
    def slot(self):
        """Start given by the rule, naive UTC."""
        return from_ms(self.key) or self.start


@dataclass(frozen=True)
class Known:
    """What Zoom has: its kind number, zone, rule, and the dates that are not cancelled."""

    kind: int
    start: datetime | None = None
    minutes: int = 60
    zone: str = "UTC"
    recurrence: dict | None = None
    occurrences: tuple = ()


@dataclass(frozen=True)
class Operation:
    """Base of all operations. `values()` are arguments of the adapter's `MeetingDraft`."""

    def values(self):
        """Return the arguments for `MeetingDraft`; empty for deletions."""
        return {}


@dataclass(frozen=True)
class _Schedule(Operation):
    kind: int
    zone: str
    start: datetime | None = None
    minutes: int | None = None
    recurrence: dict | None = None

    def values(self):
        return {
            "type": self.kind,
            "start": self.start.replace(tzinfo=timezone.utc) if self.start else None,
            "duration_minutes": self.minutes,
            "timezone": self.zone,
            "recurrence": self.recurrence,
        }


@dataclass(frozen=True)
class CreateMeeting(_Schedule):
    """POST a meeting of any kind; its answer holds the occurrences."""


@dataclass(frozen=True)
class PatchMeeting(_Schedule):
    """PATCH the whole meeting or series; Zoom plans all dates anew."""


@dataclass(frozen=True)
class EndSeries(PatchMeeting):
    """As PatchMeeting; nothing but the end of the series comes earlier or later."""


@dataclass(frozen=True)
class PatchOccurrence(Operation):
    """PATCH one date (`occurrence_id`); None = unchanged. The start is sent as UTC."""

    key: str
    start: datetime | None = None
    minutes: int | None = None
    agenda: str | None = None
    ref: object = None

    def values(self):
        return {
            "start": self.start.replace(tzinfo=timezone.utc) if self.start else None,
            "duration_minutes": self.minutes,
            "agenda": self.agenda,
        }


@dataclass(frozen=True)
class DeleteOccurrence(Operation):
    """DELETE one date (`occurrence_id`)."""

    key: str


@dataclass(frozen=True)
class DeleteMeeting(Operation):
    """DELETE the meeting: nothing of it is wanted and nothing of it took place."""


@dataclass(frozen=True)
class Plan:
    """What to do now.

    :ivar operations: in this order
    :ivar read_again: afterwards read the meeting and plan again
    :ivar note: None, WINDOW, or a reason of `recurrence_out.REASONS` why Zoom has the meeting without
        fixed times
    :ivar until: with WINDOW: last date that Zoom knows
    """

    operations: tuple = ()
    read_again: bool = False
    note: str | None = None
    until: datetime | None = None
