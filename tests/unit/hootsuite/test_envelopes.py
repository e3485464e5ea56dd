"""One address, many shapes: told apart without a hint from outside."""

import json
from datetime import datetime, timezone

import pytest

from connector_base.core import errors, signature
from hootsuite_connector.adapters import conversation as talk
from hootsuite_connector.adapters import envelopes, events, relay, steering
from hootsuite_connector.adapters.times import parse_moment, write_moment
from tests.unit.hootsuite.samples import names, sample

UTC = timezone.utc
NOW = datetime(2030, 1, 2, tzinfo=UTC)
KINDS = {
    **{
        name: envelopes.AGENT
        for name in names("inbox_vai_")
        if name not in ("inbox_vai_webhook_reply",)
    },
    **dict.fromkeys(names("inbox_crm_writeback"), envelopes.WRITEBACK),
    "inbox_crm_lookup_request": envelopes.LOOKUP,
    "inbox_crm_lookup_request_v1": envelopes.LOOKUP,
    "inbox_crm_error_notification": envelopes.FAILURE,
    **{name: envelopes.PLATFORM for name in names("platform_") if name != "platform_ping"},
    "platform_ping": envelopes.PING,
}


def facts(body, **options):
    return envelopes.split(body, now=NOW, **options)


def parsed(body, **options):
    return [events.parse(fact.event_type, fact.payload) for fact in facts(body, **options)]


def only(body, **options):
    ((fact, issues),) = parsed(body, **options)
    assert not issues
    return fact


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_every_sample_is_recognized(name, kind):
    body = sample(name)
    assert envelopes.recognize(body) == kind
    assert envelopes.is_array(json.dumps(body).encode()) == isinstance(body, list)


@pytest.mark.parametrize("body", [{}, {"a": 1}, "text", 5, None, {"type": "x"}, {"type": 7}])
def test_what_nobody_sends(body):
    assert envelopes.recognize(body) == envelopes.UNKNOWN
    with pytest.raises(errors.PayloadError):
        envelopes.split(body)


def test_every_sample_event_becomes_known_facts():
    for name, kind in KINDS.items():
        if kind in (envelopes.LOOKUP, envelopes.PING):
            assert facts(sample(name)) == []
            continue
        for fact in facts(sample(name)):
            assert fact.event_type in events.KNOWN_EVENTS, name
            assert fact.occurred_at.tzinfo is not None
            events.parse(fact.event_type, fact.payload)


@pytest.mark.parametrize("vector", sample("signature_vectors")["vectors"], ids=lambda v: v["name"])
def test_signature_vectors(vector):
    key = bytes.fromhex(sample("signature_vectors")["secret_hex"])
    raw = vector["body"].encode()
    assert signature.verify([key], raw, vector["hmac_sha256_hexkey_hex"]) == 0
    with pytest.raises(errors.SignatureMismatch):
        signature.verify([key], raw, vector["wrong_hmac_sha256_textkey_hex"])


# -- Inbox 2.0 -----------------------------------------------------------------------------------


def test_conversation_that_begins():
    fact = only(sample("inbox_vai_conversation_started"))
    assert isinstance(fact, talk.ConversationFact)
    assert (fact.action, fact.network, fact.language) == ("started", "facebook", "en")
    sender = fact.sender
    assert sender.key == "693ed54b-a426-11eb-9363-cffd945b4b2f"
    assert (sender.name, sender.email) == ("Fred Contact", "fred.contact@example.com")
    assert sender.phone == "+3225550100"
    assert sender.confirmed == {"email", "first_name", "last_name"}


def test_message_of_the_virtual_agent():
    fact = only(sample("inbox_vai_inbound_message_received"))
    assert fact.external_id == "inbox:cc75552a-1a78-11e9-855e-6d1e71016abf"
    assert fact.thread_key == "inbox:0ad42eef-a806-11eb-9642-f1ceb2f21def"
    assert (fact.direction, fact.kind, fact.source) == ("in", "direct", "agent")
    assert fact.sent_at == datetime(2030, 1, 1, 9, 43, 30, 238188, tzinfo=UTC)


