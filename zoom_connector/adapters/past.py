"""Ended meetings (vendor pages "Get past meeting details", "List past meeting instances", "Get meeting
reports")."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .meeting import SCHEDULED
from .wire import (
    HardId,
    Issue,
    Minutes,
    Moment,
    Number,
    OptEmail,
    OptId,
    OptMeetingId,
    OptNumber,
    OptText,
    Text,
    Wire,
    order,
)


class PastInstance(Wire):
    """One holding of a meeting: its UUID and when it began (aware UTC)."""

    WHAT: ClassVar[str] = "past instance"

    uuid: HardId
    start: Moment = Field(None, alias="start_time")


class PastMeeting(Wire):
    """An ended instance; ``start`` and ``stop`` are the actual times, aware UTC.

    ``participants_count`` and ``total_minutes`` are None when not told; ``source`` is the name of the
    OAuth app that created the meeting.
    """

    WHAT: ClassVar[str] = "past meeting"

    uuid: HardId
    zoom_id: OptMeetingId = Field(None, alias="id")
    host_id: OptId = None
    host_name: Text = Field("", alias="user_name")
    host_email: OptEmail = Field(None, alias="user_email")
    topic: Text = ""
    type: Number = SCHEDULED
    start: Moment = Field(None, alias="start_time")
    stop: Moment = Field(None, alias="end_time")
    duration_minutes: Minutes = Field(0, alias="duration")
    total_minutes: OptNumber = None
    participants_count: OptNumber = None
    source: OptText = None

    def _check(self, issues: list[Issue], broken: set[str]) -> None:
        self.stop = order(self.start, self.stop, issues)
