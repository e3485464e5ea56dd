"""/inbox: the virtual agent's actions, contact attributes, proactive messages, metrics."""

import re
import uuid

from ..core.clock import parse_iso
from . import inbox_events
from .api import Call, endpoint
from .api_times import stamp_ms
from .errors import InboxError
from .world import Conversation

FILENAME = re.compile(r"[A-Za-z0-9_.-]+")
CONVERSATION = "/inbox/v1/virtual-agent/conversations/{conversation_id}"
PROACTIVE = "/inbox/v1/proactive-messaging"


def held(call: Call, key: str) -> Conversation:
    """A conversation that the virtual agent holds. Raises InboxError 404."""
    found = call.world.conversations.get(key)
    if found is None or found.holder != "agent":
        raise InboxError(404)
    return found


def body_of(call: Call) -> dict:
    if not isinstance(call.content, dict):
        raise InboxError(400, "the body must be an object")
    return call.content


@endpoint("POST", CONVERSATION, "inbox")
def act(call: Call, conversation_id: str):
    conversation = held(call, conversation_id)
    action = body_of(call)
    call.half.inbox.check(conversation, action)
    if action.get("applyTags") and not action.get("messageId"):
        raise InboxError(400, "messageId: must not be blank")
    call.half.inbox.act(conversation, action)
    return {}


def attach(call: Call, conversation_id: str, filename: str):
    """Below ten megabytes; the name is unique in the conversation."""
    conversation = held(call, conversation_id)
    content = call.content if isinstance(call.content, bytes) else b""
    if not FILENAME.fullmatch(filename):
        raise InboxError(400, "filename: only letters, digits, -, _ and . are allowed")
    if not call.request.headers.get("Content-Type"):
        raise InboxError(400, "Content-Type: must not be blank")
    if not content or len(content) >= call.half.limits.attachment_size:
        raise InboxError(400, "the attachment must have between 1 byte and 10 megabytes")
    conversation.attachments[filename] = len(content)
    return {}


# The prose of the vendor's page says PUT, its specification says POST; both are taken.
for _method in ("PUT", "POST"):
    endpoint(_method, CONVERSATION + "/attachments/{filename}", "inbox", raw=True)(attach)


@endpoint("PUT", "/inbox/v2/contact/{contact_id}/contact-attributes", "inbox")
def contact_attributes(call: Call, contact_id: str):
    contact = call.world.contacts.get(contact_id)
    if contact is None:
        raise InboxError(404)
    body = body_of(call)
    if not isinstance(body.get("contactAttributes"), list):
        raise InboxError(400, "contactAttributes: must not be null")
    call.half.engine.background(call.half.inbox.imported(contact, body))
    return {}


# Proactive messages --------------------------------------------------------------------------------------


@endpoint("POST", PROACTIVE, "inbox")
def proactive(call: Call):
    """Queued; sixty a minute for an organization."""
    body = body_of(call)
    blank = [
        f"{name}: must not be blank"
        for name in ("medium", "channel", "contact", "text")
        if not isinstance(body.get(name), str) or not body[name]
    ]
    if blank:
        raise InboxError(400, *blank)
    minute = call.half.quota.minute()
    key = f"proactive:{call.grant.organization_id}"
    if minute[key] >= 60:
        raise InboxError(429, "too many messages in this minute")
    minute[key] += 1
    number = str(uuid.uuid4())
    good = body["medium"] == "WHATSAPP"
    call.half.proactive[number] = {
        "status": "DELIVERED" if good else "FAILED",
        "contact": body["contact"],
        "reason": None if good else f"No channel found for medium {body['medium']}",
    }
    return {"correlationId": number}


def sent(call: Call, key: str) -> dict:
    found = call.half.proactive.get(key)
    if found is None:
        raise InboxError(400, "correlationId: unknown")
    return found


@endpoint("GET", PROACTIVE + "/{key}", "inbox")
def proactive_status(call: Call, key: str):
    return {"correlationId": key, "total": 1, "statuses": {sent(call, key)["status"]: 1}}


@endpoint("GET", PROACTIVE + "/{key}/{status}", "inbox")
def proactive_detail(call: Call, key: str, status: str):
    row = sent(call, key)
    if row["status"] != status:
        return []
    return [{name: value for name, value in row.items() if value is not None}]


# Metrics -------------------------------------------------------------------------------------------------


def chosen(call: Call) -> list[Conversation]:
    """The conversations of the filter: from, to (their start) and mediumIds."""
    body = body_of(call)
    try:
        first = parse_iso(body["from"]) if body.get("from") else None
        last = parse_iso(body["to"]) if body.get("to") else None
    except (ValueError, AttributeError, TypeError) as error:
        raise InboxError(400, "from, to: must be ISO-8601 times") from error
    mediums = body.get("mediumIds") or []
    return [
        row
        for row in call.world.conversations.values()
        if (first is None or row.created >= first)
        and (last is None or row.created < last)
        and (not mediums or row.medium in mediums)
    ]


def turns(call: Call, direction: str) -> int:
    return sum(turn.direction == direction for row in chosen(call) for turn in row.turns)


def waiting(call: Call) -> list[Conversation]:
    return [row for row in chosen(call) if row.holder == "human" and row.status == "new"]


def longest(call: Call) -> int:
    now = call.clock.now()
    return max((int((now - row.created).total_seconds()) for row in waiting(call)), default=0)


def resolved(call: Call) -> int:
    return sum(
        row.status == "resolved" and any(turn.direction == "OUTBOUND" for turn in row.turns)
        for row in chosen(call)
    )


METRICS = {
    "reporting/metrics/inbound-message-volume": lambda call: turns(call, "INBOUND"),
    "reporting/metrics/outbound-message-volume": lambda call: turns(call, "OUTBOUND"),
    "reporting/metrics/first-response-time": lambda call: 60 + 7 * len(chosen(call)),
    "reporting/metrics/conversation-response-time": lambda call: 90 + 5 * len(chosen(call)),
    "reporting/metrics/resolved-with-one-reply": resolved,
    "reporting/metrics/handle-time": lambda call: 240 + 3 * len(chosen(call)),
    "queue/metrics/contacts-waiting": lambda call: len(waiting(call)),
    "queue/metrics/longest-wait-time": longest,
    "user-presence/metrics/agent-availability": lambda call: len(inbox_events.AGENTS),
}


def metric(function):
    return lambda call: {"value": function(call)}


for _name, _function in METRICS.items():
    endpoint("POST", f"/inbox/v1/{_name}", "inbox")(metric(_function))


@endpoint("GET", "/inbox/v1/queue/lock", "inbox")
def locks(call: Call):
    """Conversations that a human works on."""
    rows = [row for row in call.world.conversations.values() if row.holder == "human"]
    return {
        "locks": [
            {
                "conversationId": row.id,
                "userId": "57fc9dc2-2b6f-11ec-aed1-66640cff431f",
                "lockedAt": stamp_ms(row.created),
            }
            for row in rows
        ]
    }


@endpoint("GET", "/inbox/v1/user-presence/online-agents", "inbox")
def online(call: Call):
    return {
        "agents": [
            {
                "id": f"e7553889-d775-11ec-9dc9-{int(agent['id']):012d}",
                "userPresence": "AVAILABLE",
                "statusChangedAt": stamp_ms(call.clock.now()),
            }
            for agent in inbox_events.AGENTS
        ]
    }
