from odoo import api, fields, models


class HootsuiteMirrored(models.AbstractModel):
    """Something of Hootsuite that Odoo keeps a copy of."""

    _name = "hootsuite.mirrored"
    _description = "Mirrored from Hootsuite"

    integration_id = fields.Many2one(
        "hootsuite.integration",
        "Hootsuite account",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    hootsuite_id = fields.Char("Hootsuite ID", required=True, index=True, readonly=True)
    active = fields.Boolean(default=True, help="Archived by itself when Hootsuite has it no more.")

    @api.model
    def _known(self, integration, hootsuite_ids):
        """Return dict ``hootsuite_id -> record``, archived ones included."""
        wanted = {hootsuite_id for hootsuite_id in hootsuite_ids if hootsuite_id}
        if not wanted:
            return {}
        records = self.with_context(active_test=False).search(
            [("integration_id", "=", integration.id), ("hootsuite_id", "in", list(wanted))]
        )
        return {record.hootsuite_id: record for record in records}

    @api.model
    def _mirror(self, integration, rows, archive=None):
        """Create or update records; those that Hootsuite has no more are archived.

        :param rows: dict ``hootsuite_id -> values``; only what differs is written
        :param archive: domain (list) within which records that are not in ``rows`` are archived;
            None archives nothing
        :return: (dict ``hootsuite_id -> record``, counts ``created, updated, unchanged``)
        """
        # Archived members count too when relations are compared.
        self = self.with_context(active_test=False)
        known = self._known(integration, rows)
        counts = {"created": 0, "updated": 0, "unchanged": 0}
        fresh = []
        for hootsuite_id, values in rows.items():
            record = known.get(hootsuite_id)
            if record is None:
                fresh.append(
                    {**values, "hootsuite_id": hootsuite_id, "integration_id": integration.id}
                )
                continue
            changes = record._differing({**values, "active": True})
            if changes:
                record.write(changes)
            counts["updated" if changes else "unchanged"] += 1
        for record in self.create(fresh):
            known[record.hootsuite_id] = record
        counts["created"] = len(fresh)
        if archive is not None:
            gone = self.search(
                [
                    ("integration_id", "=", integration.id),
                    ("active", "=", True),
                    ("hootsuite_id", "not in", list(rows)),
                    *archive,
                ]
            )
            gone.write({"active": False})
            counts["updated"] += len(gone)
        return known, counts

    def _differing(self, values):
        """Return the entries of ``values`` that the record does not have already."""
        self.ensure_one()
        changes = {}
        for name, value in values.items():
            field = self._fields[name]
            if field.type == "many2one":
                same = self[name].id == (value or False)
            elif field.type in ("many2many", "one2many"):
                # Given as one Command.set.
                same = set(self[name].ids) == set(value[0][2])
            else:
                same = (self[name] or False) == (value or False)
            if not same:
                changes[name] = value
        return changes
