"""2,000 events at once, every fifth twice, in any order: the same records as one by one and in order.

Two accounts that are not connected take the same stream, so that each record is what the events made of
it and nothing that was read from the vendor could repair a mistake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.e2e.support import Account, Database, assert_same, drain_jobs, dump, inbox
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

#: The first test waits for both runs.
pytestmark = pytest.mark.timeout(900)

COUNT = 2000
DOUBLED = 0.2
#: One job per event would be 1.0.
JOBS_PER_EVENT = 0.1


@dataclass
class Runs:
    """What was sent to whom, and what the server answered."""

    bodies: list[dict]
    orderly: Account
    shuffled: Account
    orderly_answers: dict
    shuffled_answers: dict
    shuffled_jobs: int


@pytest.fixture(scope="module")
def runs(
    instance: Instance,
    make_account: Callable[..., Account],
    _second_sandbox: Sandbox,
    db: Database,
) -> Runs:
    """The stream in order into one account, doubled and shuffled into another."""
    sender = _second_sandbox
    sender.reset()
    sender.zoom.limits(delivery_timeout=60.0)
    sender.zoom.seed(users=8, meetings=0, recurring=0, past=0, recordings=False, seed=7)
    stream = sender.zoom.events(count=COUNT, mix="all", seed=20260528)
    assert len(stream["bodies"]) == COUNT
    assert len(stream["kinds"]) >= 20  # mixed indeed

    # One after the other, and nobody works on them before the last one is there.
    orderly = make_account("Burst in order")
    instance.pause_job_runner()
    first = orderly.send_many(sender, stream["bodies"], concurrency=1)
    instance.resume_job_runner()
    orderly.wait_drained(COUNT)

    # All at once, while they are being worked on.
    shuffled = make_account("Burst shuffled")
    jobs = drain_jobs(db)
    second = shuffled.send_many(
        sender, stream["bodies"], concurrency=8, doubled=DOUBLED, shuffle=True, seed=3
    )
    shuffled.wait_drained(COUNT)
    return Runs(stream["bodies"], orderly, shuffled, first, second, drain_jobs(db) - jobs)


def test_every_delivery_is_acknowledged(runs: Runs) -> None:
    assert runs.orderly_answers == {"sent": COUNT, "statuses": {"200": COUNT}}
    sent = COUNT + int(COUNT * DOUBLED)
    assert runs.shuffled_answers == {"sent": sent, "statuses": {"200": sent}}


def test_one_row_per_fact_with_its_delivery_count(runs: Runs) -> None:
    in_order = Counter(event["deliveries"] for event in runs.orderly.events())
    assert in_order == {1: COUNT}
    shuffled = Counter(event["deliveries"] for event in runs.shuffled.events())
    assert shuffled == {1: COUNT - int(COUNT * DOUBLED), 2: int(COUNT * DOUBLED)}


def test_every_event_ends_well(runs: Runs) -> None:
    assert runs.orderly.problems() == []
    assert runs.shuffled.problems() == []


def test_same_facts_in_the_inbox(runs: Runs) -> None:
    assert inbox(runs.shuffled) == inbox(runs.orderly)


def test_same_records(runs: Runs) -> None:
    expected = dump(runs.orderly)
    # Not an empty comparison: the stream makes records of every kind.
    assert all(expected[table] for table in expected), {t: len(r) for t, r in expected.items()}
    assert_same(dump(runs.shuffled), expected)


def test_same_records_as_the_stream_tells(runs: Runs) -> None:
    """Counted from the bodies, so that two equal runs cannot both be wrong in the same way."""
    told: dict[str, set] = {"meetings": set(), "instances": set(), "stays": set(), "files": set()}
    for body in runs.bodies:
        found = body["payload"]["object"]
        if body["event"].startswith("meeting."):
            told["meetings"].add(str(found["id"]))
        if body["event"] == "meeting.started":
            told["instances"].add(found["uuid"])
        if body["event"] == "meeting.participant_joined":
            told["stays"].add((found["uuid"], found["participant"]["user_id"]))
        if body["event"] in ("recording.completed", "recording.transcript_completed"):
            told["files"] |= {file["id"] for file in found["recording_files"]}
    for account in (runs.orderly, runs.shuffled):
        records = dump(account)
        assert {
            "zoom_meeting": len(records["zoom_meeting"]),
            "zoom_meeting_instance": len(records["zoom_meeting_instance"]),
            "zoom_participant_stay": len(records["zoom_participant_stay"]),
            "zoom_recording": len(records["zoom_recording"]),
        } == {
            "zoom_meeting": len(told["meetings"]),
            "zoom_meeting_instance": len(told["instances"]),
            "zoom_participant_stay": len(told["stays"]),
            "zoom_recording": len(told["files"]),
        }


def test_few_jobs(runs: Runs) -> None:
    """A job per lane and wave, not per event."""
    assert 0 < runs.shuffled_jobs < COUNT * JOBS_PER_EVENT
