import json
import re
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone

from odoo.tests import tagged

from odoo.addons.connector_base.core import signature
from odoo.addons.connector_base.tests.common import outside_requests

from ..adapters import relay
from .common import (
    AGENT_SECRET,
    CRM_SECRET,
    PLATFORM_SECRET,
    RELAY_SECRET,
    SAMPLES,
    HootsuiteHttpCase,
    encode,
    inbox_message,
    now_text,
    sample,
)


@tagged("post_install", "-at_install")
class TestInboxWebhook(HootsuiteHttpCase):
    """Inbox 2.0: what is signed with a key written in hexadecimal."""

    def types(self):
        return sorted(self.inbox().mapped("event_type"))

    def assert_refused(self, status, response):
        self.assertEqual(response.status_code, status)
        self.assertFalse(self.inbox())

    def test_message_of_the_virtual_agent(self):
        response = self.deliver_agent(inbox_message("Do you ship to Belgium?"))
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), {})
        event = self.inbox()
        self.assertEqual(event.event_type, "inbox.message_received")
        self.assertTrue(event.subject_key.startswith("inbox:"))
        self.assertTrue(event.external_key.startswith("agent:"))

    def test_every_envelope_of_inbox(self):
        self.deliver_agent(sample("inbox_vai_conversation_started"))
        self.deliver_agent(sample("inbox_vai_conversation_delegated"))
        self.deliver_agent(sample("inbox_vai_inbound_message_received"))
        self.deliver_crm(sample("inbox_crm_writeback_conversation_resolved"))
        self.deliver_crm(sample("inbox_crm_writeback_set_to_pending"))
        self.assertEqual(
            self.types(),
            [
                "inbox.conversation_delegated",
                "inbox.conversation_pending",
                "inbox.conversation_resolved",
                "inbox.conversation_started",
                "inbox.message_received",
            ],
        )
        # All of one conversation: one lane, one subject.
        self.assertEqual(len(set(self.inbox().mapped("subject_key"))), 1)

    def test_repeated_delivery_counts_up(self):
        body = inbox_message()
        for _time in range(3):
            self.deliver_agent(body)
        event = self.inbox()
        self.assertEqual((len(event), event.deliveries), (1, 3))

    def test_signature_over_the_bytes_as_they_came(self):
        body = inbox_message("Où est ma commande ? 🙂")
        raw = json.dumps(body, indent=3).encode()
        self.assertEqual(self.deliver_inbox(raw).status_code, 200)

    def test_secret_used_as_text_is_refused(self):
        body = inbox_message()
        wrong = signature.sign(AGENT_SECRET, encode(body))
        self.assert_refused(401, self.deliver_inbox(body, signed=wrong))

    def test_forged_and_missing_signature(self):
        self.assert_refused(401, self.deliver_agent(inbox_message(), secret="bb" * 32))
        self.assert_refused(401, self.deliver_agent(inbox_message(), signed=""))

    def test_old_header_name(self):
        body = inbox_message()
        given = signature.sign(bytes.fromhex(AGENT_SECRET), encode(body))
        response = self.deliver_inbox(body, signed="", **{"X-Sparkcentral-Signature": given})
        self.assertEqual(response.status_code, 200)

    def test_virtual_agent_older_than_five_minutes(self):
        for minutes in (6, -6):
            moment = datetime.now(timezone.utc) - timedelta(minutes=minutes)
            body = inbox_message(at=moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
            self.assert_refused(401, self.deliver_inbox(body))
        body = inbox_message()
        del body["timestamp"]
        self.assert_refused(401, self.deliver_inbox(body))

    def test_write_back_may_be_old(self):
        """It is repeated for 32 hours; whether with a new time is not published."""
        body = sample("inbox_crm_writeback_conversation_resolved")
        body["timestamp"] = "2026-01-01T00:00:00.123456789Z"
        self.assertEqual(self.deliver_crm(body).status_code, 200)
        self.assertEqual(len(self.inbox()), 1)

    def test_no_secret_configured(self):
        self.integration.write({"webhook_secret": False, "crm_secret": False})
        self.assert_refused(503, self.deliver_agent(inbox_message()))

    def test_replaced_secrets_stay_alive_until_dropped(self):
        self.integration.write({"webhook_secret": "cc" * 32, "crm_secret": "dd" * 32})
        resolved = sample("inbox_crm_writeback_conversation_resolved")
        for secret in (AGENT_SECRET, "cc" * 32, CRM_SECRET, "dd" * 32):
            body = {**resolved, "idempotencyKey": secret[:2]}
            self.assertEqual(self.deliver_inbox(body, secret=secret).status_code, 200, secret[:2])
        self.assertTrue(self.integration.has_previous_webhook_secret)
        self.integration.action_drop_previous_webhook_secret()
        self.integration.invalidate_recordset()
        self.assertFalse(self.integration.has_previous_webhook_secret)
        for secret in (AGENT_SECRET, CRM_SECRET):
            self.assertEqual(self.deliver_inbox(resolved, secret=secret).status_code, 401)

    def test_hand_over_after_the_first_message(self):
        self.integration.agent_answer = "handover"
        started = self.deliver_agent(sample("inbox_vai_conversation_started"))
        self.assertEqual(started.json(), {})
        said = self.deliver_agent(inbox_message())
        self.assertEqual(said.json(), {"complete": "HANDOVER"})

    def test_unknown_event_of_the_virtual_agent_is_ignored_with_200(self):
        body = {**inbox_message(), "type": "CONVERSATION_SNOOZED"}
        response = self.deliver_agent(body)
        self.assertEqual((response.status_code, response.json()), (200, {}))
        self.assertEqual(self.inbox().state, "ignored")

    def test_error_message_of_the_crm(self):
        response = self.deliver_crm(sample("inbox_crm_error_notification"))
        self.assertEqual((response.status_code, response.content), (204, b""))
        self.drain()
        self.assertEqual(self.inbox().state, "done")
        alert = self.env["connector.alert"].search([("cause", "=", "crm_import")])
        self.assertEqual(alert.integration_id, self.integration.id)
        self.assertTrue(alert.remedy)

    def test_shape_that_nobody_sends_is_kept_in_quarantine(self):
        response = self.deliver_crm({"hello": {"world": 1}})
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.inbox().state, "quarantined")
        self.assertTrue(self.inbox().remedy)

    def test_message_without_conversation_is_quarantined(self):
        body = inbox_message()
        del body["data"]["conversationId"]
        self.deliver_agent(body)
        self.drain()
        event = self.inbox()
        self.assertEqual(event.state, "quarantined")
        self.assertIn("conversationId", event.error)

    def test_body_of_two_megabytes(self):
        self.assert_refused(413, self.deliver_agent(inbox_message("x" * 2_000_000)))

    def test_not_json(self):
        self.assert_refused(400, self.deliver_inbox(b"{not json"))

    def test_two_accounts_side_by_side(self):
        other = self.new_integration(name="Second", webhook_secret="ee" * 32)
        self.deliver_agent(inbox_message())
        self.assertFalse(self.inbox(other))
        wrong = self.deliver_agent(inbox_message(), integration=other)
        self.assertEqual(wrong.status_code, 401)
        right = self.deliver_agent(inbox_message(), secret="ee" * 32, integration=other)
        self.assertEqual(right.status_code, 200)

    def test_only_account_needs_no_key(self):
        others = self.env["hootsuite.integration"].search([("id", "!=", self.integration.id)])
        others.active = False
        raw = encode({**inbox_message(), "timestamp": now_text()})
        given = signature.sign(bytes.fromhex(AGENT_SECRET), raw)
        response = self.post(raw, {"X-Hootsuite-Signature": given}, key=False)
        self.assertEqual(response.status_code, 200)


