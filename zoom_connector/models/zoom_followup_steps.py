"""The single things that happen after a meeting."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class ZoomMeetingInstance(models.Model):
    _inherit = "zoom.meeting.instance"

    followup_ids = fields.One2many("zoom.followup", "instance_id", "Follow-up")

    @api.model
    def _upsert(self, integration, patches):
        result = super()._upsert(integration, patches)
        ended = {patch.uuid for patch in patches if patch.stop}
        if ended:
            instances = self.union(*(result[uuid] for uuid in ended if uuid in result))
            # sudo: the inbox works for whatever user; follow-ups are made by code only.
            self.env["zoom.followup"].sudo()._plan(instances)
        return result

    def _after_template(self):
        """Return the template that says what happens after the meeting."""
        self.ensure_one()
        event = self.calendar_event_id or self.meeting_id.calendar_event_id
        return event.zoom_template_id or self.integration_id.after_template_id

    def _after_contact(self):
        """Return the contact that a follow-up is about: the first guest who is not own staff."""
        self.ensure_one()
        guests = self.participant_ids.filtered(
            lambda person: person.join_time and person.partner_id and person.affiliation != "staff"
        )
        return guests.sorted("join_time")[:1].partner_id

    def _after_opportunity(self):
        """Return the opportunity of the calendar event, where CRM is installed; else None."""
        event = self.calendar_event_id
        if "opportunity_id" not in event._fields:
            return None
        return event.opportunity_id or None


class ZoomFollowup(models.Model):
    _inherit = "zoom.followup"

    def _assignee(self):
        """Return the user whom an activity or a task goes to."""
        instance = self.instance_id
        organizer = instance.user_id
        if self.template_id.after_user == "salesperson":
            opportunity = instance._after_opportunity()
            user = (opportunity and opportunity.user_id) or instance._after_contact().user_id
            return user or organizer
        return organizer

    def _facts(self):
        """Return what people need to know, without anybody's name."""
        instance = self.instance_id
        minutes = round(instance.duration / 60)
        return self.env._(
            "%(topic)s: %(minutes)s minutes, %(people)s people.",
            topic=instance.topic or "",
            minutes=minutes,
            people=instance.participant_count,
        )

    def _due_day(self, user):
        today = fields.Date.context_today(self.with_context(tz=user.tz or "UTC"))
        return fields.Date.add(today, days=self.template_id.after_days)

    def _do_activity(self):
        """Plan an activity on the opportunity, else the guest's contact, else the organizer's."""
        instance, template = self.instance_id, self.template_id
        user = self._assignee()
        if not user:
            raise UserError(self.env._("The meeting has no organizer in Odoo."))
        record = instance._after_opportunity() or instance._after_contact() or user.partner_id
        kind = template.after_activity_type_id or self.env.ref("mail.mail_activity_data_todo")
        # Shown to the assignee in the language he reads.
        words = template.with_context(lang=user.lang)
        record.activity_schedule(
            activity_type_id=kind.id,
            summary=words.after_activity_summary or instance.topic,
            note=Markup('<p>{} <a href="/odoo/zoom.meeting.instance/{}">{}</a></p>').format(
                self._facts(), instance.id, self.env._("Open the meeting")
            ),
            user_id=user.id,
            date_deadline=self._due_day(user),
        )
        return self.env._("for %(user)s", user=user.name)

    def _recipients(self):
        """Return (contacts, addresses without a contact) of those who get the mail."""
        instance, who = self.instance_id, self.template_id.after_mail_to
        if who == "organizer":
            return instance.user_id.partner_id, []
        if instance.confidential:
            return self.env["res.partner"], []
        people = instance.participant_ids.filtered(
            lambda person: person.join_time and person.role_raw != "host"
        )
        if who == "guests":
            people = people.filtered(lambda person: person.affiliation != "staff")
        contacts = people.partner_id.filtered("email")
        known = set(contacts.mapped("email_normalized"))
        others = people.filtered(lambda person: not person.partner_id.email)
        return contacts, sorted({e for e in others.mapped("email") if e} - known)

    def _do_mail(self):
        """Write to each recipient alone; mails go into Odoo's own queue."""
        template, instance = self.template_id.after_mail_template_id, self.instance_id
        contacts, addresses = self._recipients()
        for contact in contacts:
            values = {"recipient_ids": [fields.Command.set(contact.ids)], "email_to": False}
            template.send_mail(instance.id, email_values={**values, "email_cc": False})
        for address in addresses:
            values = {"recipient_ids": [], "email_to": address}
            template.send_mail(instance.id, email_values={**values, "email_cc": False})
        count = len(contacts) + len(addresses)
        if not count and instance.confidential:
            return self.env._("nobody: the meeting is confidential")
        return self.env._("%(count)s recipients", count=count)

    def _do_task(self):
        """Make a task in the chosen project."""
        project = self.template_id.after_task_project.exists()
        if not project:
            raise UserError(self.env._("The project of the template does not exist any more."))
        user = self._assignee()
        words = self.template_id.with_context(lang=user.lang)
        task = self.env["project.task"].create(
            {
                "name": f"{words.after_activity_summary or ''}: {self.instance_id.topic}".strip(
                    ": "
                ),
                "project_id": project.id,
                "user_ids": [fields.Command.set(user.ids)],
                "partner_id": self.instance_id._after_contact().id,
                "description": Markup("<p>{}</p>").format(self._facts()),
                "date_deadline": self._due_day(user),
            }
        )
        return self.env._("made (number %(id)s)", id=task.id)

    def _do_action(self):
        """Run the server action on the held meeting."""
        instance = self.instance_id
        self.template_id.after_action_id.with_context(
            active_model=instance._name, active_id=instance.id, active_ids=instance.ids
        ).run()
        return self.env._("run")
