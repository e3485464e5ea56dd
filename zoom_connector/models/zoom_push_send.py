"""Sending: what differs is worked out, written down, sent, read back and settled, in this order.

Zoom knows no idempotency key (vendor page "Create a meeting"), and none of its own fields can carry a
mark: tracking fields exist only where the account's administrator defined them, the agenda is read by
guests. An attempt to create whose answer is unknown is therefore written down before the call; before
it is repeated, the host's list is searched for a meeting of that topic, start, length and kind which
was made after the attempt began and which no calendar event has yet.
"""

import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import fields, models

from odoo.addons.connector_base.core.errors import (
    AuthError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    RateLimited,
    Rejected,
    RemoteUnavailable,
    is_retryable,
)
from odoo.addons.connector_base.core.redaction import redact

from ..adapters.outgoing import MeetingDraft
from ..tools import recurrence_out, series_diff
from ..tools.times import naive
from .zoom_meeting_upsert import MeetingPatch, _plain

_logger = logging.getLogger(__name__)

MAX_ROUNDS = 4
LONGEST_WAIT = 900  # seconds
GIVE_UP_AFTER = 8  # tries after errors of our own
IN_PROGRESS, ENDED = 3002, 3007
LOOK_BACK = 120  # seconds that Zoom's clock may be behind ours
ACTIONS = {"create": "create", "update": "update", "cancel": "cancel", "search": "cancel"}


class Deferred(RateLimited):
    """The host's budget is used up; nothing was sent."""


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


def _now_ms():
    return int(time.time() * 1000)


