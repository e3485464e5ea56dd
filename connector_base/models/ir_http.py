import werkzeug.routing

from odoo import http, models
from odoo.tools.misc import submap

WEBHOOK_MARK = "connector_webhook"
"""Argument of ``http.route`` that marks a webhook, see ``controllers/webhook.py``."""


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def _register_hook(self):
        """Let webhooks be found while the database is away.

        When Odoo cannot reach the database it looks a request up among the routes that need none,
        and answers 404 to all others. Vendors take a 4xx for final and never send the event again
        (Zoom: page "Using webhooks"), so every restart of PostgreSQL would lose events. With a
        route of their own they are answered 503, and the vendor repeats.
        """
        result = super()._register_hook()
        routes = http.root.nodb_routing_map
        known = {rule.rule for rule in routes.iter_rules()}
        modules = sorted(self.env.registry._init_modules)
        for url, endpoint in http._generate_routing_rules(modules, nodb_only=True):
            if endpoint.routing.get(WEBHOOK_MARK) and url not in known:
                known.add(url)
                arguments = submap(endpoint.routing, http.ROUTING_KEYS)
                routes.add(werkzeug.routing.Rule(url, endpoint=endpoint, **arguments))
        return result
