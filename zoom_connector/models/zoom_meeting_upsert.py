"""The one way in which anything becomes a zoom.meeting."""

from dataclasses import dataclass, field

from odoo import api, fields, models

from ..tools import register
from ..tools.times import naive
from .zoom_meeting import RECURRING_FIXED

# Adapter field -> value kept in the register. Everything Zoom states about a meeting moves by the
# vendor time of the statement, each field on its own, because updates carry changed fields only.
TRACKED = (
    "topic",
    "agenda",
    "zoom_type",
    "start",
    "duration",
    "timezone",
    "join_url",
    "host",
    "waiting_room",
    "recording_mode",
    "registration_mode",
    "invitees",
    "recurrence",
    "live_state",
    "presence",
)


@dataclass
class MeetingPatch:
    """What one delivery or one API reply states about one meeting.

    :ivar at: vendor time of the statement in ms; `register.HINT` for hints
    :ivar values: any of TRACKED (start as naive UTC datetime, duration in hours, host as Zoom id)
    :ivar occurrences: dict occurrence id -> {"start": "YYYY-mm-dd HH:MM:SS", "minutes": int,
        "status": "available" | "deleted"}
    :ivar complete: `occurrences` is the whole series, what is missing in it is gone
    """

    zoom_id: str
    at: int
    values: dict = field(default_factory=dict)
    host_email: str | None = None
    occurrences: dict | None = None
    complete: bool = False
    read: bool = False


def _plain(name, value):
    """Return a value as JSON holds it, to compare and to order it."""
    if name == "start":
        return fields.Datetime.to_string(value) if value else None
    return value


def _is_over(entry, at):
    """Return whether an occurrence began before `at` (ms): Zoom's lists may leave it out."""
    start = entry.get("start")
    return bool(start) and register.to_ms(fields.Datetime.to_datetime(start)) < at


