"""A meeting that happens: ground truth, events and API say the same."""

import time
from collections import defaultdict
from datetime import datetime

import pytest


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def seconds_by_name(segments):
    return {
        name: sum(int((moment(b) - moment(a)).total_seconds()) for a, b in spans)
        for name, spans in segments.items()
    }


def from_events(bodies):
    """Stays per name, put together from joined and left only."""
    joined, found = {}, defaultdict(list)
    for body in sorted(bodies, key=lambda body: body["event_ts"]):
        person = body["payload"]["object"].get("participant", {})
        if body["event"] == "meeting.participant_joined":
            joined[person["user_id"]] = person["join_time"]
        if body["event"] == "meeting.participant_left":
            span = [joined.pop(person["user_id"]), person["leave_time"]]
            found[person["user_name"]].append(span)
    assert not joined
    return found


def from_rows(rows, key="name"):
    found = defaultdict(list)
    for row in rows:
        if row["status"] == "in_meeting":
            found[row[key]].append([row["join_time"], row["leave_time"]])
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_truth_events_and_api_agree_to_the_second(s2s, sandbox, receiver, seed):
    sandbox.zoom.seed(users=6, meetings=0, recurring=0, past=0)
    truth = sandbox.zoom.run_meeting(
        participants=25, rejoin=2, guests=1, duration=3600, seed=seed, wait=True
    )
    wanted = {person["name"]: person["segments"] for person in truth["participants"]}
    assert len(wanted) == 25
    assert sum(len(person["segments"]) == 2 for person in truth["participants"]) == 2
    assert [p["email"] for p in truth["participants"] if p["guest"]] == [""]
    assert from_events(receiver.bodies()) == wanted
    number = truth["meeting_id"]
    for path in (
        f"/past_meetings/{number}/participants",
        f"/report/meetings/{number}/participants",
    ):
        rows = s2s.get(path, page_size=300).json()["participants"]
        assert from_rows(rows) == wanted
        assert {row["duration"] for row in rows} <= set(range(3601))
    assert seconds_by_name(wanted) == {p["name"]: p["seconds"] for p in truth["participants"]}
    past = s2s.get(f"/past_meetings/{number}").json()
    assert (past["uuid"], past["participants_count"]) == (truth["uuid"], 25)
    assert (past["start_time"], past["end_time"]) == (truth["start_time"], truth["end_time"])
    completed = receiver.bodies("recording.completed")[0]["payload"]["object"]
    listed = s2s.get(f"/meetings/{number}/recordings").json()
    given = {file["id"]: file["file_size"] for file in completed["recording_files"]}
    later = receiver.bodies("recording.transcript_completed")[0]["payload"]["object"]
    given.update({file["id"]: file["file_size"] for file in later["recording_files"]})
    assert given == {file["id"]: file["file_size"] for file in listed["recording_files"]}
    assert given == {file["id"]: file["file_size"] for file in truth["recording_files"]}


def test_events_leave_in_vendor_order_and_ids_are_told(sandbox, receiver):
    truth = sandbox.zoom.run_meeting(participants=8, wait=True)
    stamps = [body["event_ts"] for body in receiver.bodies()]
    assert stamps == sorted(stamps) and len(set(stamps)) == len(stamps)
    sent = [headers["x-zm-request-id"] for headers, _raw in receiver.requests]
    assert sent == truth["events"]
    events = [body["event"] for body in receiver.bodies()]
    assert events[:2] == ["meeting.created", "meeting.started"]
    assert events[-2:] == ["recording.completed", "recording.transcript_completed"]


def test_doubled_and_shuffled_run(sandbox, receiver):
    truth = sandbox.zoom.run_meeting(participants=8, doubled=0.5, shuffle=True, wait=True)
    stamps = [body["event_ts"] for body in receiver.bodies()]
    assert len(stamps) == len(truth["events"]) + round(len(truth["events"]) / 2)
    assert stamps != sorted(stamps)


def test_not_delivered_run_gives_its_bodies(sandbox, receiver):
    truth = sandbox.zoom.run_meeting(participants=3, deliver=False)
    assert receiver.requests == []
    assert {"meeting.started", "meeting.ended"} <= {body["event"] for body in truth["bodies"]}


def test_second_run_of_a_meeting_has_its_own_uuid(s2s, sandbox):
    first = sandbox.zoom.run_meeting(participants=2)
    second = sandbox.zoom.run_meeting(
        participants=3, meeting_id=first["meeting_id"], recording=False
    )
    assert first["uuid"] != second["uuid"]
    rows = s2s.get(f"/past_meetings/{first['meeting_id']}/instances").json()["meetings"]
    assert {row["uuid"] for row in rows} == {first["uuid"], second["uuid"]}
    assert s2s.get(f"/meetings/{first['meeting_id']}").json()["uuid"] == second["uuid"]
    assert s2s.get(f"/past_meetings/{first['meeting_id']}").json()["uuid"] == second["uuid"]


def test_meeting_of_one_has_no_participant_rows(s2s, sandbox):
    run = sandbox.zoom.run_meeting(participants=1, guests=0, rejoin=0)
    assert s2s.get(f"/past_meetings/{run['meeting_id']}/participants").json()["participants"] == []
    today = sandbox.clock()["now"][:10]
    report = s2s.get(f"/report/users/{run['host_id']}/meetings", **{"from": today, "to": today})
    assert report.json()["meetings"] == []


def wait_for(condition):
    while not condition():
        time.sleep(0.02)


