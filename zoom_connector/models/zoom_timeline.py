from odoo import api, fields, models

MOST = 500  # people drawn; more would not fit on any screen


class ZoomMeetingInstance(models.Model):
    _inherit = "zoom.meeting.instance"

    timeline = fields.Json(
        compute="_compute_timeline", help="Who was there when, for the drawing on the form."
    )

    @api.depends("start", "stop", "participant_ids.stay_ids.join_time", "participant_ids.name")
    @api.depends_context("uid", "lang")
    def _compute_timeline(self):
        """Return the drawing's data; times in UTC as Odoo writes them.

        {"start", "stop", "now", "more": people left out, "people": [{"id", "name", "organizer",
        "seconds", "stays": [{"join", "leave", "inferred"}]}]}
        """
        now = fields.Datetime.to_string(fields.Datetime.now())
        roles = dict(
            self.env["zoom.participant"]._fields["role_raw"]._description_selection(self.env)
        )
        for instance in self:
            people = instance.participant_ids.filtered("stay_ids")
            people = people.sorted(lambda one: (one.join_time or one.instance_start, one.id))
            instance.timeline = {
                "start": fields.Datetime.to_string(instance.start) or False,
                "stop": fields.Datetime.to_string(instance.stop) or False,
                "now": now,
                "more": max(len(people) - MOST, 0),
                "people": [
                    {
                        "id": one.id,
                        "name": one.name,
                        "role": roles.get(one.role_raw),
                        "organizer": one.role == "organizer",
                        "seconds": one.duration,
                        "stays": [
                            {
                                "join": fields.Datetime.to_string(stay.join_time),
                                "leave": fields.Datetime.to_string(stay.leave_time) or False,
                                "inferred": stay.leave_inferred,
                            }
                            for stay in one.stay_ids.sorted(
                                lambda stay: (stay.join_time or stay.leave_time, stay.id)
                            )
                            if stay.join_time
                        ],
                    }
                    for one in people[:MOST]
                ],
            }
