from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import merge
from .zoom_meeting_merge import DATE

POLICY = [
    ("newest", "The newest change"),
    ("odoo", "Odoo"),
    ("zoom", "Zoom"),
    ("ask", "Ask me"),
]
SIDES = [("odoo", "Odoo"), ("zoom", "Zoom")]
POLICY_FIELDS = {"topic": "conflict_topic", "agenda": "conflict_agenda"}
TIMES = ("start", "minutes", "schedule")


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    conflict_topic = fields.Selection(POLICY, "Topic wins", default="newest", required=True)
    conflict_agenda = fields.Selection(POLICY, "Agenda wins", default="newest", required=True)
    conflict_time = fields.Selection(
        POLICY,
        "Date and time wins",
        default="newest",
        required=True,
        help="Start, duration, single dates and the repetition of a series.",
    )
    conflict_settings = fields.Selection(
        POLICY,
        "Meeting settings win",
        default="zoom",
        required=True,
        help="Waiting room and automatic recording.",
    )
    conflict_count = fields.Integer("To decide", compute="_compute_conflict_count")

    def _conflict_policy(self, name):
        """Return the policy for a field of the merge vocabulary."""
        self.ensure_one()
        if name in TIMES or name.startswith(DATE):
            return self.conflict_time
        return self[POLICY_FIELDS.get(name, "conflict_settings")]

    def _compute_conflict_count(self):
        counts = dict(
            self.env["zoom.conflict"]._read_group(
                [("integration_id", "in", self.ids), ("state", "=", "open")],
                ["integration_id"],
                ["__count"],
            )
        )
        for integration in self:
            integration.conflict_count = counts.get(integration, 0)

    def action_view_conflicts(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("zoom_connector.zoom_conflict_action")
        return {**action, "domain": [("integration_id", "=", self.id)]}


class ZoomConflict(models.Model):
    """The same thing was changed in Zoom and in Odoo. What was given up is kept here."""

    _name = "zoom.conflict"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Zoom Conflict"
    _order = "id desc"
    _rec_name = "topic"

    meeting_id = fields.Many2one(
        "zoom.meeting", required=True, readonly=True, ondelete="cascade", index=True
    )
    topic = fields.Char("Meeting topic", related="meeting_id.topic")
    integration_id = fields.Many2one(
        related="meeting_id.integration_id", store=True, index=True, string="Zoom account"
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    user_id = fields.Many2one(
        related="meeting_id.user_id", store=True, index=True, string="Responsible"
    )
    calendar_event_id = fields.Many2one(related="meeting_id.calendar_event_id")
    state = fields.Selection(
        [("open", "To decide"), ("automatic", "Decided by rule"), ("resolved", "Decided")],
        compute="_compute_state",
        store=True,
        index=True,
    )
    line_ids = fields.One2many("zoom.conflict.line", "conflict_id", "Fields")
    summary = fields.Char("What", compute="_compute_summary")
    decided_by = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)

    @api.depends("line_ids.decided")
    def _compute_state(self):
        for conflict in self:
            decided = set(conflict.line_ids.mapped("decided"))
            if False in decided:
                conflict.state = "open"
            else:
                conflict.state = "automatic" if decided == {"policy"} else "resolved"

    @api.depends("line_ids.name")
    def _compute_summary(self):
        for conflict in self:
            conflict.summary = ", ".join(conflict.line_ids.mapped("label"))

    def write(self, vals):
        if not self.env.su and set(vals) - {"line_ids", "activity_ids", "message_follower_ids"}:
            raise AccessError(self.env._("Only the choice of each field can be changed here."))
        return super().write(vals)

    # -- recording -------------------------------------------------------------------------------

    @api.model
    def _record(self, meeting, decisions):
        """Write conflicts down and return the decisions with what was decided about them before.

        A conflict that was seen already, between the same two values, keeps its decision: what a
        person chose holds until it is carried out, and a rule does not change its mind.

        :param dict decisions: name -> `Decision`
        """
        Line = self.env["zoom.conflict.line"]
        known = {}
        for line in Line.search([("meeting_id", "=", meeting.id)], order="id"):
            known[line.name] = line
        result, fresh = {}, []
        for name, decision in decisions.items():
            line = known.get(name, Line)
            if not decision.conflict:
                result[name] = decision
                if line and not line.decided:
                    line._close("agreed", decision.outcome)
                continue
            if line and line._is_about(decision):
                result[name] = line._as_decided(decision)
                continue
            if line and not line.decided:
                # Still undecided, but one side moved on: people decide about what is true now.
                line.write(self._line_vals(meeting, decision))
                result[name] = decision
                continue
            fresh.append(decision)
            result[name] = decision
        if fresh:
            self._add(meeting, fresh)
        for name, line in known.items():
            if not line.decided and name not in decisions:
                line._close("agreed", False)
        return result

    @api.model
    def _line_vals(self, meeting, decision):
        decided = decision.outcome in (merge.ODOO, merge.ZOOM)
        return {
            "name": decision.name,
            "base_value": list(decision.base)[:1] if decision.base else [None],
            "zoom_value": [decision.zoom],
            "odoo_value": [decision.odoo],
            "choice": decision.outcome if decided else False,
            "decided": "policy" if decided else False,
        }

    @api.model
    def _add(self, meeting, decisions):
        """Add the decisions to the meeting's open conflict, or make one."""
        waiting = [d for d in decisions if d.outcome == merge.ASK]
        conflict = self.search([("meeting_id", "=", meeting.id), ("state", "=", "open")], limit=1)
        news = bool(waiting) and not conflict
        lines = [fields.Command.create(self._line_vals(meeting, d)) for d in decisions]
        if conflict:
            conflict.write({"line_ids": lines})
        else:
            conflict = self.create({"meeting_id": meeting.id, "line_ids": lines})
        if news:
            conflict.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Changed in Odoo and in Zoom: choose what holds"),
                user_id=(meeting.user_id or meeting.integration_id.default_owner_id).id,
            )
        return conflict

    def _waiting(self, meetings):
        """Return those of the meetings that have something to decide."""
        lines = self.env["zoom.conflict.line"].search(
            [("meeting_id", "in", meetings.ids), ("decided", "=", False)]
        )
        return lines.meeting_id

    # -- deciding --------------------------------------------------------------------------------

    def action_keep_odoo(self):
        self._choose("odoo")

    def action_keep_zoom(self):
        self._choose("zoom")

    def _choose(self, side):
        self.ensure_one()
        self.check_access("write")
        self.line_ids.filtered(lambda line: not line.decided).choice = side
        self.action_apply()

    def action_apply(self):
        """Carry out what was chosen: write Zoom's values to the calendar, send Odoo's to Zoom."""
        for conflict in self:
            conflict.check_access("write")
            # sudo: the right to decide was checked; meetings are written by code only.
            conflict.sudo()._apply(self.env.user)

    def _apply(self, user):
        lines = self.line_ids.filtered(lambda line: not line.decided)
        if not lines:
            raise UserError(self.env._("This was decided already."))
        if not all(lines.mapped("choice")):
            raise UserError(self.env._("Choose Odoo or Zoom for every field first."))
        lines.write({"decided": "person"})
        self.write({"decided_by": user.id, "decided_at": fields.Datetime.now()})
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.message_post(
            body=self.env._(
                "Decided by %(name)s: %(choices)s",
                name=user.name,
                choices=", ".join(
                    f"{line.label}: {dict(SIDES)[line.choice]}" for line in self.line_ids
                ),
            )
        )
        meeting = self.meeting_id
        if "zoom" in lines.mapped("choice"):
            # At once, also while something else of the meeting is on its way to Zoom.
            meeting.with_context(zoom_push_settle=True)._sync_calendar()
        if "odoo" in lines.mapped("choice"):
            self.env["zoom.push"]._queue(
                {
                    "events": set(meeting.calendar_event_ids.ids),
                    "meetings": set(meeting.ids),
                    "recurrences": set(meeting.calendar_event_ids.recurrence_id.ids),
                }
            )

    def action_open_event(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "calendar.event",
            "res_id": self.calendar_event_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
