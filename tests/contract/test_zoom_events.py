"""Every delivery of the sandbox against the sample of the same name, and its signature and headers."""

import hashlib
import hmac
import json

import pytest

from tests.contract.shape import SAMPLES, differences, sample
from tests.contract.zoom_deliveries import PRODUCERS, World
from tests.sandbox.zoom import signing
from tests.sandbox.zoom.config import CLIENT_ID, SECRET_TOKEN

INDEX = json.loads((SAMPLES / "events" / "index.json").read_text())["files"]
NAMES = {row["file"]: row["event"] for row in INDEX}
VECTORS = sample("events", "signature_vectors.json")
# What the fact sheet documents beside the sample, or what a sample shows for one kind of change only.
EXTRA = {
    "meeting.created.json": {"$.payload.object.creation_source"},
    "meeting.created.recurring.json": {"$.payload.object.creation_source"},
}


@pytest.fixture
def world(sandbox, receiver):
    return World(sandbox, receiver)


def test_every_sample_has_a_producer():
    assert set(NAMES) == set(PRODUCERS)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_delivery_looks_like_the_sample(name, world):
    body = PRODUCERS[name](world)
    assert body["event"] == NAMES[name]
    assert differences(body, sample("events", name), frozenset(EXTRA.get(name, ()))) == []


@pytest.mark.parametrize("vector", VECTORS["signature"], ids=lambda vector: vector["name"])
def test_signature_vectors(vector):
    given = signing.signature(
        vector["secret_token"], vector["x-zm-request-timestamp"], vector["raw_body_utf8"].encode()
    )
    assert given == vector["x-zm-signature"]


@pytest.mark.parametrize("vector", VECTORS["url_validation"])
def test_url_validation_vectors(vector):
    given = signing.encrypted_token(vector["secret_token"], vector["plainToken"])
    assert given == vector["response"]["encryptedToken"]


def test_every_delivery_is_compact_signed_and_labelled(world):
    """Headers as observed; the signature computed here, over the raw bytes."""
    world.run(topic="Réunion d’équipe — 計画")
    wanted = set(sample("events", "request_headers.json")["headers"])
    assert world.receiver.requests
    for headers, raw in world.receiver.requests:
        assert wanted <= set(headers)
        assert headers["content-type"] == "application/json; charset=utf-8"
        assert headers["user-agent"] == "Zoom Marketplace/1.0a"
        assert headers["clientid"] == CLIENT_ID
        assert len(headers["x-zm-request-timestamp"]) == 10
        message = b"v0:" + headers["x-zm-request-timestamp"].encode() + b":" + raw
        digest = hmac.new(SECRET_TOKEN.encode(), message, hashlib.sha256).hexdigest()
        assert headers["x-zm-signature"] == "v0=" + digest
        again = json.dumps(json.loads(raw), ensure_ascii=False, separators=(",", ":"))
        assert raw == again.encode()
    assert "Réunion d’équipe — 計画".encode() in world.receiver.requests[-1][1]
    ids = [headers["x-zm-request-id"] for headers, _raw in world.receiver.requests]
    assert len(ids) == len(set(ids))


def test_numbers_and_texts_of_the_meeting_id(world):
    """id is a text in meeting.started and participants, a number in recording.* and planned meetings."""
    world.run()
    assert isinstance(world.last("meeting.started")["payload"]["object"]["id"], str)
    assert isinstance(world.last("meeting.participant_left")["payload"]["object"]["id"], str)
    assert isinstance(world.last("recording.started")["payload"]["object"]["id"], int)
    assert isinstance(world.last("recording.completed")["payload"]["object"]["id"], int)
    assert isinstance(world.last("meeting.created")["payload"]["object"]["id"], int)


def test_change_by_api_is_announced_too(world, api):
    """A client sees the echo of its own change, with itself as operator."""
    number = world.seeded["meetings"][0]
    answer = api.s2s().call("PATCH", f"/meetings/{number}", json={"topic": "From the client"})
    assert answer.status_code == 204
    world.sandbox.settle()
    body = world.last("meeting.updated")
    assert body["payload"]["object"] == {"id": number, "topic": "From the client"}
    assert body["payload"]["operator"] == api.zoom["account_email"]


def test_events_filter_of_a_subscription(world):
    """A subscription gets only what it asked for."""
    world.zoom.subscribe(world.receiver.url, events=["meeting.started", "recording.*"])
    world.run()
    kinds = {body["event"].partition(".")[0] for body in world.receiver.bodies()}
    assert world.receiver.bodies("meeting.started") and not world.receiver.bodies("meeting.ended")
    assert kinds == {"meeting", "recording"}
