"""How the sandbox delivers: signatures, retries on the moved clock, duplicates, validation."""

import hashlib
import hmac
import json

import pytest

from tests.sandbox.client import SandboxError
from tests.sandbox.zoom.config import SECRET_TOKEN

BODY = {"event": "meeting.started", "event_ts": 1, "payload": {"object": {"id": "1"}}}


def signed_with(secret, headers, raw):
    message = b"v0:" + headers["x-zm-request-timestamp"].encode() + b":" + raw
    digest = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return headers.get("x-zm-signature") == "v0=" + digest


def states(sandbox):
    return [delivery["state"] for delivery in sandbox.deliveries()]


def test_retries_come_after_5_20_and_60_minutes_and_end(sandbox, receiver):
    sandbox.clock(freeze=True)
    receiver.statuses = [500, 503, 500, 501]
    sandbox.zoom.deliver(BODY)
    for wait, attempts in ((299, 1), (1, 2), (1199, 2), (1, 3), (3599, 3), (1, 4), (86400, 4)):
        sandbox.clock(advance=wait, wait=True)
        assert len(receiver.requests) == attempts
    (delivery,) = sandbox.deliveries()
    assert delivery["state"] == "dead"
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 503, 500, 501]


def test_retry_has_the_same_id_and_body_but_its_own_signature(sandbox, receiver):
    sandbox.zoom.app(sign_clock="sandbox")
    receiver.statuses = [500]
    sandbox.zoom.deliver(BODY)
    sandbox.clock(advance=300, wait=True)
    (first, body_1), (second, body_2) = receiver.requests
    assert body_1 == body_2
    assert first["x-zm-request-id"] == second["x-zm-request-id"]
    assert first["x-zm-request-timestamp"] != second["x-zm-request-timestamp"]
    assert signed_with(SECRET_TOKEN, first, body_1) and signed_with(SECRET_TOKEN, second, body_2)
    assert states(sandbox) == ["delivered"]


def test_a_long_jump_of_the_clock_fires_all_that_became_due(sandbox, receiver):
    receiver.statuses = [500, 500, 500]
    sandbox.zoom.deliver(BODY)
    sandbox.clock(advance=3 * 3600, wait=True)
    assert len(receiver.requests) == 4
    assert states(sandbox) == ["delivered"]


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429])
def test_refusals_and_redirects_are_not_retried(sandbox, receiver, status):
    receiver.statuses = [status]
    receiver.location = receiver.url  # a sender that follows redirects would come back
    sandbox.zoom.deliver(BODY)
    sandbox.clock(advance=86400, wait=True)
    assert len(receiver.requests) == 1
    assert states(sandbox) == ["failed"]


def test_slow_answer_is_a_failure_and_retried(sandbox, receiver):
    sandbox.zoom.limits(delivery_timeout=0.2)
    receiver.delay = 0.6
    answer = sandbox.zoom.deliver(BODY)
    assert answer["attempts"][0]["error"] == "timeout"
    receiver.delay = 0.0
    sandbox.zoom.limits(delivery_timeout=3)
    sandbox.clock(advance=300, wait=True)
    assert states(sandbox) == ["delivered"]


def test_nobody_listens_is_retried_too(sandbox, receiver):
    sandbox.zoom.deliver(BODY, url="http://127.0.0.1:9/hook")
    assert states(sandbox) == ["retrying"]


@pytest.mark.parametrize(
    ("options", "good"),
    [
        ({}, True),
        ({"secret_token": "another"}, False),
        ({"sign": False}, False),
        ({"headers": {"x-zm-signature": "v0=00"}}, False),
    ],
)
def test_forged_and_unsigned_deliveries(sandbox, receiver, options, good):
    sandbox.zoom.deliver(BODY, **options)
    headers, raw = receiver.requests[0]
    assert signed_with(SECRET_TOKEN, headers, raw) is good
    assert ("x-zm-signature" in headers) is (options.get("sign") is not False)


