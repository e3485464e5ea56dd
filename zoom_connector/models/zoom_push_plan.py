"""Working out what Zoom should be told, as things stand at that moment."""

from dataclasses import dataclass, field
from datetime import timedelta

from odoo import fields, models

from odoo.addons.connector_base.core.errors import RateLimited, Rejected

from ..adapters.outgoing import MeetingDraft
from ..tools import recurrence_out, series_diff
from ..tools.times import naive
from .marks import QUIET
from .zoom_meeting_upsert import _plain

ACTIONS = {"create": "create", "update": "update", "cancel": "cancel", "search": "cancel"}


class DeletedInZoom(Rejected):
    """Deleted there, changed here: a person must decide; the calendar keeps the event until then."""


@dataclass
class Step:
    """One thing to do with Zoom, worked out in a transaction that has ended."""

    action: str
    account_id: int
    host_id: int = 0
    host_key: str = ""
    meeting_id: int = 0
    zoom_id: str = ""
    draft: MeetingDraft | None = None
    operations: list = field(default_factory=list)
    attempts: list = field(default_factory=list)
    read_first: bool = False
    sent: set = field(default_factory=set)
    asked: dict | None = None
    expected: dict = field(default_factory=dict)
    note: str | bool = False
    tell_registrants: bool = True
    priority: int = 0


