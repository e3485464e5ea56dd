from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, email_normalize

from odoo.addons.connector_base.cursors import own_cursor

from .marks import Mark

ORGANIZER_ROLES = ("host", "co-host")


class ZoomParticipant(models.Model):
    """One row per person and held meeting; `zoom.participant.stay` has one row per join."""

    _name = "zoom.participant"
    _description = "Zoom Attendance"
    _order = "instance_start desc, instance_id, duration desc, name, id"

    instance_id = fields.Many2one(
        "zoom.meeting.instance",
        required=True,
        ondelete="cascade",
        index=True,
        string="Held meeting",
    )
    meeting_id = fields.Many2one(related="instance_id.meeting_id", store=True, index=True)
    integration_id = fields.Many2one(
        related="instance_id.integration_id", store=True, string="Zoom account"
    )
    company_id = fields.Many2one(related="instance_id.company_id", store=True)
    instance_start = fields.Datetime("Meeting date", related="instance_id.start", store=True)
    name = fields.Char(readonly=True, required=True, default="Guest")
    email = fields.Char(readonly=True, index="btree_not_null")
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        index="btree_not_null",
        ondelete="set null",
        help="Contact with this e-mail address. One that you choose stays.",
    )
    partner_by_hand = fields.Boolean(readonly=True, help="A person chose the contact.")
    affiliation = fields.Selection(
        [("staff", "Own staff"), ("contact", "Contact"), ("external", "Without contact")],
        "Belongs to",
        readonly=True,
        default="external",
    )
    rule_id = fields.Many2one(
        "zoom.user.rule",
        "Decided by rule",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Empty: the general choice of the Zoom account.",
    )
    active = fields.Boolean(default=True, help="Off for people whom a rule ignores.")
    role_raw = fields.Selection(
        [("host", "Host"), ("co-host", "Co-host"), ("attendee", "Participant")],
        "Role in Zoom",
        default="attendee",
        required=True,
        readonly=True,
    )
    role = fields.Selection(
        [("organizer", "Organizer"), ("attendee", "Attendee")], compute="_compute_role", store=True
    )
    is_guest = fields.Boolean("Guest", readonly=True, help="Not signed in to Zoom, or not told.")
    zoom_user_id = fields.Char("Zoom user ID", readonly=True)
    registrant_id = fields.Char("Registrant ID", readonly=True)
    customer_key = fields.Char(readonly=True)
    waiting = fields.Boolean("In the waiting room", readonly=True)
    identity_keys = fields.Json(readonly=True, help="All that proves that somebody is this person.")
    register = fields.Json(readonly=True, help="Vendor time of each value that is kept.")
    stay_ids = fields.One2many("zoom.participant.stay", "participant_id", "Stays")
    join_time = fields.Datetime("First join", readonly=True)
    leave_time = fields.Datetime("Last leave", readonly=True)
    duration = fields.Integer("Attended", readonly=True, help="Seconds; overlaps count once.")
    hours = fields.Float(
        "Hours attended", compute="_compute_hours", store=True, help="For sums and charts."
    )
    share = fields.Float("Share of the meeting", readonly=True, aggregator="avg", help="0 to 1")
    state = fields.Selection(
        [
            ("waiting", "In the waiting room"),
            ("inside", "In the meeting"),
            ("left", "Left"),
            ("absent", "Never let in"),
        ],
        readonly=True,
        default="inside",
        required=True,
    )

    @api.depends("duration")
    def _compute_hours(self):
        for person in self:
            person.hours = person.duration / 3600.0

    @api.depends("role_raw")
    def _compute_role(self):
        for person in self:
            organizes = person.role_raw in ORGANIZER_ROLES
            person.role = "organizer" if organizes else "attendee"

    @api.model
    def _find_partners(self, company, emails):
        """Return dict lower-case e-mail -> contact that people of `company` may see.

        Which of several contacts with one address is taken: see `zoom.people._choose`.
        """
        people = self.env["zoom.people"]
        wanted = {email_normalize(email) for email in emails if email} - {False, None}
        found = {}
        for email, partners in people._candidates(company, wanted).items():
            usable = [partner for partner in partners if partner.active]
            if usable:
                # Without the superuser: the caller's rights hold for what he does with them.
                found[email] = people._choose(usable, "")[0].with_env(self.env)
        return found

    def write(self, vals):
        if "partner_id" in vals and self.env.context.get("zoom_matching") is not Mark.MATCH:
            vals = {**vals, "partner_by_hand": True}
        return super().write(vals)

    @api.model
    def _decide_again(self, integration, zoom_ids, emails):
        """Let the rules decide about the people with these Zoom ids and addresses once more.

        Whether Zoom told of a user before or after he attended must make no difference.
        """
        self.flush_model(["integration_id", "zoom_user_id", "email", "partner_by_hand"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM zoom_participant
                 WHERE integration_id = %(account)s AND NOT coalesce(partner_by_hand, false)
                   AND (zoom_user_id = ANY(%(ids)s) OR email = ANY(%(emails)s)
                        OR (strpos(email, '+') > 0
                            AND split_part(split_part(email, '@', 1), '+', 1) || '@'
                                || split_part(email, '@', 2) = ANY(%(emails)s)))
                 ORDER BY id
                """,
                account=integration.id,
                ids=list(zoom_ids),
                emails=list(emails),
            )
        )
        if rows:
            everybody = self.with_context(active_test=False)
            everybody._decide_about(everybody.browse([row[0] for row in rows]))

    @api.model
    def _job_apply_rules(self, page=500):
        """Job: let the rules decide about everybody for whom no person chose a contact."""
        last = 0
        while True:
            with own_cursor(self.env, read_committed=False) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
                last = self.with_env(env)._apply_rules_page(last, page)
                env.flush_all()
            if not last:
                return

    @api.model
    def _apply_rules_page(self, after, page):
        """Return the id of the last person looked at, 0 at the end."""
        persons = self.search(
            [("id", ">", after), ("partner_by_hand", "=", False)], order="id", limit=page
        )
        self._decide_about(persons)
        return persons[-1:].id or 0

    @api.model
    def _decide_about(self, persons):
        """Write what the rules make of the persons; contacts that are there stay."""
        changed = self.env["zoom.meeting.instance"]
        for integration, members in persons.grouped("integration_id").items():
            rows = [
                ({name: one[name] for name in ("name", "email", "zoom_user_id")}, [one])
                for one in members
            ]
            self._match_rows(integration, rows)
            for vals, (one,) in rows:
                vals = {
                    name: vals[name]
                    for name in ("active", "rule_id", "affiliation", "partner_id")
                    if name in vals and vals[name] != one._comparable(name)
                }
                if one.partner_id and "partner_id" in vals:
                    del vals["partner_id"]
                if vals:
                    one.with_context(zoom_matching=Mark.MATCH).write(vals)
                if "active" in vals:
                    changed |= one.instance_id
        for instance in changed:
            instance._summarise_attendance()
            if instance.attendance_checked:
                # Our own rules moved the figures, not Zoom: nothing for the reconciliation to report.
                instance.write(
                    {
                        "checked_people": instance.participant_count,
                        "checked_seconds": instance.person_seconds,
                    }
                )


class ZoomParticipantStay(models.Model):
    """One presence of one device: from a join to its leave."""

    _name = "zoom.participant.stay"
    _description = "Zoom Stay"
    _order = "participant_id, join_time, leave_time, id"

    participant_id = fields.Many2one(
        "zoom.participant", required=True, ondelete="cascade", index=True
    )
    instance_id = fields.Many2one(
        related="participant_id.instance_id", store=True, index=True, string="Held meeting"
    )
    company_id = fields.Many2one(related="participant_id.company_id", store=True)
    device = fields.Char(readonly=True, help="Zoom's id of the connection.")
    participant_uuid = fields.Char(readonly=True)
    join_time = fields.Datetime("Joined", readonly=True)
    leave_time = fields.Datetime("Left", readonly=True)
    leave_inferred = fields.Boolean(
        "Leave not reported",
        readonly=True,
        help="Zoom reported no leave: the end of the meeting, or the next join of the same device.",
    )
    reported = fields.Boolean("From Zoom's report", readonly=True)
    leave_reason = fields.Char(readonly=True)
    seconds = fields.Integer(compute="_compute_seconds", store=True)

    @api.depends("join_time", "leave_time")
    def _compute_seconds(self):
        for stay in self:
            known = stay.join_time and stay.leave_time
            stay.seconds = int((stay.leave_time - stay.join_time).total_seconds()) if known else 0
