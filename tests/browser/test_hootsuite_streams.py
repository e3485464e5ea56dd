"""Streams move by themselves: a message that arrives now stands on an open screen without a reload."""

from __future__ import annotations

import datetime
import uuid

from tests.browser.desk import Desk
from tests.e2e import support_security as support
from tests.e2e.hootsuite.support import Listener
from tests.env.instance import Instance

STREAMS = "/odoo/action-hootsuite_connector.hootsuite_streams_client_action"


def message(text: str) -> dict:
    """An event of the virtual agent, dated now."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "idempotencyKey": str(uuid.uuid4()),
        "version": 1,
        "type": "INBOUND_MESSAGE_RECEIVED",
        "data": {
            "conversationId": str(uuid.uuid4()),
            "message": {"messageId": str(uuid.uuid4()), "text": text},
            "trigger": None,
            "conversationTopics": [],
            "channel": {"id": "streams", "name": "Streams"},
            "contactProfile": {"id": "streams-person", "primaryIdentifier": "Stella Stream"},
            "medium": {"id": "fb"},
        },
    }


def test_new_message_appears_in_an_open_stream(desks: dict[str, Desk], instance: Instance) -> None:
    account = Listener(instance, "Streams")
    tab = desks["admin"].page()
    try:
        tab.page.goto(instance.url + STREAMS)
        column = tab.page.locator(".o_hootsuite_column").first
        column.wait_for()
        text = f"Do you sell sails, number {uuid.uuid4().hex[:8]}?"
        assert text not in tab.page.inner_text("body")
        # Marks the page: a reload would lose it.
        tab.page.evaluate("window.sameDocument = true")
        support.sandbox_of(instance).hootsuite.deliver(
            message(text), url=account.url, secret=account.secret, kind="virtual_agent", wait=True
        )
        card = column.locator(".o_hootsuite_card", has_text=text)
        card.wait_for(timeout=60_000)
        assert tab.page.evaluate("window.sameDocument") is True
        assert "Stella Stream" in card.inner_text()
        assert "o_fresh" in (card.get_attribute("class") or "")
        tab.picture("hootsuite-streams")
        assert tab.problems() == []
        # The conversation opens from its card.
        card.get_by_role("button", name="Conversation").click()
        bubble = tab.page.locator(".o_hootsuite_bubble", has_text=text)
        bubble.wait_for()
    finally:
        tab.close()
        account.retire()
