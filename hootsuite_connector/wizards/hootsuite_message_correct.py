from odoo import api, fields, models

from ..models.hootsuite_message import ACTIONS, PRIORITIES, SENTIMENTS


class HootsuiteMessageCorrect(models.TransientModel):
    """What an agent knows better than the machine; it stays, whatever is delivered later."""

    _name = "hootsuite.message.correct"
    _description = "Correct a Hootsuite Message"

    message_id = fields.Many2one("hootsuite.message", required=True, ondelete="cascade")
    text = fields.Text(related="message_id.text")
    route_reason = fields.Text(related="message_id.route_reason")
    sentiment = fields.Selection(SENTIMENTS, required=True)
    priority = fields.Selection(PRIORITIES, required=True)
    reroute = fields.Boolean("Send it elsewhere")
    action = fields.Selection(ACTIONS, default="lead")
    user_id = fields.Many2one("res.users", "Person", domain=[("share", "=", False)])
    why = fields.Char(help="Shown on the message beside the new target.")

    @api.model
    def default_get(self, fields_list):
        """Begin with what stands on the message."""
        values = super().default_get(fields_list)
        message = self.env["hootsuite.message"].browse(values.get("message_id"))
        if message:
            values.update(sentiment=message.sentiment, priority=message.priority)
        return values

    def action_apply(self):
        """Keep the corrections; a new route makes new work and leaves the old alone."""
        self.ensure_one()
        message = self.message_id
        message.check_access("write")
        changes = {
            name: self[name] for name in ("sentiment", "priority") if self[name] != message[name]
        }
        if changes:
            message.write(changes)
        if self.reroute:
            message._reroute(self.action, self.user_id, self.why)
        return {"type": "ir.actions.act_window_close"}
