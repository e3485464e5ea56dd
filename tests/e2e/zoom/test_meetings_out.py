"""Meetings planned in the Odoo calendar, with real workers, the real job runner and Zoom's own webhooks."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e import support_security as support
from tests.e2e.support import Database, eventually
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

EVENT = "calendar.event"
#: The breaker stays open 30 s and longer after failed probes; the watchdog comes every minute.
CATCH_UP = 300


@pytest.fixture
def box(instance: Instance) -> Iterator[Sandbox]:
    """The vendor, well before and after."""
    support.main_integration(instance)
    with support.faults(support.sandbox_of(instance)) as sandbox:
        yield sandbox


@pytest.fixture
def host(instance: Instance) -> str:
    """Zoom id of the Zoom user who is the administrator of Odoo."""
    uid = instance.rpc.call("res.users", "search", [("login", "=", "admin")])[0]
    users = eventually(
        lambda: instance.rpc.search_read(
            "zoom.user", [("status", "=", "active")], ["zoom_id", "license_type", "user_id"]
        ),
        "the users of the Zoom account",
    )
    mine = [user for user in users if user["user_id"] and user["user_id"][0] == uid]
    if mine:
        return min(mine, key=lambda user: user["id"])["zoom_id"]
    licensed = next(user for user in users if user["license_type"] == 2)
    instance.rpc.call("zoom.user", "write", [licensed["id"]], {"user_id": uid})
    return licensed["zoom_id"]


def plan(instance: Instance, name: str, **values: Any) -> int:
    """Save a new event with a Zoom meeting, as the web client does."""
    start = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=4)
    start = start.replace(minute=0, second=0, microsecond=0)
    stop = start + datetime.timedelta(hours=1)
    return instance.rpc.call(
        EVENT,
        "create",
        {
            "name": name,
            "start": f"{start:%Y-%m-%d %H:%M:%S}",
            "stop": f"{stop:%Y-%m-%d %H:%M:%S}",
            "zoom_requested": True,
            **values,
        },
    )


def read(instance: Instance, event: int, *names: str) -> dict[str, Any]:
    """Fields of an event."""
    (row,) = instance.rpc.call(EVENT, "read", [event], list(names))
    return row


def in_zoom(box: Sandbox, instance: Instance, event: int) -> dict[str, Any]:
    """The meeting of an event, as the vendor has it."""
    meeting = read(instance, event, "zoom_meeting_id")["zoom_meeting_id"]
    (row,) = instance.rpc.call("zoom.meeting", "read", [meeting[0]], ["zoom_id"])
    return {"id": int(row["zoom_id"]), "record": meeting[0]}


def writes(box: Sandbox, since: int) -> list[tuple[str, str, int]]:
    """Calls that create, change or delete meetings, with the status they got."""
    return [
        (call["method"], call["path"].partition("/v2")[2], call["status"])
        for call in box.calls(path="/v2/", since=since)
        if call["method"] in ("POST", "PATCH", "DELETE") and "/meetings" in call["path"]
    ]


def last_call(box: Sandbox) -> int:
    calls = box.calls()
    return calls[-1]["seq"] if calls else 0


def sent(instance: Instance, event: int) -> dict[str, Any] | None:
    """The event's link and state once nothing is on its way any more."""
    row = read(instance, event, "videocall_location", "zoom_push_state", "zoom_push_message")
    return row if row["videocall_location"] and not row["zoom_push_state"] else None


def told(instance: Instance) -> Any:
    return Database(instance).rows(
        "SELECT action, state, tries, error, next_try_at FROM zoom_push ORDER BY id DESC LIMIT 5"
    )


def inbox_quiet(instance: Instance, box: Sandbox) -> None:
    """Wait until all that Zoom announced is applied."""
    box.settle()
    states = ("received", "processing", "retry")
    eventually(
        lambda: not instance.rpc.count("connector.event", [("state", "in", states)]),
        "the inbox to be worked off",
    )


def test_planned_changed_and_cancelled_without_echo(
    instance: Instance, box: Sandbox, host: str
) -> None:
    before = last_call(box)
    event = plan(instance, "Planned in Odoo")
    eventually(lambda: sent(instance, event), "the Zoom link", lambda: told(instance))
    inbox_quiet(instance, box)
    instance.rpc.call(EVENT, "write", [event], {"name": "Planned and renamed in Odoo"})
    eventually(
        lambda: len(writes(box, before)) >= 2 and sent(instance, event), "the change to be sent"
    )
    inbox_quiet(instance, box)
    number = in_zoom(box, instance, event)["id"]
    calls = writes(box, before)
    assert [(method, path) for method, path, _status in calls] == [
        ("POST", f"/users/{host}/meetings"),
        ("PATCH", f"/meetings/{number}"),
    ]
    reads = [
        call
        for call in box.calls(path=f"/v2/meetings/{number}", since=before)
        if call["method"] == "GET"
    ]
    assert len(reads) == 1, "the change is read back once, and no echo makes another call"
    assert instance.rpc.count(EVENT, [("name", "=", "Planned and renamed in Odoo")]) == 1
    assert not instance.rpc.count(EVENT, [("name", "=", "Planned in Odoo")])
    notes = instance.rpc.search_read(
        "connector.event", [("subject_key", "=", str(number))], ["event_type", "state"]
    )
    assert {row["state"] for row in notes} == {"ignored"}, notes

    instance.rpc.call(EVENT, "unlink", [event])
    eventually(
        lambda: ("DELETE", f"/meetings/{number}", 204) in writes(box, before),
        "the cancellation",
        lambda: told(instance),
    )


def test_one_meeting_and_the_last_wish_through_all_trouble(
    instance: Instance, box: Sandbox, host: str
) -> None:
    """Zoom answers 500 to what it did, is silent about a change, then is away."""
    before = last_call(box)
    box.fault("execute_then_status", method="POST", path="/meetings$", status=500, times=1)
    event = plan(instance, "Through all trouble")
    eventually(
        lambda: sent(instance, event), "the Zoom link", lambda: told(instance), patience=CATCH_UP
    )
    made = [call for call in writes(box, before) if call[0] == "POST"]
    assert len(made) == 1, made

    box.fault("hang", method="PATCH", path="/meetings/", seconds=3, times=1)
    instance.rpc.call(EVENT, "write", [event], {"name": "First wish"})
    box.fault("refuse", path="/v2/", times=None)
    for number in range(3):
        instance.rpc.call(EVENT, "write", [event], {"name": f"Wish {number}"})
    waiting = eventually(
        lambda: (
            (row := read(instance, event, "zoom_push_state", "zoom_push_message"))
            and row["zoom_push_state"] == "waiting"
            and row
        ),
        "the event to say that it waits",
    )
    assert waiting["zoom_push_message"]
    instance.rpc.call(EVENT, "write", [event], {"name": "Last wish"})
    box.clear_faults()
    eventually(
        lambda: sent(instance, event),
        "everything to catch up",
        lambda: told(instance),
        patience=CATCH_UP,
    )
    inbox_quiet(instance, box)
    record = in_zoom(box, instance, event)["record"]
    (meeting,) = instance.rpc.call("zoom.meeting", "read", [record], ["topic"])
    assert meeting["topic"] == "Last wish"
    assert read(instance, event, "name")["name"] == "Last wish"
    assert len([call for call in writes(box, before) if call[0] == "POST"]) == 1
    jobs = Database(instance).rows(
        "SELECT exc_name FROM queue_job WHERE model_name = 'zoom.push' AND state = 'failed'"
    )
    assert not jobs
    instance.rpc.call(EVENT, "unlink", [event])
