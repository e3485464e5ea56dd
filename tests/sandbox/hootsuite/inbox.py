"""Conversations: who holds them, what the virtual agent is told and does, when the CRM is written to."""

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.clock import iso
from ..core.delivery import Delivery
from . import config, inbox_events
from .api_times import nano_text
from .errors import InboxError
from .world import Contact, Conversation, Turn

if TYPE_CHECKING:
    from .half import HootsuiteHalf

TOPICS = {
    name: f"aa33389d-8a6a-11e8-b0d0-{number:012x}"
    for number, name in enumerate(("Sales", "Support", "Complaint", "Spam", "Shipping", "Praise"))
}
TAGS = ("Lead", "Urgent", "VIP", "Feedback")
LOOKUP = ("email", "phone")
#: Attributes that exist in the Inbox's settings; others are refused with a notification.
ATTRIBUTES = {"email", "phone", "first_name", "last_name", "company", "id", "last_order_number",
              "odoo_partner", "odoo_lead", "odoo_ticket"}  # fmt: skip


@dataclass
class About:
    """What an Inbox delivery was about."""

    conversation: Conversation | None
    kind: str


class Inbox:
    """Makes conversations happen."""

    def __init__(self, half: "HootsuiteHalf"):
        self.half = half
        half.on_inbox.append(self.answered)

    # Telling -----------------------------------------------------------------------------------------

    def deliveries(
        self, kind: str, body: dict, conversation: Conversation | None
    ) -> list[Delivery]:
        """One delivery per address of the kind, not yet sent."""
        return [
            self.half.inbox_delivery(
                kind, body, address.url, address.secret, about=About(conversation, kind)
            )
            for address in self.half.addresses_of(kind, config.ORGANIZATION_ID)
        ]

    async def tell(
        self, kind: str, body: dict, conversation: Conversation | None
    ) -> list[Delivery]:
        made = self.deliveries(kind, body, conversation)
        for delivery in made:
            await self.half.engine.attempt(self.half.engine.add(delivery))
        return made

    async def start(self, conversation: Conversation, delegated: bool = False) -> None:
        """A private conversation begins, or a human hands one to the virtual agent."""
        self.half.world.conversations[conversation.id] = conversation
        conversation.holder = "agent"
        body = inbox_events.begun(self.half, conversation, delegated)
        conversation.told.append(body["type"])
        await self.tell("virtual_agent", body, conversation)

    def add(
        self, conversation: Conversation, text: str, direction: str = "INBOUND", **more
    ) -> Turn:
        turn = Turn(more.pop("turn_id", None) or str(uuid.uuid4()), direction, text, **more)
        conversation.turns.append(turn)
        return turn

    async def say(
        self, conversation: Conversation, turn: Turn, minimal: bool = False, **more
    ) -> list[Delivery]:
        """The customer wrote; the virtual agent hears it while the conversation is his.

        minimal: in the old form, without ids.
        """
        if conversation.status != "new":
            conversation.status = "new"
        if conversation.holder != "agent":
            return []
        self.watch(conversation)
        if minimal:
            body = inbox_events.minimal(self.half, conversation, turn)
        else:
            body = inbox_events.inbound(self.half, conversation, turn, **more)
        return await self.tell("virtual_agent", body, conversation)

    def watch(self, conversation: Conversation) -> None:
        """Without a reply to the contact in time a human takes over."""
        window = self.half.limits.reply_window
        if not window:
            return
        deadline = self.half.clock.timestamp() + window
        conversation.deadline = deadline

        async def late() -> None:
            if conversation.deadline == deadline and conversation.holder == "agent":
                conversation.holder = "human"
                conversation.told.append("REPLY_TIMEOUT")

        self.half.timers.at(deadline, late)

    # Answers -----------------------------------------------------------------------------------------

    def answered(self, delivery: Delivery) -> None:
        """The virtual agent's answer is an action; when he never answers, a human takes over."""
        about = delivery.about
        if not isinstance(about, About):
            return
        conversation = about.conversation
        if about.kind == "write_back" and delivery.state == "retrying":
            self.redate(delivery)
        if about.kind != "virtual_agent" or conversation is None:
            return
        if delivery.state == "dead":
            if conversation.holder == "agent":
                conversation.holder = "human"
                conversation.told.append("WEBHOOK_FAILED")
            return
        if delivery.state != "delivered" or conversation.holder != "agent":
            return
        try:
            action = json.loads(delivery.response_body) if delivery.response_body else {}
        except ValueError:
            action = None
        if isinstance(action, dict):
            self.act(conversation, action)
        else:
            conversation.told.append("ANSWER_IGNORED")

    def redate(self, delivery: Delivery) -> None:
        """Where the switch says so, a retried write-back gets a new timestamp."""
        if self.half.app.fresh_retries:
            body = json.loads(delivery.body)
            body["timestamp"] = self.half.stamp()
            text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
            delivery.body = text.encode()

    def check(self, conversation: Conversation, action: dict) -> None:
        """Raises InboxError 400 with every sentence that applies."""
        wrong = []
        messages = action.get("sendMessages") or []
        if action.get("sendMessage") is not None:
            messages = (
                [action["sendMessage"], *messages] if isinstance(messages, list) else messages
            )
        if not isinstance(messages, list) or not all(isinstance(row, dict) for row in messages):
            raise InboxError(400, "sendMessages: must be a list of objects")
        for row in messages:
            name = row.get("attachment")
            if name and name not in conversation.attachments:
                wrong.append(f"attachment: {name} has not been uploaded")
            if not name and not isinstance(row.get("text"), str):
                wrong.append("text: must not be blank")
        for name in ("applyTopics", "applyTags"):
            value = action.get(name) or []
            if not isinstance(value, list) or not all(isinstance(row, str) for row in value):
                wrong.append(f"{name}: must be a list of strings")
        if action.get("complete") not in (None, "HANDOVER", "RESOLVED"):
            wrong.append("complete: must be HANDOVER or RESOLVED")
        if not isinstance(action.get("setContactAttributes") or {}, dict):
            wrong.append("setContactAttributes: must be an object")
        if wrong:
            raise InboxError(400, *wrong)

    def act(self, conversation: Conversation, action: dict) -> None:
        """Carry out an action object; what is wrong in a webhook's answer is ignored."""
        try:
            self.check(conversation, action)
        except InboxError:
            conversation.told.append("ANSWER_IGNORED")
            return
        messages = list(action.get("sendMessages") or [])
        if action.get("sendMessage"):
            messages.insert(0, action["sendMessage"])
        for row in messages:
            attachment = row.get("attachment")
            self.add(conversation, row.get("text") or "", "OUTBOUND", attachment=attachment)
            conversation.deadline = None
        names = {name.lower(): name for name in TOPICS}
        for wanted in action.get("applyTopics") or []:
            name = names.get(wanted.lower())
            if name and name not in [topic["name"] for topic in conversation.topics]:
                conversation.topics.append({"id": TOPICS[name], "name": name})
        tags = {name.lower(): name for name in TAGS}
        for wanted in action.get("applyTags") or []:
            if wanted.lower() in tags and tags[wanted.lower()] not in conversation.tags:
                conversation.tags.append(tags[wanted.lower()])
        for note in action.get("applyConversationNotes") or []:
            self.note(conversation, str(note.get("text", "")) if isinstance(note, dict) else "")
        for name, value in (action.get("setContactAttributes") or {}).items():
            self.set_attribute(conversation.contact, name, value, "AGENT")
        if action.get("complete") == "HANDOVER":
            conversation.holder = "human"
        elif action.get("complete") == "RESOLVED":
            self.half.engine.background(self.close(conversation, "resolved", None, ""))

    def note(self, conversation: Conversation, text: str) -> None:
        conversation.notes.append(
            {
                "id": str(uuid.uuid4()),
                "text": text,
                "creationUser": "0-019bd608cfc-001-0c6a2f5b",
                "creationTimestamp": iso(self.half.clock.now()).replace("Z", "+00:00"),
            }
        )

    # Contacts and the CRM ----------------------------------------------------------------------------

    def set_attribute(self, contact: Contact, name: str, value: object, source: str) -> None:
        """Set one attribute; null takes it away."""
        contact.attributes = [
            row for row in contact.attributes if (row["attribute"], row["source"]) != (name, source)
        ]
        if value is not None:
            contact.attributes.append({"attribute": name, "value": str(value), "source": source})

    async def close(
        self, conversation: Conversation, status: str, agent: dict | None, comment: str
    ) -> list[Delivery]:
        """Resolve the conversation or set it to pending; the CRM hears of it."""
        previous, conversation.status = conversation.status, status
        conversation.holder = "none" if status == "resolved" else "human"
        created = nano_text(int(conversation.created.timestamp() * 1_000_000_000))
        body = inbox_events.write_back(
            self.half, conversation, previous, agent or inbox_events.AGENTS[0], comment, created
        )
        conversation.told.append(body["type"])
        return await self.tell("write_back", body, conversation)

    async def lookup(self, conversation: Conversation, confirm: bool = True) -> dict:
        """An agent presses Lookup; confirmed attributes are kept, missing and null ones deleted."""
        contact = conversation.contact
        asked = [row for row in contact.attributes if row["attribute"] in LOOKUP]
        body = inbox_events.lookup(self.half, contact, asked)
        sent = await self.tell("lookup", body, conversation)
        delivery = sent[0] if sent else None
        answer: object = None
        if delivery is not None and delivery.state == "delivered" and delivery.response_body:
            try:
                answer = json.loads(delivery.response_body)
            except ValueError:
                answer = None
        if isinstance(answer, dict) and "contactAttributes" in answer:
            await self.imported(contact, answer, confirm)
        return {
            "status": delivery.attempts[-1]["status"] if delivery else None,
            "answer": answer,
            "attributes": contact.attributes,
        }

    async def imported(self, contact: Contact, answer: dict, confirm: bool = True) -> None:
        """Attributes from the CRM: the known ones replace the earlier ones, the others are reported."""
        rows = answer.get("contactAttributes")
        rows = rows if isinstance(rows, list) else []
        wrong = []
        kept = {}
        for row in rows:
            name = row.get("attribute") if isinstance(row, dict) else None
            value = row.get("value") if isinstance(row, dict) else None
            if name not in ATTRIBUTES or not isinstance(value, (str, type(None))):
                wrong.append(f"Unknown attribute or wrong type key:{name} value:{value}")
            else:
                kept[name] = value
        if answer.get("autoConfirm") or confirm:
            for name in ATTRIBUTES:
                self.set_attribute(contact, name, kept.get(name), "CRM_CONFIRMED")
        if wrong:
            await self.tell("notification", inbox_events.notification(self.half, wrong), None)
