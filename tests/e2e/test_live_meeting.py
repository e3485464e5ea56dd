"""A meeting takes place: who was there and for how long, to the second, and what is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.e2e.support import Account, Database, eventually
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

LENGTH = 3725
#: So long after its start we look at the meeting while it runs.
MIDDLE = timedelta(seconds=1500)


def moment(text: str) -> datetime:
    """A vendor time as Odoo stores it: UTC without zone."""
    return (
        datetime.fromisoformat(text.replace("Z", "+00:00"))
        .astimezone(timezone.utc)
        .replace(tzinfo=None)
    )


@dataclass
class Held:
    """A meeting that took place.

    :param truth: what the sandbox says happened
    :param friend: address of somebody outside the account whom Odoo knows, as his contact spells it
    :param stranger: address of somebody outside the account whom Odoo does not know
    :param inside: names of those inside, seen in Odoo in the middle of the meeting
    :param live: the instance as it was in the middle
    :param planned: planned start, UTC
    :param mails: number of mails in Odoo before it began
    """

    truth: dict[str, Any]
    friend: str
    stranger: str
    partner_id: int
    inside: list[str]
    live: dict[str, Any]
    planned: datetime
    mails: int


@pytest.fixture(scope="module")
def discuss_event(instance: Instance) -> Iterator[dict[str, Any]]:
    """Somebody's own calendar event with a Discuss call, at the time of the Zoom meeting."""
    start = datetime.now(timezone.utc).replace(microsecond=0, tzinfo=None) - timedelta(hours=20)
    event_id = instance.rpc.call(
        "calendar.event",
        "create",
        {
            "name": "Quarterly review",
            "start": str(start),
            "stop": str(start + timedelta(hours=1)),
            "videocall_location": f"{instance.url}/calendar/join_videocall/own-room",
        },
    )
    yield read_event(instance, event_id)
    instance.rpc.call("calendar.event", "unlink", [event_id])


def read_event(instance: Instance, event_id: int) -> dict[str, Any]:
    """What of a calendar event the connector could have changed."""
    names = [
        "name", "start", "stop", "videocall_location", "videocall_source", "user_id", "partner_ids",
        "active", "write_date",
    ]  # fmt: skip
    (values,) = instance.rpc.call("calendar.event", "read", [event_id], names)
    return values


@pytest.fixture(scope="module")
def held(
    instance: Instance,
    connected: Account,
    vendor: Sandbox,
    db: Database,
    discuss_event: dict[str, Any],
) -> Held:
    """25 people, two of whom come back after leaving, one guest without e-mail address."""
    # 14:03:20 UTC yesterday; the sandbox plans its meetings on multiples of five minutes.
    start = datetime.now(timezone.utc).replace(hour=14, minute=3, second=20, microsecond=0)
    start -= timedelta(days=1)
    truth = vendor.zoom.run_meeting(
        deliver=False, participants=25, rejoin=2, guests=1, duration=LENGTH, recording=True,
        topic="Quarterly review", timezone="America/New_York", start=f"{start:%Y-%m-%dT%H:%M:%SZ}",
        seed=4,
    )  # fmt: skip
    outside = [p for p in truth["participants"] if p["email"] and not p["zoom_user_id"]]
    friend, stranger = outside[0]["email"], outside[1]["email"]
    spelled = friend.title()  # addresses are the same however they are spelled
    partner = instance.rpc.call("res.partner", "create", {"name": "A Friend", "email": spelled})

    mails = db.value("SELECT count(*) FROM mail_mail")
    bodies = truth["bodies"]
    before = connected.states().total()
    middle = (start + MIDDLE).timestamp() * 1000
    first = [body for body in bodies if body["event_ts"] <= middle]
    answers = connected.send_many(vendor, first, concurrency=1)
    assert answers["statuses"] == {"200": len(first)}
    connected.wait_drained(before + len(first))
    (live,) = db.rows("SELECT * FROM zoom_meeting_instance WHERE uuid = %s", truth["uuid"])
    inside = db.rows(
        "SELECT p.name FROM zoom_participant p WHERE p.instance_id = %s AND p.state = 'inside'",
        live["id"],
    )
    rest = [body for body in bodies if body["event_ts"] > middle]
    answers = connected.send_many(vendor, rest, concurrency=1)
    assert answers["statuses"] == {"200": len(rest)}
    connected.wait_drained(before + len(bodies))
    return Held(
        truth, friend, stranger, partner, sorted(row["name"] for row in inside), live,
        start.replace(minute=0, second=0, tzinfo=None), mails,
    )  # fmt: skip


