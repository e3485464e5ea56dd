"""Whatever dies: every acknowledged event ends as a record, none twice, and nobody has to help.

One stream is sent undisturbed into one account. Each test sends the same stream into an account of its
own, breaks something meanwhile, lets the vendor repeat what was not acknowledged, and expects the very
same records. The worst moments are met on purpose, by holding a lock the worker needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from tests.e2e.support import (
    Account,
    Database,
    assert_same,
    blocked_writes,
    busy_jobs,
    dump,
    eventually,
    inbox,
    nudge_watchdog,
    resend,
)
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

COUNT = 300


@dataclass
class Stream:
    """Bodies, and what an undisturbed server makes of them."""

    bodies: list[dict]
    inbox: list[tuple]
    records: dict[str, list[str]]


@pytest.fixture(scope="module")
def stream(make_account: Callable[..., Account], _second_sandbox: Sandbox) -> Stream:
    """A mixed stream, and the records of a run in which nothing broke."""
    sender = _second_sandbox
    sender.reset()
    sender.zoom.limits(delivery_timeout=60.0)
    sender.zoom.seed(users=6, meetings=0, recurring=0, past=0, recordings=False, seed=11)
    bodies = sender.zoom.events(count=COUNT, mix="all", seed=5)["bodies"]
    account = make_account("Crashes: nothing broke")
    answers = account.send_many(sender, bodies, concurrency=4)
    assert answers["statuses"] == {"200": COUNT}
    account.wait_drained(COUNT)
    assert account.problems() == []
    return Stream(bodies, inbox(account), dump(account))


@pytest.fixture
def working(instance: Instance) -> Iterator[Instance]:
    """The instance, working again after the test whatever the test left behind."""
    yield instance
    instance.resume_job_runner()
    instance.wait_until_answering(120)


def nothing_lost_nothing_twice(account: Account, sender: Sandbox, stream: Stream) -> None:
    """The claim of every test here."""
    resend(sender)
    unacknowledged = [
        (row["event"], row["state"], row["attempts"])
        for row in sender.deliveries()
        if row["state"] != "delivered"
    ]
    assert unacknowledged == []  # no answer made the vendor give up
    account.wait_drained(COUNT, nudge=True)
    assert account.problems() == []
    assert inbox(account) == stream.inbox
    assert_same(dump(account), stream.records)
    assert account.db.value("SELECT count(*) FROM connector_event_outcome") == 0


def received(account: Account, at_least: float) -> bool:
    """True when so many events are in the inbox."""
    return account.states().total() >= at_least


def fill_inbox(account: Account, working: Instance, sender: Sandbox, stream: Stream) -> None:
    """Let the whole stream be acknowledged before anybody works on it."""
    working.pause_job_runner()
    answers = account.send_many(sender, stream.bodies, shuffle=True)
    assert answers["statuses"] == {"200": COUNT}
    assert account.states().total() == COUNT


def test_worker_killed_while_it_writes_records(
    working: Instance,
    db: Database,
    make_account: Callable[..., Account],
    sender: Sandbox,
    stream: Stream,
) -> None:
    """Taken from the inbox, half the records written, nothing committed: kill -9."""
    account = make_account("Crashes: killed while writing")
    fill_inbox(account, working, sender, stream)
    with blocked_writes(db, "zoom_meeting") as waiting:
        working.resume_job_runner()
        eventually(waiting, "a worker in the middle of a drain")
        assert account.states()["processing"] > 0
        working.kill_worker("WorkerHTTP")
    nothing_lost_nothing_twice(account, sender, stream)
    again = [event for event in account.events() if event["attempts"] > 1]
    assert again  # the kill hit work that was begun


def test_worker_killed_between_records_and_their_outcome(
    working: Instance,
    db: Database,
    make_account: Callable[..., Account],
    sender: Sandbox,
    stream: Stream,
) -> None:
    """Records are committed, the inbox does not say so yet: kill -9."""
    account = make_account("Crashes: killed after writing")
    fill_inbox(account, working, sender, stream)
    with db.connection() as link, link.cursor() as cursor:
        with blocked_writes(db, "zoom_meeting") as waiting:
            working.resume_job_runner()
            eventually(waiting, "a worker in the middle of a drain")
            cursor.execute(
                "SELECT id FROM connector_event WHERE state = 'processing' FOR NO KEY UPDATE"
            )
            assert cursor.rowcount > 0
        eventually(
            lambda: db.value("SELECT count(*) FROM connector_event_outcome"),
            "records with an outcome that the inbox does not show yet",
        )
        working.kill_worker("WorkerHTTP")
    nothing_lost_nothing_twice(account, sender, stream)


def test_workers_killed_while_events_arrive(
    working: Instance,
    make_account: Callable[..., Account],
    sender: Sandbox,
    stream: Stream,
) -> None:
    """Three times kill -9 of all workers during the burst; what got no answer comes again."""
    account = make_account("Crashes: killed while receiving")
    account.send_many(sender, stream.bodies, shuffle=True, concurrency=8, wait=False)
    for share in (0.2, 0.5, 0.8):
        eventually(partial(received, account, share * COUNT), f"{share:.0%} of the events")
        working.kill_worker("WorkerHTTP")
    nothing_lost_nothing_twice(account, sender, stream)


@pytest.mark.parametrize("mode", ["fast", "kill"])
def test_postgres_restarted_while_events_arrive(
    mode: str,
    working: Instance,
    make_account: Callable[..., Account],
    sender: Sandbox,
    stream: Stream,
) -> None:
    """The database goes away in the middle of the burst and comes back."""
    account = make_account(f"Crashes: PostgreSQL {mode}")
    account.send_many(sender, stream.bodies, shuffle=True, concurrency=4, wait=False)
    eventually(partial(received, account, 0.3 * COUNT), "a part of the events")
    working.restart_postgres(mode)
    working.wait_until_answering(120)
    nothing_lost_nothing_twice(account, sender, stream)
    assert working.odoo_alive


def test_job_runner_stopped(
    working: Instance,
    db: Database,
    make_account: Callable[..., Account],
    sender: Sandbox,
    stream: Stream,
) -> None:
    """Without a job runner the scheduler does the whole work and says so; then all is as before."""
    account = make_account("Crashes: no job runner")
    taken = "SELECT count(*) FROM queue_job WHERE date_started IS NOT NULL"
    working.pause_job_runner()
    before = db.value(taken)
    answers = account.send_many(sender, stream.bodies, shuffle=True, doubled=0.1)
    assert set(answers["statuses"]) == {"200"}
    # As if it had been down for an hour: the alert is about jobs that wait in vain.
    db.execute(
        "UPDATE queue_job SET date_created = date_created - interval '1 hour'"
        " WHERE model_name = 'connector.drain' AND state IN ('pending', 'enqueued')"
    )
    account.wait_drained(COUNT, nudge=True)
    assert db.value(taken) == before  # it was the watchdog indeed
    alert = "SELECT count(*) FROM connector_alert WHERE cause = 'job_runner' AND state = 'open'"
    eventually(lambda: db.value(alert), "the alert about the job runner")
    nothing_lost_nothing_twice(account, sender, stream)

    working.resume_job_runner()
    eventually(lambda: busy_jobs(db) == 0, "the waiting jobs to be taken")
    nudge_watchdog(working)
    eventually(lambda: db.value(alert) == 0, "the alert to close by itself")
    assert inbox(account) == stream.inbox
    assert_same(dump(account), stream.records)