class ZoomPush(models.Model):
    _inherit = "zoom.push"

    def _prepare(self, fresh):
        """Return the next `Step`, or None when the row is finished (or waits for the account)."""
        row = self.exists()
        if not row:
            return None
        meeting, event = row._meeting_and_event()
        events = event._zoom_wanted_events() if event else event
        account = meeting.integration_id or row.integration_id or event._zoom_integration()
        if row.integration_id != account:
            row.integration_id = account
        if not account or not account.active or account.state != "connected":
            row._block(account)
            return None
        if events:
            row.name = events[:1].name
        if not events:
            step = row._prepare_cancel(meeting, event, account)
        elif not meeting or row._is_replaced(meeting, event, fresh):
            step = row._prepare_create(meeting, events, account)
        else:
            step = row._prepare_update(meeting, event, fresh)
        if step is None:
            row._finish()
            return None
        step.account_id = account.id
        step.priority = row.priority
        if row.action != ACTIONS[step.action]:
            row.action = ACTIONS[step.action]
        return step

    def _meeting_and_event(self):
        """Return what the row is about as things stand now."""
        event = self.event_id
        if self.recurrence_id and (not event or not event.active):
            event = self.recurrence_id.calendar_event_ids.filtered("active")[:1] or event
        meeting = self.meeting_id or event.zoom_meeting_id
        if meeting and event.zoom_meeting_id != meeting:
            event = meeting._lead_event()
        if meeting and event:
            event = self._keep_one_series(meeting, event)
        return meeting, event

    def _keep_one_series(self, meeting, event):
        """A series that was split in the calendar: its second part becomes a meeting of its own."""
        groups = {}
        for member in meeting.calendar_event_ids.filtered(lambda e: e.active and e.recurrence_id):
            groups.setdefault(member.recurrence_id, member.browse())
            groups[member.recurrence_id] |= member
        if len(groups) < 2:
            return event
        first = min(groups, key=lambda series: min(groups[series].mapped("start")))
        main = meeting.calendar_recurrence_id if meeting.calendar_recurrence_id in groups else first
        for series, members in groups.items():
            if series == main:
                continue
            vals = {"zoom_meeting_id": False, "zoom_key": False}
            members.with_context(**QUIET).write({**vals, "videocall_location": False})
            self._queue({"events": set(members.ids), "meetings": set(), "recurrences": {series.id}})
        return groups[main].sorted("start")[:1]

    def _is_replaced(self, meeting, event, fresh):
        """Return whether the event needs another Zoom meeting than the one it has.

        :raises Rejected: a person must decide
        """
        if meeting.presence == "deleted":
            entries = ((meeting.calendar_target or {}).get("events") or {}).values()
            if any(entry.get("active") for entry in entries):
                raise DeletedInZoom(
                    self.env._("The meeting was deleted in Zoom, and changed in Odoo."),
                    remedy=self.env._(
                        "Press Retry to make a new Zoom meeting, or archive the event."
                    ),
                )
            return True
        host = event.zoom_host_id
        return (
            not fresh
            and bool(host)
            and host != meeting.host_id
            and host.integration_id == meeting.integration_id
        )

    def _prepare_cancel(self, meeting, event, account):
        """Return the step that makes Zoom forget the meeting, None when there is nothing to do."""
        if not meeting:
            if not self.attempts:
                return None
            return Step("search", account.id, attempts=self.attempts)
        members = meeting.calendar_event_ids
        over = members._zoom_is_over() if members else meeting._is_past()
        if meeting.presence == "deleted" or over:
            return None
        template = members[:1].zoom_template_id
        return Step(
            "cancel",
            account.id,
            meeting_id=meeting.id,
            zoom_id=meeting.zoom_id,
            expected={"presence": "deleted"},
            tell_registrants=template.tell_registrants if template else True,
        )

    def _prepare_create(self, old, events, account):
        """Return the step that makes the meeting, None when it is too late for one."""
        if events._zoom_is_over():
            return None
        wish = self.env["zoom.meeting"]._wish(events[:1])
        if old:
            wish = self._wish_anew(wish, events)
        if not wish.host or wish.host.integration_id != account:
            raise Rejected(
                self.env._(
                    "The organizer %(name)s has no active Zoom user.",
                    name=events[:1].user_id.name or "-",
                ),
                remedy=self.env._(
                    "Choose the Zoom host on the event, or let an administrator set the account's "
                    "default host."
                ),
            )
        now = fields.Datetime.now()
        if wish.dates.rule is None and len(wish.dates.dates) == 1:
            # A call that has begun a moment ago still gets its meeting.
            now = min(now, wish.dates.dates[0].start - timedelta(seconds=1))
        plan = series_diff.plan(wish.dates, None, now)
        action = next(
            (op for op in plan.operations if isinstance(op, series_diff.CreateMeeting)), None
        )
        if action is None:
            return None
        settings = dict(wish.settings)
        if wish.invitees:
            settings["meeting_invitees"] = [{"email": email} for email in wish.invitees]
        draft = MeetingDraft(
            topic=wish.topic, agenda=wish.agenda or None, settings=settings, **action.values()
        )
        self.host_id = wish.host
        return Step(
            "create",
            account.id,
            host_id=wish.host.id,
            host_key=wish.host.zoom_id,
            draft=draft,
            attempts=self.attempts or [],
            asked={"template": wish.template_id, "settings": wish.settings},
            expected={**self._expected(draft), "host": wish.host.zoom_id},
            note=self._plan_note(plan),
        )

    def _wish_anew(self, wish, events):
        """Return the wish for a meeting that replaces another: nothing of the old one counts."""
        Meeting = self.env["zoom.meeting"]
        lead = events.filtered("follow_recurrence").sorted("start")[:1] or events[:1]
        none = Meeting.browse()
        template = lead.zoom_template_id or lead._zoom_integration().default_template_id
        wish.template_id = template.id or 0
        wish.settings = Meeting._wish_settings(lead, none, template)
        wish.invitees = Meeting._wish_invitees(lead, none, template)
        wish.dates = Meeting._wish_dates(lead, events, none)
        return wish

    def _prepare_update(self, meeting, event, fresh):
        """Return the step that brings Zoom to what the calendar says, None when it is there."""
        if meeting.live_state == "started" and meeting.kind not in ("series", "open_series"):
            raise RateLimited(
                self.env._("The meeting is being held; Zoom takes changes after its end."),
                scope="concurrency",
                retry_after=300.0,
            )
        wish = meeting._wish(event)
        content = {} if fresh else meeting._content_changes(wish)
        plan = series_diff.plan(wish.dates, meeting._known_schedule(), fields.Datetime.now(), fresh)
        step = Step(
            "update",
            meeting.integration_id.id,
            host_id=meeting.host_id.id,
            meeting_id=meeting.id,
            zoom_id=meeting.zoom_id,
            note=self._plan_note(plan),
            asked={"template": wish.template_id, "settings": wish.settings},
        )
        if self.host_id != meeting.host_id:
            self.host_id = meeting.host_id
        singles = []
        whole = None
        for operation in plan.operations:
            if isinstance(operation, series_diff.DeleteMeeting):
                return self._prepare_cancel(meeting, event, meeting.integration_id)
            if isinstance(operation, series_diff.PatchMeeting):
                whole = operation.values()
            elif isinstance(operation, series_diff.DeleteOccurrence):
                singles.append((operation.key, None))
            else:
                values = {k: v for k, v in operation.values().items() if v is not None}
                singles.append((operation.key, MeetingDraft(**values)))
        if fresh and whole and meeting.zoom_type != series_diff.SERIES:
            # Zoom has seen it and keeps another time (it moves nothing into the past).
            step.note = self.env._("Zoom keeps another time for this meeting.")
            whole = None
        if whole or content:
            draft = MeetingDraft(**{**(whole or {}), **content})
            step.operations.append((None, draft))
            step.expected = self._expected(draft)
            names = {"topic": "name", "agenda": "description"}
            step.sent |= {names[name] for name in names if name in content}
            if "meeting_invitees" in content.get("settings", {}):
                step.sent.add("partners")
            if whole:
                step.sent.add("schedule")
        step.operations += singles
        step.sent |= {key for key, _draft in singles}
        if not step.operations:
            note = step.note or meeting.push_note
            if step.note != meeting.push_note and (step.note or fresh is False and wish.dates.rule):
                meeting.push_note = note
            return None
        # The ids of dates may have changed in a call whose answer got lost.
        step.read_first = bool(self.uncertain and meeting.zoom_type == series_diff.SERIES)
        return step

    def _plan_note(self, plan):
        if not plan.note:
            return False
        if plan.note == series_diff.WINDOW:
            return self.env._(
                "Zoom knows the dates until %(day)s; later ones are added in time.",
                day=fields.Date.to_string(plan.until.date()),
            )
        reason = recurrence_out.REASONS[plan.note]
        if plan.note == "fewer":
            return self.env._("Not all dates are in Zoom: %(reason)s.", reason=reason)
        return self.env._(
            "In Zoom this is a meeting without fixed time, whose link serves all dates: %(reason)s.",
            reason=reason,
        )

    def _expected(self, draft):
        """Return the values of the meeting's register when Zoom does what the draft says."""
        settings = draft.settings
        values = {
            "topic": draft.topic,
            "agenda": draft.agenda,
            "zoom_type": draft.type,
            "start": _plain("start", naive(draft.start)) if draft.start else None,
            "duration": draft.duration_minutes / 60.0 if draft.duration_minutes else None,
            "timezone": draft.timezone,
            "recurrence": draft.recurrence,
            "waiting_room": settings.get("waiting_room"),
            "recording_mode": settings.get("auto_recording"),
        }
        values = {name: value for name, value in values.items() if value is not None}
        if "meeting_invitees" in settings:
            values["invitees"] = [person["email"] for person in settings["meeting_invitees"]]
        return values