def test_quick_reply_and_topics():
    fact = only(sample("inbox_vai_inbound_message_quick_reply"))
    assert (fact.payload, fact.topics) == ("TEAM_SALES", ("Topic 1", "Topic 2"))


def test_minimal_event_of_2019():
    body = sample("inbox_vai_inbound_message_minimal")
    fact = only(body)
    assert fact.external_id == f"inbox:event-{body['idempotencyKey']}"
    assert (fact.network, fact.sender.known) == ("other", False)
    assert only(body).external_id == fact.external_id, "the same event, the same message"


@pytest.mark.parametrize(
    ("action", "kind"), [("MENTION", "mention"), ("SHARE", "share"), ("REPLY", "reply")]
)
def test_trigger_tells_the_kind(action, kind):
    body = sample("inbox_vai_inbound_message_received")
    body["data"]["trigger"] = {"type": "STORY", "action": action}
    fact = only(body)
    assert (fact.kind, fact.trigger) == (kind, ("STORY", action))


def test_write_back():
    fact = only(sample("inbox_crm_writeback_conversation_resolved"))
    assert (fact.action, fact.status, fact.previous_status) == ("resolved", "resolved", "new")
    assert (fact.agent.name, fact.agent.email) == ("Ada Member", "ada.member@example.com")
    assert [(m.direction, m.position) for m in fact.messages] == [("in", 0), ("out", 1)]
    first = fact.messages[0]
    assert first.external_id == "inbox:0ad20c0d-a806-11eb-9642-f799d0e531de"
    assert (first.sent_at, first.source) == (None, "writeback")
    assert first.sender == fact.sender
    assert not fact.messages[1].sender.known
    assert [note.text for note in fact.notes] == ["Wants a quote"]
    assert fact.topics == ("Sales",)
    assert not fact.redacted


def test_message_has_one_identity_in_both_envelopes():
    live = sample("inbox_vai_inbound_message_received")
    written = sample("inbox_crm_writeback_conversation_resolved")
    live["data"]["message"]["messageId"] = written["data"]["messages"][0]["id"]
    assert only(live).external_id == only(written).messages[0].external_id
    assert only(live).thread_key == only(written).thread_key


@pytest.mark.parametrize("empty", [True, False])
def test_redacted_network(empty):
    """On Twitter handle, transcript and attributes are not sent: keys absent or empty."""
    body = sample("inbox_crm_writeback_conversation_resolved")
    body["data"]["medium"]["id"] = "twit"
    for name in ("messages", "contactAttributes", "contactProfile"):
        if empty:
            body["data"][name] = type(body["data"][name])()
        else:
            del body["data"][name]
    fact = only(body)
    assert (fact.redacted, fact.network, fact.messages) == (True, "twitter", ())
    assert not fact.sender.known


def test_retry_with_another_time_is_one_fact():
    body = sample("inbox_crm_writeback_conversation_resolved")
    later = {**body, "timestamp": "2030-01-02T09:43:26Z"}
    assert facts(body)[0].external_key == facts(later)[0].external_key
    del body["idempotencyKey"], later["idempotencyKey"]
    assert facts(body)[0].external_key == facts(later)[0].external_key


def test_broken_lines_do_not_spoil_the_transcript():
    body = sample("inbox_crm_writeback_conversation_resolved")
    body["data"]["messages"].insert(0, {"direction": "INBOUND", "text": "no id"})
    body["data"]["contactProfile"]["pictureUrl"] = "javascript:alert(1)"
    ((fact, issues),) = parsed(body)
    assert len(fact.messages) == 2
    assert fact.sender.picture_url is None
    assert {issue.field for issue in issues} == {"id", "picture_url"}


