from odoo import api, fields, models

from ..models.hootsuite_message import ACTIONS

AT_MOST = 2000
OUTCOMES = [*ACTIONS, ("follow", "Added to open work")]


class HootsuiteRoutingSimulator(models.TransientModel):
    """What the rules as they are now would have done with past messages; nothing is written."""

    _name = "hootsuite.routing.simulator"
    _description = "Routing Simulator"

    integration_id = fields.Many2one(
        "hootsuite.integration",
        "Hootsuite account",
        required=True,
        default=lambda self: self.env["hootsuite.integration"].search([], limit=1),
    )
    rule_ids = fields.Many2many(
        "hootsuite.routing.rule",
        string="Count as active",
        context={"active_test": False},
        help="Archived rules to try before they go live.",
    )
    without_ids = fields.Many2many(
        "hootsuite.routing.rule",
        "hootsuite_routing_simulator_without_rel",
        string="Count as archived",
    )
    days = fields.Integer("Messages of the last days", default=30)
    limit = fields.Integer("At most", default=200)
    line_ids = fields.One2many("hootsuite.routing.simulator.line", "simulator_id", "Messages")
    changed_count = fields.Integer("Would change", compute="_compute_counts")
    line_count = fields.Integer("Looked at", compute="_compute_counts")
    summary = fields.Char(compute="_compute_counts")

    @api.depends("line_ids.changed")
    def _compute_counts(self):
        for wizard in self:
            wizard.line_count = len(wizard.line_ids)
            wizard.changed_count = len(wizard.line_ids.filtered("changed"))
            wizard.summary = self.env._(
                "%(changed)s of %(count)s messages would have gone elsewhere.",
                changed=wizard.changed_count,
                count=wizard.line_count,
            )

    def action_run(self):
        """Decide again about past messages, and compare."""
        self.ensure_one()
        since = fields.Datetime.subtract(fields.Datetime.now(), days=max(self.days, 0))
        messages = self.env["hootsuite.message"].search(
            [
                ("integration_id", "=", self.integration_id.id),
                ("direction", "=", "in"),
                ("routed_at", "!=", False),
                ("at", ">=", since),
            ],
            limit=min(max(self.limit, 1), AT_MOST),
        )
        rules = self.env["hootsuite.routing.rule"]._rules_of(
            self.integration_id, extra=self.rule_ids, without=self.without_ids
        )
        found = self.env["hootsuite.router"]._simulate(self.integration_id, messages, rules)
        self.line_ids = [
            (5,),
            *(
                (
                    0,
                    0,
                    {
                        "message_id": message.id,
                        "was": "follow" if message.state == "followup" else message.route_action,
                        "was_rule_id": message.rule_id.id,
                        "would": action,
                        "would_rule_id": rule.id,
                        "reason": reason,
                    },
                )
                for message, rule, action, reason in found
            ),
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Routing Simulator"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
        }


class HootsuiteRoutingSimulatorLine(models.TransientModel):
    _name = "hootsuite.routing.simulator.line"
    _description = "Simulated Route"
    _order = "changed desc, id"

    simulator_id = fields.Many2one(
        "hootsuite.routing.simulator", required=True, ondelete="cascade", index=True
    )
    message_id = fields.Many2one("hootsuite.message", ondelete="cascade")
    was = fields.Selection(OUTCOMES, "Went to")
    was_rule_id = fields.Many2one("hootsuite.routing.rule", "By rule", ondelete="set null")
    would = fields.Selection(OUTCOMES, "Would go to")
    would_rule_id = fields.Many2one("hootsuite.routing.rule", "By rule now", ondelete="set null")
    reason = fields.Text("Why")
    changed = fields.Boolean(compute="_compute_changed", store=True)

    @api.depends("was", "would", "was_rule_id", "would_rule_id")
    def _compute_changed(self):
        for line in self:
            line.changed = line.was != line.would or line.was_rule_id != line.would_rule_id
