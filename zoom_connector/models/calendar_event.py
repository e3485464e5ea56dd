from odoo import api, fields, models

from .marks import is_sync
from .zoom_meeting_calendar import SYNC_CONTEXT


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    videocall_source = fields.Selection(
        selection_add=[("zoom", "Zoom")], ondelete={"zoom": "set custom"}
    )
    zoom_meeting_id = fields.Many2one(
        "zoom.meeting",
        "Zoom meeting",
        ondelete="set null",
        index="btree_not_null",
        copy=False,
        readonly=True,
    )
    zoom_key = fields.Char(
        copy=False, readonly=True, help="Which occurrence of the Zoom meeting this event is."
    )
    zoom_instance_ids = fields.One2many(
        "zoom.meeting.instance", "calendar_event_id", "Held Zoom meetings"
    )
    zoom_join_url = fields.Char("Zoom link", related="zoom_meeting_id.join_url")
    zoom_state = fields.Selection(
        [
            ("scheduled", "Scheduled"),
            ("started", "Live"),
            ("ended", "Ended"),
            ("deleted", "Deleted in Zoom"),
        ],
        "Zoom status",
        compute="_compute_zoom_block",
        compute_sudo=True,
    )
    zoom_note = fields.Char(related="zoom_meeting_id.calendar_note", string="Zoom note")
    zoom_participant_count = fields.Integer(
        "People in Zoom", compute="_compute_zoom_block", compute_sudo=True
    )
    zoom_recording_count = fields.Integer(
        "Zoom recordings", compute="_compute_zoom_block", compute_sudo=True
    )
    zoom_attendance = fields.Integer(
        "Time in Zoom",
        compute="_compute_zoom_block",
        compute_sudo=True,
        help="Seconds it was held.",
    )

    zoom_participant_ids = fields.Many2many(
        "zoom.participant",
        string="People in the Zoom meeting",
        compute="_compute_zoom_lists",
        groups="zoom_connector.group_zoom_user",
    )
    zoom_recording_ids = fields.Many2many(
        "zoom.recording",
        string="Recordings in Zoom",
        compute="_compute_zoom_lists",
        groups="zoom_connector.group_zoom_user",
    )

    # Searched with the reader's own rights: an event may be shared more widely than its meeting.
    @api.depends_context("uid")
    @api.depends("zoom_instance_ids.participant_ids", "zoom_instance_ids.recording_ids")
    def _compute_zoom_lists(self):
        domain = [("instance_id.calendar_event_id", "in", self.ids)]
        people = self.env["zoom.participant"].search(domain)
        recordings = self.env["zoom.recording"].search([*domain, ("state", "!=", "deleted")])
        people_of = people.grouped(lambda person: person.instance_id.calendar_event_id)
        recordings_of = recordings.grouped(lambda file: file.instance_id.calendar_event_id)
        for event in self:
            event.zoom_participant_ids = people_of.get(event._origin, people.browse())
            event.zoom_recording_ids = recordings_of.get(event._origin, recordings.browse())

    # Counts only: who may see the event may know how many came. Names stay behind the Zoom groups.
    @api.depends(
        "zoom_meeting_id.state",
        "zoom_instance_ids.state",
        "zoom_instance_ids.participant_count",
        "zoom_instance_ids.recording_ids",
    )
    def _compute_zoom_block(self):
        for event in self:
            instances = event.zoom_instance_ids
            states = set(instances.mapped("state"))
            meeting = event.zoom_meeting_id
            if not meeting:
                event.zoom_state = False
            elif "started" in states:
                event.zoom_state = "started"
            elif states:
                event.zoom_state = "ended"
            else:
                event.zoom_state = "deleted" if meeting.presence == "deleted" else "scheduled"
            event.zoom_participant_count = sum(instances.mapped("participant_count"))
            event.zoom_recording_count = len(
                instances.recording_ids.filtered(lambda file: file.state != "deleted")
            )
            event.zoom_attendance = sum(instances.mapped("duration"))

    @api.depends("videocall_location", "zoom_meeting_id.join_url")
    def _compute_videocall_source(self):
        """Zoom only for the link of the event's own Zoom meeting; all others are core's to judge."""
        # sudo: whether a link is the meeting's own may be known to all who see the link.
        zoom_events = self.filtered(
            lambda event: (
                event.videocall_location
                and event.videocall_location == event.sudo().zoom_meeting_id.join_url
            )
        )
        zoom_events.videocall_source = "zoom"
        return super(CalendarEvent, self - zoom_events)._compute_videocall_source()

    def _zoom_move(self, entry, old):
        """Write one changed occurrence the way Zoom has it now.

        Written in the name of the organizer, so that his own acceptance is not asked for again.
        """
        self.ensure_one()
        vals = {
            name: entry[name]
            for name in ("start", "stop", "active")
            if name in entry and entry[name] != old.get(name)
        }
        if "start" in vals or "stop" in vals:
            vals.update(start=entry["start"], stop=entry["stop"])
        if not vals:
            return
        # sudo: the organizer need not have rights on calendars of his own company's other events.
        event = self.with_user(self.user_id or self.env.user).sudo().with_context(**SYNC_CONTEXT)
        event.write(vals)
        if "start" in vals and event.alarm_ids:
            # `dont_notify` also leaves the reminders where they were; they belong to the new time.
            (event.recurrence_id or event)._setup_alarms()

    def _zoom_instances_action(self, model, name, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": domain,
            "context": {"create": False},
        }

    def action_zoom_attendance(self):
        self.ensure_one()
        domain = [("instance_id.calendar_event_id", "=", self.id)]
        return self._zoom_instances_action("zoom.participant", self.env._("Attendance"), domain)

    def action_zoom_recordings(self):
        self.ensure_one()
        domain = [("instance_id.calendar_event_id", "=", self.id)]
        return self._zoom_instances_action("zoom.recording", self.env._("Recordings"), domain)

    def action_zoom_join(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.zoom_join_url, "target": "new"}


class CalendarRecurrence(models.Model):
    _inherit = "calendar.recurrence"

    def _apply_recurrence(self, *args, generic_values_creation=None, **kwargs):
        """Events that the calendar makes for a Zoom series belong to the Zoom meeting as well."""
        generic = dict(generic_values_creation or {})
        for recurrence in self:
            meeting = recurrence.base_event_id.zoom_meeting_id
            if meeting:
                generic[recurrence.id] = {
                    "zoom_meeting_id": meeting.id,
                    **generic.get(recurrence.id, {}),
                }
        return super()._apply_recurrence(*args, generic_values_creation=generic or None, **kwargs)


class CalendarAttendee(models.Model):
    _inherit = "calendar.attendee"

    def _subscribe_partner(self):
        """Guests of a meeting copied from Zoom do not become followers of the copy."""
        if is_sync(self.env):
            return None
        return super()._subscribe_partner()
