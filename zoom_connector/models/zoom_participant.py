from odoo import api, fields, models
from odoo.tools import email_normalize

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
        help="Contact with this e-mail address.",
    )
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
    share = fields.Float("Share of the meeting", readonly=True, help="0 to 1")
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

    @api.depends("role_raw")
    def _compute_role(self):
        for person in self:
            organizes = person.role_raw in ORGANIZER_ROLES
            person.role = "organizer" if organizes else "attendee"

    @api.model
    def _find_partners(self, company, emails):
        """Return dict lower-case e-mail -> contact that people of `company` may see.

        Of several contacts with one address an Odoo user's own comes first, then the oldest.
        """
        wanted = {email_normalize(email) for email in emails if email} - {False, None}
        if not wanted:
            return {}
        partners = self.env["res.partner"].search_fetch(
            [
                ("email_normalized", "in", list(wanted)),
                ("company_id", "in", [False, company.id]),
            ],
            ["email_normalized", "partner_share"],
            order="id",
        )
        found = {}
        for partner in partners.sorted(lambda p: (p.partner_share, p.id)):
            found.setdefault(partner.email_normalized, partner)
        return found


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