def test_old_timestamp_is_signed_properly(sandbox, receiver):
    sandbox.zoom.deliver(BODY, timestamp=1_700_000_000)
    headers, raw = receiver.requests[0]
    assert headers["x-zm-request-timestamp"] == "1700000000"
    assert signed_with(SECRET_TOKEN, headers, raw)


def test_raw_bodies_go_out_as_they_are(sandbox, receiver):
    sandbox.zoom.deliver(raw="[1, 2]")
    assert receiver.requests[0][1] == b"[1, 2]"


def test_times_sends_one_fact_again_with_one_id(sandbox, receiver):
    sandbox.zoom.deliver(BODY, times=3)
    assert len({headers["x-zm-request-id"] for headers, _raw in receiver.requests}) == 1
    assert len(receiver.requests) == 3
    told = {delivery["request_id"] for delivery in sandbox.deliveries()}
    assert told == {receiver.requests[0][0]["x-zm-request-id"]}


def test_without_subscription_or_address_it_says_so(sandbox):
    with pytest.raises(SandboxError, match="no subscription"):
        sandbox.zoom.deliver(BODY)


def test_many_doubled_and_shuffled(sandbox, receiver):
    bodies = [{"event": "x", "event_ts": number} for number in range(200)]
    answer = sandbox.zoom.deliver_many(bodies, doubled=0.2, shuffle=True, seed=5)
    assert answer == {"sent": 240, "statuses": {"200": 240}}
    order = [body["event_ts"] for body in receiver.bodies()]
    assert sorted(set(order)) == list(range(200))
    assert order != sorted(order)
    ids = {}
    for headers, raw in receiver.requests:
        ids.setdefault(raw, set()).add(headers["x-zm-request-id"])
    assert all(len(known) == 1 for known in ids.values())
    assert sum(len(known) for known in ids.values()) == 200


def test_subscribe_with_validation_tells_success(sandbox, receiver):
    answer = sandbox.zoom.subscribe(receiver.url, validate=True)
    assert answer["ok"] is True and answer["status"] == 200
    headers, raw = receiver.requests[-1]
    assert signed_with(SECRET_TOKEN, headers, raw)


def test_wrong_answers_to_the_challenge_disable_after_six(sandbox, receiver):
    receiver.answer_challenge = False
    results = [sandbox.zoom.validate() for _ in range(6)]
    assert [result["ok"] for result in results] == [False] * 6
    assert [result["enabled"] for result in results] == [True] * 5 + [False]
    before = len(receiver.requests)
    sandbox.zoom.meeting("create", topic="unheard", wait=True)
    assert len(receiver.requests) == before
    receiver.answer_challenge = True
    assert sandbox.zoom.validate()["enabled"] is True


def test_validation_is_repeated_every_72_hours(sandbox, receiver):
    sandbox.zoom.subscribe(receiver.url, validate=True)
    sandbox.clock(advance=72 * 3600, wait=True)
    sandbox.clock(advance=72 * 3600, wait=True)
    assert len(receiver.bodies("endpoint.url_validation")) == 3


def test_deliveries_list_never_shows_bodies_or_secrets(sandbox, receiver):
    sandbox.zoom.run_meeting(participants=2, wait=True)
    text = json.dumps(sandbox.deliveries())
    assert SECRET_TOKEN not in text and "download_token" not in text
    assert {delivery["state"] for delivery in sandbox.deliveries()} == {"delivered"}


def test_hundreds_of_retries_in_one_move_all_arrive(sandbox, receiver):
    bodies = [{"event": "x", "event_ts": number} for number in range(300)]
    receiver.statuses = [500] * 300
    assert sandbox.zoom.deliver_many(bodies)["statuses"] == {"500": 300}
    sandbox.clock(advance=300, wait=True)
    assert states(sandbox) == ["delivered"] * 300
