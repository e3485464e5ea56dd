"""Inbox 2.0 of the sandbox: virtual agent, write-back, lookup, and conversations in bulk."""

import json
from collections import Counter

import pytest
import requests

from tests.contract.hootsuite_client import ORGANIZATION
from tests.sandbox.client import SandboxError


def bodies(receiver, kind=None):
    found = [json.loads(raw) for _headers, raw in receiver.requests]
    return [body for body in found if kind in (None, body.get("type"))]


def one(sandbox, talk):
    (found,) = sandbox.hootsuite.conversations(conversation_id=talk)
    return found


@pytest.fixture
def inbox(hoot):
    return hoot.organization()


def act(api, talk, **action):
    return api.post(f"/inbox/v1/virtual-agent/conversations/{talk}", action)


# The virtual agent ---------------------------------------------------------------------------------------


def test_answer_to_a_delivery_is_an_action(sandbox, hears):
    action = {
        "sendMessage": {"text": "Hi"},
        "applyTopics": ["SALES", "No such topic"],
        "applyTags": ["lead"],
        "applyConversationNotes": [{"text": "note"}],
        "setContactAttributes": {"odoo_lead": "42"},
        "complete": "HANDOVER",
    }
    hears.answers = [b"{}", json.dumps(action).encode()]
    talk = sandbox.hootsuite.converse(texts=["Hello", "nobody hears this"])["conversation_id"]
    found = one(sandbox, talk)
    assert found["holder"] == "human"
    texts = [(row["direction"], row["text"]) for row in found["messages"]]
    assert ("OUTBOUND", "Hi") in texts
    assert (found["topics"], found["tags"], found["notes"]) == (["Sales"], ["Lead"], ["note"])
    assert {"attribute": "odoo_lead", "value": "42", "source": "AGENT"} in found["attributes"]
    assert len(bodies(hears, "INBOUND_MESSAGE_RECEIVED")) == 1


def test_three_retries_then_a_human_takes_over(sandbox, hears):
    sandbox.clock(freeze=True)
    hears.statuses = [200] + [404, 500, 503, 500]
    talk = sandbox.hootsuite.converse(texts=["Hello"])["conversation_id"]
    for _ in range(3):
        sandbox.clock(advance=2, wait=True)
    told = bodies(hears, "INBOUND_MESSAGE_RECEIVED")
    assert len(told) == 4 and len({body["idempotencyKey"] for body in told}) == 1
    assert one(sandbox, talk)["holder"] == "human"
    sandbox.hootsuite.say(talk, "still there?")
    assert len(bodies(hears, "INBOUND_MESSAGE_RECEIVED")) == 4


def test_slow_answer_counts_as_none(sandbox, hears):
    sandbox.clock(freeze=True)
    sandbox.hootsuite.limits(agent_timeout=0.2, agent_retries=[])
    hears.delay = 0.5
    assert sandbox.hootsuite.converse()["holder"] == "human"


def test_silence_for_five_minutes_costs_the_conversation(sandbox, hears, inbox):
    sandbox.clock(freeze=True)
    silent = sandbox.hootsuite.converse(texts=["Hello"])["conversation_id"]
    busy = sandbox.hootsuite.converse(texts=["Hello"])["conversation_id"]
    assert act(inbox, busy, sendMessage={"text": "One moment"}).status_code == 200
    sandbox.clock(advance=300, wait=True)
    assert one(sandbox, silent)["holder"] == "human"
    assert one(sandbox, busy)["holder"] == "agent"
    assert act(inbox, silent, sendMessage={"text": "late"}).status_code == 404


def test_action_over_rest_resolves_and_writes_back(sandbox, hears, inbox):
    talk = sandbox.hootsuite.converse(texts=["Hello"])["conversation_id"]
    assert act(inbox, talk, sendMessages=[{"text": "Bye"}], complete="RESOLVED").json() == {}
    sandbox.settle()
    (body,) = bodies(hears, "CONVERSATION_RESOLVED")
    directions = [row["direction"] for row in body["data"]["messages"]]
    assert directions == ["INBOUND", "OUTBOUND"]
    assert act(inbox, talk, complete="HANDOVER").status_code == 404


@pytest.mark.parametrize(
    "action",
    [
        {"sendMessage": {"text": "x", "attachment": "missing.png"}},
        {"sendMessage": {}},
        {"complete": "LATER"},
        {"applyTopics": "Sales"},
        {"applyTags": ["Lead"]},
    ],
)
def test_wrong_actions_are_told_in_sentences(sandbox, inbox, action):
    talk = sandbox.hootsuite.converse()["conversation_id"]
    answer = act(inbox, talk, **action)
    assert answer.status_code == 400
    assert all(isinstance(line, str) for line in answer.json()["errors"])


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_attachment_first_then_the_message(sandbox, inbox, method):
    talk = sandbox.hootsuite.converse()["conversation_id"]
    path = f"/inbox/v1/virtual-agent/conversations/{talk}/attachments/"
    headers = {"Content-Type": "image/png"}
    assert inbox.call(method, path + "a%20b.png", data=b"x", headers=headers).status_code == 400
    sandbox.hootsuite.limits(attachment_size=4)
    assert inbox.call(method, path + "a.png", data=b"1234", headers=headers).status_code == 400
    assert inbox.call(method, path + "a.png", data=b"123", headers=headers).status_code == 200
    assert act(inbox, talk, sendMessage={"attachment": "a.png"}).status_code == 200
    assert one(sandbox, talk)["messages"][-1]["attachment"] == "a.png"


