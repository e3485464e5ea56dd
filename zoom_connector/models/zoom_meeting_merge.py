"""Zoom and the calendar changed the same: which value holds, and what is kept until it is decided.

Both sides are described in one vocabulary, made of the same shape that `_calendar_target` has:
``topic``, ``agenda``, ``start`` and ``minutes`` of a single meeting; ``schedule`` of a series and
``date:<occurrence id>`` for its single dates. What was written to the calendar last
(``calendar_target``) is what both sides agreed on.
"""

from collections import Counter
from datetime import timedelta

from odoo import fields, models
from odoo.tools import html2plaintext, plaintext2html

from ..adapters.outgoing import AGENDA_LENGTH, TOPIC_LENGTH
from ..tools import merge, register
from ..tools.recurrence import WEEKDAYS
from ..tools.zoom_zones import local_time
from .marks import QUIET
from .zoom_meeting_calendar import SINGLE
from .zoom_meeting_upsert import _plain

DATE = "date:"
OTHER = "other:"  # vendor time of the last statement of another value
KEEP = "zoom_merge_keep"
PLANNED = "zoom_merge_planned"
ENDS = ("end_type", "count", "until")
# Register field of a meeting -> name in the vocabulary.
NAMES = {
    "topic": "topic",
    "agenda": "agenda",
    "start": "start",
    "duration": "minutes",
    "recurrence": "schedule",
    "timezone": "schedule",
    "waiting_room": "waiting_room",
    "recording_mode": "auto_recording",
}
RULE = (
    "rrule_type",
    "interval",
    "event_tz",
    *(field for field, _name, _day in WEEKDAYS.values()),
    "month_by",
    "byday",
    "weekday",
    "day",
)


def merge_values(target):
    """Return dict name -> value of a calendar target; see the module's text for the names."""
    shared = target.get("shared") or {}
    values = {
        "topic": (shared.get("name") or "")[:TOPIC_LENGTH],
        "agenda": (shared.get("description") or "")[:AGENDA_LENGTH],
    }
    entries = target.get("events") or {}
    if set(entries) == {SINGLE}:
        if entries[SINGLE]["active"]:
            values["start"] = entries[SINGLE]["start"]
            values["minutes"] = _minutes(entries[SINGLE])
        return values
    dates = {key: entry for key, entry in entries.items() if not key.startswith("held:")}
    if dates:
        values["schedule"] = _schedule(target.get("series"), dates)
    for key, entry in dates.items():
        values[DATE + key] = (
            {"start": entry["start"], "minutes": _minutes(entry)} if entry["active"] else None
        )
    return values


def _minutes(entry):
    start, stop = (fields.Datetime.to_datetime(entry[name]) for name in ("start", "stop"))
    return round((stop - start).total_seconds() / 60)


