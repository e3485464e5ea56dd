from odoo import fields, models


class ZoomMeetingInstance(models.Model):
    """What reconciliation remembers of a held meeting, so that it asks Zoom only once."""

    _inherit = "zoom.meeting.instance"

    reported_minutes = fields.Integer(
        readonly=True, help="Minutes of all people together, as Zoom's report counts them."
    )
    checked_people = fields.Integer(
        readonly=True, help="People in Odoo right after they were read from Zoom."
    )
    checked_seconds = fields.Integer(
        readonly=True, help="Attendance in Odoo right after it was read from Zoom."
    )
    zoom_confirmed = fields.Boolean(
        readonly=True, help="Zoom's report leaves it out, but Zoom knows that it was held."
    )
