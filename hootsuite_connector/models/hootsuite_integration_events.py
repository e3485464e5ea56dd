"""Webhook facts become records. Every handler takes all events of one type together."""

import dataclasses

from odoo import models

from ..adapters import conversation as facts


class HootsuiteIntegration(models.Model):
    _inherit = "hootsuite.integration"

    def _connector_apply(self, event_type, pairs):
        """Make records of events of one type; see `connector.integration`."""
        self.ensure_one()
        handlers = {
            facts.ConversationFact: self._handle_conversations,
            facts.MessageFact: self._handle_messages,
            facts.PostStateFact: self._handle_post_states,
            facts.CommentStateFact: self._handle_comment_states,
            facts.AppFact: self._handle_apps,
            facts.ImportFailure: self._handle_import_failures,
        }
        found = [fact for _event, fact in pairs]
        if isinstance(found[0], facts.AppFact):
            # Events about the app tell no time: the first arrival stands for it.
            found = [
                dataclasses.replace(fact, at=event.occurred_at or fact.at) for event, fact in pairs
            ]
        notes = handlers[type(found[0])](found) or {}
        return {pairs[position][0].id: note for position, note in notes.items()}

    # Each handler takes the facts in the order of vendor time and may return {position: note}.

    def _handle_conversations(self, found):
        return self.env["hootsuite.message"]._apply_conversations(self, found)

    def _handle_messages(self, found):
        return self.env["hootsuite.message"]._apply_messages(self, found)

    def _handle_post_states(self, found):
        return self.env["hootsuite.post"]._apply_states(self, found)

    def _handle_comment_states(self, found):
        return self.env["hootsuite.post"]._apply_comment_states(self, found)

    def _handle_apps(self, found):
        """An uninstalled app has no access any more: its tokens are dead (page "Using REST APIs")."""
        notes = {}
        for position, fact in enumerate(found):
            if fact.state != "UNINSTALLED":
                notes[position] = "The app was installed."
            elif not self._concerns_us(fact):
                notes[position] = "ignored: The app was uninstalled elsewhere."
            elif self.connected_at and fact.at.replace(tzinfo=None) < self.connected_at:
                # Late or doubled: access was granted again since.
                notes[position] = "ignored: The app was connected again since."
            else:
                self._token_forget()
                self._mark_reconnect(self.env._("The app was uninstalled in Hootsuite."))
        return notes

    def _concerns_us(self, fact):
        if fact.organization_ref:
            if self.organization_ref:
                return fact.organization_ref == self.organization_ref
            return fact.organization_ref in self.organization_ids.mapped("hootsuite_id")
        if fact.member_ref:
            return self.app_kind == "user" and fact.member_ref == self.member_ref
        return True

    def _handle_import_failures(self, found):
        """Tell the managers what Hootsuite could not use of what Odoo sent it."""
        for fact in found:
            self._alert(
                "crm_import",
                self.env._(
                    "Hootsuite could not use contact data from Odoo (%(count)s problems).",
                    count=len(fact.messages),
                ),
                self.env._(
                    "Compare the contact attributes that are defined in Hootsuite (Admin settings >"
                    " Integration and APIs > CRM) with those that Odoo sends. Details stand in the"
                    " event."
                ),
            )
        return {}
