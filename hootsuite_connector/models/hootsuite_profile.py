from odoo import api, fields, models

from odoo.addons.connector_base.compat import Constraint

NETWORKS = [
    ("facebook", "Facebook"),
    ("twitter", "X (Twitter)"),
    ("instagram", "Instagram"),
    ("linkedin", "LinkedIn"),
    ("whatsapp", "WhatsApp"),
    ("livechat", "Live chat"),
    ("tiktok", "TikTok"),
    ("youtube", "YouTube"),
    ("pinterest", "Pinterest"),
    ("threads", "Threads"),
    ("other", "Other"),
]
NETWORK_KEYS = frozenset(key for key, _label in NETWORKS)


class HootsuiteProfile(models.Model):
    """A social profile that is connected to Hootsuite, mirrored."""

    _name = "hootsuite.profile"
    _description = "Hootsuite Social Profile"
    _inherit = ["hootsuite.mirrored"]
    _order = "network, name, id"

    name = fields.Char(required=True, readonly=True)
    network = fields.Selection(NETWORKS, required=True, readonly=True, index=True)
    network_type = fields.Char(
        "Type at Hootsuite", readonly=True, help="As Hootsuite spells it, such as FACEBOOKPAGE."
    )
    network_ref = fields.Char("ID in the network", readonly=True)
    avatar_url = fields.Char(readonly=True)
    owner_kind = fields.Selection(
        [("ORGANIZATION", "Organization"), ("MEMBER", "Member")], "Owned by", readonly=True
    )
    organization_id = fields.Many2one(
        "hootsuite.organization", ondelete="set null", index=True, readonly=True
    )
    member_id = fields.Many2one("hootsuite.member", "Owner", ondelete="set null", readonly=True)
    owner_ref = fields.Char("Owner's ID", readonly=True)
    team_ids = fields.Many2many("hootsuite.team", string="Teams", readonly=True)
    needs_reconnect = fields.Boolean(
        "Reconnect needed",
        readonly=True,
        help="Hootsuite has lost its access to the network. Until somebody reconnects the profile"
        " in Hootsuite, nothing can be published on it.",
    )
    reconnect_since = fields.Datetime(readonly=True)

    _hootsuite_id_unique = Constraint(
        "UNIQUE (integration_id, hootsuite_id)", "The account knows this profile already."
    )

    @api.depends("name", "network")
    def _compute_display_name(self):
        names = dict(NETWORKS)
        for profile in self:
            network = names.get(profile.network, "")
            shown = profile.name or ""
            # The same name stands on several networks.
            profile.display_name = shown if shown.startswith(network) else f"{shown} ({network})"

    @api.model
    def _upsert(self, integration, profiles):
        """Create or update from :class:`adapters.people.SocialProfile`; return the counts."""
        now = fields.Datetime.now()
        known = self._known(integration, [found.hootsuite_id for found in profiles])
        rows = {}
        for found in profiles:
            network = found.network if found.network in NETWORK_KEYS else "other"
            before = known.get(found.hootsuite_id)
            since = before.reconnect_since if before else False
            rows[found.hootsuite_id] = {
                "name": found.username
                or f"{dict(NETWORKS)[network]} {found.network_id or ''}".strip(),
                "network": network,
                "network_type": found.type or False,
                "network_ref": found.network_id or False,
                "avatar_url": found.avatar_url or False,
                "owner_kind": found.owner if found.owner in ("ORGANIZATION", "MEMBER") else False,
                "owner_ref": found.owner_id or False,
                "needs_reconnect": found.needs_reconnect,
                "reconnect_since": (since or now) if found.needs_reconnect else False,
            }
        return self._mirror(integration, rows, [])[1]

    @api.model
    def _link_owners(self, integration):
        """Link profiles to their owning organization or member."""
        profiles = self.search([("integration_id", "=", integration.id)])
        owners = profiles.mapped("owner_ref")
        organizations = self.env["hootsuite.organization"]._known(integration, owners)
        members = self.env["hootsuite.member"]._known(integration, owners)
        for profile in profiles:
            ours = profile.owner_kind == "ORGANIZATION"
            organization = organizations.get(profile.owner_ref) if ours else None
            member = members.get(profile.owner_ref) if profile.owner_kind == "MEMBER" else None
            changes = profile._differing(
                {
                    "organization_id": organization.id if organization else False,
                    "member_id": member.id if member else False,
                }
            )
            if changes:
                profile.write(changes)

    @api.model
    def _tell_reconnect(self, integration):
        """Open an alert for each profile that must be reconnected, close those that are well again.

        Told before a post fails: Hootsuite says so in the list of profiles.
        """
        profiles = self.with_context(active_test=False).search(
            [("integration_id", "=", integration.id)]
        )
        # sudo: alerts are the managers'; this looks which are open.
        opened = set(
            self.env["connector.alert"]
            .sudo()
            .search(
                [
                    ("integration_model", "=", integration._name),
                    ("integration_id", "=", integration.id),
                    ("state", "=", "open"),
                    ("cause", "=like", "profile_reconnect:%"),
                ]
            )
            .mapped("cause")
        )
        for profile in profiles:
            cause = f"profile_reconnect:{profile.hootsuite_id}"
            broken = profile.active and profile.needs_reconnect
            if broken and cause not in opened:
                integration._alert(
                    cause,
                    self.env._(
                        "Hootsuite has lost access to %(profile)s (%(network)s): posts on it will"
                        " fail.",
                        profile=profile.name,
                        network=dict(NETWORKS)[profile.network],
                    ),
                    self.env._(
                        "In Hootsuite, open Social accounts, choose the profile, press Reconnect."
                    ),
                )
            elif not broken and cause in opened:
                integration._alert_clear(cause)