def test_live_meeting_shows_as_such_and_ends_by_itself(s2s, sandbox, receiver):
    run = sandbox.zoom.run_meeting(participants=4, speed=4, announce=False)
    wait_for(lambda: sandbox.zoom.state()["live"])
    path = f"/meetings/{run['meeting_id']}"
    assert s2s.get(path).json()["status"] == "started"
    assert s2s.get(f"/past_meetings/{run['meeting_id']}").json()["code"] == 3001
    assert s2s.get(f"{path}/recordings").json()["code"] == 3301
    assert s2s.call("PATCH", path, json={"topic": "x"}).json()["code"] == 3000
    live = s2s.get(f"/users/{run['host_id']}/meetings", type="live").json()["meetings"]
    assert [row["id"] for row in live] == [run["meeting_id"]]
    sandbox.settle()
    assert s2s.get(path).json()["status"] == "waiting"
    wanted = {person["name"]: person["segments"] for person in run["participants"]}
    assert from_events(receiver.bodies()) == wanted
    rows = s2s.get(f"/past_meetings/{run['meeting_id']}/participants").json()["participants"]
    assert from_rows(rows) == wanted


def test_live_controls_are_queued_and_the_end_by_api_tells_everybody(s2s, sandbox, receiver):
    run = sandbox.zoom.run_meeting(
        participants=3, guests=0, speed=20, announce=False, recording=False, duration=600
    )
    wait_for(lambda: len(receiver.bodies("meeting.participant_joined")) >= 1)
    number = run["meeting_id"]
    for method in ("recording.start", "recording.stop"):
        answer = s2s.call("PATCH", f"/live_meetings/{number}/events", json={"method": method})
        assert (answer.status_code, answer.content) == (202, b"")
    answer = s2s.call("PUT", f"/meetings/{number}/status", json={"action": "end"})
    assert answer.status_code == 204
    wait_for(lambda: receiver.bodies("meeting.ended"))
    assert receiver.bodies("recording.started") and receiver.bodies("recording.stopped")
    joined = len(receiver.bodies("meeting.participant_joined"))
    assert len(receiver.bodies("meeting.participant_left")) == joined
    assert s2s.get(f"/past_meetings/{number}").status_code == 200
    sandbox.reset()


def test_seed_is_the_same_for_the_same_number(sandbox):
    sandbox.clock(freeze=True)
    first, second = sandbox.zoom.seed(seed=7), sandbox.zoom.seed(seed=7)
    assert first == second
    assert sandbox.zoom.seed(seed=8) != first


def test_seed_holds_what_it_promises(s2s, sandbox):
    seeded = sandbox.zoom.seed(users=5, meetings=20, recurring=3, past=10, participants=4)
    assert [len(seeded[key]) for key in ("users", "meetings", "recurring", "past")] == [
        5,
        20,
        3,
        10,
    ]
    assert all(row["participants"] == 4 for row in seeded["past"])
    zones, topics = set(), ""
    for user in seeded["users"]:
        for row in s2s.get(f"/users/{user['id']}/meetings", page_size=300).json()["meetings"]:
            zones.add(row["timezone"])
            topics += row["topic"]
    assert {"Europe/Madrid", "America/New_York", "Asia/Kolkata"} <= zones
    assert not topics.isascii()
    assert all(user["email"].endswith("@example.com") for user in seeded["users"])


def test_stream_is_exact_ordered_unique_and_ends_in_the_api(s2s, sandbox):
    sandbox.zoom.seed(users=4)
    stream = sandbox.zoom.events(count=500, seed=3)
    bodies = stream["bodies"]
    stamps = [body["event_ts"] for body in bodies]
    assert len(bodies) == 500
    assert stamps == sorted(stamps) and len(set(stamps)) == 500
    assert stamps[-1] / 1000 < moment(sandbox.clock()["now"]).timestamp()
    assert len(stream["kinds"]) >= 20
    gone = {
        b["payload"]["object"]["id"] for b in bodies if b["event"] == "meeting.permanently_deleted"
    }
    assert gone
    assert all(s2s.get(f"/meetings/{number}").status_code == 404 for number in gone)
    for body in bodies:
        if body["event"] == "meeting.ended":
            item = body["payload"]["object"]
            past = s2s.get(f"/past_meetings/{item['id']}").json()
            assert (past["uuid"], past["end_time"]) == (item["uuid"], item["end_time"])
    names = {}
    for body in bodies:
        item = body["payload"]["object"]
        if body["event"] == "user.updated" and "dept" in item:
            names[item["id"]] = item["dept"]
    assert names
    for user, dept in names.items():
        assert s2s.get(f"/users/{user}").json()["dept"] == dept


def test_stream_is_the_same_for_the_same_number(sandbox):
    sandbox.clock(freeze=True)
    found = []
    for _ in range(2):
        sandbox.zoom.seed(seed=1)
        bodies = sandbox.zoom.events(count=200, seed=9)["bodies"]
        for body in bodies:
            body.pop("download_token", None)
        found.append(bodies)
    assert found[0] == found[1]


def test_durations_come_late_when_the_vendor_lags(s2s, sandbox):
    sandbox.zoom.limits(report_lag=7200)
    run = sandbox.zoom.run_meeting(participants=4)
    for path in ("past_meetings", "report/meetings"):
        rows = s2s.get(f"/{path}/{run['meeting_id']}/participants").json()["participants"]
        assert {row["duration"] for row in rows} == {0}
    sandbox.clock(advance=7200)
    s2s.s2s()
    rows = s2s.get(f"/past_meetings/{run['meeting_id']}/participants").json()["participants"]
    assert min(row["duration"] for row in rows) > 0
