"""The sandbox's own planning of series, driven by the wire bodies that the connector would send.

The sandbox counts dates on its own (zoneinfo, its own reading of the vendor page), so a rule that the
connector translates wrongly shows as other dates.
"""

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from tests.sandbox.zoom import planning, views
from tests.sandbox.zoom.errors import ZoomError
from tests.sandbox.zoom.world import Meeting as SandboxMeeting
from tests.sandbox.zoom.world import User, World
from zoom_connector.adapters.meeting import Meeting
from zoom_connector.adapters.outgoing import MeetingDraft
from zoom_connector.tools import series_diff as diff
from zoom_connector.tools.times import naive

NOW = datetime(2026, 1, 5, 12, 0)
UTC = timezone.utc


class Zoom:
    """One account with at most one meeting; counts the calls it gets."""

    def __init__(self, now=NOW):
        self.now = now
        self.world = World()
        self.host = self.world.add_user(
            User("host", "Ada", "Host", "ada.host@example.com", now, now, timezone="UTC")
        )
        self.held: SandboxMeeting | None = None
        self.calls = 0

    @property
    def meeting(self) -> SandboxMeeting:
        """The sandbox's meeting; raises when there is none."""
        assert self.held is not None, "no such meeting"
        return self.held

    @property
    def aware(self):
        return self.now.replace(tzinfo=UTC)

    def known(self):
        """What the connector reads of the meeting: through the reply and the adapter."""
        if self.held is None:
            return None
        shown = [entry for entry in self.meeting.occurrences if entry.start >= self.aware]
        body = views.meeting_full(self.meeting, self.host, "https://zoom.example.com", shown=shown)
        issues: list[Any] = []
        read = Meeting.read(body, issues)
        assert not issues
        rule = None
        if read.recurrence:
            rule = read.recurrence.model_dump(
                include={
                    "type",
                    "repeat_interval",
                    "weekly_days",
                    "monthly_day",
                    "monthly_week",
                    "monthly_week_day",
                    "end_times",
                }
            )
        return diff.Known(
            kind=read.type,
            start=naive(read.start),
            minutes=read.duration_minutes,
            zone=read.timezone,
            recurrence=rule,
            occurrences=tuple(
                diff.Occurrence(
                    o.occurrence_id,
                    naive(o.start),
                    o.duration_minutes,
                    self.entry(o.occurrence_id).overrides.get("agenda"),
                )
                for o in read.occurrences
                if not o.is_deleted
            ),
        )

    def entry(self, key):
        return planning.find_occurrence(self.meeting, key)

    def carry_out(self, plan):
        for operation in plan.operations:
            self.calls += 1
            body = MeetingDraft(**operation.values()).to_wire()
            if isinstance(operation, diff.CreateMeeting):
                assert self.held is None
                self.held = planning.create(self.world, self.host, body, self.aware, {})
            elif isinstance(operation, diff.PatchMeeting):
                planning.update(self.meeting, body, self.aware, {})
            elif isinstance(operation, diff.PatchOccurrence):
                entry = self.entry(operation.key)
                planning.update_occurrence(self.meeting, entry, body, self.aware, {})
            elif isinstance(operation, diff.DeleteOccurrence):
                entry = self.entry(operation.key)
                if entry.status == "deleted":
                    raise ZoomError(400, 3000, "Invalid occurrence_id.")
                entry.status = "deleted"
            else:
                assert isinstance(operation, diff.DeleteMeeting)
                self.held = None

    def push(self, wish):
        """Bring Zoom to the wish the way the push job does; return the last plan."""
        before = self.calls
        plan = diff.plan(wish, self.known(), self.now)
        self.carry_out(plan)
        if plan.read_again:
            plan = diff.plan(wish, self.known(), self.now, fresh=True)
            assert not plan.read_again
            self.carry_out(plan)
        self.last_calls = self.calls - before
        return plan

    def dates(self):
        """(start, minutes) of all dates that are ahead and not cancelled."""
        known = self.known()
        return sorted((o.start, o.minutes) for o in known.occurrences if o.start > self.now)


def wished(wish, now=NOW):
    return sorted((d.start, d.minutes) for d in wish.dates if d.start > now)


def with_keys(wish, known):
    """The wish after the calendar learned Zoom's ids, matched by start as the upsert does."""
    keys = {o.start: o.key for o in known.occurrences}
    return replace(wish, dates=tuple(replace(d, key=keys.get(d.start, d.key)) for d in wish.dates))
