from odoo import api, fields, models
from odoo.tools import SQL

from .. import compat
from ..core.redaction import redact
from ..cursors import own_cursor

NOTIFY_AT_MOST = 10


class ConnectorAlert(models.Model):
    """Something a connector manager should know; one open alert per cause, closed by itself."""

    _name = "connector.alert"
    _description = "Connector Alert"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, last_at desc"
    _rec_name = "message"

    integration_model = fields.Char(readonly=True)
    integration_id = fields.Many2oneReference(
        string="Integration ID", model_field="integration_model", readonly=True
    )
    integration_name = fields.Char(string="Integration", readonly=True)
    cause = fields.Char(required=True, readonly=True)
    message = fields.Char(required=True, readonly=True)
    remedy = fields.Char(string="What to Do", readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("resolved", "Resolved")],
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    count = fields.Integer(string="Times", readonly=True, default=1)
    first_at = fields.Datetime(string="First Time", readonly=True)
    last_at = fields.Datetime(string="Last Time", readonly=True)
    resolved_at = fields.Datetime(string="Resolved", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    _open_unique = compat.UniqueIndex(
        "(COALESCE(integration_model, ''), COALESCE(integration_id, 0), cause)"
        " WHERE state = 'open'",
        "There is one open alert per cause.",
    )

    @api.model
    def _raise(self, integration, cause, message, remedy=""):
        """Open the alert of ``cause``, or count it once more; committed at once.

        :param integration: record, or None for an alert about the whole server
        """
        with own_cursor(self.env) as cr:
            cr.execute(
                SQL(
                    """
                    INSERT INTO connector_alert AS a (integration_model, integration_id,
                        integration_name, cause, message, remedy, state, count, first_at, last_at,
                        company_id, create_uid, create_date, write_uid, write_date)
                    VALUES (%(model)s, %(id)s, %(name)s, %(cause)s, %(message)s, %(remedy)s,
                        'open', 1, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', %(company)s,
                        %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC')
                    ON CONFLICT (COALESCE(integration_model, ''), COALESCE(integration_id, 0),
                        cause) WHERE state = 'open'
                    DO UPDATE SET count = a.count + 1, last_at = excluded.last_at,
                        message = excluded.message, remedy = excluded.remedy
                    RETURNING id, count
                    """,
                    model=integration._name if integration else None,
                    id=integration.id if integration else None,
                    name=integration._connector_cached_name() if integration else None,
                    cause=cause,
                    message=redact(message),
                    remedy=remedy or None,
                    company=(integration._connector_cached_company() or None)
                    if integration
                    else None,
                    uid=self.env.uid,
                )
            )
            alert_id, count = cr.fetchone()
            if count == 1:
                # sudo: background work of any user may raise an alert for the managers.
                self.env(cr=cr)["connector.alert"].sudo().browse(alert_id)._notify_managers()

    @api.model
    def _clear(self, integration, cause):
        """Close the open alert of ``cause``, if there is one; committed at once."""
        with own_cursor(self.env) as cr:
            cr.execute(
                SQL(
                    "SELECT id FROM connector_alert WHERE state = 'open' AND cause = %s"
                    " AND COALESCE(integration_model, '') = %s"
                    " AND COALESCE(integration_id, 0) = %s FOR UPDATE",
                    cause,
                    integration._name if integration else "",
                    integration.id if integration else 0,
                )
            )
            row = cr.fetchone()
            if row:
                # sudo: whoever's work ended the cause may close the alert.
                self.env(cr=cr)["connector.alert"].sudo().browse(row[0])._resolve()

    def _resolve(self):
        self.write({"state": "resolved", "resolved_at": fields.Datetime.now()})
        self.activity_unlink(["mail.mail_activity_data_warning"])

    def action_resolve(self):
        """Close by hand; the alert opens again if the cause is still there."""
        self._resolve()

    def action_open_integration(self):
        """Open the integration the alert is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.integration_model,
            "res_id": self.integration_id,
            "view_mode": "form",
        }

    def _notify_managers(self):
        """Give the managers of the alert's companies an activity."""
        self.ensure_one()
        group = self.env.ref(self._manager_group())
        managers = compat.users_of(group).filtered(
            lambda user: (
                user.active
                and not user.share
                and user._is_internal()
                and (not self.company_id or self.company_id in user.company_ids)
            )
        )
        for user in managers.sorted("id")[:NOTIFY_AT_MOST]:
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.message,
                note=self.remedy or "",
                user_id=user.id,
            )

    @api.model
    def _manager_group_of(self, model):
        if model and model in self.env:
            return self.env[model]._connector_manager_group
        return "connector_base.group_connector_manager"

    def _manager_group(self):
        return self._manager_group_of(self.integration_model)
