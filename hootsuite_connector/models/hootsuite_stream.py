from odoo import api, fields, models

from ..tools import words
from .hootsuite_message import KINDS, PRIORITIES, SENTIMENTS
from .hootsuite_profile import NETWORKS

SHOWN = 30
BUS_TYPE = "hootsuite_messages"


class HootsuiteStream(models.Model):
    """A saved filter over messages, shown as a column that moves by itself."""

    _name = "hootsuite.stream"
    _description = "Hootsuite Stream"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users",
        "Only for",
        default=lambda self: self.env.user,
        help="Empty: everybody who works with Hootsuite sees this stream.",
    )
    company_id = fields.Many2one("res.company")
    network = fields.Selection(NETWORKS, help="Empty: all networks.")
    kind = fields.Selection(KINDS, help="Empty: all kinds.")
    direction = fields.Selection(
        [("in", "From people"), ("out", "From us"), ("any", "Both")], default="in", required=True
    )
    sentiment = fields.Selection(SENTIMENTS, help="Empty: all.")
    priority = fields.Selection(PRIORITIES, "At least priority", help="Empty: all.")
    reply_state = fields.Selection(
        [("waiting", "Waits for an answer"), ("answered", "Answered"), ("closed", "Closed")],
        "Answer",
        help="Empty: all.",
    )
    words = fields.Char(help="Separated by commas; a message with one of them is shown.")
    profile_ids = fields.Many2many("hootsuite.profile", string="Social profiles")
    team_ids = fields.Many2many("hootsuite.team", string="Teams")
    message_count = fields.Integer("Messages", compute="_compute_message_count")

    @api.depends_context("uid")
    def _compute_message_count(self):
        for stream in self:
            stream.message_count = self.env["hootsuite.message"].search_count(stream._domain())

    def _domain(self):
        """Return the domain of the messages that the stream shows."""
        self.ensure_one()
        domain = [("state", "!=", "ignored")]
        if self.direction != "any":
            domain.append(("direction", "=", self.direction))
        for name in ("network", "kind", "sentiment", "reply_state"):
            if self[name]:
                domain.append((name, "=", self[name]))
        if self.priority:
            domain.append(("priority", ">=", self.priority))
        if self.profile_ids:
            domain.append(("profile_id", "in", self.profile_ids.ids))
        if self.team_ids:
            domain.append(("profile_id.team_ids", "in", self.team_ids.ids))
        found = words.entries(self.words or "")
        if found:
            domain += ["|"] * (len(found) - 1)
            domain += [("text", "ilike", word.rstrip("*")) for word in found]
        if self.company_id:
            domain.append(("company_id", "=", self.company_id.id))
        return domain

    @api.model
    def get_streams(self):
        """Return the columns of the user with their newest messages, for the streams screen.

        :return: list of dict ``id, name, messages``; message: ``id, author, text, at, network,
            icon, sentiment, priority, reply_state, reason, target, assigned, thread_id``
        """
        return [
            {
                "id": stream.id,
                "name": stream.name,
                "messages": self.env["hootsuite.message"]
                .search(stream._domain(), limit=SHOWN)
                ._for_stream(),
            }
            for stream in self.search([])
        ]


class HootsuiteMessage(models.Model):
    _inherit = "hootsuite.message"

    def _for_stream(self):
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("network", "sentiment", "priority", "state")
        }
        replies = dict(
            self.env["hootsuite.thread"]._fields["reply_state"]._description_selection(self.env)
        )
        return [
            {
                "id": message.id,
                "thread_id": message.thread_id.id,
                "author": message.author_name or self.env._("Somebody"),
                "text": message.text or "",
                "at": fields.Datetime.to_string(message.at),
                "network": labels["network"][message.network],
                "icon": message.network_icon,
                "sentiment": message.sentiment,
                "sentiment_label": labels["sentiment"][message.sentiment],
                "priority": message.priority,
                "priority_label": labels["priority"][message.priority],
                "reply_state": message.reply_state,
                "reply_label": replies.get(message.reply_state, ""),
                "state_label": labels["state"][message.state],
                "reason": message.route_reason or "",
                "target": message.target_name or "",
                "assigned": message.user_id.name or "",
            }
            for message in self
        ]

    @api.model
    def _tell_streams(self, integration, made):
        """Let open screens know that something is new; they ask for what their user may see."""
        group = self.env.ref("hootsuite_connector.group_hootsuite_user")
        self.env["bus.bus"]._sendone(
            group, BUS_TYPE, {"company_id": integration.company_id.id, "count": len(made)}
        )
