"""Zoom users, and the people seen in meetings (vendor pages "User APIs", "Past meeting participants",
"Meeting participant reports", and the ``meeting.participant_*`` events)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from .wire import (
    Flag,
    HardMoment,
    Issue,
    Moment,
    Number,
    OptEmail,
    OptId,
    OptText,
    Text,
    Wire,
    Zone,
    first_of,
    order,
)


class User(Wire):
    """A user of the Zoom account. ``user_id`` is None for invited users who have not accepted yet.

    ``type`` 1 Basic, 2 Licensed, 4 Unassigned, 99 None.
    """

    WHAT: ClassVar[str] = "user"

    user_id: OptId = Field(None, alias="id")
    email: OptEmail = None
    first_name: Text = ""
    last_name: Text = ""
    display_name: Text = ""
    type: Number = 1
    status: Text = "active"
    timezone: Zone = "UTC"
    role_id: OptText = None
    role_name: OptText = None
    dept: Text = ""
    job_title: Text = ""
    pmi: OptText = None
    personal_meeting_url: OptText = None
    account_id: OptId = None
    created_at: Moment = None
    last_login_time: Moment = None

    @property
    def name(self) -> str:
        """The best name there is: display name, first and last name, or the e-mail address."""
        full = f"{self.first_name} {self.last_name}".strip()
        return self.display_name or full or self.email or ""

    @property
    def is_licensed(self) -> bool:
        """True when the user may hold meetings longer than 40 minutes (type Licensed)."""
        return self.type == 2


class ParticipantRow(Wire):
    """One stay of one person in an ended meeting: past-meeting and report lists have one row per join.

    Guests have no ``zoom_user_id`` and often no ``email``. ``user_id`` is Zoom's id within that meeting,
    the same as in the join and leave events. ``duration_seconds`` is Zoom's own figure; 0 may mean "not
    ready yet" after big meetings.
    """

    WHAT: ClassVar[str] = "participant"

    name: Text = ""
    email: OptEmail = Field(None, alias="user_email")
    user_id: OptId = None
    zoom_user_id: OptId = Field(None, alias="id")
    registrant_id: OptId = None
    customer_key: OptText = None
    join_time: HardMoment
    leave_time: Moment = None
    duration_seconds: Number = Field(0, alias="duration")
    status: Text = "in_meeting"
    failover: Flag = False
    internal_user: Flag = False

    @property
    def in_waiting_room(self) -> bool:
        """True for time spent waiting; it is not attendance."""
        return self.status == "in_waiting_room"

    @classmethod
    def _prepare(cls, data: dict[str, Any]) -> dict[str, Any]:
        # Reports are moving from "id" to "participant_user_id" (vendor page of the report).
        known = first_of((data.get("participant_user_id"), data.get("id")))
        return {**data, "id": known} if known else data

    def _check(self, issues: list[Issue], broken: set[str]) -> None:
        self.leave_time = order(self.join_time, self.leave_time, issues, "leave_time", "stay")
        if self.duration_seconds < 0:
            self.duration_seconds = 0


class ParticipantStay(Wire):
    """The person of a participant event. ``moment`` is the time of the join, leave or change."""

    WHAT: ClassVar[str] = "participant"

    participant_uuid: OptId = None
    user_id: OptId = None
    zoom_user_id: OptId = Field(None, alias="id")
    name: Text = Field("", alias="user_name")
    email: OptEmail = None
    registrant_id: OptId = None
    customer_key: OptText = None
    join_time: Moment = None
    leave_time: Moment = None
    date_time: Moment = None
    leave_reason: Text = ""
    old_role: OptText = None
    new_role: OptText = None
    phone_number: OptText = None

    @property
    def moment(self) -> datetime | None:
        """When it happened, UTC, to the second."""
        return self.join_time or self.leave_time or self.date_time

    @property
    def is_nobody(self) -> bool:
        """True when nothing at all tells who this is."""
        return not (
            self.participant_uuid or self.user_id or self.zoom_user_id or self.email or self.name
        )

    @classmethod
    def _prepare(cls, data: dict[str, Any]) -> dict[str, Any]:
        known = first_of((data.get("participant_user_id"), data.get("id")))
        return {**data, "id": known} if known else data
