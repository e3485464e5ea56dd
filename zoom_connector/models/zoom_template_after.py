"""What a template does when a meeting has ended."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

LONGEST_WAIT = 24 * 60


class ZoomMeetingTemplate(models.Model):
    _inherit = "zoom.meeting.template"

    after_wait = fields.Integer(
        "Wait (minutes)",
        default=15,
        help="After the end, so that late events of Zoom are in the attendance first. Zoom repeats an "
        "event that did not get through after five minutes.",
    )
    after_activity = fields.Boolean("Plan an activity")
    after_activity_type_id = fields.Many2one(
        "mail.activity.type",
        "Activity",
        ondelete="set null",
        domain=[("res_model", "in", (False, "res.partner"))],
        default=lambda self: self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False),
    )
    after_activity_summary = fields.Char(
        "Summary", translate=True, default=lambda self: self.env._("Follow up the meeting")
    )
    after_user = fields.Selection(
        [("organizer", "Organizer"), ("salesperson", "Salesperson")],
        "Assigned to",
        default="organizer",
        required=True,
        help="Salesperson: of the opportunity or the contact; without one, the organizer.",
    )
    after_days = fields.Integer("Due in (days)", default=1)
    after_mail_template_id = fields.Many2one(
        "mail.template",
        "E-mail",
        ondelete="set null",
        domain=[("model", "=", "zoom.meeting.instance")],
    )
    after_mail_to = fields.Selection(
        [
            ("organizer", "Organizer"),
            ("guests", "People who came, without own staff"),
            ("attendees", "Everybody who came"),
        ],
        "Send to",
        default="organizer",
        required=True,
        help="Each gets a mail of his own. Of confidential meetings nobody but the organizer is "
        "written to.",
    )
    after_task_project = fields.Reference(
        selection="_selection_task_project",
        string="Make a task in",
        help="Needs the Project app. The task goes to the same person as the activity.",
    )
    after_task_possible = fields.Boolean(compute="_compute_after_task_possible")
    after_action_id = fields.Many2one(
        "ir.actions.server",
        "Server action",
        ondelete="set null",
        domain=[("model_id.model", "=", "zoom.meeting.instance")],
        groups="base.group_system",
        help="Runs on the held meeting, with all rights: only administrators choose it.",
    )

    @api.model
    def _selection_task_project(self):
        if "project.project" not in self.env:
            return []
        return [("project.project", self.env._("Project"))]

    def _compute_after_task_possible(self):
        self.after_task_possible = "project.project" in self.env

    @api.constrains("after_wait", "after_days")
    def _check_after(self):
        for template in self:
            if not 0 <= template.after_wait <= LONGEST_WAIT:
                raise ValidationError(self.env._("Wait between 0 minutes and a day."))
            if not 0 <= template.after_days <= 365:
                raise ValidationError(self.env._("Activities are due within a year."))

    @api.constrains("after_mail_template_id", "after_action_id")
    def _check_after_models(self):
        for template in self.sudo():  # sudo: the action is only compared, whoever saves
            models_ = {
                template.after_mail_template_id.model or "zoom.meeting.instance",
                template.after_action_id.model_id.model or "zoom.meeting.instance",
            }
            if models_ != {"zoom.meeting.instance"}:
                raise ValidationError(
                    self.env._("Choose an e-mail and an action that are about held Zoom meetings.")
                )

    def _after_steps(self):
        """Return the names of what is to be done after a meeting."""
        self.ensure_one()
        template = self.sudo()  # the action's choice is hidden from managers
        chosen = {
            "activity": template.after_activity,
            "mail": template.after_mail_template_id,
            "task": template.after_task_project,
            "action": template.after_action_id,
        }
        return [name for name, wanted in chosen.items() if wanted]


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    after_template_id = fields.Many2one(
        "zoom.meeting.template",
        "After meetings",
        ondelete="set null",
        help="What this template does after a meeting is also done for meetings without a template.",
    )
