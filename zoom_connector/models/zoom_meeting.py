from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.connector_base.compat import Constraint

RECURRING_FIXED = 8


class ZoomMeeting(models.Model):
    """One row per Zoom meeting id. A series is one meeting with many instances."""

    _name = "zoom.meeting"
    _description = "Zoom Meeting"
    _order = "start desc, id desc"
    _rec_name = "topic"

    integration_id = fields.Many2one(
        "zoom.integration", required=True, ondelete="cascade", index=True, string="Zoom account"
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    zoom_id = fields.Char(
        "Meeting ID", required=True, index=True, readonly=True, help="Number people type to join."
    )
    topic = fields.Char(readonly=True, required=True, default="Zoom Meeting")
    agenda = fields.Text(readonly=True)
    zoom_type = fields.Integer(
        readonly=True, help="Zoom's own number for the kind of meeting.", default=0
    )
    kind = fields.Selection(
        [
            ("instant", "Instant meeting"),
            ("scheduled", "Scheduled meeting"),
            ("open_series", "Recurring, no fixed time"),
            ("personal", "Personal meeting room"),
            ("series", "Recurring meeting"),
            ("other", "Other"),
        ],
        compute="_compute_kind",
        store=True,
    )
    start = fields.Datetime(readonly=True, index=True)
    stop = fields.Datetime(compute="_compute_stop", store=True)
    duration = fields.Float("Planned duration", readonly=True, help="Hours")
    timezone = fields.Char("Time zone", readonly=True)
    join_url = fields.Char("Join link", readonly=True)
    host_id = fields.Many2one("zoom.user", readonly=True, index=True, ondelete="set null")
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        compute="_compute_user_id",
        store=True,
        index=True,
        help="The host's Odoo user, or the default owner of the Zoom account.",
    )
    live_state = fields.Selection(
        [("waiting", "Not started"), ("started", "Running"), ("ended", "Ended")],
        default="waiting",
        required=True,
        readonly=True,
    )
    presence = fields.Selection(
        [("present", "Exists in Zoom"), ("deleted", "Deleted in Zoom")],
        default="present",
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("scheduled", "Scheduled"),
            ("started", "Live"),
            ("ended", "Ended"),
            ("deleted", "Deleted in Zoom"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    waiting_room = fields.Boolean(readonly=True)
    recording_mode = fields.Selection(
        [
            ("none", "Not recorded"),
            ("cloud", "Recorded in the cloud"),
            ("local", "Recorded locally"),
        ],
        "Automatic recording",
        readonly=True,
    )
    invitees = fields.Json(readonly=True, help="E-mail addresses invited in Zoom.")
    recurrence = fields.Json(readonly=True)
    occurrences = fields.Json(
        readonly=True,
        help="Occurrence id -> planned start, minutes, status and vendor time of that statement.",
    )
    occurrences_at = fields.Float(
        readonly=True, help="Vendor time (ms) of the last complete list of occurrences."
    )
    register = fields.Json(readonly=True, help="Vendor time of each value that is kept.")
    calendar_target = fields.Json(
        readonly=True, help="What was last written to the calendar; tells what Zoom changed since."
    )
    calendar_note = fields.Char(readonly=True)
    calendar_event_id = fields.Many2one(
        "calendar.event",
        "Calendar event",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    calendar_recurrence_id = fields.Many2one(
        "calendar.recurrence", readonly=True, ondelete="set null", index="btree_not_null"
    )
    calendar_event_ids = fields.One2many("calendar.event", "zoom_meeting_id", "Calendar events")
    instance_ids = fields.One2many("zoom.meeting.instance", "meeting_id", "Held meetings")
    registrant_ids = fields.One2many("zoom.registrant", "meeting_id", "Registrants")
    instance_count = fields.Integer(compute="_compute_counts")
    participant_count = fields.Integer("People", compute="_compute_counts")
    recording_count = fields.Integer("Recording files", compute="_compute_counts")
    registrant_count = fields.Integer("Registrations", compute="_compute_counts")
    needs_read = fields.Boolean(
        readonly=True,
        index="btree_not_null",
        help="A job will ask Zoom for the full details of this meeting.",
    )
    last_read_at = fields.Datetime("Last read from Zoom", readonly=True)

    _zoom_id_unique = Constraint(
        "UNIQUE (integration_id, zoom_id)", "This Zoom meeting is already known to the account."
    )

    @api.depends("zoom_type")
    def _compute_kind(self):
        kinds = {
            1: "instant",
            2: "scheduled",
            3: "open_series",
            4: "personal",
            RECURRING_FIXED: "series",
            # 10 is a screen-share-only meeting: planned like any other.
            10: "scheduled",
        }
        for meeting in self:
            meeting.kind = kinds.get(meeting.zoom_type, "other")

    @api.depends("start", "duration")
    def _compute_stop(self):
        for meeting in self:
            meeting.stop = (
                meeting.start + timedelta(hours=meeting.duration or 0.0) if meeting.start else False
            )

    @api.depends("host_id.user_id", "integration_id.default_owner_id")
    def _compute_user_id(self):
        for meeting in self:
            meeting.user_id = meeting.host_id.user_id or meeting.integration_id.default_owner_id

    @api.depends("live_state", "presence", "kind")
    def _compute_state(self):
        for meeting in self:
            if meeting.presence == "deleted":
                meeting.state = "deleted"
            elif meeting.live_state == "started":
                meeting.state = "started"
            elif meeting.live_state == "ended" and meeting.kind not in ("series", "open_series"):
                meeting.state = "ended"
            else:
                # Between two meetings of a series the series itself is still planned.
                meeting.state = "scheduled"

    def _compute_counts(self):
        def per_meeting(model):
            return dict(
                self.env[model]._read_group(
                    [("meeting_id", "in", self.ids)], ["meeting_id"], ["__count"]
                )
            )

        instances = per_meeting("zoom.meeting.instance")
        people = per_meeting("zoom.participant")
        recordings = per_meeting("zoom.recording")
        registrants = per_meeting("zoom.registrant")
        for meeting in self:
            meeting.instance_count = instances.get(meeting, 0)
            meeting.participant_count = people.get(meeting, 0)
            meeting.recording_count = recordings.get(meeting, 0)
            meeting.registrant_count = registrants.get(meeting, 0)

    # -- buttons ------------------------------------------------------------------------------

    def _open(self, model, name, domain):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": domain,
            "context": {"create": False},
        }

    def action_open_instances(self):
        domain = [("meeting_id", "=", self.id)]
        return self._open("zoom.meeting.instance", self.env._("Held meetings"), domain)

    def action_open_participants(self):
        domain = [("meeting_id", "=", self.id)]
        return self._open("zoom.participant", self.env._("Attendance"), domain)

    def action_open_recordings(self):
        domain = [("meeting_id", "=", self.id)]
        return self._open("zoom.recording", self.env._("Recordings"), domain)

    def action_open_registrants(self):
        domain = [("meeting_id", "=", self.id)]
        return self._open("zoom.registrant", self.env._("Registrations"), domain)

    def action_open_calendar(self):
        self.ensure_one()
        if self.kind in ("scheduled", "other") and self.calendar_event_id:
            return {
                "type": "ir.actions.act_window",
                "res_model": "calendar.event",
                "res_id": self.calendar_event_id.id,
                "view_mode": "form",
                "views": [(False, "form")],
            }
        domain = [("zoom_meeting_id", "=", self.id)]
        return self._open("calendar.event", self.env._("Calendar events"), domain)

    def action_join(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.join_url, "target": "new"}

    def action_read_from_zoom(self):
        """Ask Zoom for the full details of these meetings, in the background."""
        self.check_access("read")
        # Users may not write meetings, yet everybody who sees one may ask for fresh data.
        self.sudo()._request_read()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("Zoom is being asked for the latest details."),
            },
        }

    def _is_ahead(self):
        """Return whether a planned date of the meeting lies in the future."""
        self.ensure_one()
        now = fields.Datetime.now()
        starts = [self.start] if self.start and self.kind != "series" else []
        starts += [
            fields.Datetime.to_datetime(entry["start"])
            for entry in (self.occurrences or {}).values()
            if entry.get("start") and entry.get("status") != "deleted"
        ]
        return any(start > now for start in starts)

    def _request_read(self):
        """Flag for an authoritative read and make sure that one job per account does it."""
        self.filtered(lambda meeting: not meeting.needs_read).needs_read = True
        for integration in self.integration_id:
            self.env["zoom.fetch"]._enqueue(integration)
