"""A post's way through the house: submit, approve, change, cancel."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.connector_base.compat import users_of

MANAGER = "hootsuite_connector.group_hootsuite_manager"


class HootsuitePostPlan(models.Model):
    _inherit = "hootsuite.post.plan"

    def _require_mine(self):
        """Only the author and managers move a post."""
        self.check_access("write")
        if not all(plan.mine for plan in self):
            raise AccessError(
                self.env._("Only its author or a Hootsuite manager may do this with a post.")
            )

    def action_submit(self):
        """Send the post to approval; where none is needed, out."""
        self._require_mine()
        for plan in self:
            if plan.phase != "draft":
                continue
            plan._require_sound()
            # sudo: phases are written by code
            plan.sudo().write({"phase": "waiting"})
            plan._mirror_phase("waiting")
            if plan.integration_id.approval == "none":
                plan._approved()
            else:
                plan._ask_approval()
        return True

    def _require_sound(self):
        self.ensure_one()
        if not self.profile_ids:
            raise UserError(self.env._("Choose at least one profile."))
        if self.timing == "at" and not self.scheduled_at:
            raise UserError(self.env._("Choose when the post goes out."))
        errors = [
            f"{post.profile_id.name}: {words}"
            for post in self.post_ids.filtered(lambda post: post.profile_id in self.profile_ids)
            for level, words in post._findings()
            if level == "error"
        ]
        if errors:
            raise UserError("\n".join(errors))

    def _ask_approval(self):
        """Give the managers of the account something to do."""
        self.ensure_one()
        managers = self._approvers()
        if not managers:
            raise UserError(
                self.env._(
                    "Nobody can approve this post: there is no other Hootsuite manager. An"
                    " administrator gives somebody the group, or changes the approval rule of the"
                    " Hootsuite account."
                )
            )
        for manager in managers[:5]:
            # sudo: the author may not be allowed to plan activities of others
            self.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Approve a social post"),
                note=self.env._("%(author)s asks for approval.", author=self.author_id.name),
                user_id=manager.id,
            )

    def _approvers(self):
        """Return the users who may approve this post."""
        self.ensure_one()
        group = self.env.ref(MANAGER)
        # sudo: who is in a group
        users = users_of(group.sudo()).filtered(
            lambda user: (
                user.active
                and not user.share
                and user.id != self.env.ref("base.user_root").id
                and (not self.company_id or self.company_id in user.company_ids)
            )
        )
        if self.integration_id.approval == "second":
            users -= self.author_id
        return users

    def action_approve(self):
        """Let the post go out."""
        for plan in self:
            plan._require_approver()
            plan._require_sound()
            plan._approved()
        return True

    def _require_approver(self):
        self.ensure_one()
        self.check_access("read")
        if self.phase != "waiting":
            raise UserError(self.env._("This post does not wait for approval."))
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Hootsuite managers approve posts."))
        if self.integration_id.approval == "second" and self.author_id == self.env.user:
            raise UserError(
                self.env._(
                    "A second person approves: ask another Hootsuite manager. (The rule is a setting"
                    " of the Hootsuite account.)"
                )
            )

    def _approved(self):
        self.ensure_one()
        # sudo: phases are written by code; who may do this was checked.
        plan = self.sudo()
        plan.write(
            {
                "phase": "approved",
                "approved_by_id": self.env.uid,
                "approved_at": fields.Datetime.now(),
                "digest": plan._content_digest(),
            }
        )
        plan._end_activities()
        posts = plan.post_ids.filtered(
            lambda post: post.profile_id in plan.profile_ids and post.state != "sent"
        )
        posts.write({"state": "approved", "send_now": plan.timing == "now"})
        posts._want("scheduled")

    def action_reject(self, reason=None):
        """Send the post back to its author."""
        for plan in self:
            plan._require_approver_or_own()
            plan.sudo().write({"phase": "draft"})  # sudo: phases are written by code
            plan._mirror_phase("draft")
            plan._end_activities()
            if plan.author_id != self.env.user:
                plan._tell(
                    self.env._("Your post was not approved."),
                    reason or self.env._("Change it and submit it again."),
                )
        return True

    def _require_approver_or_own(self):
        self.ensure_one()
        if self.phase != "waiting":
            raise UserError(self.env._("This post does not wait for approval."))
        if not self.mine:
            raise AccessError(self.env._("Hootsuite managers decide about posts of others."))

    def action_change(self):
        """Back to draft; what is scheduled at Hootsuite is taken back.

        Hootsuite has no call that changes a message (REST specification): it is deleted, and scheduled
        again once the new version is approved.
        """
        self._require_mine()
        for plan in self:
            if plan.phase == "draft":
                continue
            if plan.post_ids and not plan._open_posts():
                raise UserError(
                    self.env._("Everything was sent. Duplicate the post to send a new version.")
                )
            plan._withdraw("draft")
        return True

    def action_cancel(self):
        """Take back what is not sent yet."""
        self._require_mine()
        for plan in self:
            plan._withdraw("cancelled")
        return True

    def _withdraw(self, phase):
        self.ensure_one()
        plan = self.sudo()  # sudo: phases and posts are written by code; the right was checked
        plan.write({"phase": phase, "digest": False, "approved_by_id": False, "approved_at": False})
        plan._end_activities()
        posts = plan._open_posts()
        posts._take_back("draft" if phase == "draft" else "deleted")
        sent = plan.post_ids.filtered(lambda post: post.state == "sent")
        if phase == "cancelled" and sent:
            # What was sent stays sent, and the plan says so.
            plan.phase = "approved"

    def action_retry(self):
        """Try again what failed; what was sent stays as it is."""
        self._require_mine()
        # sudo: the outbox is written by code
        self.sudo().post_ids.filtered(
            lambda post: post.state in ("failed", "rejected") or post.push_state != "idle"
        )._push_again()
        self.sudo()._end_activities()
        return True

    def action_view_posts(self):
        """List the post on each profile."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hootsuite_connector.hootsuite_post_action"
        )
        return {**action, "domain": [("plan_id", "=", self.id)], "context": {}}

    def action_view_leads(self):
        """List the leads that this post brought, over all profiles."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Leads of the post"),
            "res_model": "crm.lead",
            "view_mode": "list,kanban,form",
            "domain": [("hootsuite_post_id", "in", self.post_ids.ids)],
            "context": {"active_test": False, "create": False},
        }

    def _mirror_phase(self, state):
        posts = self.sudo()._open_posts()  # sudo: posts are written by code
        posts.filtered(lambda post: post.push_state == "idle").write({"state": state})

    def _end_activities(self):
        # sudo: activities of others end too
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])

    # -- telling people ---------------------------------------------------------------------------

    def _tell(self, what, remedy):
        """Tell the author: an activity that stays, a notice that shows up at once."""
        self.ensure_one()
        author = self.author_id
        if not author or not author.active:
            return
        # sudo: told by background work, for whatever user
        self.sudo().activity_schedule(
            "mail.mail_activity_data_todo",
            summary=what,
            note=remedy,
            user_id=author.id,
        )
        author.sudo()._bus_send(  # sudo: as above
            "simple_notification",
            {"type": "danger", "title": self.name, "message": f"{what} {remedy}", "sticky": True},
        )
