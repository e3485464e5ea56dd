"""Templates: the settings with which Odoo makes Zoom meetings."""

from odoo import api, fields, models

from odoo.addons.connector_base.compat import UniqueIndex

CHOICE = [("on", "On"), ("off", "Off")]
# Field of the template -> name at Zoom (vendor page "Create a meeting", settings).
SWITCHES = {
    "waiting_room": "waiting_room",
    "join_before_host": "join_before_host",
    "mute_upon_entry": "mute_upon_entry",
    "host_video": "host_video",
    "participant_video": "participant_video",
    "meeting_authentication": "meeting_authentication",
}


class ZoomMeetingTemplate(models.Model):
    """How meetings are made. A switch that is left empty is not sent: then Zoom's own default holds."""

    _name = "zoom.meeting.template"
    _description = "Zoom Meeting Template"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: the template may be used in all companies."
    )
    integration_id = fields.Many2one(
        "zoom.integration", "Zoom account", ondelete="cascade", index=True, readonly=True
    )
    waiting_room = fields.Selection(CHOICE, "Waiting room")
    join_before_host = fields.Selection(
        CHOICE, "Join before host", help="Zoom switches it off where there is a waiting room."
    )
    mute_upon_entry = fields.Selection(CHOICE, "Mute on entry")
    host_video = fields.Selection(CHOICE, "Host video")
    participant_video = fields.Selection(CHOICE, "Video of participants")
    meeting_authentication = fields.Selection(
        CHOICE, "Only signed-in people", help="Only people who are signed in to Zoom may join."
    )
    recording_mode = fields.Selection(
        [("none", "Do not record"), ("cloud", "Record in the cloud"), ("local", "Record locally")],
        "Automatic recording",
    )
    audio = fields.Selection(
        [("both", "Phone and computer"), ("telephony", "Phone only"), ("voip", "Computer only")]
    )
    registration = fields.Selection(
        [
            ("none", "Nobody registers"),
            ("automatic", "People register and are let in"),
            ("manual", "People register and the host decides"),
        ],
        help="Registration needs a licensed host.",
    )
    alternative_host_ids = fields.Many2many(
        "zoom.user",
        "zoom_meeting_template_alternative_host_rel",
        "template_id",
        "host_id",
        "Alternative hosts",
    )
    invite_attendees = fields.Boolean(
        "Tell Zoom who is invited",
        default=True,
        help="Zoom shows the attendees' e-mail addresses as invitees. It does not write to them.",
    )
    tell_registrants = fields.Boolean("Zoom tells registrants about a cancellation", default=True)
    vendor_key = fields.Char(
        "Zoom template ID", readonly=True, copy=False, help="Set for templates kept in Zoom."
    )
    vendor_kind = fields.Selection(
        [("user", "A user's own"), ("account", "The account's")], "Kept in Zoom", readonly=True
    )
    vendor_host_id = fields.Many2one(
        "zoom.user", "Belongs to", readonly=True, ondelete="cascade", copy=False
    )

    _vendor_unique = UniqueIndex(
        "(integration_id, vendor_key) WHERE vendor_key IS NOT NULL",
        "This template of Zoom is already known.",
    )

    def _asked_settings(self):
        """Return the settings to ask Zoom for: vendor names and values."""
        self.ensure_one()
        asked = {theirs: self[ours] == "on" for ours, theirs in SWITCHES.items() if self[ours]}
        if self.recording_mode:
            asked["auto_recording"] = self.recording_mode
        if self.audio:
            asked["audio"] = self.audio
        if self.registration:
            # Vendor page "Create a meeting": 0 automatic, 1 manual, 2 no registration.
            asked["approval_type"] = {"automatic": 0, "manual": 1, "none": 2}[self.registration]
        return asked

    @api.model
    def _upsert_vendor(self, host, found):
        """Keep the list of a host's templates as Zoom has it.

        :param host: zoom.user
        :param found: list of adapter `MeetingTemplate`
        :return: the templates of that host
        """
        mine = self.with_context(active_test=False).search(
            [("integration_id", "=", host.integration_id.id), ("vendor_key", "!=", False)]
        )
        known = {template.vendor_key: template for template in mine}
        kept = self.browse()
        for row in found:
            vals = {
                "name": row.name or self.env._("Zoom template"),
                "vendor_kind": "account" if row.type == 2 else "user",
                "active": True,
            }
            template = known.get(row.template_id)
            if template:
                template.write({name: v for name, v in vals.items() if template[name] != v})
            else:
                template = self.create(
                    {
                        **vals,
                        "integration_id": host.integration_id.id,
                        "company_id": host.company_id.id,
                        "vendor_key": row.template_id,
                        "vendor_host_id": host.id,
                    }
                )
            kept |= template
        gone = mine.filtered(lambda t: t.vendor_host_id == host and t not in kept)
        gone.active = False
        return kept
