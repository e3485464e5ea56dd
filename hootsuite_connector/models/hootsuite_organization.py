from odoo import fields, models

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
