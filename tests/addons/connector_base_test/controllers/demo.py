import datetime
import time

from odoo import http
from odoo.http import request

from odoo.addons.connector_base.controllers.oauth import OAuthController
from odoo.addons.connector_base.controllers.webhook import WEBHOOK_ROUTE, WebhookController
from odoo.addons.connector_base.core import signature
from odoo.addons.connector_base.core.errors import PayloadError
from odoo.addons.connector_base.core.facts import Fact


class DemoWebhook(WebhookController, http.Controller):
    """Signature: hex HMAC-SHA256 of ``<timestamp>.<body>``."""

    @http.route(["/demo/webhook/event", "/demo/webhook/event/<string:key>"], **WEBHOOK_ROUTE)
    def demo_event(self, key=None, **_query):
        return self._receive("demo.integration", key)

    def _verify(self, integration, headers, raw):
        secrets = integration._connector_webhook_secrets()
        stamp = headers.get("X-Demo-Timestamp", "")
        signature.verify(secrets, stamp.encode() + b"." + raw, headers.get("X-Demo-Signature"))
        signature.check_timestamp(stamp, time.time())

    def _special(self, integration, headers, body):
        if body.get("type") == "ping":
            return request.make_json_response({"pong": body.get("token")})
        return None

    def _split(self, integration, headers, body):
        facts = []
        for item in body.get("events", [body]):
            if "id" not in item:
                raise PayloadError("The event has no id.", field="id")
            facts.append(
                Fact(
                    event_type=item["type"],
                    external_key=f"{item['type']}:{item['id']}",
                    subject_key=str(item.get("name", "")),
                    occurred_at=datetime.datetime.fromtimestamp(item["at"], datetime.timezone.utc),
                    payload=item,
                )
            )
        return facts

    def _request_id(self, headers):
        return headers.get("X-Demo-Request-Id")


class DemoBare(http.Controller):
    """What the intake is measured against: a route that does nothing but insert one row."""

    @http.route(
        "/demo/bare",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def demo_bare(self):
        raw = request.httprequest.get_data()
        request.env.cr.execute("INSERT INTO demo_bare (body) VALUES (%s)", (raw.decode(),))
        return request.make_response("")


class DemoOAuth(OAuthController, http.Controller):
    @http.route("/demo_oauth/start", type="http", auth="user")
    def demo_start(self, integration_id=None, **_query):
        return self._start("demo.integration", integration_id)

    @http.route("/demo_oauth/callback", type="http", auth="user")
    def demo_callback(self, **query):
        return self._callback("demo.integration", **query)
