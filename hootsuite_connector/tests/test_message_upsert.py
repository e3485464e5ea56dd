"""Messages and conversations: once, in order, whichever envelope comes first (H4)."""

import random

from odoo.tests import tagged

from .common import HootsuiteCase, inbox_message, sample
from .message_common import relayed, write_back


@tagged("post_install", "-at_install")
class TestMessages(HootsuiteCase):
    def messages(self):
        return self.env["hootsuite.message"].search([], order="id")

    def test_live_message_becomes_a_record_with_all_its_parts(self):
        self.apply(sample("inbox_vai_inbound_message_received"))
        message = self.messages()
        self.assertEqual(message.text, "Hello, do you ship to Belgium?")
        self.assertEqual(message.external_id, "inbox:cc75552a-1a78-11e9-855e-6d1e71016abf")
        self.assertEqual(message.thread_key, "inbox:0ad42eef-a806-11eb-9642-f1ceb2f21def")
        self.assertEqual(message.author_name, "Fred Contact")
        self.assertEqual(
            (message.network, message.kind, message.direction), ("facebook", "direct", "in")
        )
        self.assertEqual(message.language, "en")
        self.assertTrue(message.sent_at)
        self.assertEqual(message.thread_id.message_count, 1)
        self.assertEqual(message.thread_id.reply_state, "waiting")

    def test_doubled_message_is_one(self):
        body = inbox_message("Hello there", message_id="m1", conversation="c1")
        self.apply(body, body)
        self.apply(body)
        self.assertEqual(len(self.messages()), 1)
        self.assertEqual(self.env["hootsuite.thread"].search_count([]), 1)

    def test_transcript_merges_with_what_the_agent_brought(self):
        live = inbox_message("I have a question", message_id="a", conversation="c9")
        self.apply(live)
        self.apply(
            write_back("c9", [("a", "INBOUND", "I have a question"), ("b", "OUTBOUND", "Yes?")])
        )
        first, second = self.messages().sorted(lambda message: message._place_in_thread())
        self.assertEqual(
            (first.text, first.source, first.position), ("I have a question", "agent", 0)
        )
        self.assertTrue(first.sent_at, "the time that only the live event tells is kept")
        self.assertEqual((second.direction, second.text), ("out", "Yes?"))
        self.assertFalse(second.sent_at, "transcripts tell no times, none is invented")
        thread = first.thread_id
        self.assertEqual((thread.state, thread.reply_state), ("resolved", "closed"))
        self.assertEqual(thread.agent_name, "Ada Member")
        self.assertEqual(thread.reason, "Response Not Required")
        self.assertIn("Wants a quote", thread.conversation)

    def test_order_of_arrival_does_not_matter(self):
        started = sample("inbox_vai_conversation_started")
        started["timestamp"] = "2030-01-01T09:00:00.1Z"
        started["data"]["conversationId"] = "c5"
        bodies = [
            started,
            inbox_message("I have a question", message_id="a", conversation="c5", at="2030-01-01T09:01:00Z"),
            inbox_message("About tents", message_id="b", conversation="c5", at="2030-01-01T09:02:00Z"),
            write_back("c5", [("a", "INBOUND", "I have a question"), ("x", "OUTBOUND", "Which?"), ("b", "INBOUND", "About tents")], status="pending", at="2030-01-01T09:05:00Z"),
            write_back("c5", [("a", "INBOUND", "I have a question"), ("x", "OUTBOUND", "Which?"), ("b", "INBOUND", "About tents"), ("y", "OUTBOUND", "Here")], at="2030-01-01T09:09:00Z"),
        ]  # fmt: skip
        names = ("text", "source", "kind", "at", "sent_at", "position", "language", "sentiment", "author_name")  # fmt: skip
        states = ("state", "reply_state", "message_count", "agent_name", "last_text", "started_at", "topics", "language")  # fmt: skip
        outcomes = []
        for seed in range(6):
            mixed = bodies * 2
            if seed:
                random.Random(seed).shuffle(mixed)
            account = self.new_integration(name=f"Account {seed}")
            for body in mixed:
                self.apply(body, integration=account)
            messages = self.env["hootsuite.message"].search(
                [("integration_id", "=", account.id)], order="external_id"
            )
            thread = messages.thread_id
            outcomes.append(
                (
                    [[message[name] for name in names] for message in messages],
                    [thread[name] for name in states],
                )
            )
        self.assertEqual(len(outcomes[0][0]), 4)
        self.assertEqual(outcomes[0][1][0], "resolved")
        for seed, outcome in enumerate(outcomes):
            self.assertEqual(outcome, outcomes[0], f"shuffled with seed {seed}")

    def test_writing_again_opens_a_resolved_conversation(self):
        self.apply(
            write_back("c7", [("a", "INBOUND", "Hello dear shop")], at="2030-01-01T09:00:00Z")
        )
        thread = self.messages().thread_id
        self.assertEqual(thread.state, "resolved")
        self.apply(inbox_message("One thing more", conversation="c7", at="2030-01-02T09:00:00Z"))
        self.assertEqual((thread.state, thread.reply_state), ("new", "waiting"))

    def test_redacted_network_is_explained(self):
        body = write_back("c8", [], medium="twit")
        del body["data"]["contactProfile"], body["data"]["messages"]
        notes = self.apply(body)
        thread = self.env["hootsuite.thread"].search([])
        self.assertTrue(thread.redacted)
        self.assertIn("X (Twitter) does not allow", thread.redacted_text)
        self.assertIn("X (Twitter) does not allow", thread.conversation)
        self.assertEqual((thread.state, thread.message_count), ("resolved", 0))
        self.assertFalse(self.messages())
        self.assertFalse(self.env["hootsuite.handle"].search([]))
        self.assertIn("keeps texts and names", notes[0])

    def test_relayed_message_brings_place_and_kind(self):
        self.relay(
            relayed(
                "1",
                "You have a lovely shop, how late is it open?",
                kind="mention",
                place={"name": "Shop", "city": "Gent", "zip": "9000", "country": "be",
                       "street": "Kouter 1", "latitude": 51.05, "longitude": 3.72},
            )
        )  # fmt: skip
        message = self.messages()
        self.assertEqual((message.kind, message.city, message.zip), ("mention", "Gent", "9000"))
        self.assertEqual(message.country_id.code, "BE")
        self.assertAlmostEqual(message.latitude, 51.05)

    def test_bare_point_is_no_address(self):
        self.relay(relayed("2", "Look at this here", place={"latitude": 51.0, "longitude": 3.0}))
        message = self.messages()
        self.assertFalse(message.city or message.street)
        self.assertAlmostEqual(message.longitude, 3.0)

    def test_conversation_is_drawn_safely(self):
        self.apply(inbox_message("<script>alert(1)</script> & more", conversation="c3"))
        html = self.messages().thread_id.conversation
        self.assertNotIn("<script>", html)
        self.assertIn("&lt;script&gt;", html)

    def test_channel_finds_its_profile_by_name(self):
        profile = self.env["hootsuite.profile"].create(
            {
                "integration_id": self.integration.id,
                "hootsuite_id": "11",
                "name": "Example support channel",
                "network": "facebook",
            }
        )
        self.apply(sample("inbox_vai_inbound_message_received"))
        self.assertEqual(self.messages().profile_id, profile)
        self.assertEqual(self.env["hootsuite.message.channel"].search([]).profile_id, profile)

    def test_messages_follow_their_channel(self):
        self.apply(sample("inbox_vai_inbound_message_received"))
        profile = self.env["hootsuite.profile"].create(
            {
                "integration_id": self.integration.id,
                "hootsuite_id": "12",
                "name": "Other name",
                "network": "facebook",
            }
        )
        self.env["hootsuite.message.channel"].search([]).profile_id = profile
        self.assertEqual(self.messages().profile_id, profile)
