import re
from email.utils import getaddresses

from odoo import api, fields, models
from odoo.tools import email_normalize

MOST = 500


class ZoomUserRuleTest(models.TransientModel):
    """Says what would become of people, and why. Changes nothing."""

    _name = "zoom.user.rule.test"
    _description = "Zoom People Rules: Try Out"

    integration_id = fields.Many2one(
        "zoom.integration",
        "Zoom account",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env["zoom.integration"].search([], limit=1),
    )
    addresses = fields.Text(
        "People",
        help="One in each line: an address, a name with an address (Ada Host <ada@example.com>), "
        "or only the name that somebody has in Zoom.",
    )
    last = fields.Integer("How many", default=50, help="The last people who attended, at most 500.")
    line_ids = fields.One2many("zoom.user.rule.test.line", "test_id", "Outcome", readonly=True)

    def action_test(self):
        """Show what becomes of the people entered."""
        self.ensure_one()
        persons = []
        for text in re.split(r"[\n;]", self.addresses or "")[:MOST]:
            if text.strip():
                persons.append(self._person(text.strip()))
        return self._show(persons)

    def action_preview(self):
        """Show what the rules would make of the last people who attended."""
        self.ensure_one()
        seen, persons = set(), []
        people = self.env["zoom.participant"].with_context(active_test=False)
        for one in people.search(
            [("integration_id", "=", self.integration_id.id)],
            order="id desc",
            limit=10 * min(max(self.last, 1), MOST),
        ):
            key = one.email or one.zoom_user_id or one.name
            if key not in seen and len(persons) < min(max(self.last, 1), MOST):
                seen.add(key)
                persons.append(
                    {"name": one.name, "email": one.email, "zoom_user_id": one.zoom_user_id}
                )
        return self._show(persons)

    @api.model
    def _person(self, text):
        """Return {"name", "email"} of a line that somebody typed."""
        if "@" not in text:
            return {"name": text, "email": ""}
        name, address = getaddresses([text])[0]
        return {"name": name or "", "email": email_normalize(address) or address or text}

    def _show(self, persons):
        decisions = self.env["zoom.people"]._decide(self.integration_id, persons)
        self.line_ids.unlink()
        self.line_ids = [
            fields.Command.create(
                {
                    "name": person.get("name"),
                    "email": person.get("email"),
                    "rule_id": decision.rule.id,
                    "outcome": self._outcome(decision),
                    "partner_id": decision.partner.id,
                    "why": decision.why,
                }
            )
            for person, decision in zip(persons, decisions, strict=True)
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try Out the Rules"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _outcome(self, decision):
        if decision.action == "ignore":
            return "ignore"
        if decision.create:
            return "create"
        if decision.affiliation == "staff":
            return "user" if decision.partner else "staff"
        return "contact" if decision.partner else "external"


class ZoomUserRuleTestLine(models.TransientModel):
    """One person of a try-out."""

    _name = "zoom.user.rule.test.line"
    _description = "Zoom People Rules: Outcome"

    test_id = fields.Many2one("zoom.user.rule.test", required=True, ondelete="cascade")
    name = fields.Char(readonly=True)
    email = fields.Char(readonly=True)
    rule_id = fields.Many2one("zoom.user.rule", readonly=True, ondelete="cascade")
    outcome = fields.Selection(
        [
            ("user", "Own staff, linked"),
            ("staff", "Own staff, no contact"),
            ("contact", "Existing contact"),
            ("create", "New contact"),
            ("external", "Counted without contact"),
            ("ignore", "Ignored"),
        ],
        readonly=True,
    )
    partner_id = fields.Many2one("res.partner", "Contact", readonly=True, ondelete="cascade")
    why = fields.Char(readonly=True)
