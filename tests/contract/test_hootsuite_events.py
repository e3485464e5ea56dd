"""Every delivery of the sandbox's Hootsuite against the sample of the same name, and its signature."""

import hashlib
import hmac
import json

import pytest

from tests.contract.hootsuite_client import ADA, ORGANIZATION, PAGE, TIM, YOUTUBE
from tests.contract.shape import ALL_SAMPLES, differences, sample
from tests.sandbox.hootsuite import signing
from tests.sandbox.hootsuite.config import INBOX_SECRET, PLATFORM_SECRET

INDEX = json.loads((ALL_SAMPLES / "hootsuite/events/index.json").read_text())["files"]
#: What a receiver answers is not a delivery.
REPLIES = {"inbox_vai_webhook_reply.json", "inbox_crm_lookup_reply.json"}
NAMES = {row["file"] for row in INDEX} - REPLIES
VECTORS = sample("events", "signature_vectors.json", "hootsuite")
FACTS = "com.hootsuite.{}.event.v1"

PRODUCERS: dict = {}


class World:
    """A sandbox that tells a receiver everything."""

    def __init__(self, sandbox, receiver):
        self.sandbox, self.receiver = sandbox, receiver
        self.hoot = sandbox.hootsuite

    def bodies(self):
        return [json.loads(raw) for _headers, raw in self.receiver.requests]

    def flush(self):
        self.sandbox.settle()
        self.hoot.flush(wait=True)

    def event(self, kind, state):
        """The array with the one event of this type and state."""
        self.flush()
        rows = [row for body in self.bodies() if isinstance(body, list) for row in body]
        found = [
            row
            for row in rows
            if row["type"] == FACTS.format(kind) and row["data"].get("state") == state
        ]
        assert len(found) == 1, rows
        return found

    def told(self, kind):
        found = [b for b in self.bodies() if isinstance(b, dict) and b.get("type") == kind]
        assert found, self.bodies()
        return found[-1]


def produces(name):
    def register(function):
        PRODUCERS[name] = function
        return function

    return register


def post(w, profile=PAGE, **fields):
    return w.hoot.post([profile], text="Hello", **fields)["messages"][0]["id"]


@produces("platform_ping.json")
def _ping(w):
    w.hoot.ping(url=w.receiver.url)
    return w.bodies()[-1]


@produces("platform_message_scheduled.json")
def _scheduled(w):
    post(w, **{"in": 3600})
    return w.event("messages", "SCHEDULED")


@produces("platform_message_pending_approval.json")
def _pending(w):
    post(w, member_id=TIM)
    return w.event("messages", "PENDING_APPROVAL")


@produces("platform_message_approved.json")
def _approved(w):
    w.hoot.message("approve", post(w, member_id=TIM))
    return w.event("messages", "APPROVED")


@produces("platform_message_rejected.json")
def _rejected(w):
    w.hoot.message("reject", post(w, member_id=TIM))
    return w.event("messages", "REJECTED")


@produces("platform_message_submitted.json")
def _submitted(w):
    w.hoot.limits(video_processing=60)
    post(w, YOUTUBE, video=True)
    return w.event("messages", "SUBMITTED")


@produces("platform_message_sent.json")
def _sent(w):
    post(w)
    return w.event("messages", "SENT")


@produces("platform_message_send_failed_permanently.json")
def _failed(w):
    w.hoot.profile(PAGE, publishing="failed")
    post(w)
    return w.event("messages", "SEND_FAILED_PERMANENTLY")


@produces("platform_message_deleted.json")
def _deleted(w):
    w.hoot.message("delete", post(w, **{"in": 3600}))
    return w.event("messages", "DELETED")


def comment(state):
    def producer(w):
        made = w.hoot.comment(profile_id=PAGE)["id"]
        if state != "PENDING_APPROVAL":
            w.hoot.comment(comment_id=made, state=state)
        return w.event("comments", state)

    PRODUCERS[f"platform_comment_{state.lower()}.json"] = producer


for _state in (
    "PENDING_APPROVAL",
    "EXPIRED_APPROVAL",
    "COMPLETED",
    "FAILED",
    "DELETED",
    "REJECTED",
):
    comment(_state)


@produces("platform_app_uninstalled_organization.json")
def _uninstalled(w):
    w.hoot.uninstall(organization_id=ORGANIZATION)
    return w.event("apps", "UNINSTALLED")


@produces("platform_app_installed_member.json")
def _installed(w):
    w.hoot.install(member_id=ADA)
    return w.event("apps", "INSTALLED")


@produces("inbox_vai_conversation_started.json")
def _started(w):
    w.hoot.converse(medium="whatsapp")
    return w.told("CONVERSATION_STARTED")


@produces("inbox_vai_conversation_delegated.json")
def _delegated(w):
    talk = w.hoot.converse(public=True)["conversation_id"]
    w.hoot.conversation("delegate", talk)
    return w.told("CONVERSATION_DELEGATED")


