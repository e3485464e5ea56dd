from odoo import api, fields, models


class ZoomMeetingVisibility(models.TransientModel):
    """The host or a manager decides who else sees a meeting, and whether names are kept."""

    _name = "zoom.meeting.visibility"
    _description = "Visibility of a Zoom Meeting"

    meeting_id = fields.Many2one(
        "zoom.meeting", required=True, readonly=True, ondelete="cascade", string="Zoom meeting"
    )
    shared_user_ids = fields.Many2many(
        "res.users",
        "zoom_meeting_visibility_user_rel",
        "wizard_id",
        "user_id",
        "Shared with",
        compute="_compute_present",
        store=True,
        readonly=False,
        domain=[("share", "=", False)],
        help="They see the meeting, its people and its recordings as the host does. They need the "
        "group Zoom / User.",
    )
    keep_confidential = fields.Boolean(
        "Confidential", compute="_compute_present", store=True, readonly=False
    )
    confidential = fields.Boolean(related="meeting_id.confidential", string="Is confidential now")

    @api.depends("meeting_id")
    def _compute_present(self):
        for wizard in self:
            wizard.shared_user_ids = wizard.meeting_id.shared_user_ids
            wizard.keep_confidential = wizard.meeting_id.keep_confidential

    def action_apply(self):
        """Store what was chosen."""
        self.ensure_one()
        self.meeting_id._check_answers_for_it()
        # sudo: nobody may write meetings by hand; the right to decide this was checked.
        meeting = self.meeting_id.sudo()
        meeting.shared_user_ids = self.shared_user_ids
        if meeting.keep_confidential != self.keep_confidential:
            self.env["connector.api.log"]._log_audit(
                meeting.integration_id,
                "access",
                f"meeting {meeting.zoom_id}: confidential {'on' if self.keep_confidential else 'off'}",
            )
            meeting.keep_confidential = self.keep_confidential
        return {"type": "ir.actions.act_window_close"}
