"""What the messages add to an account: settings, counts, look-up by handle."""

from odoo import api, fields, models

from .hootsuite_profile import NETWORK_KEYS


class HootsuiteIntegration(models.Model):
    _inherit = "hootsuite.integration"

    download_files = fields.Boolean(
        "Download attachments",
        default=True,
        help="Files of messages are kept in Odoo. They are fetched from the internet, never from"
        " addresses inside your network, and only up to the size below.",
    )
    file_limit = fields.Integer("Largest attachment (MB)", default=25)
    message_count = fields.Integer("Social messages", compute="_compute_message_counts")
    waiting_count = fields.Integer("Waiting for an answer", compute="_compute_message_counts")

    @api.depends_context("uid")
    def _compute_message_counts(self):
        messages = dict(
            self.env["hootsuite.message"]._read_group(
                [("integration_id", "in", self.ids), ("direction", "=", "in")],
                ["integration_id"],
                ["__count"],
            )
        )
        waiting = dict(
            self.env["hootsuite.thread"]._read_group(
                [("integration_id", "in", self.ids), ("reply_state", "=", "waiting")],
                ["integration_id"],
                ["__count"],
            )
        )
        for integration in self:
            integration.message_count = messages.get(integration, 0)
            integration.waiting_count = waiting.get(integration, 0)

    def action_view_messages(self):
        """List the messages of the account."""
        return self._open_hootsuite("hootsuite_message_action")

    def action_view_waiting(self):
        """List the conversations that wait for an answer."""
        return self._open_hootsuite("hootsuite_thread_action", [("reply_state", "=", "waiting")])

    def _lookup_partner(self, asked):
        """Find by Hootsuite's contact first: who wrote before is known."""
        key = asked.contact_key
        if key:
            keys = [f"{network}|c:{key}" for network in NETWORK_KEYS]
            identities = self.env["hootsuite.handle.identity"].search(
                [("company_id", "=", self.company_id.id), ("key", "in", keys)]
            )
            partners = identities.handle_id.partner_id
            if len(partners) == 1:
                return partners
        return super()._lookup_partner(asked)
