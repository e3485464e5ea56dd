"""What Odoo tells Zoom about a meeting (vendor pages "Create a meeting", "Update a meeting")."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .times import known_zone, utc_text

TOPIC_LENGTH = 200
AGENDA_LENGTH = 2000
MINUTES = range(1, 1441)


@dataclass(frozen=True)
class MeetingDraft:
    """A meeting to create or change; None = leave it as it is.

    :param start: aware; sent as local time of ``timezone``, so that a series keeps its wall clock over
        daylight saving changes
    :param duration_minutes: 1 to 1440 (Zoom's limits); outside is cut to them
    :param settings: vendor names and values of meeting settings to set
    :param recurrence: vendor recurrence object, for type 8
    """

    topic: str | None = None
    agenda: str | None = None
    type: int | None = None
    start: datetime | None = None
    duration_minutes: int | None = None
    timezone: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    recurrence: dict[str, Any] | None = None

    def to_wire(self) -> dict[str, Any]:
        """The request body: only what is set, within the vendor's lengths."""
        body: dict[str, Any] = {}
        if self.topic is not None:
            body["topic"] = self.topic[:TOPIC_LENGTH]
        if self.agenda is not None:
            body["agenda"] = self.agenda[:AGENDA_LENGTH]
        if self.type is not None:
            body["type"] = self.type
        zone = known_zone(self.timezone) if self.timezone else None
        if self.start is not None:
            if zone:
                body["start_time"] = self.start.astimezone(ZoneInfo(zone)).strftime(
                    "%Y-%m-%dT%H:%M:%S"
                )
            else:
                body["start_time"] = utc_text(self.start)
        if zone:
            body["timezone"] = zone
        if self.duration_minutes is not None:
            body["duration"] = min(max(self.duration_minutes, MINUTES[0]), MINUTES[-1])
        if self.recurrence is not None:
            body["recurrence"] = self.recurrence
        if self.settings:
            body["settings"] = dict(self.settings)
        return body
