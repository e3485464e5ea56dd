"""Platform webhooks of the sandbox's Hootsuite: batches, retries, disabling, pings."""

import json

import pytest

from tests.contract.hootsuite_client import ADA, OWN_TWITTER, PAGE
from tests.contract.receiver import Receiver


def batches(receiver):
    return [json.loads(raw) for _headers, raw in receiver.requests]


def states(receiver):
    return [row["data"]["state"] for batch in batches(receiver) for row in batch if row["data"]]


def line(sandbox, url):
    (found,) = [row for row in sandbox.hootsuite.state()["platform"] if row["url"] == url]
    return found


@pytest.fixture(autouse=True)
def frozen(sandbox):
    sandbox.clock(freeze=True)


def test_events_wait_five_seconds_for_their_batch(sandbox, hears):
    sandbox.hootsuite.post([PAGE], **{"in": 3})
    sandbox.clock(advance=4, wait=True)
    assert hears.requests == []
    sandbox.clock(advance=1, wait=True)
    assert states(hears) == ["SCHEDULED", "SENT"]
    assert len(hears.requests) == 1


def test_more_than_a_hundred_go_at_once(sandbox, hears):
    for _ in range(101):
        sandbox.hootsuite.post([PAGE])
    sandbox.settle()
    sizes = [len(batch) for batch in batches(hears)]
    assert sum(sizes) == 101 and max(sizes) == 100
    numbers = [int(row["seq_no"]) for batch in batches(hears) for row in batch]
    assert len(set(numbers)) == 101 and numbers == sorted(numbers)


def test_retry_brings_the_same_batch_and_the_same_numbers(sandbox, hears):
    hears.statuses = [500, 404]
    sandbox.hootsuite.post([PAGE])
    sandbox.hootsuite.flush()
    assert len(hears.requests) == 1
    sandbox.clock(advance=5, wait=True)
    sandbox.clock(advance=30, wait=True)
    assert len({raw for _headers, raw in hears.requests}) == 1
    assert len(hears.requests) == 3
    assert line(sandbox, hears.url)["failures"] == 0


def test_failing_address_is_disabled_loses_events_and_comes_back_by_ping(sandbox, hears):
    hoot = sandbox.hootsuite
    hears.statuses = [500] * 6
    hoot.post([PAGE])
    hoot.flush()
    for pause in (5, 30, 120, 600):
        sandbox.clock(advance=pause, wait=True)
    assert line(sandbox, hears.url)["disabled"] is True
    hoot.post([PAGE])
    sandbox.clock(advance=10, wait=True)
    assert line(sandbox, hears.url)["lost"] == 1
    before = len(hears.requests)
    sandbox.clock(advance=50, wait=True)  # a ping, which fails
    assert line(sandbox, hears.url)["disabled"] is True
    sandbox.clock(advance=60, wait=True)  # another, which does not
    assert line(sandbox, hears.url)["disabled"] is False
    pings = batches(hears)[before:]
    assert pings == [[{"type": "com.hootsuite.ping.event.v1", "data": {}}]] * 2
    hoot.post([PAGE])
    hoot.flush()
    assert states(hears)[-1] == "SENT"


def test_long_answers_are_failures(sandbox, hears):
    hears.answers = [b"x" * (32 * 1024 + 1)]
    sandbox.hootsuite.post([PAGE])
    sandbox.hootsuite.flush()
    assert line(sandbox, hears.url)["failures"] == 1


def test_slow_answers_are_failures(sandbox, hears):
    sandbox.hootsuite.limits(platform_timeout=0.2)
    hears.delay = 0.5
    sandbox.hootsuite.post([PAGE])
    sandbox.hootsuite.flush()
    assert line(sandbox, hears.url)["failures"] == 1


def test_addresses_of_one_message_hear_it_unsigned(ada, sandbox, hears):
    own = Receiver()
    sandbox.hootsuite.app(platform_signature="sha512")
    try:
        ada.schedule(PAGE, webhookUrls=[own.url], scheduledSendTime=None)
        sandbox.hootsuite.flush()
        assert states(own) == states(hears) == ["SENT"]
        assert "x-hootsuite-signature" not in own.requests[0][0]
        assert "x-hootsuite-signature" in hears.requests[0][0]
        assert batches(own)[0][0]["seq_no"] != batches(hears)[0][0]["seq_no"]
    finally:
        own.close()


def test_messages_of_a_members_own_profile_go_only_to_their_addresses(ada, sandbox, hears):
    ada.schedule(OWN_TWITTER, scheduledSendTime=None)
    sandbox.hootsuite.flush()
    assert hears.requests == []
    ada.schedule(OWN_TWITTER, webhookUrls=[hears.url], scheduledSendTime=None)
    sandbox.hootsuite.flush()
    ((row,),) = batches(hears)
    assert row["data"]["organization"] is None


def test_ports_can_be_checked_as_the_vendor_does(ada, sandbox):
    sandbox.hootsuite.app(check_ports=True)
    for url, status in (
        ("https://odoo.example.com/hook", 200),
        ("https://odoo.example.com:8443/hook", 200),
        ("http://odoo.example.com:8069/hook", 400),
    ):
        assert ada.schedule(PAGE, webhookUrls=[url]).status_code == status


def test_subscribe_with_ping_tells_success(sandbox, hears):
    answer = sandbox.hootsuite.subscribe(hears.url, kinds=["platform"], ping=True)
    assert answer["ok"] is True
    hears.statuses = [503]
    assert sandbox.hootsuite.subscribe(hears.url, kinds=["platform"], ping=True)["ok"] is False


def test_many_events_in_batches_doubled_and_shuffled(sandbox, hears):
    bodies = [
        {
            "seq_no": str(number),
            "type": "com.hootsuite.messages.event.v1",
            "data": {"state": "SENT", "message": {"id": str(number)}},
        }
        for number in range(200)
    ]
    answer = sandbox.hootsuite.deliver_many(
        bodies, kind="platform", batch=50, doubled=0.5, shuffle=True
    )
    assert answer == {"sent": 6, "statuses": {"200": 6}}
    seen = {row["seq_no"] for batch in batches(hears) for row in batch}
    assert len(seen) == 200


def test_uninstalling_tells_the_member(sandbox, hears):
    sandbox.hootsuite.uninstall()
    sandbox.hootsuite.flush()
    ((row,),) = batches(hears)
    assert row["data"] == {
        "state": "UNINSTALLED",
        "app": {"id": "900300"},
        "member": {"id": ADA},
    }
