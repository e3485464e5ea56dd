from odoo import models
from odoo.exceptions import UserError

from .hootsuite_routing_engine import Job
from .message_marks import Mark


class HootsuiteMessage(models.Model):
    _inherit = "hootsuite.message"

    def _reroute(self, action, user=None, why=None):
        """Send a message elsewhere because a person says so; later messages follow it there.

        :param action: one of ``hootsuite_message.ACTIONS``
        :param user: who gets the work; empty: as for a rule without person
        :param why: the person's words, shown as reason
        """
        self.ensure_one()
        if self.direction != "in":
            raise UserError(self.env._("Only messages from outside are routed."))
        # sudo: the right to correct the message is enough to have work made of it.
        message = self.sudo().with_context(hootsuite_apply=Mark.APPLY)
        message = message.with_company(message.company_id)
        values = {
            name: message[name]
            for name in (
                "text", "author_name", "network", "kind", "language", "sentiment", "urgent",
                "priority", "permalink", "irony", "note_ref",
            )
        }  # fmt: skip
        reasons = [self.env._("%(name)s corrected the route", name=self.env.user.name)]
        if why:
            reasons.append(why)
        rule = (
            self.env["hootsuite.routing.rule"]
            .sudo()
            .new(
                {
                    "action": action,
                    "user_id": user.id if user else False,
                    "deadline_days": 1,
                    "reuse_open": False,
                }
            )
        )
        job = Job(
            values=values,
            thread=message.thread_id,
            handle=message.handle_id,
            action=action,
            rule=rule,
            reasons=reasons,
        )
        router = message.env["hootsuite.router"]
        message.env["hootsuite.target"]._carry_out(message.integration_id, [job])
        if job.action in ("keep", "ignore"):
            message.thread_id.write({"target_model": False, "target_id": False})
        job.rule = None
        router._fill(job)
        message.write(
            {
                name: job.values[name]
                for name in (
                    "rule_id", "route_action", "route_reason", "state", "target_model",
                    "target_id", "note_ref",
                )
                if name in job.values
            }
        )  # fmt: skip
        message.route_corrected = True
