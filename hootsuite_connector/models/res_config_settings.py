from odoo import api, fields, models

# Fields of the account that most people need, as they are called there.
SHOWN = ("agent_answer", "lookup_policy", "keep_days")


class ResConfigSettings(models.TransientModel):
    """The choices most people need; everything else stands on the account."""

    _inherit = "res.config.settings"

    hootsuite_integration_id = fields.Many2one(
        "hootsuite.integration",
        "Hootsuite account",
        compute="_compute_hootsuite_integration_id",
    )
    hootsuite_status_level = fields.Selection(related="hootsuite_integration_id.status_level")
    hootsuite_status_summary = fields.Char(related="hootsuite_integration_id.status_summary")
    hootsuite_agent_answer = fields.Selection(
        selection=lambda self: self._hootsuite_choices("agent_answer"), string="Virtual agent"
    )
    hootsuite_lookup_policy = fields.Selection(
        selection=lambda self: self._hootsuite_choices("lookup_policy"), string="Contact look-ups"
    )
    hootsuite_keep_days = fields.Integer("Keep social messages (days)")

    @api.model
    def _hootsuite_choices(self, name):
        return self.env["hootsuite.integration"]._fields[name]._description_selection(self.env)

    @api.model
    def _hootsuite_account(self):
        """Return the company's only account; with several, each has its own form."""
        accounts = self.env["hootsuite.integration"].search(
            [("company_id", "=", self.env.company.id)], limit=2
        )
        return accounts if len(accounts) == 1 else accounts.browse()

    @api.depends("company_id")
    def _compute_hootsuite_integration_id(self):
        account = self._hootsuite_account()
        for settings in self:
            settings.hootsuite_integration_id = account

    @api.model
    def get_values(self):
        """Read the choices from the account."""
        values = super().get_values()
        account = self._hootsuite_account()
        if account:
            values.update({f"hootsuite_{name}": account[name] for name in SHOWN})
        return values

    def set_values(self):
        """Write what was changed: an unchanged account is not written, and its audit stays short."""
        result = super().set_values()
        account = self._hootsuite_account()
        changes = {
            name: self[f"hootsuite_{name}"]
            for name in SHOWN
            if account and self[f"hootsuite_{name}"] != account[name]
        }
        # A choice that the form did not show is empty.
        changes = {name: value for name, value in changes.items() if value or name == "keep_days"}
        if changes:
            account.write(changes)
        return result

    def action_open_hootsuite(self):
        """Open the account, or the list of them."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hootsuite_connector.hootsuite_integration_action"
        )
        account = self._hootsuite_account()
        if account:
            action.update(res_id=account.id, views=[(False, "form")], view_mode="form")
        return action