@tagged("post_install", "-at_install")
class TestRelayWebhook(HootsuiteHttpCase):
    """The vendor-neutral message format."""

    def message(self, **values):
        return {
            "id": "m1",
            "thread": "t1",
            "network": "mastodon",
            "sent_at": "2026-11-02T10:00:00Z",
            "text": "Hello",
            "author": {"id": "a1", "handle": "@fred", "name": "Fred"},
            **values,
        }

    def assert_refused(self, status, response):
        self.assertEqual(response.status_code, status)
        self.assertFalse(self.inbox())

    def test_batch_of_messages(self):
        messages = [self.message(), self.message(id="m2"), self.message(id="m3", thread="t2")]
        self.assertEqual(self.deliver_relay(messages).status_code, 200)
        self.assertEqual(
            sorted(self.inbox().mapped("external_key")), ["relay:m1", "relay:m2", "relay:m3"]
        )
        self.assertEqual(sorted(set(self.inbox().mapped("subject_key"))), ["relay:t1", "relay:t2"])

    def test_example_of_the_documentation(self):
        """What `readme/USAGE.md` shows in Python works as it stands there."""
        text = (SAMPLES.parents[1] / "readme" / "USAGE.md").read_text(encoding="utf-8")
        code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
        for shown, real in (
            ("https://odoo.example.com/hootsuite/webhook/messages/<key>", self.address()),
            ("the relay secret", RELAY_SECRET),
        ):
            self.assertIn(shown, code)
            code = code.replace(shown, real)
        with outside_requests(self):
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        event = self.inbox()
        self.assertEqual((event.event_type, event.external_key), ("relay.message", "relay:m-1"))

    def address(self):
        return f"{self.base_url()}/hootsuite/webhook/messages/{self.integration.webhook_key}"

    def test_one_message_alone(self):
        self.assertEqual(self.deliver_relay(self.message()).status_code, 200)
        self.assertEqual(self.deliver_relay({"message": self.message()}).status_code, 200)
        self.assertEqual(self.inbox().deliveries, 2)

    def test_old_timestamp(self):
        for shift in (-301, 400):
            stamp = int(time.time()) + shift
            self.assert_refused(401, self.deliver_relay([self.message()], timestamp=stamp))

    def test_forged(self):
        self.assert_refused(401, self.deliver_relay([self.message()], secret="wrong"))

    def test_timestamp_is_signed(self):
        raw = encode({"messages": [self.message()]})
        stamp = str(int(time.time()))
        headers = {
            relay.TIMESTAMP_HEADER: str(int(stamp) + 1),
            relay.SIGNATURE_HEADER: relay.sign(RELAY_SECRET, stamp, raw),
        }
        self.assert_refused(401, self.post(raw, headers))

    def test_no_secret(self):
        self.integration.relay_secret = False
        self.assert_refused(503, self.deliver_relay([self.message()]))

    def test_a_relay_secret_signs_no_inbox_events(self):
        raw = encode(inbox_message())
        given = signature.sign(RELAY_SECRET, raw)
        self.assert_refused(401, self.post(raw, {"X-Hootsuite-Signature": given}))

    def test_too_many_messages(self):
        messages = [self.message(id=str(number)) for number in range(501)]
        self.assertEqual(self.deliver_relay(messages).status_code, 200)
        self.assertEqual(self.inbox().state, "quarantined")
        self.assertIn("500", self.inbox().error)

    def test_message_without_network_is_quarantined(self):
        self.deliver_relay([self.message(network="")])
        self.drain()
        self.assertEqual(self.inbox().state, "quarantined")
        self.assertIn("network", self.inbox().error)