def people_of(db: Database, uuid: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The people of an instance by name and address, with their stays."""
    rows = db.rows(
        "SELECT p.*, array(SELECT ARRAY[s.join_time, s.leave_time] FROM zoom_participant_stay s"
        "  WHERE s.participant_id = p.id ORDER BY s.join_time) AS stays"
        " FROM zoom_participant p JOIN zoom_meeting_instance i ON i.id = p.instance_id"
        " WHERE i.uuid = %s",
        uuid,
    )
    found = {(row["name"], row["email"] or ""): row for row in rows}
    assert len(found) == len(rows), "somebody is there twice"
    return found


def assert_attendance(db: Database, truth: dict[str, Any]) -> None:
    """Everybody who was there, nobody else, with the right stays."""
    people = people_of(db, truth["uuid"])
    told = {(person["name"], person["email"].lower()): person for person in truth["participants"]}
    assert set(people) == set(told)
    for key, person in told.items():
        stays = [[moment(join), moment(leave)] for join, leave in person["segments"]]
        assert people[key]["stays"] == stays, key
        assert people[key]["duration"] == person["seconds"], key
        assert people[key]["join_time"] == stays[0][0], key
        assert people[key]["leave_time"] == stays[-1][1], key
        assert people[key]["state"] == "left", key


# while it runs -----------------------------------------------------------------------------------------


def test_live_while_it_runs(held: Held) -> None:
    assert held.live["state"] == "started"
    assert held.live["start"] == moment(held.truth["start_time"])
    assert held.live["stop"] is None


def test_who_is_inside_while_it_runs(held: Held) -> None:
    now = moment(held.truth["start_time"]) + MIDDLE
    expected = [
        person["name"]
        for person in held.truth["participants"]
        if any(moment(join) <= now < moment(leave) for join, leave in person["segments"])
    ]
    assert held.inside == sorted(expected)
    assert 15 < len(expected) <= 25


# when it is over -----------------------------------------------------------------------------------------


def test_scene_is_what_was_asked_for(held: Held) -> None:
    """So that the comparisons below compare something."""
    people = held.truth["participants"]
    assert len(people) == 25
    assert sum(len(person["segments"]) == 2 for person in people) == 2
    assert [person["email"] for person in people if person["guest"]] == [""]


def test_instance(held: Held, db: Database) -> None:
    (found,) = db.rows("SELECT * FROM zoom_meeting_instance WHERE uuid = %s", held.truth["uuid"])
    assert found["start"] == moment(held.truth["start_time"])
    assert found["stop"] == moment(held.truth["end_time"])
    assert found["duration"] == LENGTH
    assert found["state"] == "ended"
    assert found["participant_count"] == 25
    assert found["person_seconds"] == sum(p["seconds"] for p in held.truth["participants"])
    (meeting,) = db.rows("SELECT * FROM zoom_meeting WHERE id = %s", found["meeting_id"])
    assert meeting["zoom_id"] == str(held.truth["meeting_id"])
    assert (meeting["topic"], meeting["state"]) == ("Quarterly review", "ended")


def test_people_stays_and_durations(held: Held, db: Database) -> None:
    assert_attendance(db, held.truth)


def test_roles(held: Held, db: Database) -> None:
    people = people_of(db, held.truth["uuid"])
    roles = {key: row["role_raw"] for key, row in people.items() if row["role"] == "organizer"}
    host, second = held.truth["participants"][:2]
    assert roles == {
        (host["name"], host["email"]): "host",
        (second["name"], second["email"]): "co-host",
    }


def test_contacts(held: Held, db: Database, instance: Instance) -> None:
    """Known addresses lead to their contact, colleagues to their user's, others to nobody."""
    people = {row["email"]: row for row in people_of(db, held.truth["uuid"]).values()}
    assert people[held.friend]["partner_id"] == held.partner_id
    assert people[held.stranger]["partner_id"] is None
    assert people[None]["partner_id"] is None
    users = {
        user["email"]: user["partner_id"][0]
        for user in instance.rpc.search_read("res.users", [], ["email", "partner_id"])
    }
    colleagues = [email for email in people if email in users]
    assert colleagues
    for email in colleagues:
        assert people[email]["partner_id"] == users[email]


def test_guest_without_address(held: Held, db: Database) -> None:
    (guest,) = [row for row in people_of(db, held.truth["uuid"]).values() if not row["email"]]
    assert guest["is_guest"]
    assert guest["zoom_user_id"] is None


def test_recording(held: Held, db: Database) -> None:
    rows = db.rows(
        "SELECT r.*, i.share_url, i.recording_state FROM zoom_recording r"
        " JOIN zoom_meeting_instance i ON i.id = r.instance_id WHERE i.uuid = %s",
        held.truth["uuid"],
    )
    told = {file["id"]: file for file in held.truth["recording_files"]}
    assert {row["file_id"] for row in rows} == set(told)
    assert {"MP4", "M4A", "TRANSCRIPT"} <= {row["file_type"] for row in rows}
    for row in rows:
        file = told[row["file_id"]]
        assert row["file_type"] == file["file_type"]
        assert int(row["file_size"]) == file["file_size"]
        assert row["state"] == "available"
        assert row["recording_state"] == "completed"
        assert row["share_url"].startswith("http")
        assert row["download_url"].startswith("http")
        if file["file_type"] in ("MP4", "M4A"):
            assert row["play_url"].startswith("http")


def test_calendar_event(held: Held, db: Database, instance: Instance) -> None:
    """At the planned time in UTC, whatever zone the meeting was planned in."""
    (event,) = instance.rpc.search_read(
        "calendar.event",
        [("zoom_meeting_id.zoom_id", "=", str(held.truth["meeting_id"]))],
        ["name", "start", "stop", "user_id", "videocall_location", "allday"],
    )
    assert held.planned.hour == 14
    assert event["start"] == str(held.planned)
    assert event["stop"] == str(held.planned + timedelta(minutes=LENGTH // 60))
    assert event["name"] == "Quarterly review"
    assert not event["allday"]
    assert event["videocall_location"] == held.truth["bodies"][0]["payload"]["object"]["join_url"]
    host = held.truth["participants"][0]
    (user,) = instance.rpc.call("res.users", "read", [event["user_id"][0]], ["email"])
    assert user["email"] == host["email"]
    (linked,) = db.rows(
        "SELECT calendar_event_id FROM zoom_meeting_instance WHERE uuid = %s", held.truth["uuid"]
    )
    assert linked["calendar_event_id"] == event["id"]


def test_nobody_is_written_to(held: Held, db: Database) -> None:
    """A copy in Odoo is no invitation: no mail to 25 people."""
    assert db.value("SELECT count(*) FROM mail_mail") == held.mails


def test_other_calendar_events_are_untouched(
    held: Held, discuss_event: dict[str, Any], instance: Instance
) -> None:
    assert read_event(instance, discuss_event["id"]) == discuss_event


def test_reconciliation_changes_nothing(
    held: Held, instance: Instance, connected: Account, db: Database
) -> None:
    """What Zoom's own report says about the meeting is what the events said."""
    runs = "SELECT count(*) FROM connector_sync_run WHERE state IN ('done', 'partial', 'failed')"
    before = db.value(runs)
    instance.rpc.call("zoom.integration", "action_reconcile", [connected.id])
    eventually(lambda: db.value(runs) > before, "the reconciliation")
    (last,) = db.rows(
        "SELECT * FROM connector_sync_run WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1"
    )
    assert last["state"] == "done", last["message"]
    assert_attendance(db, held.truth)
    assert db.value(
        "SELECT count(*) FROM zoom_recording r JOIN zoom_meeting_instance i"
        " ON i.id = r.instance_id WHERE i.uuid = %s",
        held.truth["uuid"],
    ) == len(held.truth["recording_files"])


# told by the sandbox itself, while it happens ------------------------------------------------------------


def test_meeting_in_real_time(connected: Account, vendor: Sandbox, db: Database) -> None:
    """Joins, leaves and the recording come as they happen, to the subscribed address."""
    known = len(vendor.deliveries())
    truth = vendor.zoom.run_meeting(
        participants=6, rejoin=1, guests=1, duration=600, speed=6, seed=8, recording=True
    )
    vendor.settle()
    sent = vendor.deliveries()[known:]
    assert len(sent) > 15
    assert {row["state"] for row in sent} == {"delivered"}
    eventually(connected.drained, "the events to be handled")
    assert connected.problems() == []
    assert_attendance(db, truth)
    (found,) = db.rows("SELECT * FROM zoom_meeting_instance WHERE uuid = %s", truth["uuid"])
    assert (found["state"], found["duration"]) == ("ended", 600)


# planned meetings -------------------------------------------------------------------------------------------


def entries(db: Database, meeting_id: int) -> list[datetime]:
    """Starts of the calendar events of a meeting, UTC."""
    rows = db.rows(
        "SELECT e.start FROM calendar_event e JOIN zoom_meeting m ON m.id = e.zoom_meeting_id"
        " WHERE m.zoom_id = %s AND e.active ORDER BY e.start",
        str(meeting_id),
    )
    return [row["start"] for row in rows]


def next_year(month: int, day: int, hour: int) -> datetime:
    """A moment that lies in the future whenever the suite runs."""
    return datetime(datetime.now(timezone.utc).year + 1, month, day, hour)


@pytest.mark.parametrize(("month", "utc_hour"), [(7, 13), (12, 14)], ids=["summer", "winter"])
def test_planned_meeting_at_the_right_time(
    month: int, utc_hour: int, vendor: Sandbox, db: Database
) -> None:
    """Nine in the morning in New York, in summer and in winter."""
    local = next_year(month, 1, 9)
    made = vendor.zoom.meeting(
        "create", topic=f"Planned {month}", type=2, duration=45, timezone="America/New_York",
        start_time=f"{local:%Y-%m-%dT%H:%M:%S}", wait=True,
    )  # fmt: skip
    found = eventually(lambda: entries(db, made["meeting_id"]), "the calendar event")
    assert found == [local.replace(hour=utc_hour)]


def test_series_keeps_its_local_hour(vendor: Sandbox, db: Database) -> None:
    """Weekly at nine in Berlin, over the change to summer time."""
    year = datetime.now(timezone.utc).year + 1
    last_sunday = max(
        date(year, 3, day) for day in range(25, 32) if date(year, 3, day).weekday() == 6
    )
    first = datetime(last_sunday.year, last_sunday.month, last_sunday.day, 9) - timedelta(days=13)
    made = vendor.zoom.meeting(
        "create", topic="Weekly in Berlin", type=8, duration=30, timezone="Europe/Berlin",
        start_time=f"{first:%Y-%m-%dT%H:%M:%S}",
        recurrence={"type": 2, "repeat_interval": 1, "weekly_days": "2", "end_times": 4}, wait=True,
    )  # fmt: skip
    expected = [
        (first + timedelta(days=7 * week)).replace(hour=8 if week < 2 else 7) for week in range(4)
    ]
    eventually(
        lambda: entries(db, made["meeting_id"]) == expected,
        f"the series at {expected}",
        lambda: entries(db, made["meeting_id"]),
    )
    assert (
        db.value(
            "SELECT count(DISTINCT e.recurrence_id) FROM calendar_event e JOIN zoom_meeting m"
            " ON m.id = e.zoom_meeting_id WHERE m.zoom_id = %s AND e.active",
            str(made["meeting_id"]),
        )
        == 1
    )
