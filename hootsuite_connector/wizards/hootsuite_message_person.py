import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.hootsuite_message_privacy import as_json


class HootsuiteMessagePerson(models.TransientModel):
    """Export or erase all that social networks told of one person."""

    _name = "hootsuite.message.person"
    _description = "Social Data of a Person"

    partner_id = fields.Many2one("res.partner", "Contact")
    search_text = fields.Char(
        "E-mail, handle or name", help="Instead of a contact: the exact e-mail address or handle."
    )
    handle_ids = fields.Many2many("hootsuite.handle", string="Found")
    message_count = fields.Integer("Messages", compute="_compute_message_count")
    export_file = fields.Binary("Export", readonly=True, attachment=False)
    export_name = fields.Char(readonly=True)
    result = fields.Text(readonly=True)

    def _compute_message_count(self):
        for wizard in self:
            wizard.message_count = len(wizard.handle_ids.message_ids)

    def action_search(self):
        """Find the handles of the person."""
        self.ensure_one()
        text = (self.search_text or "").strip().lstrip("@")
        if self.partner_id:
            domain = [("partner_id", "=", self.partner_id.id)]
        elif text:
            domain = [
                "|", "|",
                ("email", "=ilike", text), ("handle", "=ilike", text), ("name", "=ilike", text),
            ]  # fmt: skip
        else:
            raise UserError(self.env._("Choose a contact, or enter an e-mail address or a handle."))
        found = self.env["hootsuite.handle"].search(domain)
        self.handle_ids = found
        self.result = False if found else self.env._("Nothing is kept of this person.")
        return self._again()

    def action_export(self):
        """Make a file with all that is known."""
        self.ensure_one()
        self.handle_ids.check_access("read")
        data = as_json(self.handle_ids._export_person())
        self.export_file = base64.b64encode(data.encode())
        self.export_name = "social-data.json"
        self._audit("exported")
        return self._again()

    def action_erase(self):
        """Erase it in every copy."""
        self.ensure_one()
        if not self.handle_ids:
            raise UserError(self.env._("Search for the person first."))
        self.handle_ids.check_access("unlink")
        handles = self.handle_ids
        self._audit("erased")
        self.write({"handle_ids": [(5,)], "export_file": False, "search_text": False})
        counts = handles._erase_person()
        self.result = self.env._(
            "Erased: %(what)s. The proof stands in Settings > Technical > Connectors > Proofs.",
            what=", ".join(f"{name} {count}" for name, count in counts.items() if count),
        )
        return self._again()

    def _audit(self, what):
        for company in self.handle_ids.company_id:
            integration = self.env["hootsuite.integration"].search(
                [("company_id", "=", company.id)], limit=1
            )
            if integration:
                self.env["connector.api.log"]._log_audit(
                    integration,
                    "access",
                    f"social data of {len(self.handle_ids)} handle(s) {what}",
                    own=False,
                )

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Social Data of a Person"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
        }
