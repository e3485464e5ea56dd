"""What became of a call: written down before, and settled after it."""

from odoo import fields, models

from odoo.addons.connector_base.core.errors import (
    AuthError,
    ConfigurationError,
    RateLimited,
    RemoteUnavailable,
    is_retryable,
)

from ..tools.times import naive
from .zoom_meeting_upsert import MeetingPatch, _plain
from .zoom_push_plan import DeletedInZoom

LONGEST_WAIT = 900  # seconds
GIVE_UP_AFTER = 8  # tries after errors of our own


class Deferred(RateLimited):
    """The host's budget is used up; nothing was sent."""


class ZoomPush(models.Model):
    _inherit = "zoom.push"

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
                meeting.calendar_target = self._as_found(meeting)
            events._zoom_invite()
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

    def _as_found(self, meeting):
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
            "next_try_at": self._blocked_until(),
        }
        self.write(vals)

    def _blocked_until(self):
        """Return when to look whether a person has helped; connecting again helps at once."""
        return fields.Datetime.add(fields.Datetime.now(), hours=1)

    def _failed(self, exc):
        """Decide what happens after an error: later again, a person, or not at all."""
        row = self.exists()
        if not row:
            return
        unknown = isinstance(exc, RemoteUnavailable) and exc.maybe_executed
        unknown = unknown or getattr(exc, "partly_done", False)
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
            vals["next_try_at"] = row._blocked_until()
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
