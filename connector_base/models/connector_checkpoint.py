import json

from psycopg2.errors import LockNotAvailable

from odoo import api, fields, models
from odoo.tools import SQL

from .. import compat


class ConnectorCheckpoint(models.Model):
    """How far one stream of one integration was read; moved in the transaction of the work."""

    _name = "connector.checkpoint"
    _description = "Connector Checkpoint"
    _rec_name = "stream"

    integration_model = fields.Char(required=True, readonly=True)
    integration_id = fields.Many2oneReference(
        string="Integration ID", model_field="integration_model", required=True, readonly=True
    )
    stream = fields.Char(required=True, readonly=True)
    cursor = fields.Text(required=True, default="{}", readonly=True, help="JSON object.")
    company_id = fields.Many2one("res.company", readonly=True)

    _stream_unique = compat.Constraint(
        "UNIQUE (integration_model, integration_id, stream)",
        "A stream of an integration has one checkpoint.",
    )

    @api.model
    def _acquire(self, integration, stream):
        """Lock the checkpoint of ``stream`` until the transaction ends, making it if needed.

        :return: the locked record, or None when another worker holds it
        """
        self.env.cr.execute(
            SQL(
                "INSERT INTO connector_checkpoint (integration_model, integration_id, stream,"
                " cursor, company_id) VALUES (%s, %s, %s, '{}', %s)"
                " ON CONFLICT (integration_model, integration_id, stream) DO NOTHING",
                integration._name,
                integration.id,
                stream,
                integration.company_id.id or None,
            )
        )
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    SQL(
                        "SELECT id FROM connector_checkpoint WHERE integration_model = %s"
                        " AND integration_id = %s AND stream = %s FOR NO KEY UPDATE NOWAIT",
                        integration._name,
                        integration.id,
                        stream,
                    )
                )
                (checkpoint_id,) = self.env.cr.fetchone()
        except LockNotAvailable:
            return None
        # sudo: the work of any user may move the position, nobody may write it over RPC.
        checkpoint = self.sudo().browse(checkpoint_id)
        checkpoint.invalidate_recordset(["cursor"])
        return checkpoint

    def _load(self):
        """Return the position as a dict, empty when the stream was never read."""
        self.ensure_one()
        return json.loads(self.cursor)

    def _save(self, position):
        """Keep the position (a dict that JSON can hold)."""
        self.ensure_one()
        self.write({"cursor": json.dumps(position, sort_keys=True)})
