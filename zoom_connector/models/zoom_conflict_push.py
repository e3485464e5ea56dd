"""What is sent to Zoom leaves out what Zoom keeps and what a person has yet to decide."""

from dataclasses import replace

from odoo import api, fields, models

from ..tools import merge, series_diff
from .zoom_meeting_merge import DATE

# Vendor name of a setting that both sides may change -> field of zoom.meeting.
SETTINGS = {"waiting_room": "waiting_room", "auto_recording": "recording_mode"}


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    settings_agreed = fields.Json(
        readonly=True, help="Settings that Zoom had after Odoo last sent something: vendor names."
    )

    @api.model
    def _wish(self, event):
        """Where Zoom's value holds or nobody has decided, the wish is what Zoom has."""
        wish = super()._wish(event)
        meeting = event.zoom_meeting_id
        if not meeting or not meeting.calendar_target:
            return wish
        decisions = meeting._merge(meeting._merge_settings(wish))
        left = {n for n, d in decisions.items() if d.outcome in (merge.ZOOM, merge.ASK)}
        if "topic" in left:
            wish.topic = meeting.topic
        if "agenda" in left:
            wish.agenda = meeting.agenda or ""
        for name in SETTINGS:
            if name in left:
                wish.settings[name] = ((meeting.push_asked or {}).get("settings") or {}).get(name)
        wish.dates = meeting._merge_dates(wish.dates, left)
        return wish

    def _merge_settings(self, wish):
        """Return dict name -> (agreed, Zoom, Odoo) of the settings that Odoo wants to change."""
        asked = (self.push_asked or {}).get("settings") or {}
        return {
            name: ((self.settings_agreed or {}).get(name), self[field], wish.settings[name])
            for name, field in SETTINGS.items()
            if name in wish.settings
            and name in asked
            and asked[name] != wish.settings[name]
            and name in (self.settings_agreed or {})
        }

    def _merge_dates(self, dates, left):
        """Return a `series_diff.Wish` in which the named fields are as Zoom has them."""
        known = self._known_schedule()
        if "schedule" in left:
            # An empty rule is one that Zoom has: its dates are wanted as they are.
            return replace(
                dates,
                rule={},
                dates=tuple(
                    series_diff.Date(o.start, o.minutes, key=o.key) for o in known.occurrences
                ),
            )
        if left & {"start", "minutes"} and len(dates.dates) == 1:
            date = dates.dates[0]
            if "start" in left and known.start:
                date = replace(date, start=known.start)
            if "minutes" in left and known.minutes:
                date = replace(date, minutes=known.minutes)
            return replace(dates, dates=(date,))
        keys = {name.removeprefix(DATE) for name in left if name.startswith(DATE)}
        if not keys:
            return dates
        zoom = {o.key: o for o in known.occurrences}
        result = [date for date in dates.dates if date.key not in keys]
        regular = {date.key: date.regular for date in dates.dates}
        result += [
            series_diff.Date(
                zoom[key].start, zoom[key].minutes, key=key, regular=regular.get(key, False)
            )
            for key in keys
            if key in zoom
        ]
        return replace(dates, dates=tuple(result))

    def _settle(self, sent):
        result = super()._settle(sent)
        self.settings_agreed = {name: self[field] for name, field in SETTINGS.items()}
        return result


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    zoom_has_conflict = fields.Boolean(
        compute="_compute_zoom_has_conflict",
        help="The user can decide what holds: the meeting was changed in Odoo and in Zoom.",
    )

    @api.depends("zoom_meeting_id")
    @api.depends_context("uid")
    def _compute_zoom_has_conflict(self):
        conflicts = self._zoom_conflicts()
        # sudo: the meeting need not be visible to whoever sees the event.
        waiting = conflicts.sudo().meeting_id
        for event in self:
            event.zoom_has_conflict = event.sudo().zoom_meeting_id in waiting

    def _zoom_conflicts(self):
        """Return what the user may decide about these events."""
        conflicts = self.env["zoom.conflict"]
        if not conflicts.has_access("write"):
            return conflicts
        # sudo: the meeting need not be visible to whoever sees the event.
        meetings = self.sudo().zoom_meeting_id
        return conflicts.search([("meeting_id", "in", meetings.ids), ("state", "=", "open")])

    def action_zoom_conflict(self):
        """Open what has to be decided."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "zoom.conflict",
            "res_id": self._zoom_conflicts()[:1].id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
