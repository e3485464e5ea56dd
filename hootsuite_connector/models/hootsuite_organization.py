from odoo import api, fields, models

from odoo.addons.connector_base.compat import Constraint


class HootsuiteOrganization(models.Model):
    """An organization of Hootsuite, mirrored."""

    _name = "hootsuite.organization"
    _description = "Hootsuite Organization"
    _inherit = ["hootsuite.mirrored"]
    _order = "name, id"

    name = fields.Char(required=True, readonly=True)
    logo_url = fields.Char(readonly=True)
    team_ids = fields.One2many("hootsuite.team", "organization_id", "Teams")
    member_ids = fields.Many2many("hootsuite.member", string="Members", readonly=True)
    profile_ids = fields.One2many("hootsuite.profile", "organization_id", "Social profiles")

    _hootsuite_id_unique = Constraint(
        "UNIQUE (integration_id, hootsuite_id)", "The account knows this organization already."
    )

    @api.model
    def _upsert(self, integration, organizations, own=None):
        """Create or update from :class:`adapters.people.Organization`; return the counts.

        :param own: id of the organization that the app belongs to, which Hootsuite may not list;
            a name that was read once is kept
        """
        refs = [found.hootsuite_id for found in organizations]
        known = self._known(integration, [*refs, own])
        rows = {}
        for found in organizations:
            before = known.get(found.hootsuite_id)
            unnamed = self.env._("Organization %(number)s", number=found.hootsuite_id)
            rows[found.hootsuite_id] = {
                "name": found.name or (before.name if before else unnamed),
                "logo_url": found.logo_url or False,
            }
        if own and own not in rows:
            unnamed = self.env._("Organization %(number)s", number=own)
            rows[own] = {"name": known[own].name if own in known else unnamed}
        return self._mirror(integration, rows, [])[1]
