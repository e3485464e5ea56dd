from odoo import api, fields, models

from odoo.addons.connector_base.compat import Constraint

from ..tools import register


class ZoomRegistrant(models.Model):
    """One registration for a Zoom meeting."""

    _name = "zoom.registrant"
    _description = "Zoom Registration"
    _order = "meeting_id, name, id"

    meeting_id = fields.Many2one(
        "zoom.meeting", required=True, ondelete="cascade", index=True, string="Zoom meeting"
    )
    integration_id = fields.Many2one(
        related="meeting_id.integration_id", store=True, string="Zoom account"
    )
    company_id = fields.Many2one(related="meeting_id.company_id", store=True)
    registrant_id = fields.Char("Registrant ID", required=True, readonly=True, index=True)
    name = fields.Char(readonly=True)
    email = fields.Char(readonly=True)
    partner_id = fields.Many2one(
        "res.partner", "Contact", ondelete="set null", index="btree_not_null"
    )
    status = fields.Selection(
        [
            ("pending", "Waiting for approval"),
            ("approved", "Approved"),
            ("denied", "Denied"),
            ("cancelled", "Cancelled"),
        ],
        default="pending",
        required=True,
        readonly=True,
    )
    register = fields.Json(readonly=True, help="Vendor time of each value that is kept.")

    _registrant_unique = Constraint(
        "UNIQUE (meeting_id, registrant_id)", "This registration is already known."
    )

    @api.model
    def _upsert(self, integration, statements):
        """Create or update registrations. Batched; any order, repeats allowed.

        :param statements: list of (zoom.meeting, registrant id, vendor time in ms, values)
        :return: dict (meeting id, registrant id) -> zoom.registrant
        """
        records = self.search(
            [
                ("integration_id", "=", integration.id),
                ("meeting_id", "in", [meeting.id for meeting, *_rest in statements]),
                ("registrant_id", "in", [registrant for _m, registrant, *_rest in statements]),
            ]
        )
        known = {(record.meeting_id.id, record.registrant_id): record for record in records}
        fresh = {}
        for meeting, registrant_id, at, values in statements:
            values = {name: value for name, value in values.items() if value}
            if meeting.confidential:
                values = {name: value for name, value in values.items() if name == "status"}
            key = (meeting.id, registrant_id)
            record = known.get(key)
            if record is not None:
                current = {name: record[name] for name in values}
                changed, stamps = register.merge(record.register, current, values, at)
                if changed or stamps != (record.register or {}):
                    record.write({**changed, "register": stamps})
            else:
                row = fresh.setdefault(key, {"register": {}})
                changed, row["register"] = register.merge(row["register"], row, values, at)
                row.update(changed)
        created = self.create(
            [{**row, "meeting_id": key[0], "registrant_id": key[1]} for key, row in fresh.items()]
        )
        known.update(zip(fresh, created, strict=True))
        without = created.filtered("email")
        partners = self.env["zoom.participant"]._find_partners(
            integration.company_id, without.mapped("email")
        )
        for record in without:
            record.partner_id = partners.get(record.email.lower())
        return known
