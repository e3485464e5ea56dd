"""A comparison with Zoom whose worker is killed goes on where it stood, and names exactly what differs."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator

import pytest

from tests.e2e.support import Database, eventually
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

MODEL = "zoom.integration"
REPORT = "zoom.reconcile.report"
LINE = "zoom.reconcile.line"
ACCOUNT = "Killed in the middle"
USERS = 4


@pytest.fixture
def world(sender: Sandbox) -> dict:
    """A seeded world in which nobody listens."""
    return sender.zoom.seed(
        users=USERS, meetings=60, recurring=1, past=8, recordings=False, silent=True
    )


@pytest.fixture
def account(instance: Instance, sender: Sandbox, world: dict) -> Iterator[int]:
    """An account in that world, imported; no webhook ever reaches it."""
    info = sender.info()
    zoom = info["zoom"]
    number = instance.rpc.call(
        MODEL,
        "create",
        {
            "name": ACCOUNT,
            "environment": "sandbox",
            "sandbox_url": info["base_url"],
            "client_id": zoom["s2s_client_id"],
            "client_secret": zoom["s2s_client_secret"],
            "account_id": zoom["account_id"],
        },
    )
    instance.rpc.call(MODEL, "action_connect", [number])

    def imported() -> bool:
        (row,) = instance.rpc.call(MODEL, "read", [number], ["last_import_at"])
        return bool(row["last_import_at"])

    eventually(imported, "the first import", patience=180)
    yield number
    sender.clear_faults()
    Database(instance).execute(
        "DELETE FROM calendar_event WHERE zoom_meeting_id IN"
        " (SELECT id FROM zoom_meeting WHERE integration_id = %s)",
        number,
    )
    instance.rpc.call(MODEL, "unlink", [number])


def damage(sender: Sandbox, instance: Instance, account: int, world: dict) -> dict[str, list[str]]:
    """Change the world; return what the comparison has to name."""
    meetings = instance.rpc.search_read(
        "zoom.meeting",
        [("integration_id", "=", account), ("kind", "=", "scheduled"), ("state", "=", "scheduled")],
        ["zoom_id", "topic", "start", "host_id"],
    )
    ahead = sorted(meetings, key=lambda row: row["start"] or "", reverse=True)
    names: dict[str, list[str]] = {"missing": [], "changed": [], "orphaned": []}
    start = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)
    hosts = [user["id"] for user in world["users"] if user["type"] == 2]
    for number in range(5):
        topic = f"Never seen {number}"
        sender.zoom.meeting(
            "create",
            host_id=hosts[number % len(hosts)],
            topic=topic,
            start_time=f"{start:%Y-%m-%dT%H:%M:%SZ}",
        )
        names["missing"].append(topic)
    for row in ahead[:3]:
        sender.zoom.meeting("update", meeting_id=int(row["zoom_id"]), duration=33)
        names["changed"].append(row["topic"])
    for row in ahead[3:5]:
        sender.zoom.meeting("delete", meeting_id=int(row["zoom_id"]))
        names["orphaned"].append(row["topic"])
    return {kind: sorted(found) for kind, found in names.items()}


def found(instance: Instance, report: int) -> dict[str, list[str]]:
    rows = instance.rpc.search_read(LINE, [("report_id", "=", report)], ["kind", "name"])
    kinds: dict[str, list[str]] = {"missing": [], "changed": [], "orphaned": []}
    for row in rows:
        kinds[row["kind"]].append(row["name"])
    return {kind: sorted(names) for kind, names in kinds.items()}


def read(instance: Instance, report: int) -> dict:
    (row,) = instance.rpc.call(
        REPORT, "read", [report], ["state", "hosts_done", "message", "open_count"]
    )
    return row


def patiently(instance: Instance, report: int) -> dict | None:
    """As `read`, just after workers were killed."""
    with contextlib.suppress(OSError):
        return read(instance, report)
    return None


def lists(sender: Sandbox) -> list[str]:
    """Lists that were read, each as often as it was."""
    return [
        call["path"].partition("/v2")[2]
        for call in sender.calls(path="/v2/")
        if call["method"] == "GET" and "/meetings/" not in call["path"]
    ]


def test_killed_in_the_middle_it_goes_on(
    instance: Instance, sender: Sandbox, account: int, world: dict
) -> None:
    names = damage(sender, instance, account, world)
    sender.clear_calls()
    # Each list takes a moment, so that the worker can be met between two users.
    sender.fault("latency", "GET", "/v2/(users|report)/", seconds=0.7)
    action = instance.rpc.call(MODEL, "action_dry_run", [account])
    report = action["res_id"]
    eventually(lambda: read(instance, report)["hosts_done"] >= 1, "the first user", patience=120)
    before = read(instance, report)
    assert before["state"] == "running"
    assert before["hosts_done"] < USERS
    instance.kill_worker("WorkerHTTP")
    after = eventually(
        lambda: (row := patiently(instance, report)) and row["state"] == "done" and row,
        "the report after the kill",
        lambda: patiently(instance, report),
        patience=240,
    )
    assert found(instance, report) == names
    # The users' list and what was compared before the kill are not read again.
    read_lists = lists(sender)
    assert read_lists.count("/users") == 1
    again = {path: read_lists.count(path) for path in read_lists if read_lists.count(path) > 1}
    assert len(again) <= 1, f"only the list under way may be read twice: {again}"
    # One click makes both sides equal.
    sender.clear_faults()
    assert after["open_count"] == 10
    instance.rpc.call(REPORT, "action_heal_all", [report])
    eventually(
        lambda: (
            read(instance, report)["open_count"] == 0
            and not instance.rpc.search_read(
                LINE, [("report_id", "=", report), ("heal_state", "!=", "healed")], ["id"]
            )
        ),
        "the repair",
        patience=120,
    )
    second = instance.rpc.call(MODEL, "action_dry_run", [account])["res_id"]
    eventually(lambda: read(instance, second)["state"] == "done", "the second comparison")
    assert found(instance, second) == {"missing": [], "changed": [], "orphaned": []}
