from odoo import api, fields, models

from ..tools.series_diff import REFILL, SERIES


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    @api.model
    def _refill_series(self):
        """Tell Zoom the next dates of long series, of which it plans a limited number at a time.

        Run daily: a series gets new dates when few of those that Zoom knows are left.

        :return: zoom.meeting records for which a change was put into the outbox
        """
        now = fields.Datetime.now()
        series = self.search(
            [
                ("push_origin", "=", "odoo"),
                ("zoom_type", "=", SERIES),
                ("presence", "=", "present"),
                ("integration_id.state", "=", "connected"),
            ]
        )
        last = dict(
            self.env["calendar.event"]._read_group(
                [("zoom_meeting_id", "in", series.ids), ("start", ">", now)],
                ["zoom_meeting_id"],
                ["start:max"],
            )
        )
        due = self.browse()
        for meeting in series:
            ahead = [
                o.start for o in meeting._known_schedule().occurrences if o.start and o.start > now
            ]
            planned = max(ahead, default=now)
            if len(ahead) < REFILL and meeting in last and last[meeting] > planned:
                due |= meeting
        if due:
            self.env["zoom.push"]._queue(
                {"events": set(), "meetings": set(due.ids), "recurrences": set()}
            )
        return due
