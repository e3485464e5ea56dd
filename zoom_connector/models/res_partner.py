from collections import defaultdict

from odoo import api, fields, models

PERIOD_DAYS = 90  # frequency and trend look at this many days, and at as many before them
USER = "zoom_connector.group_zoom_user"


class ResPartner(models.Model):
    _inherit = "res.partner"

    zoom_participant_ids = fields.One2many(
        "zoom.participant", "partner_id", "Zoom attendance", groups=USER
    )
    zoom_meeting_count = fields.Integer(
        "Zoom meetings attended", compute="_compute_zoom_attendance", groups=USER
    )
    zoom_attended_hours = fields.Float(
        "Hours in Zoom", compute="_compute_zoom_attendance", groups=USER
    )
    zoom_last_meeting = fields.Datetime(
        "Last Zoom meeting", compute="_compute_zoom_attendance", groups=USER
    )
    zoom_frequency = fields.Float(
        "Zoom meetings a month",
        compute="_compute_zoom_attendance",
        groups=USER,
        digits=(16, 1),
        help="Of the last 90 days.",
    )
    zoom_trend = fields.Selection(
        [("more", "More often"), ("same", "As before"), ("less", "Less often")],
        compute="_compute_zoom_attendance",
        groups=USER,
        help="The last 90 days compared with the 90 days before.",
    )

    def init(self):
        """Index for the few addresses with a tag, see `zoom.people._candidates`."""
        result = super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS res_partner_zoom_plus_idx ON res_partner (email_normalized)"
            " WHERE strpos(email_normalized, '+') > 0"
        )
        return result

    # What the reader may see counts, so that no number speaks of meetings that are hidden from him.
    @api.depends("zoom_participant_ids")
    @api.depends_context("uid")
    def _compute_zoom_attendance(self):
        everybody = self.with_context(active_test=False).search([("id", "child_of", self.ids)])
        now = fields.Datetime.now()
        recent = fields.Datetime.subtract(now, days=PERIOD_DAYS)
        before = fields.Datetime.subtract(recent, days=PERIOD_DAYS)

        def per_partner(*terms):
            return {
                partner.id: (count, hours or 0.0, last)
                for partner, count, hours, last in self.env["zoom.participant"]._read_group(
                    [("partner_id", "in", everybody.ids), ("join_time", "!=", False), *terms],
                    ["partner_id"],
                    ["instance_id:count_distinct", "hours:sum", "instance_start:max"],
                )
            }

        all_time = per_partner()
        lately = per_partner(("instance_start", ">=", recent))
        earlier = per_partner(("instance_start", ">=", before), ("instance_start", "<", recent))
        members = defaultdict(list)
        for partner in everybody:
            above = partner
            while above:
                members[above.id].append(partner.id)
                above = above.parent_id
        for partner in self:
            mine = members.get(partner._origin.id, [])

            def total(figures, mine=mine):
                return sum(figures[member][0] for member in mine if member in figures)

            known = [all_time[member] for member in mine if member in all_time]
            partner.zoom_meeting_count = total(all_time)
            partner.zoom_attended_hours = sum(hours for _count, hours, _last in known)
            partner.zoom_last_meeting = max((last for *_rest, last in known if last), default=False)
            partner.zoom_frequency = total(lately) * 30 / PERIOD_DAYS
            now_and_then = total(lately), total(earlier)
            partner.zoom_trend = False
            if any(now_and_then):
                partner.zoom_trend = (
                    "same"
                    if now_and_then[0] == now_and_then[1]
                    else "more"
                    if now_and_then[0] > now_and_then[1]
                    else "less"
                )

    def action_view_zoom_attendance(self):
        """Show the Zoom meetings that this contact attended, by month."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "zoom_connector.zoom_participant_partner_action"
        )
        action["domain"] = [("partner_id", "child_of", self.id)]
        action["context"] = {"create": False, "search_default_attended": 1}
        return action
