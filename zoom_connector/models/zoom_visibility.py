"""Who sees which Zoom meeting: one place that all record rules ask.

A meeting is seen by its host (the responsible user), the organizer and the attendees of its calendar
events, internal users who were in it, users it is shared with, and the superiors of its responsible
user. What was held is judged date by date: who was invited to one date of a series does not see who
came to the others. Managers of the Zoom app see all of their companies.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError

MANAGER = "zoom_connector.group_zoom_manager"


def asks_for_true(operator, value):
    """Return whether a search on a boolean wants the true ones (18.0 `=`, 19.0 `in`)."""
    wanted = any(value) if operator in ("in", "not in") else bool(value)
    return wanted == (operator in ("=", "in"))


class ResUsers(models.Model):
    _inherit = "res.users"

    def _zoom_team_user_ids(self):
        """Return the ids of the users whose meetings this user sees as their superior.

        With the Employees app: everybody in the departments he manages and in those below, and
        everybody who reports to him, directly or not. With sales teams: the members of the teams
        that he leads. Without both: nobody.
        """
        self.ensure_one()
        found = set()
        # sudo: who leads whom decides what is seen; the user need not have rights on the people.
        env = self.sudo().with_context(active_test=True).env
        if "hr.employee" in env:
            mine = env["hr.employee"].search([("user_id", "=", self.id)])
            if mine:
                led = env["hr.department"].search([("manager_id", "in", mine.ids)])
                below = env["hr.employee"].search([("id", "child_of", mine.ids)])
                if led:
                    below |= env["hr.employee"].search([("department_id", "child_of", led.ids)])
                found |= set(below.user_id.ids)
        if "crm.team" in env:
            teams = env["crm.team"].search([("user_id", "=", self.id)])
            found |= set(teams.member_ids.ids)
        return sorted(found - {self.id})


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    shared_user_ids = fields.Many2many(
        "res.users",
        "zoom_meeting_shared_user_rel",
        "meeting_id",
        "user_id",
        "Shared with",
        domain=[("share", "=", False)],
        readonly=True,
        copy=False,
        help="These users see the meeting as its host does.",
    )
    is_visible = fields.Boolean(
        "Visible to me", compute="_compute_is_visible", search="_search_is_visible"
    )
    is_mine = fields.Boolean(
        "I answer for it",
        compute="_compute_is_mine",
        help="The reader is the host or a manager of Zoom.",
    )

    @api.model
    def _visible_domain(self):
        """Return the domain of the meetings that the present user sees."""
        user = self.env.user
        return [
            *(["|"] * 4),
            ("user_id", "in", [user.id, *user._zoom_team_user_ids()]),
            ("shared_user_ids", "in", [user.id]),
            ("calendar_event_ids.user_id", "=", user.id),
            ("calendar_event_ids.partner_ids", "in", [user.partner_id.id]),
            ("instance_ids.participant_ids.partner_id", "=", user.partner_id.id),
        ]

    @api.model
    def _search_is_visible(self, operator, value):
        domain = self._visible_domain()
        return domain if asks_for_true(operator, value) else ["!", *domain]

    @api.depends_context("uid")
    @api.depends("user_id", "shared_user_ids")
    def _compute_is_visible(self):
        # sudo: this is what decides about the rights; it must not ask them.
        seen = self.sudo().search([("id", "in", self.ids), *self._visible_domain()])
        for meeting in self:
            meeting.is_visible = meeting._origin in seen

    @api.depends_context("uid")
    @api.depends("user_id")
    def _compute_is_mine(self):
        manager = self.env.user.has_group(MANAGER)
        for meeting in self:
            meeting.is_mine = manager or meeting.user_id == self.env.user

    def _check_answers_for_it(self):
        """Raise AccessError unless the user is the host or a manager, for each of the meetings."""
        self.check_access("read")
        if not all(self.mapped("is_mine")):
            raise AccessError(
                self.env._("Only the host of a meeting or a Zoom manager can do this.")
            )


class ZoomMeetingInstance(models.Model):
    _inherit = "zoom.meeting.instance"

    is_visible = fields.Boolean(
        "Visible to me", compute="_compute_is_visible", search="_search_is_visible"
    )

    @api.model
    def _visible_domain(self):
        """Return the domain of the held meetings that the present user sees."""
        user = self.env.user
        return [
            *(["|"] * 4),
            ("user_id", "in", [user.id, *user._zoom_team_user_ids()]),
            ("meeting_id.shared_user_ids", "in", [user.id]),
            ("calendar_event_id.user_id", "=", user.id),
            ("calendar_event_id.partner_ids", "in", [user.partner_id.id]),
            ("participant_ids.partner_id", "=", user.partner_id.id),
        ]

    @api.model
    def _search_is_visible(self, operator, value):
        domain = self._visible_domain()
        return domain if asks_for_true(operator, value) else ["!", *domain]

    @api.depends_context("uid")
    @api.depends("user_id", "calendar_event_id", "meeting_id.shared_user_ids")
    def _compute_is_visible(self):
        # sudo: as for the meetings.
        seen = self.sudo().search([("id", "in", self.ids), *self._visible_domain()])
        for instance in self:
            instance.is_visible = instance._origin in seen
