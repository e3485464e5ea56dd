"""The vendor is slow, broken, silent: it slows us down, breaks nothing, and all catches up by itself."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from tests.e2e import support_security as support
from tests.e2e.support import Database
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

#: The breaker stays open 30 s, a failed probe doubles that, jobs wait up to a minute more.
CATCH_UP = 240


@pytest.fixture
def main(instance: Instance) -> int:
    """The connected account, with the vendor well."""
    account = support.main_integration(instance)
    assert support.verify(instance, account)["type"] == "success"
    return account


def breaker(instance: Instance, account: int) -> str:
    """The breaker as the account's form shows it."""
    return support.fields_of(instance, account, "breaker_state")


def last_call(box: Sandbox) -> int:
    """Sequence number of the last call the vendor received."""
    calls = box.calls()
    return calls[-1]["seq"] if calls else 0


def job_of(instance: Instance, model: str) -> dict[str, Any]:
    """The newest background job of a kind."""
    (row,) = Database(instance).rows(
        "SELECT id, state, coalesce(eta > now() AT TIME ZONE 'UTC', false) AS waits"
        " FROM queue_job WHERE model_name = %s ORDER BY id DESC LIMIT 1",
        model,
    )
    return row


def failed_jobs(instance: Instance) -> list[dict[str, Any]]:
    """Background jobs that gave up."""
    return Database(instance).rows(
        "SELECT id, model_name, exc_name FROM queue_job WHERE state = 'failed'"
    )


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"status": 500, "times": 2}),
        ("status", {"status": 503, "times": 1, "headers": {"Retry-After": "1"}}),
        ("latency", {"seconds": 2, "times": 1}),
        ("cut", {"times": 1}),
        ("refuse", {"times": 1}),
        ("hang", {"seconds": 1, "times": 1}),
    ],
    ids=["500-twice", "503-with-a-time", "slow", "cut-body", "reset", "silent-then-reset"],
)
def test_a_bad_moment_is_not_noticed(
    instance: Instance, main: int, kind: str, options: dict[str, Any]
) -> None:
    box = support.sandbox_of(instance)
    with support.faults(box):
        fault = box.fault(kind, method="GET", path=support.API_PATH, **options)
        answer = support.verify(instance, main)
        assert fault not in [left["id"] for left in box.faults()], "the fault never struck"
    assert answer["type"] == "success", answer
    assert breaker(instance, main) == "closed"


def test_too_many_calls_for_a_moment(instance: Instance, main: int) -> None:
    box = support.sandbox_of(instance)
    since = last_call(box)
    told = {"code": 429, "message": "You have reached the maximum per-second rate limit."}
    with support.faults(box):
        box.fault(
            "status", method="GET", path="^/zoom/v2/users$", status=429, body=told,
            headers={"Retry-After": "1"}, times=2,
        )  # fmt: skip
        answer = support.verify(instance, main)
    assert answer["type"] == "success", answer
    calls = [call["status"] for call in box.calls(path="^/zoom/v2/users$", since=since)]
    assert calls == [429, 429, 200]
    # A vendor that limits us is alive.
    assert breaker(instance, main) == "closed"


def test_too_many_calls_for_the_day(instance: Instance, main: int) -> None:
    box = support.sandbox_of(instance)
    told = {"code": 429, "message": "You have reached the maximum daily rate limit."}
    tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=9)
    with support.faults(box):
        box.fault(
            "status", method="GET", path="^/zoom/v2/users", status=429, body=told,
            headers={"Retry-After": tomorrow.strftime("%Y-%m-%dT%H:%M:%SZ")}, times=None,
        )  # fmt: skip
        since = last_call(box)
        answer = support.verify(instance, main)
        # Nobody waits for hours, and nobody knocks again and again.
        assert answer["type"] == "warning", answer
        assert len(box.calls(path="^/zoom/v2/users", since=since)) == 1

        instance.rpc.call(support.MODEL, "action_import", [main])
        instance.wait_for(
            lambda: (
                job_of(instance, "zoom.import")["state"] == "pending"
                and job_of(instance, "zoom.import")["waits"]
            ),
            60,
            "the import to wait",
        )
    assert breaker(instance, main) == "closed"
    assert support.fields_of(instance, main, "state") == "connected"
    assert failed_jobs(instance) == []
    # The limit was lifted early (a person bought more): the waiting job need not be waited for.
    Database(instance).execute("UPDATE queue_job SET eta = NULL WHERE state = 'pending'")
    instance.wait_for(
        lambda: job_of(instance, "zoom.import")["state"] == "done", CATCH_UP, "the import"
    )