@tagged("post_install", "-at_install")
class TestPlatformWebhook(HootsuiteHttpCase):
    """Arrays about our own posts: whose proof is a setting."""

    def rows(self):
        return sample("platform_message_sent")

    def assert_refused(self, status, response):
        self.assertEqual(response.status_code, status)
        self.assertFalse(self.inbox())

    def test_closed_by_default(self):
        fields_of = self.env["hootsuite.integration"].default_get(["platform_scheme"])
        self.assertEqual(fields_of["platform_scheme"], "closed")
        self.integration.platform_scheme = "closed"
        self.assert_refused(503, self.deliver_platform(self.rows()))

    def test_secret_address(self):
        self.assertEqual(self.deliver_platform(self.rows()).status_code, 200)
        event = self.inbox()
        self.assertEqual(event.event_type, "platform.message")
        self.assertEqual(event.subject_key, "platform.message:4950336487")

    def test_the_open_address_is_no_proof(self):
        others = self.env["hootsuite.integration"].search([("id", "!=", self.integration.id)])
        others.active = False
        self.assert_refused(401, self.deliver_platform(self.rows(), key=False))

    def test_every_scheme_of_a_signature(self):
        raw = encode(self.rows())
        number = 0
        for algorithm in ("sha512", "sha256"):
            for encoding in ("hex", "base64"):
                for form, secret in (("text", PLATFORM_SECRET), ("hex", "ab" * 16)):
                    self.integration.write(
                        {
                            "platform_scheme": "hmac",
                            "platform_algorithm": algorithm,
                            "platform_encoding": encoding,
                            "platform_key_form": form,
                            "platform_secret": secret,
                        }
                    )
                    key = bytes.fromhex(secret) if form == "hex" else secret
                    given = signature.sign(key, raw, algorithm=algorithm, encoding=encoding)
                    header = {"X-Hootsuite-Signature": given}
                    response = self.post(raw, header)
                    self.assertEqual(response.status_code, 200, (algorithm, encoding, form))
                    number += 1
                    header = {"X-Hootsuite-Signature": given[:-3] + "000"}
                    self.assertEqual(self.post(raw, header).status_code, 401)
                    self.assertEqual(self.post(raw, {}).status_code, 401)
        self.assertEqual(self.inbox().deliveries, number)

    def test_signed_scheme_without_secret(self):
        self.integration.platform_scheme = "hmac"
        self.assert_refused(503, self.deliver_platform(self.rows()))

    def test_ping(self):
        response = self.deliver_platform(sample("platform_ping"))
        self.assertEqual((response.status_code, response.content), (200, b""))
        self.integration.invalidate_recordset()
        self.assertTrue(self.integration.last_ping_at)
        self.assertFalse(self.inbox())

    def test_ping_among_events(self):
        self.deliver_platform(sample("platform_ping") + self.rows())
        self.assertEqual(len(self.inbox()), 1)

    def test_one_fact_from_two_addresses(self):
        """A single post's address and the app's tell the same with other numbers."""
        first = self.rows()
        second = [{**first[0], "seq_no": "999"}]
        self.deliver_platform(first)
        self.deliver_platform(second)
        self.assertEqual(len(self.inbox()), 1)
        self.assertEqual(self.inbox().deliveries, 2)

    def test_events_of_one_post_share_a_lane(self):
        rows = [
            *sample("platform_message_scheduled"),
            *sample("platform_message_submitted"),
            *sample("platform_message_sent"),
        ]
        for row in rows:
            row["data"]["message"]["id"] = "77"
        self.deliver_platform(rows)
        self.assertEqual(len(self.inbox()), 3)
        self.assertEqual(set(self.inbox().mapped("subject_key")), {"platform.message:77"})

    def test_more_than_a_hundred(self):
        rows = []
        for number in range(150):
            (row,) = self.rows()
            row["seq_no"] = str(number)
            row["data"]["message"]["id"] = str(number)
            rows.append(row)
        self.deliver_platform(rows)
        self.assertEqual(len(self.inbox()), 150)

    def test_array_of_nonsense(self):
        self.deliver_platform(["x"])
        self.assertEqual(self.inbox().state, "quarantined")
