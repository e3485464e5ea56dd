from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo import api, fields, models

from odoo.addons.connector_base.compat import Constraint

from ..tools import register
from .zoom_meeting_calendar import HELD_WITHIN
from .zoom_meeting_upsert import MeetingPatch


@dataclass
class InstancePatch:
    """What one delivery or reply states about one time a meeting was held.

    :ivar start: actual start, naive UTC; `stop` actual end, when it has ended
    :ivar meeting: statements about the meeting itself, usually a hint, so that an instance of a
        meeting that Odoo never heard of still gets its meeting
    :ivar values: recording_state, share_url, reported_count
    """

    uuid: str
    zoom_id: str
    meeting: list[MeetingPatch]
    start: datetime | None = None
    stop: datetime | None = None
    at: int = register.HINT
    values: dict = field(default_factory=dict)

    @property
    def statements(self):
        """Return the values of the register that the patch states."""
        times = {
            name: fields.Datetime.to_string(value)
            for name, value in (("start", self.start), ("stop", self.stop))
            if value
        }
        return {**self.values, **times}


class ZoomMeetingInstance(models.Model):
    """One row per UUID: one time that a meeting was really held."""

    _name = "zoom.meeting.instance"
    _description = "Held Zoom Meeting"
    _order = "start desc, id desc"
    _rec_name = "topic"

    meeting_id = fields.Many2one(
        "zoom.meeting", required=True, ondelete="cascade", index=True, string="Zoom meeting"
    )
    integration_id = fields.Many2one(
        related="meeting_id.integration_id", store=True, index=True, string="Zoom account"
    )
    company_id = fields.Many2one(related="meeting_id.company_id", store=True)
    user_id = fields.Many2one(related="meeting_id.user_id", store=True, index=True)
    host_id = fields.Many2one(related="meeting_id.host_id", store=True, index=True)
    uuid = fields.Char("Instance UUID", required=True, index=True, readonly=True)
    topic = fields.Char(related="meeting_id.topic", store=True)
    start = fields.Datetime("Started", readonly=True, index=True)
    stop = fields.Datetime("Ended", readonly=True)
    duration = fields.Integer(
        compute="_compute_duration", store=True, help="Seconds from start to end."
    )
    state = fields.Selection(
        [("started", "Live"), ("ended", "Ended")],
        compute="_compute_state",
        store=True,
        index=True,
    )
    register = fields.Json(readonly=True, help="Vendor time of each value that is kept.")
    calendar_event_id = fields.Many2one(
        "calendar.event",
        "Calendar event",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    participant_ids = fields.One2many("zoom.participant", "instance_id", "Attendance list")
    recording_ids = fields.One2many("zoom.recording", "instance_id", "Recordings")
    participant_count = fields.Integer("People", readonly=True, help="People who were inside.")
    person_seconds = fields.Integer("Attendance", readonly=True, help="Seconds of all people.")
    average_share = fields.Float(
        "Average share", readonly=True, help="Mean share of the meeting that people attended (0-1)."
    )
    reported_count = fields.Integer(readonly=True, help="People that Zoom's report counts.")
    recording_count = fields.Integer("Recording files", compute="_compute_recording_count")
    recording_state = fields.Selection(
        [
            ("none", "Not recorded"),
            ("running", "Recording"),
            ("paused", "Paused"),
            ("stopped", "Being processed"),
            ("completed", "Available"),
        ],
        default="none",
        readonly=True,
    )
    recording_moves = fields.Json(
        readonly=True,
        help="File id, or * for all: state and vendor time of a bulk action on the recording.",
    )
    share_url = fields.Char("Recording page", readonly=True)
    attendance_version = fields.Integer(
        readonly=True,
        help="Counts up with each change of the people, so that two never write at once.",
    )
    attendance_checked = fields.Boolean(
        readonly=True, help="The attendance was compared with Zoom's own report."
    )

    _uuid_unique = Constraint(
        "UNIQUE (integration_id, uuid)", "This Zoom meeting instance is already known."
    )

    @api.depends("start", "stop")
    def _compute_duration(self):
        for instance in self:
            ended = instance.start and instance.stop
            instance.duration = (
                int((instance.stop - instance.start).total_seconds()) if ended else 0
            )

    @api.depends("stop")
    def _compute_state(self):
        for instance in self:
            instance.state = "ended" if instance.stop else "started"

    def _compute_recording_count(self):
        counts = dict(
            self.env["zoom.recording"]._read_group(
                [("instance_id", "in", self.ids), ("state", "!=", "deleted")],
                ["instance_id"],
                ["__count"],
            )
        )
        for instance in self:
            instance.recording_count = counts.get(instance, 0)

    @api.depends("topic", "start")
    def _compute_display_name(self):
        for instance in self:
            start = (
                fields.Datetime.context_timestamp(instance, instance.start)
                if instance.start
                else None
            )
            when = f" ({start:%Y-%m-%d %H:%M})" if start else ""
            instance.display_name = f"{instance.topic or instance.uuid}{when}"

    @api.model
    def _upsert(self, integration, patches):
        """Create or update instances, and the meetings they belong to.

        :param patches: list of `InstancePatch`, any order, repeats allowed
        :return: dict uuid -> zoom.meeting.instance
        """
        if not patches:
            return {}
        Meeting = self.env["zoom.meeting"]
        meetings = {
            meeting.zoom_id: meeting
            for meeting in Meeting._apply_patches(
                integration, [statement for patch in patches for statement in patch.meeting]
            )
        }
        known = self._known(integration, {patch.uuid for patch in patches})
        fresh = {}
        ended, placed = self.browse(), self.browse()
        for patch in patches:
            values = patch.statements
            record = known.get(patch.uuid)
            if record is None:
                row = fresh.setdefault(
                    patch.uuid, {"register": {}, "meeting_id": meetings[patch.zoom_id].id}
                )
                changed, row["register"] = register.merge(row["register"], row, values, patch.at)
                row.update(changed)
                continue
            current = {name: record._plain(name) for name in values}
            changed, stamps = register.merge(record.register, current, values, patch.at)
            if changed or stamps != (record.register or {}):
                record.write({**changed, "register": stamps})
            if {"start", "stop"} & set(changed):
                ended |= record
            if "start" in changed or "stop" in changed:
                placed |= record
        if fresh:
            created = self.create([{**row, "uuid": uuid} for uuid, row in fresh.items()])
            known.update({record.uuid: record for record in created})
            placed |= created
        if ended:
            # The end closes the stays that nobody closed, and everybody's share follows the length.
            self.env["zoom.participant"]._upsert_stays({instance: [] for instance in ended})
        if placed:
            placed.meeting_id._sync_calendar()
            placed._link_calendar_events()
        return known

    def _plain(self, name):
        value = self[name]
        if name in ("start", "stop"):
            return fields.Datetime.to_string(value) if value else None
        return value

    @api.model
    def _known(self, integration, uuids):
        """Return dict uuid -> record."""
        records = self.search(
            [("integration_id", "=", integration.id), ("uuid", "in", list(uuids))]
        )
        return {record.uuid: record for record in records}

    def _link_calendar_events(self):
        """Link each instance to the occurrence it was: the one planned nearest to its start."""
        if not self:
            return
        Event = self.env["calendar.event"].with_context(active_test=False)
        events = defaultdict(list)
        for event in Event.search(
            [("zoom_meeting_id", "in", self.meeting_id.ids)], order="start, id"
        ):
            events[event.zoom_meeting_id.id].append(event)
        for instance in self:
            candidates = events[instance.meeting_id.id]
            event = Event
            if instance.start and candidates:
                own_key = f"held:{instance.uuid}"
                own = [e for e in candidates if e.zoom_key == own_key]
                nearest = own or sorted(
                    candidates,
                    key=lambda e, start=instance.start: (abs(e.start - start), e.start),
                )
                limit = (
                    HELD_WITHIN if instance.meeting_id.kind == "series" else timedelta(days=36500)
                )
                if abs(nearest[0].start - instance.start) < limit:
                    event = nearest[0]
            if instance.calendar_event_id != event:
                instance.calendar_event_id = event

    def _open(self, model, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("instance_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_open_participants(self):
        return self._open("zoom.participant", self.env._("Attendance"))

    def action_open_recordings(self):
        return self._open("zoom.recording", self.env._("Recordings"))

    def action_open_recording_page(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.share_url, "target": "new"}
