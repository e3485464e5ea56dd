"""The outbox: what is on its way from the calendar to Zoom."""

import logging
import time

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.connector_base.cursors import own_cursor
from odoo.addons.queue_job.exception import RetryableJobError

from .zoom_budget import BATCH, PEOPLE

_logger = logging.getLogger(__name__)

LOCK_CLASS = 0x7A707573  # "zpus": our namespace of PostgreSQL advisory locks
JOB_SECONDS = 45.0
BUSY_SECONDS = 1.0
MANY = 10  # so many meetings changed in one go are batch work


class ZoomPush(models.Model):
    """One change of one meeting that Zoom shall get.

    Rows are only ever added by the transaction that changes the calendar: a save never waits for a
    row that is being sent. The sender folds all rows of a meeting into the newest, works out what
    differs *then* and sends the last wish; how far it got is committed before and after each call.
    """

    _name = "zoom.push"
    _description = "Change on its Way to Zoom"
    _order = "id desc"

    name = fields.Char("Meeting", readonly=True)
    subject = fields.Char(required=True, index=True, readonly=True)
    action = fields.Selection(
        [("create", "Create"), ("update", "Change"), ("cancel", "Cancel")],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("sending", "Being sent"),
            ("blocked", "Waits for the account"),
            ("failed", "Not accepted"),
            ("done", "Sent"),
        ],
        default="pending",
        required=True,
        readonly=True,
        index=True,
    )
    integration_id = fields.Many2one(
        "zoom.integration", "Zoom account", ondelete="cascade", index=True, readonly=True
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    host_id = fields.Many2one("zoom.user", ondelete="set null", readonly=True)
    event_id = fields.Many2one(
        "calendar.event", ondelete="set null", index="btree_not_null", readonly=True
    )
    recurrence_id = fields.Many2one(
        "calendar.recurrence", ondelete="set null", index="btree_not_null", readonly=True
    )
    meeting_id = fields.Many2one(
        "zoom.meeting", "Zoom meeting", ondelete="cascade", index="btree_not_null", readonly=True
    )
    requested_by = fields.Many2one("res.users", readonly=True, ondelete="set null")
    priority = fields.Integer(default=PEOPLE, readonly=True, help="0 people, 10 mass changes.")
    tries = fields.Integer(readonly=True)
    next_try_at = fields.Datetime("Next try", readonly=True)
    sent_at = fields.Datetime("Last call", readonly=True)
    done_at = fields.Datetime("Sent at", readonly=True)
    error = fields.Text("Reason", readonly=True)
    remedy = fields.Text("What to do", readonly=True)
    holds = fields.Boolean(
        readonly=True, help="A person must decide; until then Zoom does not change the calendar."
    )
    wish = fields.Json(readonly=True, help="What was sent last, as Zoom got it.")
    expected = fields.Json(readonly=True, help="Values that the meeting has when Zoom obeyed.")
    attempts = fields.Json(
        readonly=True,
        help="Attempts to create the meeting whose answer is not known: what to look for in Zoom.",
    )
    uncertain = fields.Boolean(
        readonly=True, help="A call began and its end is not known: ask Zoom how things stand."
    )

    # -- adding ---------------------------------------------------------------------------------

    @api.model
    def _queue(self, notes):
        """Add rows for what changed in this transaction, and one job to send them after it.

        :param dict notes: sets of ids: events, meetings, recurrences
        """
        Event = self.env["calendar.event"].with_context(active_test=False)
        events = Event.browse(sorted(notes["events"])).exists()
        meetings = self.env["zoom.meeting"].browse(sorted(notes["meetings"])).exists()
        series = self.env["calendar.recurrence"].browse(sorted(notes["recurrences"])).exists()
        for recurrence in series.with_context(active_test=False):
            events |= recurrence.calendar_event_ids[:1]
        leads = Event.browse()
        for event in events.filtered(lambda e: not e.zoom_meeting_id):
            wanted = event._zoom_wanted_events()
            # One more date of a series that has its meeting already concerns that meeting.
            meetings |= wanted.zoom_meeting_id
            if wanted and not wanted.zoom_meeting_id and not wanted._zoom_is_over():
                # The first date stays when the calendar makes its series anew.
                lead = (event.recurrence_id.base_event_id & wanted) or wanted.sorted("start")[:1]
                leads |= lead
        rows = {}
        for meeting in meetings | events.zoom_meeting_id:
            if meeting.push_origin != "odoo" and meeting.integration_id.push_policy == "own":
                continue
            lead = meeting._lead_event()
            if meeting.presence == "deleted" and not lead.active:
                continue
            rows[f"meeting:{meeting.id}"] = {
                "meeting_id": meeting.id,
                "event_id": lead.id,
                "recurrence_id": lead.recurrence_id.id,
                "integration_id": meeting.integration_id.id,
                "host_id": meeting.host_id.id,
                "action": "update" if lead.active and lead.zoom_requested else "cancel",
                "name": lead.name or meeting.topic,
            }
        for lead in leads:
            rows[f"event:{lead.id}"] = {
                "event_id": lead.id,
                "recurrence_id": lead.recurrence_id.id,
                "integration_id": lead._zoom_integration().id,
                "host_id": lead.zoom_host_id.id,
                "action": "create",
                "name": lead.name,
            }
        if rows:
            self._add(rows)

    @api.model
    def _add(self, rows):
        batch = len(rows) > MANY or bool(self.env.context.get("zoom_batch"))
        added = self.create(
            [
                {
                    **vals,
                    "subject": subject,
                    "priority": BATCH if batch else PEOPLE,
                    "requested_by": self.env.uid,
                }
                for subject, vals in rows.items()
            ]
        )
        added._enqueue()
        self.env.flush_all()
        return added

    def _enqueue(self):
        """Let a job send these rows once the transaction is committed."""
        batch = max(self.mapped("priority"), default=0) > PEOPLE
        # The superuser sends: the outbox and the account are not the saving user's business.
        self.with_user(SUPERUSER_ID).with_delay(
            channel="root.connector.bulk" if batch else "root.connector.realtime",
            priority=20 if batch else 5,
            description=f"Zoom: send {len(self)} changed meetings",
        )._job_push()

    # -- sending --------------------------------------------------------------------------------

    def _job_push(self):
        """Job: send these rows.

        :raises RetryableJobError: something must wait; the same job goes on then
        """
        wait = self._push_now(deadline=time.monotonic() + JOB_SECONDS)
        if wait is not None:
            raise RetryableJobError(
                "Zoom gets the rest later.", seconds=max(int(wait), 1), ignore_retry=True
            )

    @api.model
    def _push_now(self, pushes=None, deadline=None):
        """Send what is due.

        :param pushes: rows whose meetings to send; default: these
        :param float deadline: `time.monotonic()` after which nothing new is begun
        :return: seconds until something of it should be tried again, None when nothing waits
        """
        pushes = self if pushes is None else pushes
        waits = []
        rows = pushes.exists().sorted(lambda row: (row.priority, row.id))
        for subject in dict.fromkeys(rows.mapped("subject")):
            if deadline is not None and time.monotonic() > deadline:
                waits.append(BUSY_SECONDS)
                break
            wait = self._push_subject(subject)
            if wait is not None:
                waits.append(wait)
        return min(waits, default=None)

    @api.model
    def _push_subject(self, subject):
        """Send the last wish for one meeting; one sender at a time.

        :return: seconds to wait, None when nothing is left to do
        """
        with own_cursor(self.env) as lock_cr:
            lock_cr.execute(
                "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", (LOCK_CLASS, subject)
            )
            if not lock_cr.fetchone()[0]:
                return BUSY_SECONDS
            row_id, wait = self._claim(subject)
            while row_id:
                self._send(row_id)
                row_id, wait = self._claim(subject)
            return wait

    @api.model
    def _claim(self, subject):
        """Fold the open rows of a meeting into the newest.

        :return: (id of the row to send now or None, seconds until it is due or None)
        """
        with own_cursor(self.env) as cr:
            mine = self.with_env(self.env(cr=cr))
            rows = mine.search([("subject", "=", subject), ("state", "!=", "done")], order="id")
            fresh = rows.filtered(lambda row: row.state in ("pending", "sending"))
            if not fresh:
                return None, None
            newest = fresh[-1:]
            older = rows.filtered(lambda row: row.id < newest.id)
            if older:
                # sudo is inherited: the folded rows' knowledge of unknown outcomes goes on.
                newest.write(
                    {
                        "attempts": [a for row in rows for a in row.attempts or []] or False,
                        "uncertain": any(rows.mapped("uncertain")),
                        "expected": next(
                            (row.expected for row in reversed(rows) if row.expected), False
                        ),
                        "priority": min(rows.mapped("priority")),
                    }
                )
                older.unlink()
            now = fields.Datetime.now()
            if newest.next_try_at and newest.next_try_at > now:
                return None, (newest.next_try_at - now).total_seconds()
            return newest.id, None

    @api.model
    def _transaction(self, work):
        """Do `work(self on an own cursor)` in one transaction; again when somebody else wrote the
        same records, for example a user who saves the event at this moment."""
        for attempt in range(1, 7):
            try:
                with own_cursor(self.env, read_committed=False) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
                    result = work(self.with_env(env))
                    env.flush_all()
                return result
            except (psycopg2.OperationalError, psycopg2.IntegrityError):
                if attempt == 6:
                    raise
                time.sleep(0.05 * 2**attempt)
        return None

    # -- looking --------------------------------------------------------------------------------

    def _is_about(self, event):
        """Return whether the row belongs to the event."""
        self.ensure_one()
        return (
            self.event_id == event
            or (self.meeting_id and self.meeting_id == event.zoom_meeting_id)
            or (self.recurrence_id and self.recurrence_id == event.recurrence_id)
        )

    @api.model
    def _meetings_underway(self, meetings):
        """Return those of the meetings whose calendar events must be left alone for now."""
        if not meetings.ids:
            return meetings.browse()
        rows = self.sudo().search(  # sudo: asked by the inbox, for whatever user
            [
                ("meeting_id", "in", meetings.ids),
                "|",
                ("state", "in", ("pending", "sending", "blocked")),
                ("holds", "=", True),
                ("state", "!=", "done"),
            ]
        )
        return rows.meeting_id & meetings

    def _words(self):
        """Return what people read about the row."""
        self.ensure_one()
        if self.state == "pending" and not self.error:
            if self.action == "create":
                return self.env._("The Zoom meeting is being made; the link follows in a moment.")
            return self.env._("The change is on its way to Zoom.")
        parts = [self.error or "", self.remedy or ""]
        if self.state == "pending" and self.next_try_at:
            when = fields.Datetime.context_timestamp(self, self.next_try_at)
            parts.append(self.env._("Next try: %(when)s.", when=f"{when:%Y-%m-%d %H:%M}"))
        return " ".join(part for part in parts if part)
