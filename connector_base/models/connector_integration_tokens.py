import contextlib
import datetime
import logging
import time

from psycopg2.errors import LockNotAvailable

from odoo import fields, models

from ..core import oauth2
from ..core.errors import (
    AuthError,
    ConfigurationError,
    ConnectorError,
    ReconnectRequired,
    RemoteUnavailable,
)
from ..cursors import own_cursor
from .connector_integration import plain_words

_logger = logging.getLogger(__name__)

TOKEN_NAME = "token"  # noqa: S105 (the name of a secret, not a secret)
MARKER = "refresh_marker"
LOCK_CLASS = 0x746F6B6E  # "tokn": our namespace of PostgreSQL advisory locks
# One token call takes at most about 25 s; whoever waits longer tries again later.
LOCK_WAIT = 40.0
# A token that replaced a refused one, never worked and is refused as well this soon means that the
# access is gone. One that did work was merely revoked once more.
REFUSED_AGAIN_SECONDS = 120.0


class ConnectorIntegrationTokens(models.AbstractModel):
    """Keeps the access of an integration alive.

    Both vendors rotate single-use refresh tokens, so at any moment one worker may renew: it holds an
    advisory lock on one cursor, and on another commits first a marker ("asked at ..."), then the new
    pair together with the removal of the marker, before anybody uses it. A marker that is found
    while the lock is free tells that the answer to a refresh was lost.
    """

    _inherit = "connector.integration"

    def _access_token(self, refused=None):
        """Return a valid access token, renewed if need be.

        :param refused: a token the vendor just answered 401 to
        :raises ReconnectRequired: not connected, or the access is lost
        :raises ConnectorError: no token can be had at the moment
        """
        self.ensure_one()
        token = self._token_load()
        if token and token.access_token != refused and token.is_fresh(time.time()):
            return token.access_token
        return self._token_renew(refused).access_token

    def _token(self):
        """Return the stored :class:`core.oauth2.Token` (scopes, regional address), or None."""
        return self._token_load()

    def _token_load(self):
        # On an own cursor: the present transaction may not see what another worker renewed.
        with own_cursor(self.env) as cr:
            text = self.with_env(self.env(cr=cr))._secret_get(TOKEN_NAME)
        return oauth2.Token.from_json(text) if text else None

    def _token_renew(self, refused=None, first=False):
        """Renew under the lock; whoever waited for it finds the other's new token.

        :param first: ask even when there is no token yet (client-credentials style grants)
        """
        with self._token_lock():
            token = self._token_load()
            fresh = token and token.is_fresh(time.time())
            if fresh and token.access_token != refused and not first:
                return token
            if not token and not first:
                raise ReconnectRequired("The integration is not connected.")
            if refused and token and token.access_token == refused:
                self._token_check_refusal(token)
            grant = self._oauth2_grant()
            if grant == "authorization_code":
                new = self._token_refresh(token)
            else:
                new = self._token_ask(*grant)
            if refused:
                new.extra["replaced_refused_at"] = time.time()
            self._token_save(new)
            self.env["connector.api.log"]._log_audit(self, "token", "access renewed")
            return new

    @contextlib.contextmanager
    def _token_lock(self):
        """Be the only one who changes the tokens of this integration.

        :raises RemoteUnavailable: another worker does not come to an end
        """
        with own_cursor(self.env, lock_timeout=LOCK_WAIT) as lock_cr:
            try:
                lock_cr.execute(
                    "SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
                    (LOCK_CLASS, f"{self._name},{self.id}"),
                )
            except LockNotAvailable as exc:
                raise RemoteUnavailable(
                    "Another worker has been renewing the access for a long time.",
                    maybe_executed=False,
                    retry_after=5,
                ) from exc
            yield

    def _token_confirm(self, access_token):
        """Clear the suspicion from a token that replaced a refused one: the vendor takes it."""
        with self._token_lock():
            token = self._token_load()
            if (
                token
                and token.access_token == access_token
                and token.extra.pop("replaced_refused_at", None)
            ):
                self._token_save(token)

    def _token_check_refusal(self, token):
        """Stop when the vendor refuses even a token that has just replaced a refused one."""
        before = token.extra.get("replaced_refused_at")
        if before and time.time() - before < REFUSED_AGAIN_SECONDS:
            reason = self.env._(
                "The vendor refuses even newly issued access. It was given up for safety."
            )
            self._token_give_up(token, reason)
            raise ReconnectRequired(reason)

    def _token_ask(self, grant_type, params):
        try:
            return self._oauth2_client().grant(grant_type, **params)
        except (ConfigurationError, AuthError) as exc:
            self._mark_reconnect(plain_words(exc))
            raise

    def _token_refresh(self, token):
        if token is None or not token.refresh_token:
            reason = self.env._("The access has expired and cannot be renewed.")
            self._mark_reconnect(reason)
            raise ReconnectRequired(reason)
        client = self._oauth2_client()
        lost_at = self._marker_set()
        try:
            return client.refresh(token.refresh_token)
        except ReconnectRequired as exc:
            reason = exc.message
            if lost_at:
                reason = self.env._(
                    "The answer to the renewal of %(time)s (UTC) was lost, and with it the access.",
                    time=lost_at,
                )
            self._token_forget()
            self._mark_reconnect(reason)
            raise ReconnectRequired(reason) from exc
        except ConnectorError as exc:
            executed = isinstance(exc, RemoteUnavailable) and exc.maybe_executed
            if not executed and not lost_at:
                self._marker_clear()
            if isinstance(exc, ConfigurationError):
                self._connector_store({"state": "error", "state_message": plain_words(exc)})
                self._alert("auth_lost", exc.message, exc.remedy)
            raise

    def _marker_set(self):
        """Commit that a refresh is being asked for.

        :return: time (text) of an earlier refresh whose answer never came, else None
        """
        now = fields.Datetime.to_string(
            datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        )
        with own_cursor(self.env) as cr:
            mine = self.with_env(self.env(cr=cr))
            lost_at = mine._secret_get(MARKER)
            if not lost_at:
                mine.env["connector.secret"]._secret_set(mine, MARKER, now)
        return lost_at

    def _marker_clear(self):
        with own_cursor(self.env) as cr:
            mine = self.with_env(self.env(cr=cr))
            mine.env["connector.secret"]._secret_set(mine, MARKER, None)

    def _token_save(self, token):
        """Commit a new token set before anybody uses it; the marker goes in the same transaction."""
        with own_cursor(self.env) as cr:
            mine = self.with_env(self.env(cr=cr))
            store = mine.env["connector.secret"]
            store._secret_set(mine, TOKEN_NAME, token.to_json())
            store._secret_set(mine, MARKER, None)
        expires = datetime.datetime.fromtimestamp(token.expires_at, datetime.timezone.utc)
        self._connector_store({"token_expires_at": expires.replace(tzinfo=None, microsecond=0)})

    def _token_forget(self):
        with own_cursor(self.env) as cr:
            mine = self.with_env(self.env(cr=cr))
            store = mine.env["connector.secret"]
            store._secret_set(mine, TOKEN_NAME, None)
            store._secret_set(mine, MARKER, None)

    def _token_give_up(self, token, reason):
        """Revoke and forget tokens that cannot be trusted any more."""
        try:
            self._oauth2_client().revoke(token.access_token)
        except ConnectorError as exc:
            _logger.info("%s,%s: revoking failed: %s", self._name, self.id, exc.message)
        self._token_forget()
        self._mark_reconnect(reason)