class ZoomPush(models.Model):
    _inherit = "zoom.push"

    def _send(self, row_id):
        """Send one row: at most a few rounds, because a planned series is corrected date by date."""
        fresh = False
        try:
            for _round in range(MAX_ROUNDS):
                step = self._transaction(
                    lambda push, again=fresh: push.browse(row_id)._prepare(again)
                )
                if step is None:
                    return
                fresh = self._carry_out(row_id, step)
            self._transaction(lambda push: push.browse(row_id)._finish())
        except ConnectorError as exc:
            error = exc
            self._transaction(lambda push: push.browse(row_id)._failed(error))
        except Exception as exc:
            # An error of ours: told, tried again, and shown to people if it stays.
            _logger.exception("Sending a meeting to Zoom failed")
            words = f"{type(exc).__name__}: {redact(str(exc))[:200]}"
            self._transaction(lambda push: push.browse(row_id)._crashed(words))

    # -- working out -----------------------------------------------------------------------------

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
            members.with_context(zoom_sync=True).write({**vals, "videocall_location": False})
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

    # -- the calls ---------------------------------------------------------------------------------

    def _carry_out(self, row_id, step):
        """Do the step; return whether the next round only corrects single dates.

        :raises ConnectorError: Zoom did not do it, or nobody knows
        """
        account = self.env["zoom.integration"].browse(step.account_id)
        client = account._zoom_client()
        if step.action == "create":
            return self._carry_out_create(row_id, step, client)
        if step.action == "search":
            found = self._look_up(client, step.attempts, row_id)
            if found:
                client.delete_meeting(found.zoom_id)
            self._transaction(lambda push: push.browse(row_id).write({"attempts": False}))
            return False
        if step.action == "cancel":
            return self._carry_out_cancel(row_id, step, client)
        return self._carry_out_update(row_id, step, client)

    def _carry_out_create(self, row_id, step, client):
        begun = _now_ms()
        found = self._look_up(client, step.attempts, row_id) if step.attempts else None
        if found:
            meeting = client.meeting(found.zoom_id, show_previous=True)
        else:
            self._spend(step)
            self._transaction(lambda push: push.browse(row_id)._mark(step))
            meeting = client.create_meeting(step.host_key, step.draft)
        ended = _now_ms()
        self._transaction(
            lambda push: push.browse(row_id)._created(step, meeting, begun, ended, bool(found))
        )
        # A meeting that was found may be what an earlier wish asked for: compare everything.
        return not found

    def _carry_out_update(self, row_id, step, client):
        begun = _now_ms()
        if step.read_first:
            meeting = client.meeting(step.zoom_id)
            self._transaction(
                lambda push: push.browse(row_id)._read_back(step, meeting, begun, begun, set())
            )
            return False
        self._transaction(lambda push: push.browse(row_id)._mark(step))
        try:
            for key, draft in step.operations:
                if draft is None:
                    client.delete_meeting(step.zoom_id, occurrence_id=key)
                else:
                    self._spend(step)
                    client.update_meeting(step.zoom_id, draft, occurrence_id=key)
            read_at = _now_ms()
            meeting = client.meeting(step.zoom_id)
        except NotFound:
            self._transaction(lambda push: push.browse(row_id)._vanished(step, _now_ms()))
            return False
        ended = _now_ms()
        self._transaction(
            lambda push: push.browse(row_id)._read_back(
                step, meeting, read_at, ended, step.sent, begun
            )
        )
        return True

    def _carry_out_cancel(self, row_id, step, client):
        begun = _now_ms()
        self._transaction(lambda push: push.browse(row_id)._mark(step))
        try:
            client.delete_meeting(step.zoom_id, remind=step.tell_registrants)
        except Rejected as exc:
            if exc.code == IN_PROGRESS:
                raise RateLimited(exc.message, scope="concurrency", retry_after=600.0) from exc
            if exc.code != ENDED:
                raise
        ended = _now_ms()
        self._transaction(lambda push: push.browse(row_id)._cancelled(step, begun, ended))
        return False

    def _spend(self, step):
        """Take one change from the host's budget. Raises Deferred when there is none left."""
        host = self.env["zoom.user"].browse(step.host_id).exists()
        if not host:
            return
        wait = self.env["zoom.budget"]._take(host, step.priority)
        if wait is not None:
            raise Deferred(
                self.env._(
                    "Zoom allows %(limit)s new or changed meetings a day for %(host)s; today's are "
                    "used up.",
                    limit=host.integration_id.push_daily_limit,
                    host=host.name,
                )
                if step.priority == 0
                else self.env._(
                    "Mass changes for %(host)s go on tomorrow: the rest of Zoom's %(limit)s changes "
                    "a day is kept for people.",
                    limit=host.integration_id.push_daily_limit,
                    host=host.name,
                ),
                scope="host",
                retry_after=wait,
                remedy=self.env._("Nothing to do: it is sent after midnight UTC."),
            )

    def _look_up(self, client, attempts, row_id):
        """Return the meeting that an unanswered attempt made, as an adapter `Meeting`, or None."""
        for attempt in attempts:
            start = fields.Datetime.to_datetime(attempt.get("start"))
            begun = fields.Datetime.to_datetime(attempt["begun"])
            span = {}
            if start:
                day = max(start, begun) if start < begun else start
                span = {
                    "from_": (day - timedelta(days=1)).date(),
                    "to": (day + timedelta(days=1)).date(),
                }
            rows = [
                meeting
                for meeting in client.meetings(attempt["host"], **span)
                if self._matches(meeting, attempt, start, begun)
            ]
            taken = self._taken({meeting.zoom_id for meeting in rows}, row_id)
            for meeting in sorted(rows, key=lambda m: str(m.created_at or "")):
                if meeting.zoom_id not in taken:
                    return meeting
        return None

    def _matches(self, meeting, attempt, start, begun):
        created = naive(meeting.created_at)
        if created and created < begun - timedelta(seconds=LOOK_BACK):
            return False
        if (meeting.topic, meeting.type) != (attempt["topic"], attempt["type"]):
            return False
        if meeting.type == series_diff.NO_FIXED_TIME:
            return True
        if meeting.duration_minutes != attempt["minutes"]:
            return False
        found = naive(meeting.start)
        if start < begun:
            # Zoom lets meetings of the past begin now.
            return bool(found) and abs(found - begun) < timedelta(minutes=10)
        return found == start

    def _taken(self, zoom_ids, row_id):
        """Return those Zoom ids that calendar events of other rows have already."""

        def work(push):
            meetings = push.env["zoom.meeting"].search([("zoom_id", "in", list(zoom_ids))])
            return {
                meeting.zoom_id
                for meeting in meetings
                if meeting.calendar_event_ids and meeting.push_origin == "odoo"
            }

        return self._transaction(work) if zoom_ids else set()

    # -- what became of it ---------------------------------------------------------------------------

    def _mark(self, step):
        """Write down, before the call, that it is made now."""
        now = fields.Datetime.now()
        vals = {
            "state": "sending",
            "sent_at": now,
            "uncertain": True,
            "expected": step.expected,
            "wish": step.draft.to_wire()
            if step.draft
            else [draft.to_wire() if draft else {} for _key, draft in step.operations],
        }
        if step.action == "create":
            draft = step.draft
            vals["attempts"] = [
                *(self.attempts or []),
                {
                    "host": step.host_key,
                    "topic": draft.topic,
                    "type": draft.type,
                    "minutes": draft.to_wire().get("duration"),
                    "start": _plain("start", naive(draft.start)) if draft.start else None,
                    "begun": fields.Datetime.to_string(now),
                },
            ]
        self.write(vals)

    def _created(self, step, adapter, begun, ended, found):
        """The meeting exists: keep it, give it to the event, and cancel the one it replaces."""
        account = self.env["zoom.integration"].browse(step.account_id)
        quiet = self.env["zoom.meeting"].with_context(zoom_push_hold=True)
        meeting = quiet._upsert(account, [adapter], ended).with_context(zoom_push_hold=False)
        notes = [step.note, meeting._policy_note(step.asked["settings"], adapter.settings)]
        meeting.write(
            {
                "push_origin": "odoo",
                "push_asked": step.asked,
                "push_window": [begun, ended],
                "push_note": " ".join(note for note in notes if note) or False,
            }
        )
        vals = {"meeting_id": meeting.id, "attempts": False, "uncertain": False, "error": False}
        event = self.event_id
        if self.recurrence_id and (not event or not event.active):
            event = self.recurrence_id.calendar_event_ids.filtered("active")[:1]
        events = event._zoom_wanted_events() if event else event
        old = events.zoom_meeting_id - meeting
        if events:
            meeting._link_events(events)
            # What was found may be an older wish; the rest is told in the next round.
            meeting._settle(set() if found and meeting.calendar_target else {"all"})
            if found:
                meeting.calendar_target = self._as_found(meeting, adapter)
        else:
            vals["event_id"] = False
            vals["recurrence_id"] = False
        self.write({**vals, "subject": f"meeting:{meeting.id}"})
        for former in old.filtered(lambda m: m.presence != "deleted"):
            self._add(
                {
                    f"meeting:{former.id}": {
                        "meeting_id": former.id,
                        "integration_id": former.integration_id.id,
                        "host_id": former.host_id.id,
                        "action": "cancel",
                        "name": former.topic,
                    }
                }
            )

    def _as_found(self, meeting, adapter):
        """Both sides agreed on what the unanswered attempt said: later changes of Odoo are news."""
        target = dict(meeting.calendar_target)
        target["shared"] = {
            **target["shared"],
            "name": meeting.topic,
            "description": meeting.agenda or "",
        }
        return target

    def _read_back(self, step, adapter, at, ended, sent, begun=None):
        """Zoom did it: keep what it has now, tell the calendar what only Zoom changed."""
        account = self.env["zoom.integration"].browse(step.account_id)
        quiet = self.env["zoom.meeting"].with_context(zoom_push_hold=True)
        meeting = quiet._upsert(account, [adapter], at).with_context(zoom_push_hold=False)
        if begun is not None:
            asked = step.asked["settings"]
            notes = [step.note, meeting._policy_note(asked, adapter.settings)]
            meeting.write(
                {
                    "push_asked": step.asked,
                    "push_window": [begun, ended],
                    "push_note": " ".join(note for note in notes if note) or False,
                }
            )
            event = self._meeting_and_event()[1]
            events = event._zoom_wanted_events() if event else event
            if events:
                meeting._link_events(events)
            meeting._settle(sent)
        self.write({"uncertain": False, "error": False, "remedy": False})

    def _cancelled(self, step, begun, ended):
        meeting = self.env["zoom.meeting"].browse(step.meeting_id)
        account = meeting.integration_id
        patch = MeetingPatch(zoom_id=step.zoom_id, at=ended, values={"presence": "deleted"})
        meeting.with_context(zoom_push_hold=True)._apply_patches(account, [patch])
        meeting.push_window = [begun, ended]
        meeting._settle({"gone"})
        self.write({"uncertain": False, "error": False, "remedy": False})

    def _vanished(self, step, at):
        """Zoom does not have the meeting any more: somebody deleted it there."""
        meeting = self.env["zoom.meeting"].browse(step.meeting_id)
        patch = MeetingPatch(zoom_id=step.zoom_id, at=at, values={"presence": "deleted"})
        meeting.with_context(zoom_push_hold=True)._apply_patches(meeting.integration_id, [patch])
        self.write({"uncertain": False, "state": "pending"})

    def _finish(self):
        """Nothing is left to send. Rows that sent nothing leave no trace."""
        row = self.exists()
        meeting = row.meeting_id
        if not row.sent_at:
            row.unlink()
        else:
            row.write(
                {
                    "state": "done",
                    "done_at": fields.Datetime.now(),
                    "next_try_at": False,
                    "uncertain": False,
                    "error": False,
                    "remedy": False,
                    "holds": False,
                }
            )
        # What Zoom said meanwhile is shown now.
        meeting._sync_calendar()

    def _block(self, account):
        vals = {
            "state": "blocked",
            "error": self.env._("The Zoom account is not connected.")
            if account
            else self.env._("There is no Zoom account for the organizer's company."),
            "remedy": self.env._("An administrator connects it under Zoom > Configuration."),
        }
        self.write(vals)

    def _failed(self, exc):
        """Decide what happens after an error: later again, a person, or not at all."""
        row = self.exists()
        if not row:
            return
        unknown = isinstance(exc, RemoteUnavailable) and exc.maybe_executed
        vals = {
            "tries": row.tries + 1,
            "error": exc.message,
            "remedy": exc.remedy or False,
            "state": "failed",
            "next_try_at": False,
            "holds": isinstance(exc, DeletedInZoom),
        }
        if row.state == "sending" and not unknown:
            # The last call surely did nothing, so there is nothing to look for.
            vals["attempts"] = (row.attempts or [])[:-1] or False
            vals["uncertain"] = bool(vals["attempts"])
        if is_retryable(exc):
            vals["state"] = "pending"
            vals["next_try_at"] = fields.Datetime.add(
                fields.Datetime.now(), seconds=int(row._wait(exc)) + 1
            )
            host_limit = isinstance(exc, RateLimited) and exc.scope == "host"
            if host_limit and row.host_id and not isinstance(exc, Deferred):
                self.env["zoom.budget"]._spent(row.host_id)
        elif isinstance(exc, AuthError | ConfigurationError):
            vals["state"] = "blocked"
        row.write(vals)
        if row.state == "failed" and not row.holds:
            row.meeting_id._sync_calendar()

    def _wait(self, exc):
        """Return the seconds until the next try: what Zoom asks for, or longer each time."""
        longer = min(5 * 2 ** min(self.tries, 8), LONGEST_WAIT)
        return exc.retry_after if exc.retry_after else longer

    def _crashed(self, words):
        row = self.exists()
        if not row:
            return
        again = row.tries + 1 < GIVE_UP_AFTER
        row.write(
            {
                "tries": row.tries + 1,
                "state": "pending" if again else "failed",
                "error": self.env._("Odoo could not work it out: %(words)s", words=words),
                "next_try_at": fields.Datetime.add(
                    fields.Datetime.now(), seconds=min(5 * 2**row.tries, LONGEST_WAIT)
                )
                if again
                else False,
            }
        )


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    def _is_past(self):
        """Return whether nothing of the meeting lies ahead. Without dates it may be held any time."""
        self.ensure_one()
        if self.kind == "open_series":
            return False
        if self.kind == "series":
            return not self._is_ahead()
        return bool(self.stop) and self.stop < fields.Datetime.now()
