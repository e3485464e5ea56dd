from odoo import api, fields, models


class ConnectorDataIssue(models.Model):
    """A flaw in a vendor's data that did not stop it: a default was used, a person may look."""

    _name = "connector.data.issue"
    _description = "Connector Data Issue"
    _order = "id desc"
    _rec_name = "message"

    integration_model = fields.Char(required=True, readonly=True)
    integration_id = fields.Many2oneReference(
        string="Integration ID", model_field="integration_model", required=True, readonly=True
    )
    event_id = fields.Many2one(
        "connector.event", readonly=True, ondelete="set null", index="btree_not_null"
    )
    res_model = fields.Char(string="Record Model", readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", readonly=True)
    field = fields.Char(readonly=True, help="Where in the vendor's data the flaw is.")
    message = fields.Char(required=True, readonly=True)
    remedy = fields.Char(string="What to Do", readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("resolved", "Resolved"), ("ignored", "Ignored")],
        required=True,
        default="open",
        index=True,
    )
    company_id = fields.Many2one("res.company", readonly=True)

    @api.model
    def _add(self, integration, issues, event=None, record=None):
        """Keep :class:`core.facts.Issue` objects, each open flaw of a subject once.

        :param event: ``connector.event`` that brought them
        :param record: record that holds the default instead
        """
        issues = list({(issue.field, issue.message): issue for issue in issues}.values())
        if not issues:
            return self.browse()
        self = self.sudo()  # the work of any user may find a flaw; a manager looks at it
        if event:
            open_issues = self.search([("event_id", "=", event.id), ("state", "=", "open")])
            known = {(issue.field, issue.message) for issue in open_issues}
            issues = [issue for issue in issues if (issue.field, issue.message) not in known]
        return self.create(
            [
                {
                    "integration_model": integration._name,
                    "integration_id": integration.id,
                    "company_id": integration.company_id.id,
                    "event_id": event.id if event else False,
                    "res_model": record._name if record else False,
                    "res_id": record.id if record else False,
                    "field": issue.field,
                    "message": issue.message,
                    "remedy": issue.remedy,
                }
                for issue in issues
            ]
        )

    def action_resolve(self):
        """Mark as looked after."""
        self.write({"state": "resolved"})

    def action_ignore(self):
        """Mark as not worth looking after."""
        self.write({"state": "ignored"})

    def action_open_record(self):
        """Open the record that holds the default."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
