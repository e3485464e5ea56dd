from odoo import Command, api, fields, models

from odoo.addons.connector_base.compat import Constraint


class HootsuiteTeam(models.Model):
    """A team of Hootsuite, mirrored, with the team of Odoo that stands for it."""

    _name = "hootsuite.team"
    _description = "Hootsuite Team"
    _inherit = ["hootsuite.mirrored"]
    _order = "name, id"

    name = fields.Char(required=True, readonly=True)
    organization_id = fields.Many2one(
        "hootsuite.organization", ondelete="cascade", index=True, readonly=True
    )
    member_ids = fields.Many2many("hootsuite.member", string="Members", readonly=True)
    profile_ids = fields.Many2many("hootsuite.profile", string="Social profiles", readonly=True)
    sales_team_id = fields.Many2one(
        "crm.team",
        "Sales team",
        help="What arrives for this team is given to this sales team. Found by its name; change it"
        " if the names differ.",
    )
    department_ref = fields.Reference(
        selection="_department_models",
        string="Department",
        help="The department that this team is, where Employees is installed.",
    )

    _hootsuite_id_unique = Constraint(
        "UNIQUE (integration_id, hootsuite_id)", "The account knows this team already."
    )

    @api.model
    def _department_models(self):
        return [("hr.department", self.env._("Department"))] if "hr.department" in self.env else []

    @api.model
    def _upsert(self, integration, organization_ref, teams):
        """Create or update the teams of an organization from :class:`adapters.people.Team`."""
        organization = self.env["hootsuite.organization"]._known(integration, [organization_ref])
        owner = organization[organization_ref]
        rows = {
            found.hootsuite_id: {
                "name": found.name or found.hootsuite_id,
                "organization_id": owner.id,
            }
            for found in teams
        }
        return self._mirror(integration, rows, [("organization_id", "=", owner.id)])[1]

    @api.model
    def _store_people(self, integration, team_ref, member_refs, profile_refs):
        """Keep which members and profiles a team has."""
        members = self.env["hootsuite.member"]._known(integration, member_refs)
        profiles = self.env["hootsuite.profile"]._known(integration, profile_refs)
        rows = {
            team_ref: {
                "member_ids": [Command.set([member.id for member in members.values()])],
                "profile_ids": [Command.set([profile.id for profile in profiles.values()])],
            }
        }
        return self._mirror(integration, rows)[1]

    def _link_teams(self):
        """Link to a sales team (and a department) of the same name; links set by hand stay."""
        for team in self:
            scope = ["|", ("company_id", "=", False), ("company_id", "=", team.company_id.id)]
            name = [("name", "=ilike", _escape(team.name))]
            if not team.sales_team_id:
                team.sales_team_id = self.env["crm.team"].search([*name, *scope], limit=1)
            if not team.department_ref and "hr.department" in self.env:
                department = self.env["hr.department"].search([*name, *scope], limit=1)
                if department:
                    team.department_ref = f"hr.department,{department.id}"


def _escape(text):
    """Return ``text`` for ``=ilike``, which reads % and _ as wildcards."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
