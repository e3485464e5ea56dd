"""Recognising our own changes when Zoom tells us about them."""

from odoo import api, models

from ..tools import recurrence_out
from .zoom_meeting_upsert import _plain

ECHO_MS = 2000  # how far Zoom's clock may be from ours when an echo is recognised


class ZoomPush(models.Model):
    _inherit = "zoom.push"

    @api.model
    def _is_echo(self, integration, fact, patch):
        """Return whether a delivery only repeats what we told Zoom ourselves.

        :param fact: adapter `MeetingChanged`
        :param patch: what the delivery states, as a `MeetingPatch`
        """
        meeting = self.env["zoom.meeting"]._known(integration, {fact.zoom_id}).get(fact.zoom_id)
        told = {name: _plain(name, value) for name, value in patch.values.items()}
        if not meeting:
            return fact.action == "created" and self._announces_ours(integration, told)
        if fact.action == "created" and meeting.push_origin == "odoo":
            # However late it comes: the answer to our own call held all that it can say.
            return True
        rows = self.sudo().search(  # sudo: the inbox works for whatever user
            [("meeting_id", "=", meeting.id), ("state", "=", "sending")]
        )
        values = meeting._register_row()["values"]
        expected = {k: v for row in rows for k, v in (row.expected or {}).items()}
        window = meeting.push_window or [0, -1]
        inside = window[0] - ECHO_MS <= patch.at <= window[1] + ECHO_MS
        if not rows and not inside:
            return False
        for name, value in told.items():
            if not self._same(name, value, expected.get(name, values.get(name))) and not (
                self._same(name, value, values.get(name))
            ):
                return False
        return self._same_occurrences(meeting, patch, bool(rows))

    @api.model
    def _same_occurrences(self, meeting, patch, underway):
        known = meeting.occurrences or {}
        for key, entry in (patch.occurrences or {}).items():
            kept = known.get(key)
            if kept is None:
                # Dates of a plan that we are about to read back have ids that nobody knows yet.
                if not underway or not patch.complete:
                    return False
                continue
            told = {name: value for name, value in entry.items() if value is not None}
            if any(kept.get(name) != value for name, value in told.items()):
                return False
        return True

    @api.model
    def _same(self, name, one, other):
        if name == "recurrence":
            return recurrence_out.same_rule(one, other) and (
                (one or {}).get("end_times") == (other or {}).get("end_times")
            )
        if name == "invitees":
            return sorted(one or []) == sorted(other or [])
        if name == "agenda":
            return (one or "") == (other or "")
        if name == "duration":
            return round((one or 0) * 60) == round((other or 0) * 60)
        return one == other

    @api.model
    def _announces_ours(self, integration, told):
        """Return whether Zoom announces a meeting that we are creating at this moment."""
        rows = self.sudo().search(  # sudo: as above
            [
                ("integration_id", "=", integration.id),
                ("state", "=", "sending"),
                ("action", "=", "create"),
                ("meeting_id", "=", False),
            ]
        )
        checked = ("host", "topic", "zoom_type", "duration", "start")
        return any(
            all(
                name not in (row.expected or {})
                or name not in told
                or self._same(name, told[name], row.expected[name])
                for name in checked
            )
            for row in rows
        )
