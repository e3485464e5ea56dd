import random
import threading
import time
from urllib.parse import urlsplit

import requests

from odoo import models, release

from ..core.breaker import Breaker
from ..core.http_client import HttpClient, new_session
from ..core.http_form import HttpFormTransport
from ..core.retry import RetryPolicy
from .connector_breaker import BreakerStorage

USER_AGENT = f"Odoo/{release.version_info[0]} connector_base/1.0"
TOKEN_CACHE_SECONDS = 30.0

# (database, model, id) -> session of this process
_sessions: dict[tuple[str, str, int], requests.Session] = {}
_sessions_lock = threading.Lock()


class IntegrationTokens:
    """:class:`core.http_types.TokenSource` of one integration.

    The token is kept for a moment, so that a page of calls does not read it each time.
    """

    def __init__(self, integration):
        self._integration = integration
        self._token = None
        self._read_at = 0.0

    def get(self):
        """Return a valid access token."""
        if self._token is None or time.monotonic() - self._read_at > TOKEN_CACHE_SECONDS:
            self._keep(self._integration._access_token())
        return self._token

    def invalidate(self, bad):
        """Return another token than ``bad``, which the vendor refused."""
        self._keep(self._integration._access_token(refused=bad))
        return self._token

    def confirm(self, token):
        """Note that ``token``, which replaced a refused one, was taken by the vendor."""
        self._integration._token_confirm(token)

    def _keep(self, token):
        self._token = token
        self._read_at = time.monotonic()


class ConnectorIntegrationHttp(models.AbstractModel):
    """HTTP client of an integration: pooled connection, token, breaker, API log, metrics."""

    _inherit = "connector.integration"

    def _http_client(self):
        """Return the :class:`core.http_client.HttpClient` that calls the vendor's API."""
        self.ensure_one()
        return self._connector_http(self._api_base_url(), IntegrationTokens(self))

    def _connector_http(self, base_url, auth):
        return HttpClient(
            base_url,
            allowed_hosts=self._allowed_hosts(),
            insecure_hosts=self._insecure_hosts(),
            auth=auth,
            retry=RetryPolicy(),
            breaker=Breaker(BreakerStorage(self, self._connector_breaker_changed)),
            on_call=self._connector_log_call,
            classify=self._connector_classify,
            session=self._connector_session(),
            clock=time.time,
            sleep=time.sleep,
            rng=random.random,
            user_agent=USER_AGENT,
        )

    def _form_transport(self):
        """Return what posts to the vendor's token endpoint: never repeated, no breaker."""
        return HttpFormTransport(
            allowed_hosts=self._allowed_hosts(),
            insecure_hosts=self._insecure_hosts(),
            on_call=self._connector_log_call,
            session=self._connector_session(),
            clock=time.time,
            user_agent=USER_AGENT,
        )

    def _insecure_hosts(self):
        """Return the hosts that may be called over plain http: only the sandbox's."""
        host = urlsplit(self.sandbox_url or "").hostname if self.environment == "sandbox" else None
        return {host} if host else set()

    def _connector_session(self):
        """Return this process's pooled session of the integration."""
        key = (self.env.cr.dbname, self._name, self.id)
        with _sessions_lock:
            session = _sessions.get(key)
            if session is None:
                session = _sessions[key] = new_session()
            return session

    def _connector_log_call(self, record):
        self.env["connector.api.log"]._log_call(self, record)
        metrics = self.env["connector.metric"]
        metrics._buffer(self, "api_ms", record.duration_ms)
        if record.error:
            metrics._buffer(self, "api_errors")
        metrics._flush_due()

    def _connector_breaker_changed(self, state):
        if state.state == "open":
            self._alert(
                "breaker_open",
                self.env._("The vendor does not answer; calls are paused."),
                self.env._("Nothing to do: calls go on by themselves when the vendor answers."),
            )
        elif state.state == "closed":
            self._alert_clear("breaker_open")