def merge_occurrences(known, list_at, patch):
    """Merge the occurrences of a patch into the known ones.

    :param dict known: kept occurrences: values, and under "at" the vendor time of each value
    :param int list_at: vendor time of the last complete list; what was still ahead then and is
        not in it is gone
    :return: (occurrences afterwards, list_at afterwards)
    """
    after = dict(known or {})
    for key, entry in patch.occurrences.items():
        kept = after.get(key)
        if kept is None and patch.at < list_at and not _is_over(entry, list_at):
            continue
        kept = kept or {"at": {}}
        told = {name: value for name, value in entry.items() if value is not None}
        changed, stamps = register.merge(kept["at"], kept, told, patch.at)
        after[key] = {**kept, **changed, "at": stamps}
    if patch.complete and patch.occurrences:
        after = {
            key: entry
            for key, entry in after.items()
            if key in patch.occurrences
            or max(entry["at"].values()) > patch.at
            or _is_over(entry, patch.at)
        }
        list_at = max(list_at, patch.at)
    return after, list_at


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    @api.model
    def _upsert(self, integration, meetings, at):
        """Create or update meetings from what the API returned.

        :param integration: zoom.integration
        :param meetings: list of adapter `Meeting`; several rows of one series (one per occurrence,
            as Zoom lists them) may be among them
        :param int at: time of the request in ms: whatever happened later is not in the reply
        :return: zoom.meeting records, one per distinct id
        """
        return self._apply_patches(integration, [self._patch_from_api(m, at) for m in meetings])

    @api.model
    def _patch_from_api(self, meeting, at):
        values = self._values_from_adapter(meeting)
        values["presence"] = "present"
        occurrences = self._occurrences_from_adapter(meeting)
        if meeting.type == RECURRING_FIXED and not occurrences:
            # A row of the meeting list: its start is that of one occurrence, not of the series.
            values.pop("start", None)
        return MeetingPatch(
            zoom_id=meeting.zoom_id,
            at=at,
            values=values,
            host_email=meeting.host_email,
            occurrences=occurrences,
            complete=bool(occurrences),
            read=True,
        )

    @api.model
    def _occurrences_from_adapter(self, meeting):
        """Return dict occurrence id -> what was told about it, None when nothing was."""
        if "occurrences" not in meeting.given:
            return None
        return {
            occurrence.occurrence_id: {
                "start": _plain("start", naive(occurrence.start)),
                "minutes": occurrence.duration_minutes or None,
                "status": occurrence.status or "available",
            }
            for occurrence in meeting.occurrences
        }

    @api.model
    def _values_from_adapter(self, meeting):
        """Return register values of an adapter meeting: of the fields that Zoom really told."""
        told = meeting.given
        values = {}
        if "topic" in told:
            values["topic"] = meeting.topic or self.env._("Zoom Meeting")
        if "agenda" in told:
            values["agenda"] = meeting.agenda or False
        if "type" in told:
            values["zoom_type"] = meeting.type
        if meeting.start:
            values["start"] = naive(meeting.start)
        if "duration_minutes" in told:
            values["duration"] = meeting.duration_minutes / 60.0
        if "timezone" in told:
            values["timezone"] = meeting.timezone
        if meeting.join_url:
            values["join_url"] = meeting.join_url
        if meeting.host_id:
            values["host"] = meeting.host_id
        if meeting.recurrence:
            values["recurrence"] = self._recurrence_values(meeting.recurrence)
        if "settings" in told:
            values.update(self._settings_values(meeting.settings))
        return values

    @api.model
    def _recurrence_values(self, recurrence):
        return {
            "type": recurrence.type,
            "repeat_interval": recurrence.repeat_interval,
            "weekly_days": list(recurrence.weekly_days or []),
            "monthly_day": recurrence.monthly_day,
            "monthly_week": recurrence.monthly_week,
            "monthly_week_day": recurrence.monthly_week_day,
            "end_times": recurrence.end_times,
            "end_date_time": _plain("start", naive(recurrence.end_date_time)),
        }

    @api.model
    def _settings_values(self, settings):
        values = {}
        if settings.waiting_room is not None:
            values["waiting_room"] = settings.waiting_room
        if settings.auto_recording in dict(self._fields["recording_mode"].selection):
            values["recording_mode"] = settings.auto_recording
        if "meeting_invitees" in settings.given:
            values["invitees"] = sorted({email.lower() for email in settings.invitees})
        return values

    @api.model
    def _apply_patches(self, integration, patches):
        """Merge statements into meetings, then bring the calendar up to date.

        The result does not depend on the order of the patches, nor on repeats.

        :return: zoom.meeting records, one per distinct id
        """
        patches = [patch for patch in patches if patch.zoom_id]
        if not patches:
            return self.browse()
        hosts = {}
        for patch in patches:
            host = patch.values.get("host")
            if host:
                hosts[host] = hosts.get(host) or patch.host_email
        users = self.env["zoom.user"]._ensure(integration, hosts)
        known = self._known(integration, {patch.zoom_id for patch in patches})
        rows = {zoom_id: meeting._register_row() for zoom_id, meeting in known.items()}
        before = {zoom_id: dict(row) for zoom_id, row in rows.items()}
        for patch in patches:
            row = rows.setdefault(patch.zoom_id, self._empty_row())
            self._merge_patch(row, patch)
        created, changed, rehosted = [], self.browse(), self.browse()
        for zoom_id, row in rows.items():
            if zoom_id not in known:
                created.append((zoom_id, row))
            elif row != before[zoom_id]:
                values = self._row_to_vals(row, users, before[zoom_id])
                host = known[zoom_id].host_id
                known[zoom_id].write(values)
                changed |= known[zoom_id]
                if known[zoom_id].host_id != host:
                    rehosted |= known[zoom_id]
        if created:
            records = self.create(
                [
                    {
                        **self._row_to_vals(row, users),
                        "zoom_id": zoom_id,
                        "integration_id": integration.id,
                    }
                    for zoom_id, row in created
                ]
            )
            changed |= records
            known.update(zip((zoom_id for zoom_id, _row in created), records, strict=True))
        if rehosted.instance_ids:
            # Who the host was decides about roles, also when it is told after people came.
            self.env["zoom.participant"]._upsert_stays(
                {instance: [] for instance in rehosted.instance_ids}
            )
        changed._sync_calendar()
        return self.browse().union(*known.values())

    @api.model
    def _known(self, integration, zoom_ids):
        """Return dict zoom_id -> record."""
        records = self.search(
            [("integration_id", "=", integration.id), ("zoom_id", "in", list(zoom_ids))]
        )
        return {record.zoom_id: record for record in records}

    @api.model
    def _empty_row(self):
        return {
            "values": {"live_state": "waiting", "presence": "present"},
            "stamps": {},
            "occurrences": {},
            "listed": 0,
            "read_at": 0,
        }

    def _register_row(self):
        self.ensure_one()
        values = {name: _plain(name, self[name]) for name in TRACKED if name != "host"}
        values["host"] = self.host_id.zoom_id or None
        return {
            "values": values,
            "stamps": dict(self.register or {}),
            "occurrences": dict(self.occurrences or {}),
            "listed": int(self.occurrences_at),
            "read_at": 0,
        }

    @api.model
    def _merge_patch(self, row, patch):
        incoming = {name: _plain(name, value) for name, value in patch.values.items()}
        changed, row["stamps"] = register.merge(row["stamps"], row["values"], incoming, patch.at)
        row["values"] = {**row["values"], **changed}
        if patch.occurrences:
            row["occurrences"], row["listed"] = merge_occurrences(
                row["occurrences"], row["listed"], patch
            )
        if patch.read:
            row["read_at"] = max(row["read_at"], patch.at)

    @api.model
    def _row_to_vals(self, row, users, before=None):
        """Return ORM values of a row, only what differs from `before` when that is given."""
        old = (before or {}).get("values", {})
        vals = {
            name: value
            for name, value in row["values"].items()
            if name != "host" and (before is None or value != old.get(name))
        }
        host = row["values"].get("host")
        if host and (before is None or host != old.get("host")):
            vals["host_id"] = users[host].id
        for name, column in (("stamps", "register"), ("occurrences", "occurrences")):
            if before is None or row[name] != before[name]:
                vals[column] = row[name]
        if before is None or row["listed"] != before["listed"]:
            vals["occurrences_at"] = row["listed"]
        if row["read_at"]:
            vals["last_read_at"] = fields.Datetime.now()
        return vals
