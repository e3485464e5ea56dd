"""Alerts of a Zoom account that nobody else notices: silence, quota, permissions."""

import time

from odoo import fields, models

from .zoom_integration import SCOPES

# Share of a daily limit that is left when managers are told.
NEARLY_SPENT = 0.1
# A calm account is not asked at every call whether its alert is still open.
CALM_SECONDS = 300.0
_told_at = {}


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    # -- webhook silence -----------------------------------------------------------------------

    def _last_delivery(self):
        """Return when Zoom last delivered anything, new or repeated; None when never."""
        self.ensure_one()
        self.env.cr.execute(
            "SELECT max(last_delivery_at) FROM connector_event"
            " WHERE integration_model = %s AND integration_id = %s",
            (self._name, self.id),
        )
        return self.env.cr.fetchone()[0]

    def _watch_silence(self, held_latest):
        """Raise or clear the alert that webhooks do not come.

        :param held_latest: start (UTC text) of the latest meeting that Zoom says was held; its
            events must have been delivered, unless the account was not connected yet
        """
        self.ensure_one()
        held = fields.Datetime.to_datetime(held_latest) if held_latest else None
        if not held or not self.connected_at or held < self.connected_at:
            return
        last = self._last_delivery()
        if last and last >= held:
            self._alert_clear("webhook_silence")
            return
        self._alert(
            "webhook_silence",
            self.env._(
                "A meeting was held in Zoom at %(held)s (UTC), but Zoom has sent no event since "
                "%(last)s.",
                held=held_latest[:16],
                last=f"{fields.Datetime.to_string(last)[:16]} (UTC)"
                if last
                else self.env._("ever"),
            ),
            self.env._(
                "In the Zoom App Marketplace open the app, Features > Event Subscriptions: is the "
                "subscription on, and its address the one that Odoo shows? Press Validate there. "
                "Until then the daily comparison brings what is missing."
            ),
        )

    def _connector_apply(self, event_type, pairs):
        result = super()._connector_apply(event_type, pairs)
        self._webhook_heard()
        return result

    def _webhook_heard(self):
        """A delivery arrived: the alert about silence is over."""
        self.env.cr.execute(
            "SELECT 1 FROM connector_alert WHERE state = 'open' AND cause = 'webhook_silence'"
            " AND integration_model = %s AND integration_id = %s",
            (self._name, self.id),
        )
        if self.env.cr.fetchone():
            self._alert_clear("webhook_silence")

    # -- permissions ---------------------------------------------------------------------------

    def _watch_scopes(self, missing):
        """Raise or clear the alert about permissions that the app lacks.

        :param list missing: scopes that Zoom named during a whole comparison
        """
        self.ensure_one()
        if not missing:
            self._alert_clear("scope_missing")
            return
        bare = {scope.removesuffix(":admin") for scope in missing}
        features = sorted(name for name, scopes in SCOPES.items() if bare & set(scopes))
        self._alert(
            "scope_missing",
            self.env._(
                "The Zoom app lacks permissions, so these do not work fully: %(features)s.",
                features=", ".join(features) or "-",
            ),
            self.env._(
                "Add these scopes to the app in the Zoom App Marketplace and connect again: "
                "%(scopes)s",
                scopes=", ".join(sorted(missing)),
            ),
        )

    # -- quota ---------------------------------------------------------------------------------

    def _connector_log_call(self, record):
        result = super()._connector_log_call(record)
        self._watch_quota(record.quota, record.status)
        return result

    def _watch_quota(self, quota, status):
        """Raise or clear the alert about Zoom's daily limit, from the headers of any answer.

        :param dict quota: `category`, `type`, `limit`, `remaining` (vendor page "Rate limits")
        """
        if (quota.get("type") or "").lower() != "daily-limit":
            return
        try:
            limit, left = int(quota["limit"]), int(quota["remaining"])
        except (KeyError, ValueError):
            return
        key = (self.env.cr.dbname, self.id, quota.get("category"))
        state = "spent" if limit and left <= limit * NEARLY_SPENT else "calm"
        before, told = _told_at.get(key, (None, 0.0))
        if state == before and time.monotonic() - told < CALM_SECONDS:
            return
        _told_at[key] = (state, time.monotonic())
        cause = f"quota_{(quota.get('category') or 'calls').lower()}"
        if state == "calm":
            self._alert_clear(cause)
            return
        self._alert(
            cause,
            self.env._(
                "Zoom's daily limit is nearly spent: %(left)s of %(limit)s calls are left "
                "(%(category)s).",
                left=left,
                limit=limit,
                category=quota.get("category") or "-",
            ),
            self.env._(
                "Nothing is lost: what does not fit waits until midnight UTC. If it happens often, "
                "look which other apps of the account call Zoom, or import fewer days."
            ),
        )
