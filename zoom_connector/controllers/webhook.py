import time

from odoo import fields, http
from odoo.http import request

from odoo.addons.connector_base.controllers.webhook import WEBHOOK_ROUTE, WebhookController
from odoo.addons.connector_base.core import signature
from odoo.addons.connector_base.core.errors import NoSecret, PayloadError

from ..adapters import webhook as zoom_webhook
from ..adapters.events import split

# Vendor page "Using webhooks" leaves the window to the receiver. Zoom's retries carry new timestamps.
WINDOW_SECONDS = 300


class ZoomWebhook(WebhookController, http.Controller):
    """Receives Zoom's events, see `connector_base` for what happens in which order."""

    @http.route(["/zoom/webhook/event", "/zoom/webhook/event/<string:key>"], **WEBHOOK_ROUTE)
    def zoom_event(self, key=None):
        """Take one delivery, for the account named by its key or for the only active one."""
        return self._receive("zoom.integration", key)

    def _verify(self, integration, headers, raw):
        self._matching_secret(integration, headers, raw)

    def _matching_secret(self, integration, headers, raw):
        """Return the live secret that signed the delivery.

        :raises SignatureError: none did, or nothing is configured
        """
        secrets = integration._connector_webhook_secrets()
        if not secrets:
            # Said before the timestamp is looked at: the administrator has to act, not Zoom.
            raise NoSecret("No webhook secret is configured.")
        timestamp = headers.get(zoom_webhook.TIMESTAMP_HEADER)
        signature.check_timestamp(timestamp, time.time(), window=WINDOW_SECONDS)
        index = signature.verify(
            secrets,
            zoom_webhook.signed_message(timestamp, raw),
            headers.get(zoom_webhook.SIGNATURE_HEADER),
            prefix=zoom_webhook.SIGNATURE_PREFIX,
        )
        return secrets[index]

    def _special(self, integration, headers, body):
        """Answer the URL validation, which Zoom repeats every 72 hours.

        Only a challenge with a valid signature gets here, so nobody else can have a text signed by
        asking. Zoom's own receiver library verifies it the same way.
        """
        if body.get("event") != zoom_webhook.URL_VALIDATION:
            return None
        try:
            # Answered with the secret that signed it: while one is being rotated two are live.
            secret = self._matching_secret(integration, headers, request.httprequest.get_data())
            answer = zoom_webhook.url_validation(secret, zoom_webhook.challenge_token(body))
        except PayloadError:
            return self._refuse(400, "no token", integration, "bad_body")
        integration._connector_store({"webhook_validated_at": fields.Datetime.now()})
        return request.make_json_response(answer)

    def _split(self, integration, headers, body):
        # What must not be kept is taken out before anything is stored.
        return integration._withhold_facts(split(body))

    def _request_id(self, headers):
        return headers.get(zoom_webhook.REQUEST_ID_HEADER)
