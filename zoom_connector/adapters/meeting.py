"""Meetings as Zoom's meeting endpoints and ``meeting.*`` events show them (vendor page "Meeting APIs")."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from .times import UTC, is_local, known_zone, parse_moment
from .wire import (
    CHECK_IN_ZOOM,
    Flag,
    HardId,
    HardMeetingId,
    Issue,
    Items,
    Minutes,
    Moment,
    Number,
    OptEmail,
    OptFlag,
    OptId,
    OptNumber,
    OptText,
    OptWeb,
    Part,
    Text,
    Wire,
    Zone,
    to_text,
)

# Meeting types of the vendor page "Create a meeting"; other numbers may appear and are kept.
INSTANT, SCHEDULED, RECURRING_NO_FIXED_TIME, PERSONAL_ROOM, RECURRING, SCREEN_SHARE = (
    1,
    2,
    3,
    4,
    8,
    10,
)
DEFAULT_MINUTES = 60
"""Zoom's own default duration."""


def _split_list(value: object) -> list[str]:
    """Zoom's joined lists: semicolons or commas in a text, or a real list."""
    parts: list[Any] = value if isinstance(value, list) else re.split(r"[;,]", to_text(value))
    return [text for text in (to_text(part) for part in parts) if text]


def _day_numbers(value: object) -> list[int]:
    days = sorted({int(part) for part in _split_list(value) if re.fullmatch(r"[1-7]", part)})
    if not days:
        raise ValueError("expected week days 1 (Sunday) to 7 (Saturday)")
    return days


class Recurrence(Wire):
    """How a series repeats (vendor page "Recurrence object definitions").

    ``type`` 1 daily, 2 weekly, 3 monthly; ``weekly_days`` and ``monthly_week_day`` count 1 = Sunday to
    7 = Saturday; ``monthly_week`` is 1 to 4 or -1 for the last; ``end_times`` 0 or None = not by count.
    """

    WHAT: ClassVar[str] = "recurrence"

    type: Annotated[int, BeforeValidator(lambda value: int(to_text(value)))]
    repeat_interval: Number = 1
    weekly_days: Annotated[list[int], BeforeValidator(_day_numbers)] = Field(default_factory=list)
    monthly_day: OptNumber = None
    monthly_week: OptNumber = None
    monthly_week_day: OptNumber = None
    end_times: OptNumber = None
    end_date_time: Moment = None

    @classmethod
    def _prepare(cls, data: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in data.items() if value != ""}

    def _check(self, issues: list[Issue], broken: set[str]) -> None:
        if self.repeat_interval < 1:
            issues.append(
                _issue("repeat_interval", "the interval of the series", "once per period")
            )
            self.repeat_interval = 1
        ranges = (
            ("monthly_day", range(1, 32)),
            ("monthly_week", (-1, 1, 2, 3, 4)),
            ("monthly_week_day", range(1, 8)),
            ("end_times", range(0, 1000)),
        )
        for name, allowed in ranges:
            if getattr(self, name) is not None and getattr(self, name) not in allowed:
                issues.append(_issue(name, name.replace("_", " "), "nothing"))
                broken.add(name)
                setattr(self, name, None)


def _issue(field: str, what: str, used: str) -> Issue:
    return Issue(
        field=field,
        message=f"Zoom sent an impossible value for {what}; {used} is used instead.",
        remedy=CHECK_IN_ZOOM,
    )


class Occurrence(Wire):
    """One date of a series. ``occurrence_id`` is the vendor's text id (epoch milliseconds of the start);
    ``status`` is ``available`` or ``deleted``; ``duration_minutes`` 0 when not told."""

    WHAT: ClassVar[str] = "occurrence"

    occurrence_id: HardId
    start: Moment = Field(None, alias="start_time")
    duration_minutes: Minutes = Field(0, alias="duration")
    status: Text = "available"

    @property
    def is_deleted(self) -> bool:
        """True for a cancelled date."""
        return self.status == "deleted"


class _Invitee(Wire):
    email: OptEmail = None


