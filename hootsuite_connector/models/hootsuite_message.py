from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.connector_base.compat import Constraint

from .hootsuite_profile import NETWORKS
from .message_marks import applying

KINDS = [
    ("direct", "Direct message"),
    ("mention", "Mention"),
    ("comment", "Comment"),
    ("reply", "Reply"),
    ("review", "Review"),
    ("share", "Share"),
]
SENTIMENTS = [("negative", "Negative"), ("neutral", "Neutral"), ("positive", "Positive")]
PRIORITIES = [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Urgent")]
ACTIONS = [
    ("activity", "Activity on the contact or his opportunity"),
    ("lead", "Lead"),
    ("opportunity", "Opportunity"),
    ("ticket", "Ticket"),
    ("keep", "Only show it in the inbox"),
    ("ignore", "Ignore"),
]
STATES = [
    ("new", "New"),
    ("routed", "Handed over"),
    ("followup", "Added to open work"),
    ("kept", "In the inbox only"),
    ("ignored", "Ignored"),
    ("done", "Done"),
]
ICONS = {
    "facebook": "fa-facebook-square",
    "twitter": "fa-twitter",
    "instagram": "fa-instagram",
    "linkedin": "fa-linkedin-square",
    "whatsapp": "fa-whatsapp",
    "livechat": "fa-comments",
    "youtube": "fa-youtube-play",
    "pinterest": "fa-pinterest",
}
# What an agent may correct; his word stays, whatever is delivered later.
CORRECTABLE = ("sentiment", "priority")
AGENT_MAY = {*CORRECTABLE, "user_id"}


class HootsuiteMessage(models.Model):
    """One message of a conversation, whichever envelope brought it first."""

    _name = "hootsuite.message"
    _description = "Hootsuite Message"
    _order = "at desc, id desc"
    _rec_name = "text"

    integration_id = fields.Many2one(
        "hootsuite.integration",
        "Hootsuite account",
        required=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    external_id = fields.Char("Message ID", required=True, readonly=True)
    thread_key = fields.Char("Conversation ID", required=True, readonly=True)
    thread_id = fields.Many2one(
        "hootsuite.thread",
        "Conversation",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    text = fields.Text(readonly=True)
    author_name = fields.Char("Author", readonly=True)
    network = fields.Selection(NETWORKS, required=True, readonly=True)
    network_icon = fields.Char(compute="_compute_network_icon")
    direction = fields.Selection(
        [("in", "From the person"), ("out", "From us")], required=True, default="in", readonly=True
    )
    kind = fields.Selection(KINDS, required=True, default="direct", readonly=True)
    handle_id = fields.Many2one(
        "hootsuite.handle", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(
        related="handle_id.partner_id", store=True, index="btree_not_null", string="Contact"
    )
    profile_id = fields.Many2one(
        "hootsuite.profile",
        "Social profile",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    user_id = fields.Many2one("res.users", "Assigned to", index="btree_not_null")
    at = fields.Datetime("Date", required=True, readonly=True, help="When it was written or told.")
    sent_at = fields.Datetime("Written on", readonly=True, help="Empty: Hootsuite did not tell.")
    position = fields.Integer("Place in the transcript", readonly=True, aggregator=False)
    source = fields.Selection(
        [
            ("agent", "Virtual agent, live"),
            ("writeback", "Transcript"),
            ("relay", "Relay"),
        ],
        "Came by",
        readonly=True,
    )
    language = fields.Char(readonly=True, index=True)
    language_sure = fields.Boolean(readonly=True)
    sentiment = fields.Selection(SENTIMENTS, default="neutral", required=True, index=True)
    sentiment_score = fields.Float("Score", readonly=True, digits=(4, 3), aggregator="avg")
    irony = fields.Boolean("Perhaps ironic", readonly=True)
    urgent = fields.Boolean(readonly=True)
    priority = fields.Selection(PRIORITIES, default="1", required=True, index=True)
    sentiment_corrected = fields.Boolean("Sentiment corrected", readonly=True)
    priority_corrected = fields.Boolean("Priority corrected", readonly=True)
    route_corrected = fields.Boolean("Route corrected", readonly=True)
    state = fields.Selection(STATES, default="new", required=True, readonly=True, index=True)
    reply_state = fields.Selection(string="Answer", related="thread_id.reply_state")
    topics = fields.Char(readonly=True)
    payload = fields.Char("Quick reply", readonly=True)
    trigger = fields.Char("Answers to", readonly=True)
    permalink = fields.Char(readonly=True)
    in_reply_to = fields.Char("Reply to message", readonly=True)
    products = fields.Char("Products mentioned", readonly=True)
    redacted = fields.Boolean("Withheld by the network", readonly=True)
    file_ids = fields.One2many("hootsuite.message.file", "message_id", "Attachments")
    file_count = fields.Integer(compute="_compute_file_count")

    place_name = fields.Char("Place", readonly=True)
    street = fields.Char(readonly=True)
    city = fields.Char(readonly=True)
    zip = fields.Char("ZIP", readonly=True)
    place_state = fields.Char("State or region", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    latitude = fields.Float(digits=(10, 7), readonly=True, aggregator=False)
    longitude = fields.Float(digits=(10, 7), readonly=True, aggregator=False)

    rule_id = fields.Many2one(
        "hootsuite.routing.rule", readonly=True, ondelete="set null", index="btree_not_null"
    )
    route_action = fields.Selection(ACTIONS, "Action", readonly=True)
    route_reason = fields.Text("Why it went there", readonly=True)
    routed_at = fields.Datetime("Routed on", readonly=True)
    target_model = fields.Char("Became (model)", readonly=True)
    target_id = fields.Many2oneReference(
        "Became (number)", model_field="target_model", readonly=True, index=True
    )
    target_name = fields.Char("Became", compute="_compute_target_name")
    note_ref = fields.Integer("Chatter note", readonly=True, aggregator=False)

    _external_unique = Constraint(
        "UNIQUE (integration_id, external_id)", "The account knows this message already."
    )

    def init(self):
        """What the inbox and the streams sort by."""
        result = super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS hootsuite_message_inbox_idx"
            " ON hootsuite_message (company_id, direction, at DESC)"
        )
        return result

    @api.depends("network")
    def _compute_network_icon(self):
        for message in self:
            message.network_icon = ICONS.get(message.network, "fa-share-alt")

    @api.depends("file_ids")
    def _compute_file_count(self):
        for message in self:
            message.file_count = len(message.file_ids)

    @api.depends("author_name", "text", "network")
    def _compute_display_name(self):
        networks = dict(NETWORKS)
        for message in self:
            words = " ".join((message.text or "").split())[:60] or networks[message.network]
            author = message.author_name or self.env._("Somebody")
            message.display_name = f"{author}: {words}"

    @api.depends_context("uid", "lang")
    @api.depends("target_model", "target_id")
    def _compute_target_name(self):
        for message in self:
            message.target_name = self.env["hootsuite.target"]._name_of(
                message.target_model, message.target_id
            )

    def _place_in_thread(self):
        """Return the key by which messages of a conversation stand in order.

        A transcript tells an order but no times, live messages tell times: what no transcript holds
        yet was written after it.
        """
        live = self.position < 0
        return (live, 0 if live else self.position, self.sent_at or self.at, self.id)

    def _bubble(self):
        """Return the message as a bubble of the conversation."""
        self.ensure_one()
        ours = self.direction == "out"
        who = self.env._("We") if ours else self.author_name or self.env._("Somebody")
        when = self.thread_id._local_time(self.sent_at) if self.sent_at else ""
        files = Markup().join(file._line() for file in self.file_ids)
        return Markup(
            '<div class="o_hootsuite_bubble {side}"><div class="o_hootsuite_meta">{who} {when}'
            '</div><div class="o_hootsuite_text">{text}</div>{files}</div>'
        ).format(
            side="o_ours" if ours else "o_theirs",
            who=who,
            when=when,
            text=self.text or self.env._("(no text)"),
            files=files,
        )

    # -- corrections --------------------------------------------------------------------------------

    def write(self, vals):
        """Remember what a person corrects, so that no later delivery undoes it.

        :raises AccessError: somebody would change what was said
        """
        if applying(self.env):
            return super().write(vals)
        if not self.env.su and set(vals) - AGENT_MAY:
            raise AccessError(self.env._("What was said cannot be changed."))
        corrected = {f"{name}_corrected": True for name in CORRECTABLE if name in vals}
        return super().write({**vals, **corrected})

    # -- buttons ------------------------------------------------------------------------------------

    def action_open_target(self):
        """Open what the message became."""
        self.ensure_one()
        return self.env["hootsuite.target"]._open(self.target_model, self.target_id)

    def action_open_thread(self):
        """Open the conversation."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hootsuite.thread",
            "res_id": self.thread_id.id,
            "views": [[False, "form"]],
        }

    def action_open_network(self):
        """Open the message where it was written."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.permalink, "target": "new"}

    def action_assign_to_me(self):
        """Take the messages over."""
        self.write({"user_id": self.env.uid})

    def action_done(self):
        """Nothing more is to do about these messages."""
        self._set_state("done")

    def _set_state(self, state):
        self.check_access("write")
        # sudo: the state is the buttons' alone, hence not among what users may write.
        self.sudo().write({"state": state})

    def action_reopen(self):
        """Show finished messages as new again."""
        self._set_state("new")

    def action_correct(self):
        """Ask for the right sentiment, priority and route."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct"),
            "res_model": "hootsuite.message.correct",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_message_id": self.id},
        }
