"""People registered for a meeting (vendor page "Meeting registrants", ``meeting.registration_*`` events)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .wire import HardId, Moment, OptEmail, OptText, Text, Wire


class Registrant(Wire):
    """A registration; ``status`` is approved, pending, denied or None when not told.

    The personal join address and PIN are left out: whoever holds them joins as that person.
    """

    WHAT: ClassVar[str] = "registrant"

    registrant_id: HardId = Field(alias="id")
    email: OptEmail = None
    first_name: Text = ""
    last_name: Text = ""
    org: Text = ""
    phone: Text = ""
    job_title: Text = ""
    status: OptText = None
    created_at: Moment = Field(None, alias="create_time")

    @property
    def name(self) -> str:
        """First and last name, or the e-mail address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or ""