@produces("inbox_vai_inbound_message_received.json")
def _inbound(w):
    w.hoot.converse(texts=["Hello, do you ship to Belgium?"])
    return w.told("INBOUND_MESSAGE_RECEIVED")


@produces("inbox_vai_inbound_message_quick_reply.json")
def _quick(w):
    talk = w.hoot.converse()["conversation_id"]
    w.hoot.topic(talk, "Sales")
    w.hoot.say(talk, "Sales", payload="TEAM_SALES")
    return w.told("INBOUND_MESSAGE_RECEIVED")


@produces("inbox_vai_inbound_message_minimal.json")
def _minimal(w):
    talk = w.hoot.converse()["conversation_id"]
    w.hoot.say(talk, "Hello", minimal=True)
    return w.told("INBOUND_MESSAGE_RECEIVED")


def noted(w):
    """A conversation with both sides, a note and a topic."""
    talk = w.hoot.converse(texts=["I have a question about order S00042"])["conversation_id"]
    w.hoot.say(talk, "How can I help you?", direction="OUTBOUND")
    w.hoot.conversation("note", talk, text="Wants a quote")
    w.hoot.topic(talk, "Sales")
    return talk


@produces("inbox_crm_writeback_conversation_resolved.json")
def _resolved(w):
    w.hoot.conversation("resolve", noted(w), comment="not a question")
    return w.told("CONVERSATION_RESOLVED")


@produces("inbox_crm_writeback_set_to_pending.json")
def _pended(w):
    w.hoot.conversation("pend", noted(w))
    return w.told("CONVERSATION_SET_TO_PENDING")


@produces("inbox_crm_lookup_request.json")
def _lookup(w):
    w.hoot.lookup(w.hoot.converse()["conversation_id"])
    return w.bodies()[-1]


@produces("inbox_crm_lookup_request_v1.json")
def _lookup_v1(w):
    w.hoot.app(lookup_version=1)
    return _lookup(w)


@produces("inbox_crm_error_notification.json")
def _notification(w):
    w.hoot.notify()
    return w.bodies()[-1]


@pytest.fixture
def world(sandbox, hears):
    return World(sandbox, hears)


def test_every_sample_has_a_producer():
    assert set(PRODUCERS) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_delivery_looks_like_the_sample(name, world):
    body, wanted = PRODUCERS[name](world), sample("events", name, "hootsuite")
    assert differences(body, wanted, nulls=True) == []
    first, model = (body[0], wanted[0]) if isinstance(body, list) else (body, wanted)
    for key in ("type", "version", "eventType"):
        assert first.get(key) == model.get(key)
    if "state" in first.get("data", {}):
        assert first["data"]["state"] == model["data"]["state"]


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_signature_vectors(vector):
    secret, raw = VECTORS["secret_hex"], vector["body"].encode()
    assert signing.inbox_signature(secret, raw) == vector["hmac_sha256_hexkey_hex"]
    made = {key: signing.platform_signature(secret, raw, key=key) for key in ("text", "hex")}
    assert made["text"] == vector["unsure_platform_hmac_sha512_textkey_hex"]
    assert made["hex"] == vector["unsure_platform_hmac_sha512_hexkey_hex"]
    wrong = signing.platform_signature(secret, raw, "sha256")
    assert wrong == vector["wrong_hmac_sha256_textkey_hex"]


@pytest.mark.parametrize(
    "name", ["inbox_vai_inbound_message_received.json", "inbox_crm_lookup_request.json"]
)
def test_inbox_deliveries_are_signed_over_the_raw_bytes(name, world):
    PRODUCERS[name](world)
    for headers, raw in world.receiver.requests:
        digest = hmac.new(bytes.fromhex(INBOX_SECRET), raw, hashlib.sha256).hexdigest()
        assert headers["x-hootsuite-signature"] == digest
        assert headers["content-type"].startswith("application/json")
        again = json.dumps(json.loads(raw), ensure_ascii=False, separators=(",", ":"))
        assert raw == again.encode()


def test_platform_arrays_are_unsigned_unless_the_switch_says_so(world):
    _sent(world)
    assert "x-hootsuite-signature" not in world.receiver.requests[-1][0]
    for algorithm in ("sha512", "sha256"):
        world.hoot.app(platform_signature=algorithm)
        post(world)
        world.flush()
        headers, raw = world.receiver.requests[-1]
        digest = hmac.new(PLATFORM_SECRET.encode(), raw, algorithm).hexdigest()
        assert headers["x-hootsuite-signature"] == digest


def test_every_sample_of_the_inbox_has_its_own_idempotency_key(world):
    noted(world)
    keys = [body["idempotencyKey"] for body in world.bodies()]
    assert len(keys) == len(set(keys)) == 2
