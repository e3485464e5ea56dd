"""What Zoom said, kept on a line of the report until somebody wants it applied.

A line keeps the arguments of the one way to become a record (`_apply_patches`, `_upsert`), with the
vendor time of the statement. Values are registers, so a line that is applied late never beats what
webhooks said meanwhile, and nothing has to be read from Zoom a second time. Names of people who
attended are not kept: attendance is read when it is repaired.
"""

from dataclasses import dataclass, field
from datetime import datetime

from odoo import fields

from ..adapters.recording import RecordingSet
from ..models.zoom_meeting_instance import InstancePatch
from ..models.zoom_meeting_upsert import MeetingPatch, _plain

PARTS = ("users", "meetings", "instances", "recordings", "moves", "people")


@dataclass
class Finding:
    """A difference as the comparison found it; becomes a `zoom.reconcile.line`.

    :ivar key: what makes it the same difference within one report
    :ivar differences: list of (label, text of Odoo, text of Zoom)
    :ivar data: dict part (see `PARTS`) -> list
    """

    key: str
    kind: str
    side: str
    subject: str
    name: str
    direction: str = "in"
    safe: bool = True
    zoom_id: str | None = None
    uuid: str | None = None
    start: datetime | None = None
    host_name: str | None = None
    meeting_id: int | None = None
    instance_id: int | None = None
    event_id: int | None = None
    differences: list = field(default_factory=list)
    data: dict = field(default_factory=dict)
    heal_state: str = "open"

    def vals(self, report_id):
        """Return the values of the line."""
        return {
            "report_id": report_id,
            "key": self.key,
            "kind": self.kind,
            "side": self.side,
            "subject": self.subject,
            "name": self.name,
            "direction": self.direction,
            "safe": self.safe,
            "zoom_id": self.zoom_id,
            "uuid": self.uuid,
            "start": self.start,
            "host_name": self.host_name,
            "meeting_id": self.meeting_id,
            "instance_id": self.instance_id,
            "event_id": self.event_id,
            "differences": [
                {"label": label, "odoo": odoo, "zoom": zoom}
                for label, odoo, zoom in self.differences
            ],
            "data": self.data,
            "heal_state": self.heal_state,
            "healed_at": fields.Datetime.now() if self.heal_state == "healed" else False,
        }


def merge_data(one, other):
    """Return the parts of both."""
    return {
        part: [*(one or {}).get(part, []), *(other or {}).get(part, [])]
        for part in PARTS
        if (one or {}).get(part) or (other or {}).get(part)
    }


def meeting_to_json(patch):
    """Return a `MeetingPatch` as JSON holds it."""
    return {
        "zoom_id": patch.zoom_id,
        "at": patch.at,
        "values": {name: _plain(name, value) for name, value in patch.values.items()},
        "host_email": patch.host_email,
        "occurrences": patch.occurrences,
        "complete": patch.complete,
        "read": patch.read,
    }


def meeting_from_json(data):
    """Return the `MeetingPatch` that `meeting_to_json` was given."""
    values = dict(data["values"])
    if values.get("start"):
        values["start"] = fields.Datetime.to_datetime(values["start"])
    return MeetingPatch(**{**data, "values": values})


def instance_to_json(patch):
    """Return an `InstancePatch` as JSON holds it."""
    return {
        "uuid": patch.uuid,
        "zoom_id": patch.zoom_id,
        "meeting": [meeting_to_json(statement) for statement in patch.meeting],
        "start": fields.Datetime.to_string(patch.start) if patch.start else None,
        "stop": fields.Datetime.to_string(patch.stop) if patch.stop else None,
        "at": patch.at,
        "values": patch.values,
    }


def instance_from_json(data):
    """Return the `InstancePatch` that `instance_to_json` was given."""
    return InstancePatch(
        **{
            **data,
            "meeting": [meeting_from_json(statement) for statement in data["meeting"]],
            "start": fields.Datetime.to_datetime(data["start"]),
            "stop": fields.Datetime.to_datetime(data["stop"]),
        }
    )


def recording_to_json(recording, at):
    """Return an adapter `RecordingSet` with the time it was read at, as JSON holds it."""
    wire = recording.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {"at": at, "wire": wire}


def recording_from_json(data):
    """Return (adapter `RecordingSet`, vendor time) that `recording_to_json` was given."""
    return RecordingSet.read(data["wire"]), data["at"]