@pytest.mark.parametrize("field", ["data", "timestamp"])
def test_essential_part_missing(field):
    body = sample("inbox_vai_inbound_message_received")
    stored = facts(body)[0]
    payload = {key: value for key, value in stored.payload.items() if key != field}
    with pytest.raises(errors.PayloadError) as caught:
        events.parse(stored.event_type, payload)
    assert caught.value.field == field


# -- look-ups ------------------------------------------------------------------------------------


def test_look_up_of_either_version():
    second = steering.parse_lookup(sample("inbox_crm_lookup_request"))
    assert (second.version, second.contact_key[:8]) == (2, "693ed54b")
    assert second.email == "fred.contact@example.com"
    first = steering.parse_lookup(sample("inbox_crm_lookup_request_v1"))
    assert (first.version, first.contact_key, first.email) == (1, None, second.email)


def test_answer_of_a_look_up():
    wanted = sample("inbox_crm_lookup_reply")
    values = {row["attribute"]: row["value"] for row in wanted["contactAttributes"]}
    assert steering.ContactAttributes(values).to_wire() == wanted
    wanted = sample("inbox_contact_attributes.request")
    values = {row["attribute"]: row["value"] for row in wanted["contactAttributes"]}
    assert steering.ContactAttributes(values, auto_confirm=True).to_wire() == wanted


def test_steps_of_a_conversation():
    steps = steering.Steer(
        texts=("Thank you, a colleague will answer you.",),
        topics=("Sales",),
        tags=("Lead",),
        notes=("Odoo lead 42",),
        attributes={"odoo_lead": "42"},
        complete="HANDOVER",
    )
    assert steps.to_wire() == sample("inbox_conversation_manipulate.request")
    assert steering.Steer().to_wire() == {}
    several = steering.Steer(texts=("a", "b"), typing=True).to_wire()
    assert several == {"indicateTyping": True, "sendMessages": [{"text": "a"}, {"text": "b"}]}


# -- platform events -----------------------------------------------------------------------------


def test_state_of_a_post():
    fact = only(sample("platform_message_sent"))
    assert fact == talk.PostStateFact(
        "4950336487", "SENT", datetime(2030, 1, 1, 14, 0, 4, 555000, tzinfo=UTC), "626731"
    )


def test_state_of_a_comment():
    fact = only(sample("platform_comment_failed"))
    assert (fact.comment_id, fact.state) == ("4138476039", "FAILED")


def test_app_event_has_no_time():
    (fact,) = facts(sample("platform_app_uninstalled_organization"))
    assert fact.occurred_at == NOW
    found, issues = events.parse(fact.event_type, fact.payload)
    assert (found.state, found.organization_ref, issues) == ("UNINSTALLED", "626731", [])


def test_organization_may_be_null():
    body = sample("platform_message_sent")
    body[0]["data"]["organization"] = None
    assert only(body).organization_ref is None


def test_unknown_platform_type_is_kept_as_unknown():
    (fact,) = facts([{"type": "com.hootsuite.media.event.v1", "seq_no": "5", "data": {}}])
    assert fact.event_type not in events.KNOWN_EVENTS
    assert fact.external_key.endswith(":5")


def test_state_missing():
    body = sample("platform_message_sent")
    del body[0]["data"]["state"]
    (fact,) = facts(body)
    with pytest.raises(errors.PayloadError):
        events.parse(fact.event_type, fact.payload)


# -- relay ---------------------------------------------------------------------------------------

RELAYED = {
    "id": 17,
    "network": "Instagram",
    "sent_at": "2030-01-01T10:00:00+02:00",
    "text": "Love it\u0000!",
    "thread": "t1",
    "kind": "mention",
    "direction": "in",
    "language": "EN-us",
    "permalink": "https://social.example.com/p/17",
    "in_reply_to": 16,
    "profile": 131000002,
    "topics": ["praise"],
    "author": {
        "id": "a1",
        "handle": "@fred",
        "name": "Fred",
        "email": "Fred@Example.com",
        "profile_url": "https://social.example.com/fred",
    },
    "attachments": [
        {"url": "https://cdn.example.com/1.jpg", "name": "1.jpg", "type": "image/jpeg"},
        {"url": "file:///etc/passwd"},
    ],
    "place": {"name": "Shop", "street": "Main St 1", "city": "Ghent", "country": "be"},
}


