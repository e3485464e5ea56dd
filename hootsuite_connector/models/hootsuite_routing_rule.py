from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import router, words
from .hootsuite_message import ACTIONS, KINDS, PRIORITIES, SENTIMENTS
from .hootsuite_profile import NETWORKS

ANY = [("any", "No matter"), ("yes", "Yes"), ("no", "No")]


class HootsuiteRoutingRule(models.Model):
    """Where a message goes: the first rule whose conditions are all met decides."""

    _name = "hootsuite.routing.rule"
    _description = "Hootsuite Routing Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    integration_ids = fields.Many2many(
        "hootsuite.integration", string="Accounts", help="Empty: for all accounts."
    )
    # Conditions
    networks = fields.Char(
        help="Networks, separated by commas: facebook, twitter, instagram, ... Empty: all."
    )
    kinds = fields.Char(
        help="direct, mention, comment, reply, review, share; separated by commas. Empty: all."
    )
    languages = fields.Char(help="Two letters each, separated by commas: en, fr. Empty: all.")
    sentiment = fields.Selection(SENTIMENTS)
    urgency = fields.Selection(ANY, "Urgent", default="any", required=True)
    known = fields.Selection(
        ANY, "Known contact", default="any", required=True, help="A contact before this message."
    )
    product = fields.Selection(
        ANY,
        "Product mentioned",
        default="any",
        required=True,
        help="The name of a product that you sell occurs. Needs the Products app.",
    )
    thread = fields.Selection(
        [("any", "No matter"), ("open", "With open work"), ("new", "Without open work")],
        "Conversation",
        default="any",
        required=True,
        help="Messages of a conversation with open work are added to it before any rule is asked,"
        " unless a rule says “With open work”.",
    )
    conversation_state = fields.Selection(
        [("any", "No matter"), ("open", "Still open"), ("resolved", "Resolved in Hootsuite")],
        "In Hootsuite",
        default="any",
        required=True,
    )
    words_ids = fields.Many2many("hootsuite.routing.words", string="Word lists")
    words = fields.Text(help="Further words, one a line; one of all these must occur.")
    unless_ids = fields.Many2many(
        "hootsuite.routing.words",
        "hootsuite_routing_rule_unless_rel",
        string="Unless a word of",
    )
    topics = fields.Char(help="Topics of the conversation in Hootsuite, separated by commas.")
    profile_ids = fields.Many2many("hootsuite.profile", string="Social profiles")
    team_ids = fields.Many2many("hootsuite.team", string="Hootsuite teams")
    longest = fields.Integer("At most letters", help="0: texts of any length.")
    # Actions
    action = fields.Selection(ACTIONS, required=True, default="keep")
    set_sentiment = fields.Selection(SENTIMENTS, "Take it for")
    set_priority = fields.Selection(PRIORITIES, "Priority", help="Empty: as the text sounds.")
    team_id = fields.Many2one(
        "crm.team", "Sales team", help="Empty: the team of the social profile, if it has one."
    )
    ticket_team_ref = fields.Reference(selection="_ticket_team_models", string="Ticket team")
    user_id = fields.Many2one("res.users", "Person", domain=[("share", "=", False)])
    activity_type_id = fields.Many2one("mail.activity.type", "Activity type")
    deadline_days = fields.Integer("Due in days", default=1)
    tag_ids = fields.Many2many(
        "crm.tag", string="Tags", help="On leads; tickets get tags of the same names."
    )
    reuse_open = fields.Boolean(
        "Use open work of the contact",
        default=True,
        help="Is there an open lead or opportunity of the same contact, the message is added to it,"
        " with an activity, instead of making another one.",
    )
    message_count = fields.Integer("Messages", compute="_compute_message_count")

    @api.model
    def _ticket_team_models(self):
        backend = self.env["hootsuite.ticket"]._backend()
        return [(backend.team_model, self.env._("Ticket team"))] if backend else []

    @api.depends_context("uid")
    def _compute_message_count(self):
        counts = dict(
            self.env["hootsuite.message"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.message_count = counts.get(rule, 0)

    @api.constrains("networks", "kinds", "languages", "longest", "deadline_days")
    def _check_conditions(self):
        known_networks, known_kinds = dict(NETWORKS), dict(KINDS)
        for rule in self:
            for entry in rule._entries("networks"):
                if entry not in known_networks:
                    raise ValidationError(
                        self.env._(
                            "There is no network %(name)s. Networks: %(known)s.",
                            name=entry,
                            known=", ".join(known_networks),
                        )
                    )
            for entry in rule._entries("kinds"):
                if entry not in known_kinds:
                    raise ValidationError(
                        self.env._(
                            "There is no kind %(name)s. Kinds: %(known)s.",
                            name=entry,
                            known=", ".join(known_kinds),
                        )
                    )
            if any(len(entry) != 2 for entry in rule._entries("languages")):
                raise ValidationError(self.env._("Write languages in two letters: en, fr."))
            if rule.longest < 0 or rule.deadline_days < 0:
                raise ValidationError(self.env._("Numbers of letters and days are not negative."))

    def _entries(self, name):
        return frozenset(entry.lower() for entry in words.entries(self[name] or ""))

    @api.model
    def _rules_of(self, integration, extra=None, without=None):
        """Return the rules of an account in order, compiled: list of :class:`tools.router.Rule`.

        :param extra: rules that count as active (for simulations)
        :param without: rules that count as archived
        """
        rules = self.with_context(active_test=False).search(
            [
                ("company_id", "in", [False, integration.company_id.id]),
                "|",
                ("active", "=", True),
                ("id", "in", extra.ids if extra else []),
            ]
        )
        if without:
            rules -= without
        return [
            rule._compiled()
            for rule in rules
            if not rule.integration_ids or integration in rule.integration_ids
        ]

    def _compiled(self):
        self.ensure_one()
        lists = [record._compiled() for record in self.words_ids]
        own = words.compiled(words.entries(self.words or ""))
        if own:
            lists.append(router.Words("", {"": own}))
        return router.Rule(
            key=self.id,
            networks=self._entries("networks"),
            kinds=self._entries("kinds"),
            languages=self._entries("languages"),
            sentiments=frozenset([self.sentiment] if self.sentiment else []),
            urgency=self.urgency,
            known=self.known,
            product=self.product,
            thread=self.thread,
            state=self.conversation_state,
            words=tuple(lists),
            unless=tuple(record._compiled() for record in self.unless_ids),
            topics=frozenset(words.entries(self.topics or "")),
            profile_ids=frozenset(self.profile_ids.ids),
            team_ids=frozenset(self.team_ids.ids),
            longest=self.longest,
        )

    def action_view_messages(self):
        """List the messages that this rule decided about."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hootsuite_connector.hootsuite_message_action"
        )
        action["domain"] = [("rule_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_simulate(self):
        """Show what this rule would have done with past messages."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hootsuite_connector.hootsuite_routing_simulator_action"
        )
        action["context"] = {"default_rule_ids": self.ids}
        return action