def _schedule(series, entries):
    """Return what a series is as a whole: its rule without its end, its hour and its length."""
    rule = {name: value for name, value in (series or {}).items() if name not in ENDS}
    if not rule:
        return None
    regular = sorted(e["start"] for e in entries.values() if e["active"] and e["follow"])
    if not regular:
        return {**rule, "clock": None}
    moment = fields.Datetime.to_datetime(regular[0])
    local = local_time(moment, rule["event_tz"])
    lengths = Counter(_minutes(entry) for entry in entries.values() if entry["active"])
    return {**rule, "clock": f"{local:%H:%M}", "minutes": lengths.most_common(1)[0][0]}


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    zoom_changed_at = fields.Json(
        readonly=True,
        help="Vendor time (ms) of the first statement of each value that holds now; unlike the "
        "register it does not move when the same value is read again.",
    )

    # -- when Zoom changed what ------------------------------------------------------------------

    def _empty_row(self):
        return {**super()._empty_row(), "changed_at": {}}

    def _register_row(self):
        return {**super()._register_row(), "changed_at": dict(self.zoom_changed_at or {})}

    def _merge_patch(self, row, patch):
        values, occurrences = dict(row["values"]), dict(row["occurrences"])
        stamps = dict(row["stamps"])
        result = super()._merge_patch(row, patch)
        times = row["changed_at"] = dict(row["changed_at"])
        for name in NAMES:
            if name in patch.values and patch.at != register.HINT:
                self._note_change(name, values.get(name), stamps.get(name), row, patch)
        for key, entry in row["occurrences"].items():
            told = (patch.occurrences or {}).get(key)
            if self._date_of(entry) != self._date_of(occurrences.get(key)):
                # An older statement may still add what a newer one left out.
                times[DATE + key] = max(times.get(DATE + key, 0), patch.at)
            elif told and all(entry.get(k) == v for k, v in told.items() if v is not None):
                times[DATE + key] = min(times.get(DATE + key, patch.at), patch.at)
        return result

    def _note_change(self, name, before, stamp, row, patch):
        """Note since when the value of a field holds.

        However late an older statement comes, the outcome is that of the right order: the first
        statement of the value after the last one of another value.
        """
        times, kept = row["changed_at"], row["values"].get(name)
        other = times.get(OTHER + name, 0)
        if kept != before:
            other = max(other, stamp or 0)
            times[name] = patch.at
        elif _plain(name, patch.values[name]) != kept:
            other = max(other, patch.at)
            if times.get(name, 0) < other:
                times[name] = row["stamps"][name]
        elif patch.at > other:
            times[name] = min(times.get(name, patch.at), patch.at)
        if other:
            times[OTHER + name] = other

    def _date_of(self, entry):
        return entry and [entry.get(name) for name in ("start", "minutes", "status")]

    def _row_to_vals(self, row, users, before=None):
        vals = super()._row_to_vals(row, users, before)
        if before is None or row["changed_at"] != before["changed_at"]:
            vals["zoom_changed_at"] = row["changed_at"]
        return vals

    # -- both sides ------------------------------------------------------------------------------

    def _merge_zoom_target(self):
        """Return what the calendar would show if Zoom alone decided."""
        return self.with_context(**{KEEP: {}})._calendar_target({})

    def _merge_odoo_target(self, events):
        """Return what the calendar shows, in the shape of a calendar target.

        :param events: calendar.event records of the meeting, archived ones too
        """
        self.ensure_one()
        base = self.calendar_target or {}
        series = base.get("series")
        recurrence = self.calendar_recurrence_id
        if recurrence:
            members = events.filtered(lambda e: e.recurrence_id == recurrence or not e.active)
            events = members if members.filtered("active") else events
        active = events.filtered("active").sorted("start")
        lead = active.filtered("follow_recurrence")[:1] or active[:1]
        recurrence = lead.recurrence_id
        keys = {
            entry["start"]: key
            for key, entry in (base.get("events") or {}).items()
            if entry["active"]
        }
        entries = {}
        for event in active:
            start = fields.Datetime.to_string(event.start)
            key = event.zoom_key or keys.get(start) or f"new:{event.id}"
            entries[key] = {
                "start": start,
                "stop": fields.Datetime.to_string(event.stop),
                "active": True,
                "follow": event.follow_recurrence,
            }
        for key, entry in (base.get("events") or {}).items():
            entries.setdefault(key, {**entry, "active": False})
        names = series or RULE
        rule = {name: recurrence[name] for name in names if name in RULE} if recurrence else None
        return {
            "shared": {"name": lead.name or "", "description": self._merge_agenda(lead)},
            "events": entries,
            "series": rule,
        }

    def _merge_agenda(self, event):
        """Return the description as Zoom would have it; unchanged text keeps Zoom's spelling."""
        plain = html2plaintext(event.description or "").strip()
        agreed = ((self.calendar_target or {}).get("shared") or {}).get("description")
        if agreed is not None and html2plaintext(plaintext2html(agreed)).strip() == plain:
            return agreed
        return plain

    def _merge_sides(self):
        """Return (base, Zoom, Odoo) as dicts of the vocabulary; None without anything agreed on."""
        self.ensure_one()
        if not self.calendar_target:
            return None
        base = merge_values(self.calendar_target)
        zoom = merge_values(self._merge_zoom_target())
        events = self.with_context(active_test=False).calendar_event_ids
        if not events.filtered("active"):
            return None
        odoo = merge_values(self._merge_odoo_target(events))
        whole = [side.get("schedule") for side in (base, zoom, odoo)]
        if any(value != whole[0] for value in whole):
            # Somebody changed the series as such: its single dates follow from that.
            for side in (base, zoom, odoo):
                for name in [name for name in side if name.startswith(DATE)]:
                    del side[name]
        for name in {*base, *zoom, *odoo}:
            for side in (base, zoom, odoo):
                if name == "schedule" or name.startswith(DATE):
                    side.setdefault(name, None)
        return base, zoom, odoo

    def _merge(self, more=None, waiting=True):
        """Decide what holds, field by field; conflicts are written down.

        :param dict more: name -> (agreed, Zoom, Odoo) of further fields
        :param bool waiting: the meeting may have conflicts that wait for a decision
        :return: dict name -> `tools.merge.Decision`
        """
        self.ensure_one()
        sides = self._merge_sides()
        if sides is None:
            return {}
        base, zoom, odoo = sides
        for name, (agreed, in_zoom, in_odoo) in (more or {}).items():
            base[name], zoom[name], odoo[name] = agreed, in_zoom, in_odoo
        policy = self.integration_id._conflict_policy
        agreed = {name: (value, value) for name, value in base.items()}
        decisions = merge.merge(agreed, zoom, odoo, policy)
        conflicts = any(decision.conflict for decision in decisions.values())
        if conflicts:
            saved = dict.fromkeys(odoo, self._merge_odoo_time())
            decisions = merge.merge(agreed, zoom, odoo, policy, self._merge_zoom_times(), saved)
        if conflicts or waiting:
            # sudo: conflicts are kept by code, whoever's change brings them up.
            decisions = self.env["zoom.conflict"].sudo()._record(self, decisions)
        return decisions

    def _merge_zoom_times(self):
        seen = self.zoom_changed_at or {}
        times = {name: at for name, at in seen.items() if name.startswith(DATE)}
        for field, name in NAMES.items():
            if field in seen:
                times[name] = max(times.get(name, 0), seen[field])
        dates = [at for name, at in times.items() if name.startswith(DATE)]
        if "start" in times or dates:
            times["schedule"] = max(
                [times.get("schedule", 0), times.get("start", 0), times.get("minutes", 0), *dates]
            )
        return times

    def _merge_odoo_time(self):
        """Return when people last changed the events, in ms: the save that still has to be sent."""
        # sudo: the outbox is nobody's to read; a time is all that is taken.
        row = self.env["zoom.push"].sudo()
        row = row.search([("meeting_id", "=", self.id), ("state", "!=", "done")], limit=1)
        moments = row.mapped("create_date") or self.calendar_event_ids.mapped("write_date")
        return register.to_ms(max(moments)) if moments else None

    # -- the calendar ----------------------------------------------------------------------------

    def _sync_calendar(self):
        """Bring the calendar what Zoom changed, except what Odoo keeps or a person must decide."""
        kept, planned = {}, []
        # sudo: conflicts are kept by code, whoever's change brings them up.
        waiting = self.env["zoom.conflict"].sudo()._waiting(self)
        for meeting in self:
            target = meeting.calendar_target
            if not target or merge_values(meeting._merge_zoom_target()) == merge_values(target):
                continue
            decisions = meeting._merge(waiting=meeting in waiting)
            names = [n for n, d in decisions.items() if d.outcome in (merge.ODOO, merge.ASK)]
            if names:
                kept[meeting.id] = sorted(names)
            if "schedule" in decisions and decisions["schedule"].outcome == merge.ZOOM:
                planned.append(meeting.id)
        merged = self.with_context(**{KEEP: kept, PLANNED: planned})
        return super(ZoomMeeting, merged)._sync_calendar()

    def _calendar_target(self, partners):
        target = super()._calendar_target(partners)
        names = (self.env.context.get(KEEP) or {}).get(self.id)
        return self._merge_keep(target, names) if names else target

    def _merge_keep(self, target, names):
        """Return the target with what was agreed on last in the place of the named fields."""
        old = self.calendar_target
        for name, place in (("topic", "name"), ("agenda", "description")):
            if name in names:
                target["shared"][place] = old["shared"][place]
        if SINGLE in target["events"] and SINGLE in old["events"]:
            entry, before = target["events"][SINGLE], old["events"][SINGLE]
            minutes = _minutes(before if "minutes" in names else entry)
            if "start" in names:
                entry["start"] = before["start"]
            stop = fields.Datetime.to_datetime(entry["start"]) + timedelta(minutes=minutes)
            entry["stop"] = fields.Datetime.to_string(stop)
        if "schedule" in names:
            target["events"], target["series"] = old["events"], old["series"]
        for name in names:
            key = name.removeprefix(DATE)
            if key != name and key in old["events"]:
                target["events"][key] = old["events"][key]
            elif key != name:
                target["events"].pop(key, None)
        return target

    def _events_by_key(self, events, target):
        """A date that the calendar remade is the shown event, not the archived one it replaced."""
        shown = events.filtered("active")
        keys = set(shown.mapped("zoom_key"))
        starts = set(shown.mapped("start"))
        replaced = (events - shown).filtered(
            lambda event: event.zoom_key in keys or (event.zoom_key and event.start in starts)
        )
        replaced.with_context(**QUIET).write({"zoom_key": False})
        known = target["events"]
        free = {entry["start"] for key, entry in known.items() if key not in keys}
        for event in shown:
            if (
                event.zoom_key
                and event.zoom_key not in known
                and fields.Datetime.to_string(event.start) in free
            ):
                # Zoom planned the series anew and gave the same date another id.
                event.with_context(**QUIET).zoom_key = False
        result = super()._events_by_key(events, target)
        if self.id in (self.env.context.get(PLANNED) or ()):
            self._take_over(result, shown, known)
        return result

    def _take_over(self, by_key, shown, known):
        """Zoom's plan of a series holds: dates that Odoo made otherwise become dates of that plan.

        What is left over gets a key that the plan does not have, which takes it off the calendar.
        """
        left = shown - shown.browse().union(*by_key.values())
        now = fields.Datetime.now()
        spare = list(left.filtered(lambda event: event.start > now).sorted("start"))
        for key in sorted(known, key=lambda key: known[key]["start"]):
            if key not in by_key and spare and known[key]["active"]:
                by_key[key] = spare.pop(0)
                by_key[key].with_context(**QUIET).zoom_key = key
        for event in spare:
            by_key[f"left:{event.id}"] = event
