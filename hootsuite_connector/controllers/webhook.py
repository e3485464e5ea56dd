import time
from datetime import datetime, timezone

from odoo import fields, http
from odoo.http import request, route

from odoo.addons.connector_base.controllers.webhook import WEBHOOK_ROUTE, WebhookController
from odoo.addons.connector_base.core import signature
from odoo.addons.connector_base.core.errors import (
    NoSecret,
    SignatureMissing,
    TimestampOutOfWindow,
)

from ..adapters import envelopes, inbox, relay, steering

WEBHOOK = "/hootsuite/webhook/messages"


class HootsuiteWebhook(WebhookController, http.Controller):
    """Receives everything that Hootsuite or a relay sends; see `connector_base` for what happens in
    which order, and ``adapters.envelopes`` for how the kinds are told apart.

    One address serves all, since the vendor's settings name one address each:

    ==================  ==========================================  =================================
    what                proof                                       answer
    ==================  ==========================================  =================================
    virtual agent       HMAC-SHA256, key decoded from hex, 5 min    200 with ``{}`` or an action
    CRM write-back      the same, without the age                   200
    CRM look-up         the same                                    200 with attributes, or empty
    CRM error message   the same                                    204
    platform events     as configured; closed by default            200
    relay               HMAC-SHA256 over time and body, 5 min       200
    ==================  ==========================================  =================================
    """

    # Platform events come as arrays.
    _accepts_arrays = True

    @route([WEBHOOK, f"{WEBHOOK}/<string:key>"], **WEBHOOK_ROUTE)
    def hootsuite_messages(self, key=None):
        """Take one delivery, for the account named by its key or for the only active one."""
        return self._receive("hootsuite.integration", key)

    # -- proof -------------------------------------------------------------------------------

    def _verify(self, integration, headers, raw):
        if headers.get(relay.SIGNATURE_HEADER):
            self._verify_relay(integration, headers, raw)
        elif envelopes.is_array(raw):
            self._verify_platform(integration, headers, raw)
        else:
            given = headers.get(envelopes.SIGNATURE_HEADER) or headers.get(
                envelopes.LEGACY_SIGNATURE_HEADER
            )
            # Either secret of Inbox proves either kind: both are Hootsuite's, and people mix them up.
            signature.verify(integration._inbox_keys(), raw, given)

    def _verify_relay(self, integration, headers, raw):
        secrets = integration._live_secrets("relay_secret")
        if not secrets:
            # Said before the time is looked at: the administrator has to act, not the relay.
            raise NoSecret("No relay secret is configured.")
        timestamp = headers.get(relay.TIMESTAMP_HEADER) or ""
        signature.check_timestamp(timestamp, time.time(), window=relay.WINDOW_SECONDS)
        signature.verify(
            secrets,
            relay.signed_message(timestamp, raw),
            headers.get(relay.SIGNATURE_HEADER),
            prefix=relay.PREFIX,
        )

    def _verify_platform(self, integration, headers, raw):
        settings = integration._webhook_settings()
        if settings["platform_scheme"] == "token":
            if not self._by_key():
                raise SignatureMissing("Platform events must use the secret address.")
        elif settings["platform_scheme"] == "hmac":
            signature.verify(
                integration._platform_keys(),
                raw,
                headers.get(envelopes.SIGNATURE_HEADER),
                algorithm=settings["platform_algorithm"],
                encoding=settings["platform_encoding"],
            )
        else:
            raise NoSecret("Platform events are closed.")

    def _by_key(self):
        """Whether the delivery used the address with the secret part."""
        return request.httprequest.path.rstrip("/") != WEBHOOK

    # -- what is no event --------------------------------------------------------------------

    def _special(self, integration, headers, body):
        kind = self._kind(headers, body)
        raw = request.httprequest.get_data()
        if kind == envelopes.PING:
            integration._connector_store({"last_ping_at": fields.Datetime.now()})
            return request.make_response("", headers=[("Content-Type", "text/plain")])
        if kind == envelopes.LOOKUP:
            return self._lookup(integration, body)
        if kind == envelopes.FAILURE:
            self._store(integration, headers, body, raw)
            return request.make_response("", status=204)
        if kind == envelopes.AGENT:
            try:
                self._check_age(body)
            except TimestampOutOfWindow:
                return self._refuse(401, "unauthorized", integration, "bad_signature")
            self._store(integration, headers, body, raw)
            return request.make_json_response(integration._agent_reply(body))
        return None

    def _check_age(self, body):
        """Refuse what is older than five minutes (Inbox specification, "Signature").

        :raises TimestampOutOfWindow: too old, or no time at all
        """
        moment = inbox.occurred_at(body)
        now = datetime.now(timezone.utc)
        if moment is None or abs((now - moment).total_seconds()) > inbox.MAX_AGE_SECONDS:
            raise TimestampOutOfWindow("The delivery is older than five minutes.")

    def _lookup(self, integration, body):
        answer = integration._lookup_answer(steering.parse_lookup(body))
        if answer is None:
            return request.make_response("", headers=[("Content-Type", "application/json")])
        return request.make_json_response(answer.to_wire())

    def _split(self, integration, headers, body):
        return envelopes.split(body, relayed=bool(headers.get(relay.SIGNATURE_HEADER)))

    def _kind(self, headers, body):
        return envelopes.recognize(body, relayed=bool(headers.get(relay.SIGNATURE_HEADER)))
