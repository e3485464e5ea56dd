from odoo import api, fields, models

from odoo.addons.connector_base import compat
from odoo.addons.connector_base.core.errors import (
    NotFound,
    PayloadError,
    RateLimited,
    Rejected,
    RemoteUnavailable,
)
from odoo.addons.connector_base.core.facts import Issue
from odoo.addons.connector_base.core.oauth2 import OAuth2Endpoints
from odoo.addons.connector_base.models.connector_secret import secret_field

ERRORS = {
    "payload": lambda: PayloadError("The thing has no name.", field="name", remedy="Name it."),
    "rejected": lambda: Rejected("The vendor refuses this.", status=400),
    "unavailable": lambda: RemoteUnavailable("No answer.", retry_after=7),
    "limited": lambda: RateLimited("Too fast.", retry_after=120),
    "bug": lambda: ValueError("unexpected value of anna@example.com"),
}


class DemoIntegration(models.Model):
    """An account at a vendor that does not exist."""

    _name = "demo.integration"
    _description = "Demo Integration"
    _inherit = "connector.integration"

    _connector_manager_group = "connector_base_test.group_demo_manager"
    _connector_webhook_route = "/demo/webhook/event"

    client_id = fields.Char()
    client_secret = secret_field("Client Secret")
    grant = fields.Selection(
        [("authorization_code", "User"), ("account_credentials", "Server")],
        default="authorization_code",
        required=True,
    )
    api_url = fields.Char(string="API Address", default="http://127.0.0.1:9")

    @api.model
    def _connector_vendor(self):
        return "demo"

    def _oauth2_endpoints(self):
        return OAuth2Endpoints(
            f"{self.api_url}/oauth/authorize",
            f"{self.api_url}/oauth/token",
            f"{self.api_url}/oauth/revoke",
        )

    def _oauth2_grant(self):
        if self.grant == "authorization_code":
            return "authorization_code"
        return self.grant, {"account_id": "demo"}

    @api.model
    def _oauth2_routes(self):
        return "/demo_oauth/start", "/demo_oauth/callback"

    def _allowed_hosts(self):
        return {"127.0.0.1"}

    def _api_base_url(self):
        return f"{self.api_url}/v2"

    def _connector_classify(self, response):
        if response.status == 404:
            return NotFound("Not found.", status=404)
        return None

    @api.model
    def _connector_known_event(self, event_type):
        return event_type in ("thing.changed", "thing.read")

    def _connector_parse(self, event_type, payload):
        if not payload.get("name"):
            raise PayloadError("The thing has no name.", field="name", remedy="Name it.")
        issues = []
        if payload.get("size", 0) < 0:
            issues.append(Issue("size", "The size is negative; 0 was used.", "Correct it."))
        return dict(payload, size=max(payload.get("size", 0), 0)), issues

    def _connector_apply(self, event_type, pairs):
        """One demo.thing per name; the newest fact wins, whatever the order."""
        notes = {}
        if event_type == "thing.read":
            for event, fact in pairs:
                notes[event.id] = str(self._http_client().request("GET", fact["path"]).status)
            return notes
        if self.env["ir.config_parameter"].get_param("demo.crash") in {
            fact["name"] for _event, fact in pairs
        }:
            raise KeyboardInterrupt  # as a killed worker: nobody gets to clean up
        things = self._demo_things({fact["name"] for _event, fact in pairs})
        for event, fact in pairs:
            thing = things[fact["name"]]
            values = {"applied": thing.applied + 1}
            if not thing.changed_at or thing.changed_at <= event.occurred_at:
                values.update(size=fact["size"], changed_at=event.occurred_at)
            else:
                notes[event.id] = "ignored: older than what is known"
            thing.write(values)
        for _event, fact in pairs:
            if fact.get("fail") in ERRORS:
                raise ERRORS[fact["fail"]]()
        return notes

    def _demo_things(self, names):
        """Return ``{name: thing}``, made where missing; two statements whatever the number."""
        things = self.env["demo.thing"].search(
            [("integration_id", "=", self.id), ("name", "in", list(names))]
        )
        missing = sorted(names - set(things.mapped("name")))
        things += things.create([{"integration_id": self.id, "name": name} for name in missing])
        return {thing.name: thing for thing in things}

    def _connector_verify(self):
        answer = self._http_client().request("GET", "/me").json()
        return f"Connected as {answer['name']}."


class DemoBare(models.Model):
    """Rows of the bare route the intake is measured against."""

    _name = "demo.bare"
    _description = "Demo Bare Row"
    _rec_name = "body"
    _log_access = False

    body = fields.Text()


class DemoThing(models.Model):
    """What events of the demo vendor end in."""

    _name = "demo.thing"
    _description = "Demo Thing"

    integration_id = fields.Many2one("demo.integration", required=True, ondelete="cascade")
    name = fields.Char(required=True)
    size = fields.Integer()
    applied = fields.Integer(help="How many events were applied to it.")
    changed_at = fields.Datetime()

    _name_unique = compat.Constraint(
        "UNIQUE (integration_id, name)", "A thing has one name of its own."
    )
