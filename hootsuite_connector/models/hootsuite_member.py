from odoo import Command, api, fields, models

from odoo.addons.connector_base.compat import USER_GROUPS, Constraint

from ..adapters.people import MANAGING


class HootsuiteMember(models.Model):
    """A person who works in Hootsuite, mirrored, with his Odoo user."""

    _name = "hootsuite.member"
    _description = "Hootsuite Member"
    _inherit = ["hootsuite.mirrored"]
    _order = "name, id"

    name = fields.Char(compute="_compute_name", store=True)
    full_name = fields.Char(readonly=True)
    email = fields.Char(readonly=True, index=True)
    is_active = fields.Boolean("Active at Hootsuite", default=True, readonly=True)
    timezone = fields.Char(readonly=True)
    language = fields.Char(readonly=True)
    company_name = fields.Char("Company at Hootsuite", readonly=True)
    organization_ids = fields.Many2many(
        "hootsuite.organization", string="Organizations", readonly=True
    )
    team_ids = fields.Many2many("hootsuite.team", string="Teams", readonly=True)
    role = fields.Selection(
        [("manager", "Manages an organization"), ("member", "Member")],
        default="member",
        required=True,
        readonly=True,
        help="From the permissions that Hootsuite gives the member in an organization.",
    )
    permissions = fields.Json(
        readonly=True, help="Organization -> permissions, as Hootsuite spells them."
    )
    user_id = fields.Many2one(
        "res.users",
        "Odoo user",
        index=True,
        domain=[("share", "=", False)],
        help="Found by e-mail address; change it if the two addresses differ.",
    )

    _hootsuite_id_unique = Constraint(
        "UNIQUE (integration_id, hootsuite_id)", "The account knows this member already."
    )

    @api.depends("full_name", "email", "hootsuite_id")
    def _compute_name(self):
        for member in self:
            member.name = member.full_name or member.email or member.hootsuite_id

    @api.model
    def _upsert_ids(self, integration, organization_ref, member_refs):
        """Keep which members an organization has; details follow one by one."""
        organization = self.env["hootsuite.organization"]._known(integration, [organization_ref])[
            organization_ref
        ]
        known, counts = self._mirror(integration, {ref: {} for ref in member_refs})
        members = self.browse([known[ref].id for ref in member_refs])
        if set(organization.member_ids.ids) != set(members.ids):
            left = organization.member_ids - members
            organization.member_ids = [Command.set(members.ids)]
            # Whoever is in no organization any more has left Hootsuite.
            left.filtered(lambda member: not member.organization_ids).active = False
        return counts

    @api.model
    def _upsert(self, integration, found):
        """Create or update from :class:`adapters.people.Member`; return the counts."""
        rows = {
            member.hootsuite_id: {
                "full_name": member.full_name or False,
                "email": member.email or False,
                "is_active": member.is_active,
                "timezone": member.timezone or False,
                "language": member.language or False,
                "company_name": member.company_name or False,
            }
            for member in found
        }
        return self._mirror(integration, rows)[1]

    @api.model
    def _store_permissions(self, integration, organization_ref, member_ref, permissions):
        """Keep what a member may do in an organization (:class:`adapters.people.Permissions`)."""
        member = self._known(integration, [member_ref])[member_ref]
        kept = {**(member.permissions or {}), organization_ref: sorted(permissions.permissions)}
        every = [name for names in kept.values() for name in names]
        role = "manager" if MANAGING & set(every) else "member"
        if (member.permissions or {}) == kept and member.role == role:
            return {"unchanged": 1}
        member.write({"permissions": kept, "role": role})
        return {"updated": 1}

    def _link_users(self):
        """Link to internal users with the same e-mail or login; links set by hand stay."""
        missing = self.filtered(lambda member: not member.user_id and member.email)
        emails = [member.email.lower() for member in missing]
        users = self.env["res.users"].search(
            [
                ("share", "=", False),
                "|",
                ("login", "in", emails),
                ("partner_id.email_normalized", "in", emails),
            ],
            order="id",
        )
        by_email = {}
        for user in users:
            for address in {user.login.lower(), user.partner_id.email_normalized or ""}:
                by_email.setdefault(address, []).append(user)
        for member in missing:
            for user in by_email.get(member.email.lower(), []):
                if not member.company_id or member.company_id in user.company_ids:
                    member.user_id = user
                    break

    def _grant_groups(self):
        """Give the Odoo users of members the group of their role, where the account says so."""
        user_group = self.env.ref("hootsuite_connector.group_hootsuite_user")
        manager_group = self.env.ref("hootsuite_connector.group_hootsuite_manager")
        for member in self.filtered(lambda m: m.user_id and m.is_active):
            if not member.integration_id.grant_groups:
                continue
            manages = member.role == "manager"
            group = manager_group if manages else user_group
            name = f"hootsuite_connector.group_hootsuite_{'manager' if manages else 'user'}"
            # sudo: the manager of the account decided so with its setting.
            user = member.user_id.sudo()
            if user.has_group(name):
                continue
            user.write({USER_GROUPS: [Command.link(group.id)]})
            self.env["connector.api.log"]._log_audit(
                member.integration_id,
                "config",
                f"user {user.id} was given the group {name}",
                own=False,
            )
