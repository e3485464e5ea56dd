from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.connector_base.models.connector_secret import secret_field

MANAGER = "hootsuite_connector.group_hootsuite_manager"
DEFAULT_SCOPES = "offline analytics:read"
# No others exist (REST specification, security definitions).
KNOWN_SCOPES = ("offline", "analytics:read")


class HootsuiteIntegration(models.Model):
    """One Hootsuite app and the account it is authorized for."""

    _name = "hootsuite.integration"
    _inherit = ["connector.integration"]
    _description = "Hootsuite Integration"
    _order = "name, id"
    _connector_manager_group = "hootsuite_connector.group_hootsuite_manager"
    _connector_webhook_route = "/hootsuite/webhook/messages"

    app_kind = fields.Selection(
        [
            ("user", "A member authorizes (OAuth)"),
            ("organization_app", "Organization app (no person needed)"),
        ],
        "Authorization",
        default="user",
        required=True,
        help="Organization app: only when Hootsuite has linked your app to your organization, which"
        " Inbox 2.0 needs. Otherwise a member of Hootsuite authorizes the app in the browser.",
    )
    client_id = fields.Char("Client ID", groups=MANAGER)
    client_secret = secret_field("Client Secret", groups=MANAGER)
    organization_ref = fields.Char(
        "Organization ID",
        groups=MANAGER,
        help="Hootsuite's number of the organization. An organization app needs it, and so do calls"
        " of Inbox 2.0, whoever authorizes the rest.",
    )
    scopes = fields.Char(
        default=DEFAULT_SCOPES,
        groups=MANAGER,
        help="Hootsuite knows two: offline (access that renews itself) and analytics:read (figures"
        " of posts and profiles; it must be ticked on the app as well).",
    )

    # -- what arrives, and how it is proved ------------------------------------------------------
    webhook_secret = secret_field(
        "Virtual Agent Secret",
        help="Shared secret of the Inbox 2.0 virtual agent, as Hootsuite shows it (hexadecimal)."
        " After a change the old one stays valid until you drop it.",
    )
    crm_secret = secret_field(
        "CRM Secret",
        groups=MANAGER,
        help="Shared secret of the CRM integration in Inbox 2.0 (hexadecimal). It signs resolved and"
        " pending conversations, look-ups and error messages.",
    )
    platform_secret = secret_field(
        "Platform Event Secret",
        groups=MANAGER,
        help="Secret for events about your own posts, if Hootsuite gave you one.",
    )
    relay_secret = secret_field(
        "Relay Secret",
        groups=MANAGER,
        help="Secret that you share with a program of your own that passes messages on to Odoo.",
    )
    platform_scheme = fields.Selection(
        [
            ("closed", "Closed: refuse them"),
            ("token", "Address only: whoever knows the secret address"),
            ("hmac", "Signed"),
        ],
        "Platform events",
        default="closed",
        required=True,
        groups=MANAGER,
        help="Events about your own posts. Hootsuite does not sign those of single posts; then the"
        " secret part of the address is the only proof, and Odoo reads each post again before it"
        " believes anything.",
    )
    platform_algorithm = fields.Selection(
        [("sha512", "SHA-512"), ("sha256", "SHA-256")],
        "Signature method",
        default="sha512",
        required=True,
        groups=MANAGER,
    )
    platform_encoding = fields.Selection(
        [("hex", "Hexadecimal"), ("base64", "Base64")],
        "Signature written in",
        default="hex",
        required=True,
        groups=MANAGER,
    )
    platform_key_form = fields.Selection(
        [("text", "Plain text"), ("hex", "Hexadecimal")],
        "Secret written in",
        default="text",
        required=True,
        groups=MANAGER,
    )
    agent_answer = fields.Selection(
        [
            ("listen", "Only listen"),
            ("handover", "Hand over to people after the first message"),
        ],
        "Virtual agent",
        default="listen",
        required=True,
        help="Only listen: Odoo gets every message while the virtual agent holds the conversation;"
        " Hootsuite hands it to people after its own deadline (5 minutes). Hand over: people have it"
        " at once; what is written after that reaches Odoo when they resolve the conversation.",
    )
    lookup_policy = fields.Selection(
        [("answer", "Answer with what Odoo knows"), ("silent", "Answer nothing")],
        "Contact look-ups",
        default="answer",
        required=True,
        help="What an agent sees in Hootsuite after pressing Lookup: name, company, e-mail, phone"
        " and the number of the contact in Odoo.",
    )
    webhook_uses = fields.Html(compute="_compute_webhook_uses", groups=MANAGER, sanitize=False)

    # -- what is synchronized --------------------------------------------------------------------
    sync_members = fields.Boolean(
        "Organizations, teams and members",
        default=True,
        help="Keep a list of the members, teams and organizations of Hootsuite in Odoo.",
    )
    grant_groups = fields.Boolean(
        "Give Odoo users their Hootsuite group",
        help="Members that manage an organization in Hootsuite become Hootsuite managers in Odoo,"
        " other members Hootsuite users. Groups are only added, never taken away.",
    )
    sync_past_days = fields.Integer(
        "Past days", default=28, help="How far back posts and figures are read the first time."
    )
    sync_future_days = fields.Integer(
        "Future days", default=90, help="How far ahead scheduled posts are read."
    )
    bulk_from = fields.Float(
        "Bulk work from",
        default=1.0,
        help="Large imports (history of figures) run between these hours, in the time zone of the"
        " company's calendar. Equal hours: at any time.",
    )
    bulk_to = fields.Float("Bulk work until", default=6.0)
    keep_days = fields.Integer(
        "Keep messages (days)",
        default=730,
        help="Social messages and personal data of their authors older than this are deleted; 0"
        " keeps them for ever.",
    )
    daily_limit = fields.Integer(
        "Calls per day",
        default=100_000,
        groups=MANAGER,
        help="Hootsuite allows 100,000 calls a day and 20 a second.",
    )
    member_ref = fields.Char(
        "Authorized by member", readonly=True, copy=False, groups=MANAGER, help="Hootsuite's id."
    )
    last_ping_at = fields.Datetime("Last ping", readonly=True, copy=False)
    last_mirror_at = fields.Datetime("Last read of profiles", readonly=True, copy=False)

    organization_ids = fields.One2many("hootsuite.organization", "integration_id")
    profile_ids = fields.One2many("hootsuite.profile", "integration_id")
    organization_count = fields.Integer(compute="_compute_hootsuite_counts")
    profile_count = fields.Integer(compute="_compute_hootsuite_counts")
    reconnect_count = fields.Integer("Profiles to reconnect", compute="_compute_hootsuite_counts")
    member_count = fields.Integer(compute="_compute_hootsuite_counts")
    unmapped_count = fields.Integer("Members without user", compute="_compute_hootsuite_counts")
    issue_count = fields.Integer("Data issues", compute="_compute_hootsuite_counts")

    @api.constrains("scopes")
    def _check_scopes(self):
        for integration in self:
            unknown = set((integration.scopes or "").split()) - set(KNOWN_SCOPES)
            if unknown:
                raise ValidationError(
                    self.env._(
                        "Hootsuite does not know the scope %(names)s. Enter offline and, for"
                        " figures, analytics:read.",
                        names=", ".join(sorted(unknown)),
                    )
                )

    @api.constrains("sync_past_days", "sync_future_days", "keep_days", "bulk_from", "bulk_to")
    def _check_windows(self):
        for integration in self:
            if not 0 <= integration.sync_past_days <= 730:
                raise ValidationError(
                    self.env._("Past days: Hootsuite keeps figures for two years (0 to 730 days).")
                )
            if not 0 <= integration.sync_future_days <= 730:
                raise ValidationError(self.env._("Future days must be between 0 and 730."))
            if integration.keep_days < 0:
                raise ValidationError(self.env._("Days to keep messages cannot be negative."))
            if not (0 <= integration.bulk_from < 24 and 0 <= integration.bulk_to < 24):
                raise ValidationError(self.env._("Hours of bulk work are between 0 and 24."))

    @api.constrains("app_kind", "organization_ref")
    def _check_organization(self):
        for integration in self:
            if integration.organization_ref and not integration.organization_ref.strip().isdigit():
                raise ValidationError(self.env._("The organization ID consists of digits."))

    def _compute_hootsuite_counts(self):
        def counts(model, *terms):
            return dict(
                self.env[model]._read_group(
                    [("integration_id", "in", self.ids), *terms], ["integration_id"], ["__count"]
                )
            )

        organizations = counts("hootsuite.organization")
        profiles = counts("hootsuite.profile")
        reconnect = counts("hootsuite.profile", ("needs_reconnect", "=", True))
        members = counts("hootsuite.member")
        unmapped = counts("hootsuite.member", ("user_id", "=", False))
        issues = dict(
            # sudo: a number only; the list behind it follows the user's rights.
            self.env["connector.data.issue"]
            .sudo()
            ._read_group(
                [
                    ("integration_model", "=", self._name),
                    ("integration_id", "in", self.ids),
                    ("state", "=", "open"),
                ],
                ["integration_id"],
                ["__count"],
            )
        )
        for integration in self:
            integration.organization_count = organizations.get(integration, 0)
            integration.profile_count = profiles.get(integration, 0)
            integration.reconnect_count = reconnect.get(integration, 0)
            integration.member_count = members.get(integration, 0)
            integration.unmapped_count = unmapped.get(integration, 0)
            integration.issue_count = issues.get(integration.id, 0)

    # -- buttons ---------------------------------------------------------------------------------

    def action_import(self):
        """Read everything that is synchronized, in the background."""
        self.check_access("write")
        for integration in self:
            integration._sync_now()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Hootsuite is read in the background."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _sync_now(self):
        """Enqueue every kind of run; the parts of the addon add theirs."""
        self.ensure_one()
        # What a person asks for is read even when it counts as fresh.
        self.env["connector.cache"]._expire(self)
        self.env["hootsuite.mirror"]._enqueue(self)

    def _open_hootsuite(self, xmlid, domain=()):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"hootsuite_connector.{xmlid}")
        action["domain"] = [("integration_id", "=", self.id), *domain]
        action["context"] = {}
        return action

    def action_view_profiles(self):
        """List the social profiles of the account."""
        return self._open_hootsuite("hootsuite_profile_action")

    def action_view_reconnect(self):
        """List the profiles that must be connected again in Hootsuite."""
        return self._open_hootsuite("hootsuite_profile_action", [("needs_reconnect", "=", True)])

    def action_view_members(self):
        """List the members of the account's organizations."""
        return self._open_hootsuite("hootsuite_member_action")

    def action_view_unmapped(self):
        """List the members that have no Odoo user."""
        return self._open_hootsuite("hootsuite_member_action", [("user_id", "=", False)])

    def action_view_organizations(self):
        """List the organizations of the account."""
        return self._open_hootsuite("hootsuite_organization_action")

    def action_view_issues(self):
        """List the open data issues."""
        return self._connector_open("connector_data_issue_action", [("state", "=", "open")])

    def action_view_runs(self):
        """List the synchronizations."""
        return self._connector_open("connector_sync_run_action")
