"""Zoom lets a host make or change 100 meetings a day (UTC): the meter of that."""

import random
from datetime import datetime, time, timedelta, timezone

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.connector_base.compat import Constraint
from odoo.addons.connector_base.cursors import own_cursor

# Vendor page "Rate limits": 100 create or update calls per day and host, reset at 00:00 UTC.
VENDOR_LIMIT = 100
PEOPLE, BATCH = 0, 10


def seconds_to_midnight(now=None):
    """Return the seconds until the next day begins in UTC."""
    now = now or datetime.now(timezone.utc)
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), timezone.utc)
    return (tomorrow - now).total_seconds()


class ZoomBudget(models.Model):
    """Changes sent for one host on one day. Counted before each call, on a cursor of its own."""

    _name = "zoom.budget"
    _description = "Zoom Host Budget"
    _order = "day desc, used desc"
    _rec_name = "host_id"

    host_id = fields.Many2one("zoom.user", required=True, ondelete="cascade", index=True)
    integration_id = fields.Many2one(related="host_id.integration_id", store=True, index=True)
    company_id = fields.Many2one(related="host_id.company_id", store=True, index=True)
    day = fields.Date("Day (UTC)", required=True, index=True)
    used = fields.Integer("Changes sent", aggregator="sum")
    day_limit = fields.Integer("Limit")
    left = fields.Integer(compute="_compute_left")
    share = fields.Float("Used", compute="_compute_left")
    exhausted = fields.Boolean(help="Zoom itself said that the host's limit is used up.")
    deferred = fields.Integer("Put off", help="How often a change had to wait for the next day.")

    _host_day_unique = Constraint("UNIQUE (host_id, day)", "One meter per host and day.")

    @api.depends("used", "day_limit", "exhausted")
    def _compute_left(self):
        for meter in self:
            meter.left = 0 if meter.exhausted else max(meter.day_limit - meter.used, 0)
            meter.share = 100.0 * (1 - meter.left / meter.day_limit) if meter.day_limit else 100.0

    @api.model
    def _today(self):
        return datetime.now(timezone.utc).date()

    @api.model
    def _take(self, host, priority):
        """Take one change from the host's budget of today.

        :param host: zoom.user
        :param int priority: `PEOPLE`, or more for batch work, which stops before the limit
        :return: None when it may be sent, else the seconds to wait
        """
        integration = host.integration_id
        limit = integration.push_daily_limit
        allowed = limit if priority <= PEOPLE else max(limit - integration.push_batch_reserve, 0)
        with own_cursor(self.env) as cr:
            meter = self._meter_id(cr, host, limit)
            cr.execute(
                SQL(
                    "UPDATE zoom_budget SET used = used + 1, day_limit = %s"
                    " WHERE id = %s AND used < %s AND NOT COALESCE(exhausted, FALSE) RETURNING id",
                    limit,
                    meter,
                    allowed,
                )
            )
            if cr.fetchone():
                return None
            cr.execute(
                SQL(
                    "UPDATE zoom_budget SET deferred = COALESCE(deferred, 0) + 1, day_limit = %s"
                    " WHERE id = %s",
                    limit,
                    meter,
                )
            )
        # Spread over some minutes, people first, so that midnight is no rush.
        spread = 30 if priority <= PEOPLE else 600
        return seconds_to_midnight() + random.uniform(1, spread)  # noqa: S311 (no secret)

    @api.model
    def _spent(self, host):
        """Zoom said that the host's limit is used up, for example by other apps."""
        with own_cursor(self.env) as cr:
            meter = self._meter_id(cr, host, host.integration_id.push_daily_limit)
            cr.execute(SQL("UPDATE zoom_budget SET exhausted = TRUE WHERE id = %s", meter))

    @api.model
    def _meter_id(self, cr, host, limit):
        cr.execute(
            SQL(
                """
                INSERT INTO zoom_budget (host_id, integration_id, company_id, day, used, day_limit,
                    deferred, exhausted, create_uid, create_date, write_uid, write_date)
                VALUES (%(host)s, %(integration)s, %(company)s, %(day)s, 0, %(limit)s, 0, FALSE,
                    %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC')
                ON CONFLICT (host_id, day) DO UPDATE SET host_id = excluded.host_id
                RETURNING id
                """,
                host=host.id,
                integration=host.integration_id.id,
                company=host.company_id.id or None,
                day=self._today(),
                limit=limit,
                uid=self.env.uid,
            )
        )
        return cr.fetchone()[0]

    @api.autovacuum
    def _gc_meters(self):
        """Forget meters after 90 days."""
        limit = fields.Date.subtract(fields.Date.today(), days=90)
        self.sudo().search([("day", "<", limit)]).unlink()  # sudo: housekeeping of all accounts
