import datetime

from odoo import api, fields, models


class ConnectorIntegrationStatus(models.AbstractModel):
    """What the form shows of an integration, and the lists behind its numbers."""

    _inherit = "connector.integration"

    @api.model
    def _default_redirect_uri(self):
        return self.get_base_url() + self._oauth2_routes()[1]

    @api.depends("webhook_key")
    def _compute_webhook_url(self):
        for integration in self:
            route = integration._connector_webhook_route
            integration.webhook_url = (
                f"{integration.get_base_url()}{route}/{integration.webhook_key}" if route else False
            )

    def _compute_last_event_at(self):
        for integration in self:
            # sudo: the time of the last event is no secret to those who may see the account.
            last = (
                self.env["connector.event"]
                .sudo()
                .search_fetch(
                    [
                        ("integration_model", "=", self._name),
                        ("integration_id", "=", integration._origin.id or 0),
                    ],
                    ["received_at"],
                    order="received_at DESC",
                    limit=1,
                )
            )
            integration.last_event_at = last.received_at

    def _compute_last_bad_signature_at(self):
        # sudo: as in _compute_last_event_at.
        groups = (
            self.env["connector.metric"]
            .sudo()
            ._read_group(
                [
                    ("integration_model", "=", self._name),
                    ("integration_id", "in", self._origin.ids),
                    ("name", "=", "bad_signature"),
                ],
                ["integration_id"],
                ["last_at:max"],
            )
        )
        last = dict(groups)
        for integration in self:
            integration.last_bad_signature_at = last.get(integration._origin.id, False)

    def _compute_breaker_state(self):
        # sudo: as in _compute_last_event_at.
        breakers = (
            self.env["connector.breaker"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self._origin.ids)])
        )
        states = {breaker.res_id: breaker.state for breaker in breakers}
        for integration in self:
            integration.breaker_state = states.get(integration._origin.id, "closed")

    def _compute_counts(self):
        mine = [("integration_model", "=", self._name), ("integration_id", "in", self._origin.ids)]
        day_ago = fields.Datetime.now() - datetime.timedelta(days=1)

        def counts(model, *terms):
            # sudo: numbers only; the lists behind them follow the user's rights.
            groups = (
                self.env[model]
                .sudo()
                ._read_group(mine + list(terms), ["integration_id"], ["__count"])
            )
            return dict(groups)

        events = counts("connector.event")
        dead = counts("connector.event", ("state", "in", ("dead", "quarantined")))
        calls = counts("connector.api.log", ("kind", "=", "call"), ("create_date", ">=", day_ago))
        alerts = counts("connector.alert", ("state", "=", "open"))
        for integration in self:
            key = integration._origin.id
            integration.event_count = events.get(key, 0)
            integration.dead_count = dead.get(key, 0)
            integration.call_count = calls.get(key, 0)
            integration.alert_count = alerts.get(key, 0)

    # -- smart buttons -----------------------------------------------------------------------

    def _connector_open(self, action, domain=()):
        self.ensure_one()
        result = self.env["ir.actions.act_window"]._for_xml_id(f"connector_base.{action}")
        result["domain"] = [
            ("integration_model", "=", self._name),
            ("integration_id", "=", self.id),
            *domain,
        ]
        result["context"] = {}
        return result

    def action_view_events(self):
        """List the events of this integration."""
        return self._connector_open("connector_event_action")

    def action_view_dead_events(self):
        """List the events that wait for a person."""
        return self._connector_open(
            "connector_event_action", [("state", "in", ["dead", "quarantined"])]
        )

    def action_view_calls(self):
        """List the calls of this integration."""
        return self._connector_open("connector_api_log_action")

    def action_view_alerts(self):
        """List the open alerts of this integration."""
        return self._connector_open("connector_alert_action", [("state", "=", "open")])
