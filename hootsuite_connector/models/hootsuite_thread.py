import re

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.connector_base.compat import Constraint

from .hootsuite_profile import NETWORK_KEYS, NETWORKS

STATUSES = [("new", "Open"), ("pending", "Pending"), ("resolved", "Resolved")]
STATUS_RANK = {"new": 0, "pending": 1, "resolved": 2}
_NUMBER = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*-\s*", re.IGNORECASE)
REPLY_STATES = [
    ("waiting", "Waits for an answer"),
    ("answered", "Answered"),
    ("closed", "Closed"),
]


class HootsuiteThread(models.Model):
    """A conversation with one person on one channel."""

    _name = "hootsuite.thread"
    _description = "Hootsuite Conversation"
    _order = "last_at desc, id desc"

    name = fields.Char(compute="_compute_name")
    integration_id = fields.Many2one(
        "hootsuite.integration",
        "Hootsuite account",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    thread_key = fields.Char("Conversation ID", required=True, readonly=True)
    network = fields.Selection(NETWORKS, required=True, readonly=True)
    channel_id = fields.Many2one("hootsuite.message.channel", readonly=True)
    profile_id = fields.Many2one(
        "hootsuite.profile", "Social profile", readonly=True, index="btree_not_null"
    )
    handle_id = fields.Many2one(
        "hootsuite.handle", "Written by", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(
        related="handle_id.partner_id", store=True, index="btree_not_null", string="Contact"
    )
    author_name = fields.Char("Author", readonly=True)
    language = fields.Char("Language told", readonly=True, help="As Hootsuite says.")
    state = fields.Selection(
        STATUSES, "In Hootsuite", default="new", required=True, readonly=True, index=True
    )
    reply_state = fields.Selection(
        REPLY_STATES, "Answer", default="waiting", required=True, readonly=True, index=True
    )
    reason = fields.Char("Reason of the status", readonly=True)
    comment = fields.Char("Comment of the agent", readonly=True)
    agent_name = fields.Char("Agent in Hootsuite", readonly=True)
    agent_email = fields.Char("Agent's e-mail", readonly=True)
    user_id = fields.Many2one("res.users", "Assigned to", index="btree_not_null")
    topics = fields.Char(readonly=True)
    notes = fields.Json(readonly=True, help="Note's id -> text, author, time.")
    register = fields.Json(readonly=True, help="Vendor time of each value that is kept.")
    redacted = fields.Boolean("Withheld by the network", readonly=True)
    redacted_text = fields.Char("Explanation", compute="_compute_redacted_text")
    started_at = fields.Datetime("Began", readonly=True)
    last_at = fields.Datetime("Last message", readonly=True, index=True)
    last_text = fields.Char("Last words", readonly=True)
    message_count = fields.Integer("Messages", readonly=True)
    message_ids = fields.One2many("hootsuite.message", "thread_id", "Messages of the conversation")
    # What the conversation became; follow-up messages go there while it is open.
    target_model = fields.Char("Became (model)", readonly=True)
    target_id = fields.Many2oneReference(
        "Became", model_field="target_model", readonly=True, index=True
    )
    target_name = fields.Char("Became a", compute="_compute_target_name")
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null")
    conversation = fields.Html(compute="_compute_conversation", sanitize=False)

    _key_unique = Constraint(
        "UNIQUE (integration_id, thread_key)", "The account knows this conversation already."
    )

    @api.depends("author_name", "network", "handle_id.name")
    def _compute_name(self):
        networks = dict(NETWORKS)
        for thread in self:
            author = thread.author_name or thread.handle_id.name or self.env._("Somebody")
            thread.name = self.env._(
                "%(author)s on %(network)s", author=author, network=networks[thread.network]
            )

    @api.depends("redacted", "network", "message_count")
    def _compute_redacted_text(self):
        networks = dict(NETWORKS)
        for thread in self:
            thread.redacted_text = (
                self.env._(
                    "%(network)s does not allow Hootsuite to pass on names and texts of resolved"
                    " conversations. Odoo knows that the conversation took place and who closed it;"
                    " read it in Hootsuite.",
                    network=networks[thread.network],
                )
                if thread.redacted
                else False
            )

    @api.depends_context("uid", "lang")
    @api.depends("target_model", "target_id")
    def _compute_target_name(self):
        for thread in self:
            thread.target_name = self.env["hootsuite.target"]._name_of(
                thread.target_model, thread.target_id
            )

    @api.depends_context("tz", "lang", "uid")
    @api.depends("message_ids.text", "message_ids.direction", "notes")
    def _compute_conversation(self):
        for thread in self:
            messages = thread.message_ids.sorted(lambda message: message._place_in_thread())
            rows = [message._bubble() for message in messages]
            rows += [self._note_bubble(note) for _key, note in sorted((thread.notes or {}).items())]
            text = thread.redacted_text or (not rows and self.env._("Nothing was said yet."))
            if text:
                rows.insert(0, Markup('<p class="text-muted mb-0">{text}</p>').format(text=text))
            thread.conversation = Markup('<div class="o_hootsuite_talk">{rows}</div>').format(
                rows=Markup().join(rows)
            )

    def _note_bubble(self, note):
        when = fields.Datetime.to_datetime(note["at"]) if note.get("at") else None
        return Markup(
            '<div class="o_hootsuite_note"><div class="o_hootsuite_meta">{who} {when}</div>'
            "{text}</div>"
        ).format(
            who=self.env._("Internal note"),
            when=self._local_time(when) if when else "",
            text=note.get("text") or "",
        )

    def _local_time(self, moment):
        return f"{fields.Datetime.context_timestamp(self, moment):%Y-%m-%d %H:%M}"

    # -- one way to become a conversation -----------------------------------------------------------

    @api.model
    def _of_facts(self, integration, facts, channels, handles):
        """Return dict ``thread_key -> thread``, made or brought up to date.

        The values of the latest envelope win, whatever the order of arrival.

        :param facts: :class:`adapters.conversation.ConversationFact` and ``MessageFact`` objects
        :param channels: dict ``channel_ref -> hootsuite.message.channel``
        :param handles: list of ``hootsuite.handle`` (one per fact; may be empty records)
        """
        gathered = {}
        for fact, handle in zip(facts, handles, strict=True):
            gathered.setdefault(fact.thread_key, []).append((fact, handle))
        known = {
            thread.thread_key: thread
            for thread in self.search(
                [("integration_id", "=", integration.id), ("thread_key", "in", list(gathered))]
            )
        }
        fresh = []
        for key, rows in gathered.items():
            thread = known.get(key)
            values = thread._kept() if thread else {"register": {}, "state": "new", "notes": {}}
            before = dict(values, register=dict(values["register"]), notes=dict(values["notes"]))
            for fact, handle in rows:
                self._take(values, fact, handle, channels)
            if thread:
                changes = {name: value for name, value in values.items() if value != before[name]}
                if changes:
                    thread.write(changes)
            else:
                fresh.append({**values, "integration_id": integration.id, "thread_key": key})
        for thread in self.create(fresh):
            known[thread.thread_key] = thread
        return known

    _KEPT = (
        "network", "author_name", "language", "state", "reason", "comment", "agent_name",
        "agent_email", "topics", "redacted", "started_at",
    )  # fmt: skip

    def _kept(self):
        values = {name: self[name] for name in self._KEPT}
        values.update(
            register=dict(self.register or {}),
            notes=dict(self.notes or {}),
            channel_id=self.channel_id.id,
            profile_id=self.profile_id.id,
            handle_id=self.handle_id.id,
        )
        return values

    @api.model
    def _take(self, values, fact, handle, channels):
        """Merge one fact into ``values``: commutative, and repeating it changes nothing."""
        stamp = fact.at.strftime("%Y-%m-%dT%H:%M:%S.%f")
        network = fact.network if fact.network in NETWORK_KEYS else "other"
        if values.get("network") in (None, False, "other"):
            values["network"] = network
        outgoing = getattr(fact, "direction", "in") == "out"
        profile_ref = getattr(fact, "profile_ref", None)
        channel = channels.get(
            fact.channel_ref or (f"profile:{profile_ref}" if profile_ref else None)
        )
        told = {
            "channel_id": channel.id if channel else None,
            "profile_id": channel.profile_id.id if channel else None,
        }
        if not outgoing:
            told["handle_id"] = handle.id or None
            told["author_name"] = fact.sender.name or fact.sender.handle or None
        for name in ("language", "reason", "comment"):
            told[name] = getattr(fact, name, None)
        # Hootsuite puts the number of the reason before its words: "5fd0...717d - Not a question".
        told["reason"] = _NUMBER.sub("", told["reason"] or "") or None
        agent = getattr(fact, "agent", None)
        if agent:
            told.update(agent_name=agent.name or agent.email, agent_email=agent.email)
        if fact.topics:
            told["topics"] = ", ".join(fact.topics)
        for name, value in told.items():
            self._newest(values, name, value, stamp)
        status = getattr(fact, "status", None)
        if hasattr(fact, "action"):
            status = status if status in STATUS_RANK else "new"
            values["redacted"] = bool(values.get("redacted") or fact.redacted)
            for note in fact.notes:
                values["notes"][note.key] = {
                    "text": note.text,
                    "author": note.author,
                    "at": note.at.strftime("%Y-%m-%d %H:%M:%S") if note.at else None,
                }
        elif fact.source != "writeback" and not outgoing:
            status = "new"  # who writes again opens the conversation again
        if status:
            old = values["register"].get("state", ["", -1])
            if [stamp, STATUS_RANK[status]] > old:
                values["register"]["state"] = [stamp, STATUS_RANK[status]]
                values["state"] = status
        begun = getattr(fact, "created_at", None) or fact.at
        begun = begun.replace(tzinfo=None, microsecond=0)
        if not values.get("started_at") or begun < values["started_at"]:
            values["started_at"] = begun

    @api.model
    def _newest(self, values, name, value, stamp):
        values.setdefault(name, False)
        if not value:
            return
        # Equal times: the greater value, so that the order of arrival does not decide.
        if [stamp, str(value)] > values["register"].get(name, ["", ""]):
            values["register"][name] = [stamp, str(value)]
            values[name] = value

    def _summarise(self):
        """Bring counts, last words and the state of the answer up to date."""
        rows = self.env["hootsuite.message"].search_fetch(
            [("thread_id", "in", self.ids)],
            ["thread_id", "direction", "text", "at", "sent_at", "position"],
        )
        by_thread = rows.grouped("thread_id")
        for thread in self:
            messages = by_thread.get(thread, rows[:0])
            messages = messages.sorted(lambda message: message._place_in_thread())
            last = messages[-1:]
            if thread.state == "resolved":
                reply = "closed"
            elif thread.state == "pending" or last.direction == "out":
                reply = "answered"
            else:
                reply = "waiting"
            values = {
                "message_count": len(messages),
                "last_at": last.at or thread.started_at,
                "last_text": " ".join((last.text or "").split())[:120] or False,
                "reply_state": reply,
            }
            changes = {name: value for name, value in values.items() if thread[name] != value}
            if changes:
                thread.write(changes)

    def write(self, vals):
        """Users only say who looks after a conversation.

        :raises AccessError: somebody would change what was said
        """
        if not self.env.su and set(vals) - {"user_id"}:
            raise AccessError(self.env._("What was said cannot be changed."))
        return super().write(vals)

    # -- buttons ------------------------------------------------------------------------------------

    def action_open_target(self):
        """Open what the conversation became."""
        self.ensure_one()
        return self.env["hootsuite.target"]._open(self.target_model, self.target_id)

    def action_assign_to_me(self):
        """Take the conversation over."""
        self.write({"user_id": self.env.uid})
        self.message_ids.write({"user_id": self.env.uid})