def test_inbox_needs_the_token_of_an_organization(sandbox, ada):
    talk = sandbox.hootsuite.converse()["conversation_id"]
    assert act(ada, talk).status_code == 401
    assert act(ada.organization(), talk).status_code == 200
    sandbox.hootsuite.uninstall(organization_id=ORGANIZATION)
    assert act(ada, talk).status_code == 401


# The CRM -------------------------------------------------------------------------------------------------


def test_write_back_is_retried_for_63_hours(sandbox, hears):
    sandbox.clock(freeze=True)
    talk = sandbox.hootsuite.converse(public=True)["conversation_id"]
    hears.statuses = [500, 404, 500, 301, 500, 500, 500]
    sandbox.hootsuite.conversation("resolve", talk)
    for count, hours in enumerate((1, 2, 4, 8, 16, 32), start=1):
        sandbox.clock(advance=hours * 3600 - 1, wait=True)
        assert len(hears.requests) == count
        sandbox.clock(advance=1, wait=True)
    assert len(hears.requests) == 7
    assert len({raw for _headers, raw in hears.requests}) == 1
    assert [row["state"] for row in sandbox.deliveries()] == ["dead"]


def test_retried_write_back_with_a_new_timestamp_is_signed_anew(sandbox, hears):
    sandbox.hootsuite.app(fresh_retries=True)
    talk = sandbox.hootsuite.converse(public=True)["conversation_id"]
    hears.statuses = [500]
    sandbox.hootsuite.conversation("resolve", talk)
    sandbox.clock(advance=3600, wait=True)
    first, second = bodies(hears)
    assert first["timestamp"] < second["timestamp"]
    assert first["idempotencyKey"] == second["idempotencyKey"]
    signatures = {headers["x-hootsuite-signature"] for headers, _raw in hears.requests}
    assert len(signatures) == 2


@pytest.mark.parametrize("manner", ["absent", "empty"])
def test_twitter_write_back_is_redacted(sandbox, hears, manner):
    sandbox.hootsuite.app(twitter_redaction=manner)
    made = sandbox.hootsuite.converse(medium="twit", texts=["secret words"], public=True)
    sandbox.hootsuite.conversation("resolve", made["conversation_id"])
    raw = hears.requests[-1][1].decode()
    person = made["person"]
    assert "secret words" not in raw and "twit-profile-name" not in raw
    assert f"{person['first_name']} {person['last_name'][0]}." not in raw
    data = json.loads(raw)["data"]
    if manner == "absent":
        assert "messages" not in data and "contactProfile" not in data
    else:
        assert data["messages"] == [] and data["contactProfile"]["primaryIdentifier"] is None


def test_lookup_confirms_keeps_deletes_and_reports(sandbox, hears):
    talk = sandbox.hootsuite.converse(person=0)["conversation_id"]
    reply = {
        "autoConfirm": True,
        "contactAttributes": [
            {"attribute": "id", "value": "17"},
            {"attribute": "first_name", "value": None},
            {"attribute": "shoe_size", "value": "44"},
        ],
    }
    hears.answers = [json.dumps(reply).encode()]
    answer = sandbox.hootsuite.lookup(talk, confirm=False)
    confirmed = {
        row["attribute"]: row["value"]
        for row in answer["attributes"]
        if row["source"] == "CRM_CONFIRMED"
    }
    assert confirmed == {"id": "17"}
    asked, told = bodies(hears)[-2:]
    assert asked["contactAttributes"] == [
        {"attribute": "email", "value": "person0@customers.example.com"}
    ]
    assert told["eventType"] == "DATA_IMPORT_ERROR" and "shoe_size" in told["messages"][0]


def test_unconfirmed_lookup_changes_nothing(sandbox, hears):
    talk = sandbox.hootsuite.converse(person=0)["conversation_id"]
    before = one(sandbox, talk)["attributes"]
    reply = {"autoConfirm": False, "contactAttributes": [{"attribute": "id", "value": "17"}]}
    hears.answers = [json.dumps(reply).encode()]
    assert sandbox.hootsuite.lookup(talk, confirm=False)["attributes"] == before


