"""Bodies that the suites of messages share."""

import uuid

from .common import now_text, sample


def write_back(conversation, lines, status="resolved", medium="fb", at=None, **values):
    """Return a CRM write-back.

    :param lines: list of (id, INBOUND or OUTBOUND, text)
    """
    name = "conversation_resolved" if status == "resolved" else "set_to_pending"
    body = sample(f"inbox_crm_writeback_{name}")
    body["timestamp"] = at or now_text()
    body["idempotencyKey"] = str(uuid.uuid4())
    data = body["data"]
    data["conversation"] = {**data["conversation"], "id": conversation, "currentStatus": status}
    data["medium"] = {"id": medium}
    data["messages"] = [
        {"id": key, "direction": direction, "text": text} for key, direction, text in lines
    ]
    data.update(values)
    return body


def contact(number, name=None, handle=None):
    """Return a contact profile of the virtual agent's events."""
    return {
        "id": f"contact-{number}",
        "mediumContactProfileId": f"network-{number}",
        "primaryIdentifier": name or f"Person {number}",
        "secondaryIdentifier": handle,
        "pictureUrl": None,
    }


def relayed(key, text, author=None, network="instagram", sent_at="2030-01-01T10:00:00Z", **values):
    """Return a message of a relay."""
    return {
        "id": key,
        "network": network,
        "sent_at": sent_at,
        "text": text,
        "author": author or {"id": f"author-{key}", "name": f"Author {key}"},
        **values,
    }