class MeetingSettings(Wire):
    """The settings Odoo shows or sets; None = not told. Replies hold the *effective* settings."""

    WHAT: ClassVar[str] = "meeting settings"

    host_video: OptFlag = None
    participant_video: OptFlag = None
    join_before_host: OptFlag = None
    jbh_time: OptNumber = None
    mute_upon_entry: OptFlag = None
    waiting_room: OptFlag = None
    use_pmi: OptFlag = None
    auto_recording: OptText = None
    audio: OptText = None
    approval_type: OptNumber = None
    registration_type: OptNumber = None
    meeting_authentication: OptFlag = None
    private_meeting: OptFlag = None
    internal_meeting: OptFlag = None
    encryption_type: OptText = None
    alternative_hosts: Annotated[list[str], Part, BeforeValidator(_split_list)] = Field(
        default_factory=list
    )
    meeting_invitees: Annotated[list[_Invitee], Items] = Field(default_factory=list)

    @property
    def invitees(self) -> list[str]:
        """E-mail addresses of the people invited in Zoom."""
        return [person.email for person in self.meeting_invitees if person.email]


class Meeting(Wire):
    """A meeting, complete (from the API) or in part (from an event): see ``given``.

    ``zoom_id`` is the meeting number as text, the same for a whole series. ``uuid`` names one instance
    and changes each time the meeting is held. ``start`` is aware UTC, ``timezone`` an IANA name.
    """

    WHAT: ClassVar[str] = "meeting"

    zoom_id: HardMeetingId = Field(alias="id")
    uuid: OptId = None
    host_id: OptId = None
    host_email: OptEmail = None
    topic: Text = ""
    agenda: Text = ""
    type: Number = SCHEDULED
    status: OptText = None
    start: Moment = Field(None, alias="start_time")
    duration_minutes: Minutes = Field(DEFAULT_MINUTES, alias="duration")
    timezone: Zone = "UTC"
    join_url: OptWeb = None
    registration_url: OptWeb = None
    created_at: Moment = None
    pmi: OptText = None
    creation_source: OptText = None
    pre_schedule: Flag = False
    occurrences: Annotated[list[Occurrence], Items] = Field(default_factory=list)
    recurrence: Annotated[Recurrence | None, Part] = None
    settings: Annotated[MeetingSettings, Part] = Field(default_factory=MeetingSettings)

    @property
    def is_recurring(self) -> bool:
        """True for both kinds of series."""
        return self.type in (RECURRING_NO_FIXED_TIME, RECURRING)

    @property
    def stop(self) -> datetime | None:
        """Planned end, UTC; None without a start."""
        return self.start + timedelta(minutes=self.duration_minutes) if self.start else None

    @classmethod
    def _prepare(cls, data: dict[str, Any]) -> dict[str, Any]:
        zone = data.get("timezone")
        if not isinstance(zone, str) or not (iana := known_zone(zone.strip())):
            return data
        # "yyyy-MM-ddTHH:mm:ss" without Z is local time of the meeting's own zone.
        if is_local(data.get("start_time")):
            data["start_time"] = _localised(data["start_time"], iana)
        occurrences = data.get("occurrences")
        if isinstance(occurrences, list):
            data["occurrences"] = [
                {**row, "start_time": _localised(row["start_time"], iana)}
                if isinstance(row, dict) and is_local(row.get("start_time"))
                else row
                for row in occurrences
            ]
        return data

    def _check(self, issues: list[Issue], broken: set[str]) -> None:
        if self.type == RECURRING and "recurrence" in broken:
            issues.append(
                Issue(
                    field="recurrence",
                    message="Zoom's rule of this series could not be read; only its single dates are used.",
                    remedy=CHECK_IN_ZOOM,
                )
            )


def _localised(value: str, zone: str) -> object:
    try:
        return parse_moment(value, zone).astimezone(UTC)
    except ValueError:
        return value  # reading the field itself reports it


class MeetingTemplate(Wire):
    """A meeting template; ``type`` 1 = the user's own, 2 = the account's (vendor page "Meeting templates")."""

    WHAT: ClassVar[str] = "meeting template"

    template_id: HardId = Field(alias="id")
    name: Text = ""
    type: Number = 1
