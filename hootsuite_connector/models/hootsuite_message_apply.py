"""The one way in which anything becomes a hootsuite.message: webhooks, transcripts, relays."""

from odoo import api, fields, models

from .hootsuite_profile import NETWORK_KEYS
from .message_marks import Mark

TEXT_AT_MOST = 20_000
NO_PLACE = -1  # in `position`: no transcript holds the message


class HootsuiteMessage(models.Model):
    _inherit = "hootsuite.message"

    @api.model
    def _apply_conversations(self, integration, found):
        """Keep conversations with their status, notes, topics and transcripts.

        :param integration: ``hootsuite.integration``
        :param found: list of :class:`adapters.conversation.ConversationFact`, in vendor-time order
        :return: dict position -> note, see `hootsuite.integration._connector_apply`
        """
        lines = [message for fact in found for message in fact.messages]
        self._apply(integration, lines, found)
        return {
            position: "The network keeps texts and names to itself; only the status is known."
            for position, fact in enumerate(found)
            if fact.redacted
        }

    @api.model
    def _apply_messages(self, integration, found):
        """Keep and route messages.

        Doubled and late ones change nothing; a message that a transcript and the virtual agent both
        bring is one record.

        :param found: list of :class:`adapters.conversation.MessageFact`, in vendor-time order
        """
        self._apply(integration, found, [])

    @api.model
    def _apply(self, integration, messages, conversations):
        self = self.with_context(hootsuite_apply=Mark.APPLY)
        facts = [*conversations, *messages]
        if not facts:
            return
        channels = self.env["hootsuite.message.channel"]._of_facts(integration, facts)
        handles = self.env["hootsuite.handle"]._resolve(integration, facts)
        self.env["hootsuite.handle"].union(*handles)._match_partners()
        threads = self.env["hootsuite.thread"]._of_facts(integration, facts, channels, handles)
        self._fill_languages(threads, conversations)
        handle_of = dict(
            zip(
                (fact.external_id for fact in messages),
                handles[len(conversations) :],
                strict=True,
            )
        )
        known = {
            message.external_id: message
            for message in self.search(
                [
                    ("integration_id", "=", integration.id),
                    ("external_id", "in", [fact.external_id for fact in messages]),
                ]
            )
        }
        fresh, files = {}, {}
        for fact in messages:
            thread = threads[fact.thread_key]
            handle = handle_of[fact.external_id]
            values = self._values_of(integration, fact, thread, handle)
            record = known.get(fact.external_id)
            if record:
                changes = self._merged(record, values)
                if changes:
                    record.write(changes)
            elif fact.external_id in fresh:
                before = fresh[fact.external_id]
                before.update(self._merged(before, values))
            else:
                fresh[fact.external_id] = values
            if fact.attachments:
                files.setdefault(fact.external_id, set()).update(fact.attachments)
        made = self._create_routed(integration, list(fresh.values()), threads)
        known.update({message.external_id: message for message in made})
        if files:
            self.env["hootsuite.message.file"]._add(integration, known, files)
        self.env["hootsuite.thread"].union(*threads.values())._summarise()
        if made:
            self._tell_streams(integration, made)

    @api.model
    def _values_of(self, integration, fact, thread, handle):
        place = fact.place
        values = {
            "integration_id": integration.id,
            "external_id": fact.external_id,
            "thread_key": fact.thread_key,
            "thread_id": thread.id,
            "text": fact.text[:TEXT_AT_MOST],
            "author_name": (
                thread.agent_name
                if fact.direction == "out"
                else fact.sender.name or fact.sender.handle or thread.author_name
            )
            or False,
            "network": fact.network if fact.network in NETWORK_KEYS else "other",
            "direction": fact.direction,
            "kind": fact.kind,
            "handle_id": (handle.id or thread.handle_id.id) if fact.direction == "in" else False,
            "profile_id": thread.profile_id.id,
            "user_id": thread.user_id.id,
            "at": fact.at.replace(tzinfo=None, microsecond=0),
            "sent_at": fact.sent_at and fact.sent_at.replace(tzinfo=None, microsecond=0),
            "position": NO_PLACE if fact.position is None else fact.position,
            "source": fact.source,
            "language": fact.language or False,
            "topics": ", ".join(fact.topics) or False,
            "payload": fact.payload or False,
            "trigger": " ".join(fact.trigger) if fact.trigger else False,
            "permalink": fact.permalink or False,
            "in_reply_to": fact.in_reply_to or False,
            "redacted": fact.redacted,
        }
        if place:
            values.update(
                place_name=place.name,
                latitude=place.latitude or 0.0,
                longitude=place.longitude or 0.0,
            )
            if place.detailed:
                values.update(
                    street=place.street,
                    city=place.city,
                    zip=place.zip,
                    place_state=place.state,
                    country_id=self._country(place.country).id,
                )
        return values

    @api.model
    def _country(self, code):
        if not code:
            return self.env["res.country"]
        return self.env["res.country"].search([("code", "=", code.upper())], limit=1)

    @api.model
    def _merged(self, before, values):
        """Return what another envelope of the same message adds.

        Live envelopes know time, kind and author, transcripts the place in the conversation.

        :param before: the record, or the values of one that is about to be made
        """
        live = {"agent": 0, "relay": 0, "writeback": 1}
        changes = {}

        def have(name):
            return before[name] if isinstance(before, models.BaseModel) else before.get(name)

        def link(name):
            value = have(name)
            return value.id if isinstance(value, models.BaseModel) else value

        better = live[values["source"]] < live[have("source") or "writeback"]
        if better:
            for name in ("source", "kind", "sent_at", "trigger", "payload", "permalink"):
                changes[name] = values[name] or have(name)
            if values["text"]:
                changes["text"] = values["text"]
        for name in ("text", "author_name", "sent_at", "topics", "in_reply_to", "permalink"):
            if not changes.get(name) and not have(name) and values[name]:
                changes[name] = values[name]
        if not link("handle_id") and values["handle_id"]:
            changes["handle_id"] = values["handle_id"]
        if values["position"] >= 0:
            changes["position"] = max(values["position"], have("position"))
        if values["at"] < have("at"):
            changes["at"] = values["at"]
        return {name: value for name, value in changes.items() if link(name) != value}

    @api.model
    def _fill_languages(self, threads, conversations):
        """A language that is told later counts for texts that were too short to show theirs."""
        told = [threads[fact.thread_key].id for fact in conversations if fact.language]
        if not told:
            return
        unsure = self.search([("thread_id", "in", told), ("language_sure", "=", False)])
        for message in unsure:
            language = message.thread_id.language
            if language and message.language != language:
                values = self._judge(message.text, language, message.direction)
                if message.sentiment_corrected:
                    values = {
                        name: values[name]
                        for name in values
                        if name not in ("sentiment", "sentiment_score", "irony")
                    }
                if message.priority_corrected or message.routed_at:
                    values.pop("priority", None)
                message.write(values)

    @api.model
    def _create_routed(self, integration, rows, threads):
        """Judge, route and create new messages."""
        if not rows:
            return self.browse()
        by_id = {thread.id: thread for thread in threads.values()}
        for values in rows:
            told = values["language"] or by_id[values["thread_id"]].language
            values.update(self._judge(values["text"], told, values["direction"]))
            if values["direction"] == "out":
                values["state"] = "done"
        incoming = [values for values in rows if values["direction"] == "in"]
        self.env["hootsuite.router"]._route(integration, incoming, by_id)
        now = fields.Datetime.now()
        for values in incoming:
            values["routed_at"] = now
        return self.create([dict(values) for values in rows])
