from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

from ..tools import addresses, patterns

MAX_RULES = 500


class ZoomUserRule(models.Model):
    """What becomes of somebody who attends: the first rule that fits decides."""

    _name = "zoom.user.rule"
    _description = "Zoom People Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=50)
    active = fields.Boolean(default=True)
    integration_id = fields.Many2one(
        "zoom.integration",
        "Zoom account",
        ondelete="cascade",
        index="btree_not_null",
        help="Empty: for all Zoom accounts.",
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True)
    kind = fields.Selection(
        [("domain", "E-mail domain"), ("pattern", "Pattern"), ("address", "Exact address")],
        "Looks at",
        required=True,
        default="domain",
    )
    subject = fields.Selection(
        [("address", "E-mail address"), ("name", "Name in Zoom")],
        "Pattern for",
        required=True,
        default="address",
        help="Guests often have no address that Zoom tells; then only a name can be recognised.",
    )
    value = fields.Char(
        required=True,
        help="Domain: example.com, also for domains below it. Address: ada@example.com, also "
        "with a tag (ada+zoom@example.com). Pattern: a regular expression for the whole text, "
        "whether in capitals or not.",
    )
    action = fields.Selection(
        [
            ("user", "Link to the Odoo user"),
            ("partner", "Find or create a contact"),
            ("find", "Find a contact, never create one"),
            ("external", "Count, without a contact"),
            ("ignore", "Ignore"),
        ],
        "Then",
        required=True,
        default="partner",
    )
    user_id = fields.Many2one(
        "res.users",
        "Odoo user",
        domain=[("share", "=", False)],
        help="Empty: the user with the same address or login.",
    )

    @api.constrains("kind", "value")
    def _check_value(self):
        for rule in self:
            value = (rule.value or "").strip()
            if rule.kind == "pattern":
                rule._check_pattern(value)
            elif rule.kind == "address" and not email_normalize(value):
                raise ValidationError(
                    self.env._("“%(value)s” is not an e-mail address.", value=value)
                )
            elif rule.kind == "domain" and (
                "@" in value.lstrip("@") or "." not in value or " " in value
            ):
                raise ValidationError(
                    self.env._(
                        "“%(value)s” is not a domain; write it like example.com.", value=value
                    )
                )

    def _check_pattern(self, value):
        try:
            patterns.compile_pattern(value)
        except patterns.PatternError as error:
            words = {
                "long": self.env._(
                    "A pattern may have %(most)s characters.", most=patterns.MAX_LENGTH
                ),
                "wrong": self.env._("This is no regular expression: %(why)s", why=error.detail),
                "costly": self.env._(
                    "This pattern may take very long. Use fewer of * and +, three at most."
                ),
                "feature": self.env._(
                    "Not allowed in a pattern, because it may take very long: %(what)s. Repeat "
                    "single characters only, such as [a-z]+.",
                    what=error.detail,
                ),
            }
            raise ValidationError(words[error.reason]) from error

    def _matcher(self):
        """Return a function (address, name) -> bool for this rule."""
        self.ensure_one()
        value = (self.value or "").strip().lower()
        if self.kind == "domain":
            domain = value.lstrip("@")
            return lambda address, name: addresses.is_in_domain(address, domain)
        if self.kind == "address":
            wanted = addresses.canonical(value)
            return lambda address, name: bool(address) and addresses.canonical(address) == wanted
        compiled = patterns.compile_pattern((self.value or "").strip())
        if self.subject == "name":
            return lambda address, name: patterns.matches(compiled, name)
        return lambda address, name: bool(address) and patterns.matches(compiled, address)

    @api.model
    def _matchers(self, integration):
        """Return [(rule, matcher)] of an account in the order in which they are asked."""
        # sudo: rules hold for the account, whoever's work finds people.
        rules = self.sudo().search(
            [("integration_id", "in", [False, integration.id])], limit=MAX_RULES
        )
        return [(rule, rule._matcher()) for rule in rules]

    def action_apply(self):
        """Apply the rules to everybody who attended and has no contact yet, in the background."""
        self.check_access("write")
        # sudo: jobs are made by code.
        self.env["zoom.participant"].sudo().with_delay(
            identity_key="zoom.participant:rules", description="Zoom: apply the people rules"
        )._job_apply_rules()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The rules are being applied in the background."),
            },
        }