def test_relayed_message():
    ((fact, issues),) = parsed({"messages": [RELAYED]}, relayed=True)
    assert (fact.external_id, fact.thread_key) == ("relay:17", "relay:t1")
    assert (fact.network, fact.kind, fact.source) == ("instagram", "mention", "relay")
    assert fact.sent_at == datetime(2030, 1, 1, 8, tzinfo=UTC)
    assert fact.text == "Love it!"
    assert (fact.sender.handle, fact.sender.email) == ("fred", "fred@example.com")
    assert (fact.language, fact.profile_ref) == ("en-us", "131000002")
    assert fact.in_reply_to == "relay:16"
    assert [file.url for file in fact.attachments] == ["https://cdn.example.com/1.jpg"]
    assert fact.place.detailed
    assert fact.place.country == "BE"
    assert [issue.field for issue in issues] == ["url"]


def test_relayed_message_with_little():
    fact = only({"id": "1", "network": "x", "sent_at": "2030-01-01T10:00:00Z"}, relayed=True)
    assert (fact.network, fact.thread_key, fact.text) == ("twitter", "relay:1", "")
    assert not fact.sender.known


@pytest.mark.parametrize("field", ["id", "network", "sent_at"])
def test_relayed_message_lacks_something(field):
    row = {key: value for key, value in RELAYED.items() if key != field}
    (fact,) = facts({"messages": [row]}, relayed=True)
    with pytest.raises(errors.PayloadError):
        events.parse(fact.event_type, fact.payload)


def test_relayed_flaws_are_reported():
    row = {**RELAYED, "kind": "shout", "place": {"latitude": 120, "longitude": 3}}
    ((fact, issues),) = parsed({"messages": [row]}, relayed=True)
    assert (fact.kind, fact.place.latitude) == ("direct", None)
    assert {issue.field for issue in issues} == {"kind", "url", "place"}


def test_documented_signature_of_the_relay():
    """The example of the documentation, worked out by hand."""
    import hashlib
    import hmac

    raw = b'{"messages": []}'
    wanted = hmac.new(b"s3cret", b"1893456000." + raw, hashlib.sha256).hexdigest()
    assert relay.sign("s3cret", "1893456000", raw) == f"v1={wanted}"


# -- times ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2030-01-01T14:00:00Z", datetime(2030, 1, 1, 14, tzinfo=UTC)),
        ("2030-01-01T14:00:00.5Z", datetime(2030, 1, 1, 14, 0, 0, 500000, tzinfo=UTC)),
        ("2030-01-01T09:43:26.635984618Z", datetime(2030, 1, 1, 9, 43, 26, 635984, tzinfo=UTC)),
        ("2030-01-01T14:00:00+05:30", datetime(2030, 1, 1, 8, 30, tzinfo=UTC)),
        ("2030-01-01T14:00:00-0800", datetime(2030, 1, 1, 22, tzinfo=UTC)),
        ("2030-01-01 14:00", datetime(2030, 1, 1, 14, tzinfo=UTC)),
    ],
)
def test_times(text, moment):
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["", "tomorrow", "2030-13-01T00:00:00Z", 5, None, "0001-01-01T0"])
def test_no_times(text):
    with pytest.raises(ValueError):
        parse_moment(text)


def test_written_times_are_utc_seconds():
    moment = parse_moment("2030-01-01T14:00:00.999+02:00")
    assert write_moment(moment) == "2030-01-01T12:00:00Z"
    assert write_moment(datetime(2030, 1, 1, 14)) == "2030-01-01T14:00:00Z"
