"""What the Hootsuite suites share: an account, signed deliveries, facts without HTTP."""

import json
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path

from odoo.tests import HttpCase, TransactionCase

from odoo.addons.connector_base.core import signature
from odoo.addons.connector_base.tests.common import use_new_key

from ..adapters import envelopes, relay

SAMPLES = Path(__file__).parent / "samples"
AGENT_SECRET = "3368cfc520d4453889bac304c9b377d31ffe48fa91c9ca8a15f34944051d855b"
CRM_SECRET = "aa" * 32
RELAY_SECRET = "a relay secret of ours"
PLATFORM_SECRET = "a platform secret"
ORGANIZATION = "626731"
COMPACT = {"separators": (",", ":"), "ensure_ascii": False}


def sample(name):
    """Return the body of a vendor sample."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def now_text():
    """Return the present as Inbox 2.0 writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def encode(body):
    """Return the bytes of a body, as they are when they are bytes already."""
    return body if isinstance(body, bytes) else json.dumps(body, **COMPACT).encode()


def inbox_message(text="Hello", **values):
    """Return a virtual agent's event about one message.

    :param values: ``conversation, message_id, medium, at, contact, trigger`` and other fields of
        the data
    """
    body = sample("inbox_vai_inbound_message_received")
    body["timestamp"] = values.pop("at", None) or now_text()
    body["idempotencyKey"] = str(uuid.uuid4())
    data = body["data"]
    data["message"] = {"messageId": values.pop("message_id", str(uuid.uuid4())), "text": text}
    data["conversationId"] = values.pop("conversation", data["conversationId"])
    data["medium"] = {"id": values.pop("medium", "fb")}
    if "contact" in values:
        data["contactProfile"] = values.pop("contact")
    data.update(values)
    return body


class HootsuiteMixin:
    """Set-up and steps for both kinds of test case."""

    @classmethod
    def set_up_account(cls):
        use_new_key(cls)
        cls.integration = cls.new_integration()

    @classmethod
    def new_integration(cls, env=None, **values):
        """Return an account with all secrets; ``values`` go over the defaults."""
        return (env or cls.env)["hootsuite.integration"].create(
            {
                "name": "Test account",
                "client_id": "ExampleClientId",
                "client_secret": "example-client-secret",
                "organization_ref": ORGANIZATION,
                "webhook_secret": AGENT_SECRET,
                "crm_secret": CRM_SECRET,
                "relay_secret": RELAY_SECRET,
                "platform_scheme": "token",
                **values,
            }
        )

    def apply(self, *bodies, integration=None, relayed=False, together=True):
        """Make records of webhook bodies, the way the drain does, without HTTP and inbox.

        :param together: consecutive events of one type are handled together
        :return: the notes of all events
        """
        integration = integration or self.integration
        batches = []
        for body in bodies:
            for fact in envelopes.split(json.loads(json.dumps(body)), relayed=relayed):
                if batches and together and batches[-1][0] == fact.event_type:
                    batches[-1][1].append(fact)
                else:
                    batches.append((fact.event_type, [fact]))
        notes = []
        for event_type, facts in batches:
            # Records of the inbox, since handlers may look at the time of arrival.
            events = self.env["connector.event"]
            events._intake(integration, facts)
            known = {
                event.external_key: event
                for event in events.search([("integration_id", "=", integration.id)])
            }
            pairs = [
                (
                    known[fact.external_key],
                    integration._connector_parse(event_type, fact.payload)[0],
                )
                for fact in facts
            ]
            notes += (integration._connector_apply(event_type, pairs) or {}).values()
        self.env.flush_all()
        self.env.invalidate_all()
        return notes

    def relay(self, *messages, integration=None):
        """Make records of relayed messages, without HTTP and inbox."""
        return self.apply({"messages": list(messages)}, integration=integration, relayed=True)


class HootsuiteCase(HootsuiteMixin, TransactionCase):
    """Records from facts, without HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_account()


class HootsuiteHttpCase(HootsuiteMixin, HttpCase):
    """Signed deliveries over the real route, drained from the real inbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_account()

    def post(self, body, headers, integration=None, key=True):
        """Send bytes or JSON to the webhook.

        :param key: use the address with the secret part
        """
        integration = integration or self.integration
        path = "/hootsuite/webhook/messages"
        if key:
            path = f"{path}/{integration.webhook_key}"
        return self.url_open(
            path,
            data=encode(body),
            headers={"Content-Type": "application/json", **headers},
        )

    def deliver_inbox(self, body, secret=AGENT_SECRET, signed=None, integration=None, **headers):
        """Send one body as Inbox 2.0 does (virtual agent or CRM); return the response.

        :param secret: hexadecimal, as the product shows it
        :param signed: value of the signature header instead of the right one
        """
        raw = encode(body)
        given = signature.sign(bytes.fromhex(secret), raw) if signed is None else signed
        sent = {envelopes.SIGNATURE_HEADER: given, **headers} if given else headers
        return self.post(raw, sent, integration)

    def deliver_agent(self, body, **options):
        """Send an event of the virtual agent with the present as its time."""
        return self.deliver_inbox({**body, "timestamp": now_text()}, **options)

    def deliver_crm(self, body, **options):
        """Send a write-back, look-up or error message, signed with the CRM's secret."""
        return self.deliver_inbox(body, secret=CRM_SECRET, **options)

    def deliver_relay(self, messages, secret=RELAY_SECRET, timestamp=None, integration=None):
        """Send messages as a relay does."""
        raw = encode({"messages": messages} if isinstance(messages, list) else messages)
        stamp = str(int(time.time()) if timestamp is None else timestamp)
        headers = {
            relay.TIMESTAMP_HEADER: stamp,
            relay.SIGNATURE_HEADER: relay.sign(secret, stamp, raw),
        }
        return self.post(raw, headers, integration)

    def deliver_platform(self, rows, key=True, integration=None, **headers):
        """Send an array of platform events."""
        return self.post(rows, headers, integration, key=key)

    def drain(self):
        """Make records of everything in the inbox."""
        for lane in range(4):
            self.env["connector.drain"]._run_lane(lane, 60.0)
        self.env.invalidate_all()

    def inbox(self, integration=None):
        """Return the events of the account."""
        integration = integration or self.integration
        self.env.invalidate_all()
        return self.env["connector.event"].search(
            [
                ("integration_model", "=", "hootsuite.integration"),
                ("integration_id", "=", integration.id),
            ]
        )
