"""After a meeting: what the template wants is done, once per held meeting."""

import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.connector_base.compat import Constraint
from odoo.addons.connector_base.core.redaction import redact

_logger = logging.getLogger(__name__)

# A meeting that became known so long after its end is history: nobody expects mails about it.
TOO_OLD = timedelta(hours=48)
TRIES = 3
TRY_AGAIN = timedelta(minutes=10)
# So long for the attendance of a meeting of which no participant was told to be found after all.
WAIT_FOR_PEOPLE = timedelta(hours=30)
AT_ONCE = 100


class ZoomFollowup(models.Model):
    """The row is the guarantee: it is made once per held meeting, whatever comes twice or late, and
    what was done is noted in the transaction that did it."""

    _name = "zoom.followup"
    _description = "Follow-up of a Zoom Meeting"
    _order = "id desc"
    _rec_name = "instance_id"

    instance_id = fields.Many2one(
        "zoom.meeting.instance", "Held meeting", required=True, readonly=True, ondelete="cascade"
    )
    integration_id = fields.Many2one(
        related="instance_id.integration_id", store=True, index=True, string="Zoom account"
    )
    company_id = fields.Many2one(related="instance_id.company_id", store=True, index=True)
    template_id = fields.Many2one(
        "zoom.meeting.template", readonly=True, ondelete="set null", index="btree_not_null"
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("done", "Done"),
            ("skipped", "Nothing to do"),
            ("failed", "Failed"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        index=True,
    )
    due_at = fields.Datetime("Due", readonly=True, required=True)
    done_at = fields.Datetime("Done at", readonly=True)
    tries = fields.Integer(readonly=True)
    steps = fields.Json(readonly=True, help="Step: what came of it; a step that is here is done.")
    steps_text = fields.Text("What was done", compute="_compute_steps_text")
    error = fields.Text("Reason", readonly=True)

    _instance_unique = Constraint("UNIQUE (instance_id)", "A meeting is followed up once.")

    @api.depends("steps")
    @api.depends_context("lang")
    def _compute_steps_text(self):
        names = {
            "activity": self.env._("Activity"),
            "mail": self.env._("E-mail"),
            "task": self.env._("Task"),
            "action": self.env._("Server action"),
        }
        for row in self:
            row.steps_text = "\n".join(
                f"{names.get(name, name)}: {text}" for name, text in (row.steps or {}).items()
            )

    # -- planning ------------------------------------------------------------------------------

    @api.model
    def _plan(self, instances):
        """Make the rows of meetings that have ended, and a job for each. Repeats change nothing."""
        now = fields.Datetime.now()
        for instance in instances:
            account = instance.integration_id
            recent = instance.stop and instance.stop > now - TOO_OLD
            # What happened before the account was connected was nobody's business yet.
            known = not account.connected_at or instance.stop >= account.connected_at
            if not (recent and known):
                continue
            template = instance._after_template()
            if not template or not template._after_steps():
                continue
            due = max(instance.stop, now) + timedelta(minutes=template.after_wait)
            row = self._insert(instance, template, due)
            if row:
                row._enqueue()

    @api.model
    def _insert(self, instance, template, due):
        """Return the new row, none when the meeting has one already."""
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                "INSERT INTO zoom_followup (instance_id, integration_id, company_id, template_id,"
                " state, due_at, tries, create_uid, create_date, write_uid, write_date)"
                " VALUES (%s, %s, %s, %s, 'waiting', %s, 0, %s, now() AT TIME ZONE 'UTC', %s,"
                " now() AT TIME ZONE 'UTC') ON CONFLICT (instance_id) DO NOTHING RETURNING id",
                instance.id,
                instance.integration_id.id,
                instance.company_id.id or None,
                template.id,
                due,
                self.env.uid,
                self.env.uid,
            )
        )
        return self.browse([row[0] for row in found])

    def _enqueue(self):
        for row in self:
            # The superuser works: the row is made by whoever's delivery came in.
            row.with_user(SUPERUSER_ID).with_delay(
                eta=row.due_at,
                identity_key=f"zoom.followup:{row.id}",
                description="Zoom: after a meeting",
            )._job_follow_up()

    # -- doing ---------------------------------------------------------------------------------

    def _job_follow_up(self):
        """Job: do what is due; what is not due yet is left to the scheduler."""
        return self._follow_up()

    @api.model
    def _cron_follow_up(self):
        """Scheduled action: what no job did (no runner, a crash, another try)."""
        late = fields.Datetime.now() - timedelta(minutes=2)
        rows = self.search([("state", "=", "waiting"), ("due_at", "<", late)], limit=AT_ONCE)
        for row in rows:
            row._follow_up()

    def _follow_up(self):
        """Do the steps that are not done yet, each in a savepoint of its own.

        What a step makes and the note that it is done are one transaction: a crash leaves neither.
        """
        self.ensure_one()
        locked = self.env.execute_query(
            SQL(
                "SELECT id FROM zoom_followup WHERE id = %s AND state = 'waiting'"
                " FOR UPDATE SKIP LOCKED",
                self.id,
            )
        )
        if not locked:
            return self.env._("Done already, or being done.")
        self.invalidate_recordset()
        row = self.with_company(self.company_id)
        now = fields.Datetime.now()
        if row.due_at > now:
            return self.env._("Not due yet.")
        instance, template = row.instance_id, row.template_id
        settled = instance.stop and instance.stop + timedelta(minutes=template.after_wait)
        if settled and settled > now:
            # The meeting ended later than was told first.
            row.due_at = settled
            return self.env._("Not due yet.")
        if not row._was_held():
            return row._wait_for_people()
        errors = []
        for name in template._after_steps():
            if name in (row.steps or {}):
                continue
            try:
                with self.env.cr.savepoint():
                    result = getattr(row, f"_do_{name}")()
                    row.steps = {**(row.steps or {}), name: result}
                    self.env.flush_all()
            except Exception as exc:
                _logger.info("A step after a Zoom meeting failed", exc_info=True)
                errors.append(f"{name}: {type(exc).__name__}: {redact(str(exc))[:300]}")
        return row._finish(errors)

    def _was_held(self):
        instance = self.instance_id
        return bool(instance.stop and (instance.participant_count or instance.reported_count))

    def _wait_for_people(self):
        """Nobody is known to have been there: the daily comparison may still bring the people."""
        stop = self.instance_id.stop
        if stop and fields.Datetime.now() < stop + WAIT_FOR_PEOPLE:
            self.due_at = fields.Datetime.now() + timedelta(hours=3)
            return self.env._("Waits for the attendance.")
        self.write(
            {
                "state": "skipped",
                "done_at": fields.Datetime.now(),
                "error": self.env._("Nobody was in the meeting."),
            }
        )
        return self.error

    def _finish(self, errors):
        if not errors:
            self.write({"state": "done", "done_at": fields.Datetime.now(), "error": False})
            self._clear_alert()
            return self.steps_text
        self.tries += 1
        self.error = "\n".join(errors)
        if self.tries < TRIES:
            self.due_at = fields.Datetime.now() + TRY_AGAIN * self.tries
            return self.error
        self.state = "failed"
        self.integration_id._alert(
            "followup",
            self.env._("What should happen after a Zoom meeting failed."),
            self.env._("Look under Zoom > Configuration > Follow-ups, then press Retry there."),
        )
        return self.error

    def _clear_alert(self):
        left = self.search_count(
            [("integration_id", "=", self.integration_id.id), ("state", "=", "failed")], limit=1
        )
        if not left:
            self.integration_id._alert_clear("followup")

    def action_retry(self):
        """Do again what failed; what is done is not repeated."""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("zoom_connector.group_zoom_manager"):
            raise AccessError(self.env._("Only a Zoom manager can do this."))
        # sudo: rows are written by code only; the right to press the button was checked above.
        rows = self.sudo().filtered(lambda row: row.state in ("failed", "skipped"))
        rows.write({"state": "waiting", "tries": 0, "due_at": fields.Datetime.now()})
        rows._enqueue()