def people_work(instance: Instance, box: Sandbox, event: int) -> None:
    """What people do in the calendar meanwhile; none of it asks the vendor anything."""
    since = last_call(box)
    rpc = instance.rpc
    rpc.call("calendar.event", "write", [event], {"description": "<p>Agenda, by hand</p>"})
    rpc.call("calendar.event", "web_read", [event], {"name": {}, "zoom_join_url": {}})
    day = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)).date()
    made = rpc.call(
        "calendar.event",
        "create",
        {"name": "Made meanwhile", "start": f"{day} 08:00:00", "stop": f"{day} 09:00:00"},
    )
    rpc.call("calendar.event", "write", [made], {"stop": f"{day} 10:00:00"})
    rpc.call("calendar.event", "unlink", [made])
    assert box.calls(since=since, path="^/zoom/") == [], "a person waited for the vendor"


def test_silence_breaks_nothing_and_all_catches_up(instance: Instance, main: int) -> None:
    box = support.sandbox_of(instance)
    rpc = instance.rpc
    series = box.zoom.meeting(
        "create", topic="Series of the outage", type=8, duration=30, timezone="UTC",
        start_time=f"{datetime.date.today() + datetime.timedelta(days=7)}T09:00:00Z",
        recurrence={"type": 1, "repeat_interval": 1, "end_times": 3}, wait=True,
    )  # fmt: skip
    number = str(series["meeting_id"])
    (event,) = instance.wait_for(
        lambda: rpc.call(
            "calendar.event", "search", [("zoom_meeting_id.zoom_id", "=", number)], limit=1
        ),
        60,
        "the series in the calendar",
    )
    with support.faults(box):
        box.fault("refuse", path="^/zoom/", times=None)
        for _press in range(2):
            answer = support.verify(instance, main)
            assert answer["type"] == "warning", answer
        assert breaker(instance, main) == "open"
        assert "breaker_open" in support.open_alerts(instance, main)
        assert support.fields_of(instance, main, "state") == "connected"

        # Calls are spared now, and that is said.
        since = last_call(box)
        answer = support.verify(instance, main)
        assert answer["type"] == "warning"
        assert "paused" in answer["message"]
        assert box.calls(since=since, path="^/zoom/") == []

        # Jobs wait instead of failing.
        rpc.call(support.MODEL, "action_import", [main])
        instance.wait_for(
            lambda: (
                job_of(instance, "zoom.import")["state"] == "pending"
                and job_of(instance, "zoom.import")["waits"]
            ),
            60,
            "the import to wait",
        )
        people_work(instance, box, event)

        # Webhooks are acknowledged and become records; what needs the vendor is kept for later.
        before = len(box.deliveries())
        box.zoom.run_meeting(topic="Held in the outage", participants=3, recording=False, wait=True)
        box.zoom.meeting(
            "update", meeting_id=series["meeting_id"], wait=True,
            recurrence={"type": 1, "repeat_interval": 2, "end_times": 5},
        )  # fmt: skip
        late = [one for one in box.deliveries()[before:] if one["state"] != "delivered"]
        assert len(box.deliveries()) > before
        assert late == [], "a delivery was not acknowledged"
        instance.wait_for(
            lambda: rpc.count(
                "zoom.meeting.instance",
                [("meeting_id.topic", "=", "Held in the outage"), ("state", "=", "ended")],
            ),
            60,
            "the meeting that was held meanwhile",
        )
        instance.wait_for(
            lambda: rpc.count(
                "zoom.meeting", [("zoom_id", "=", number), ("needs_read", "=", True)]
            ),
            60,
            "the question that has to wait",
        )
        assert failed_jobs(instance) == []

    # The vendor is back. From here on nobody does anything.
    instance.wait_for(
        lambda: breaker(instance, main) == "closed", CATCH_UP, "the breaker to close by itself"
    )
    instance.wait_for(
        lambda: job_of(instance, "zoom.import")["state"] == "done", CATCH_UP, "the import"
    )
    instance.wait_for(
        lambda: not rpc.count("zoom.meeting", [("needs_read", "=", True)]),
        CATCH_UP,
        "the waiting question",
    )
    instance.wait_for(
        lambda: rpc.count("calendar.event", [("zoom_meeting_id.zoom_id", "=", number)]) == 5,
        60,
        "the new dates of the series",
    )
    assert "breaker_open" not in support.open_alerts(instance, main)
    assert failed_jobs(instance) == []
    assert not rpc.count(
        "connector.event", [("state", "in", ("received", "processing", "retry", "dead"))]
    )
    assert support.verify(instance, main)["type"] == "success"