def test_contact_attributes_over_rest(sandbox, inbox):
    made = sandbox.hootsuite.converse(person=1)
    path = f"/inbox/v2/contact/{made['contact_id']}/contact-attributes"
    body = {"autoConfirm": True, "contactAttributes": [{"attribute": "id", "value": "9"}]}
    assert inbox.call("PUT", path, json=body).status_code == 200
    sandbox.settle()
    row = {"attribute": "id", "value": "9", "source": "CRM_CONFIRMED"}
    assert row in one(sandbox, made["conversation_id"])["attributes"]
    assert inbox.call("PUT", path, json={}).status_code == 400
    missing = inbox.call("PUT", "/inbox/v2/contact/x/contact-attributes", json=body)
    assert missing.status_code == 404


def test_each_kind_can_have_its_own_address_and_secret(sandbox, hears):
    sandbox.hootsuite.subscribe(hears.url + "/crm", kinds=["write_back"], secret="ab" * 16)
    talk = sandbox.hootsuite.converse()["conversation_id"]
    sandbox.hootsuite.conversation("resolve", talk)
    urls = [(row["event"], row["url"].endswith("/crm")) for row in sandbox.deliveries()]
    assert urls == [("CONVERSATION_STARTED", False), ("CONVERSATION_RESOLVED", True)]
    with pytest.raises(SandboxError):
        sandbox.hootsuite.subscribe(hears.url, kinds=["write_back"], secret="not hexadecimal")


def test_forged_unsigned_and_raw_bodies(sandbox, hears):
    hoot = sandbox.hootsuite
    hoot.deliver({"a": 1}, headers={"X-Hootsuite-Signature": "00"})
    assert hears.requests[-1][0]["x-hootsuite-signature"] == "00"
    hoot.deliver({"a": 1}, sign=False)
    assert "x-hootsuite-signature" not in hears.requests[-1][0]
    hoot.deliver(raw="{ not json")
    assert hears.requests[-1][1] == b"{ not json"


# In bulk -------------------------------------------------------------------------------------------------


def test_two_hundred_conversations_of_every_sort(sandbox, hears):
    answer = sandbox.hootsuite.play(conversations=200, seed=4)
    told = answer["conversations"]
    assert len(told) == 200 and answer["statuses"] == {"200": answer["deliveries"]}
    assert {row["language"] for row in told} == {"en", "fr", "de", "es"}
    assert len({row["kind"] for row in told}) == 10
    assert any(row["redacted"] for row in told)
    handles = {}
    for row in told:
        if row["person"]["customer"]:
            handles.setdefault(row["person"]["email"], set()).add(row["contact"]["id"])
    assert any(len(known) > 1 for known in handles.values())
    heard = Counter(
        body["data"]["message"]["messageId"] for body in bodies(hears, "INBOUND_MESSAGE_RECEIVED")
    )
    wanted = [
        message["id"]
        for row in told
        if row["heard"] != "write_back"
        for message in row["messages"]
        if message["direction"] == "INBOUND"
    ]
    assert heard == Counter(wanted)
    closed = [body["data"]["conversation"]["id"] for body in bodies(hears, "CONVERSATION_RESOLVED")]
    assert sorted(closed) == sorted(
        row["conversation_id"] for row in told if row["heard"] != "virtual_agent"
    )


def test_same_seed_same_stories(sandbox):
    def stories(seed):
        told = sandbox.hootsuite.events(conversations=30, seed=seed)["conversations"]
        return [{**row, "created": ""} for row in told]

    first = stories(8)
    sandbox.reset()
    assert stories(8) == first
    assert stories(9) != first


def test_doubled_and_shuffled(sandbox, hears):
    answer = sandbox.hootsuite.play(conversations=40, seed=2, doubled=0.25, shuffle=True)
    assert len(hears.requests) == answer["deliveries"] + round(answer["deliveries"] / 4)
    bodies_seen = Counter(raw for _headers, raw in hears.requests)
    assert set(bodies_seen.values()) == {1, 2}


def test_unknown_fields_are_told(sandbox):
    with pytest.raises(SandboxError, match="unknown fields"):
        sandbox.hootsuite.play(conversation=5)


def test_metrics_count_what_happened(sandbox, inbox):
    sandbox.hootsuite.converse(texts=["a", "b"])
    talk = sandbox.hootsuite.converse(texts=["c"], medium="whatsapp")["conversation_id"]
    sandbox.hootsuite.conversation("handover", talk)
    base = "/inbox/v1/reporting/metrics/inbound-message-volume"
    assert inbox.post(base, {}).json() == {"value": 3}
    assert inbox.post(base, {"mediumIds": ["whatsapp"]}).json() == {"value": 1}
    assert inbox.post("/inbox/v1/queue/metrics/contacts-waiting", {}).json() == {"value": 1}
    assert inbox.post(base, {"from": "yesterday"}).status_code == 400


def test_dead_token_is_401_without_words(inbox, sandbox):
    sandbox.hootsuite.revoke_tokens()
    answer = inbox.get("/inbox/v1/queue/lock")
    assert (answer.status_code, answer.content) == (401, b"")
    url = inbox.info["api_base_url"] + "/inbox/v1/queue/lock"
    assert requests.get(url, timeout=10).status_code == 401
