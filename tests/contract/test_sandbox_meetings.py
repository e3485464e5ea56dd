"""Planned meetings, paging, limits and odd UUIDs, as the fact sheet describes them."""

import subprocess
import sys
from urllib.parse import quote

import pytest

from tests.sandbox.client import SandboxError
from tests.sandbox.process import ROOT


@pytest.fixture
def host(s2s):
    return s2s.get(f"/users/{s2s.zoom['account_email']}").json()["id"]


@pytest.fixture
def make(s2s, host):
    def create(**fields):
        answer = s2s.call("POST", f"/users/{host}/meetings", json=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return create


@pytest.mark.parametrize(
    ("fields", "start"),
    [
        (
            {"start_time": "2027-07-01T10:00:00", "timezone": "Europe/Madrid"},
            "2027-07-01T08:00:00Z",
        ),
        (
            {"start_time": "2027-01-01T10:00:00", "timezone": "Europe/Madrid"},
            "2027-01-01T09:00:00Z",
        ),
        (
            {"start_time": "2027-07-01T10:00:00Z", "timezone": "Asia/Kolkata"},
            "2027-07-01T10:00:00Z",
        ),
        ({"start_time": "2027-07-01T10:00:00", "timezone": "Asia/Kolkata"}, "2027-07-01T04:30:00Z"),
        ({"start_time": "2027-07-01T10:00:00"}, "2027-07-01T08:00:00Z"),
    ],
)
def test_start_times(make, fields, start):
    assert make(**fields)["start_time"] == start


def test_past_or_missing_start_becomes_now(make, sandbox):
    sandbox.clock(freeze=True)
    now = sandbox.clock()["now"]
    assert make(start_time="2020-01-01T00:00:00Z")["start_time"] == now
    assert make()["start_time"] == now


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"topic": "x" * 201}, "topic"),
        ({"agenda": "x" * 2001}, "agenda"),
        ({"password": "x" * 11}, "password"),
        ({"duration": 0}, "duration"),
        ({"duration": 1441}, "duration"),
        ({"duration": "60"}, "duration"),
        ({"type": 5}, "type"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"start_time": "soon"}, "start_time"),
        ({"type": 8}, "recurrence"),
        ({"type": 8, "recurrence": {"type": 2}}, "recurrence.weekly_days"),
        ({"settings": {"waiting_room": "yes"}}, "settings.waiting_room"),
        ({"settings": {"approval_type": 7}}, "settings.approval_type"),
        ({"schedule_for": "nobody@example.com"}, "schedule_for"),
    ],
)
def test_wrong_field_is_named(s2s, host, fields, field):
    answer = s2s.call("POST", f"/users/{host}/meetings", json=fields)
    assert (answer.status_code, answer.json()["code"]) == (400, 300)
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_settings_merge_and_unknown_recording_mode_becomes_none(make, s2s):
    made = make(settings={"mute_upon_entry": True, "auto_recording": "cloud", "nonsense": 1})
    path = f"/meetings/{made['id']}"
    assert s2s.call("PATCH", path, json={"settings": {}}).status_code == 204
    assert s2s.get(path).json()["settings"] == made["settings"]
    assert "nonsense" not in made["settings"]
    change = {
        "settings": {"auto_recording": "moon", "join_before_host": True, "waiting_room": True}
    }
    assert s2s.call("PATCH", path, json=change).status_code == 204
    after = s2s.get(path).json()["settings"]
    assert (after["auto_recording"], after["mute_upon_entry"]) == ("none", True)
    assert (after["waiting_room"], after["join_before_host"]) == (True, False)


def test_account_policy_overrides_what_was_asked(make, sandbox):
    sandbox.zoom.app(policy={"waiting_room": True})
    assert make(settings={"waiting_room": False})["settings"]["waiting_room"] is True


def test_patch_ignores_a_start_in_the_past(make, s2s):
    made = make(start_time="2027-07-01T10:00:00Z")
    change = {"start_time": "2020-01-01T00:00:00Z", "duration": 15}
    s2s.call("PATCH", f"/meetings/{made['id']}", json=change)
    after = s2s.get(f"/meetings/{made['id']}").json()
    assert (after["start_time"], after["duration"]) == ("2027-07-01T10:00:00Z", 15)


WEEKLY = {
    "type": 8,
    "start_time": "2027-03-23T09:00:00",
    "timezone": "Europe/Madrid",
    "duration": 45,
    "recurrence": {"type": 2, "repeat_interval": 1, "weekly_days": "3", "end_times": 3},
}


def test_series_moves_with_summer_time(make):
    dates = [entry["start_time"] for entry in make(**WEEKLY)["occurrences"]]
    assert dates == ["2027-03-23T08:00:00Z", "2027-03-30T07:00:00Z", "2027-04-06T07:00:00Z"]


def test_one_date_changed_and_one_deleted(make, s2s):
    made = make(**WEEKLY)
    path, second, third = f"/meetings/{made['id']}", *made["occurrences"][1:]
    change = {"start_time": "2027-03-31T10:00:00", "duration": 30, "topic": "ignored"}
    query = f"?occurrence_id={second['occurrence_id']}"
    assert s2s.call("PATCH", path + query, json=change).status_code == 204
    query = f"?occurrence_id={third['occurrence_id']}"
    assert s2s.call("DELETE", path + query).status_code == 204
    after = s2s.get(path).json()
    assert [entry["occurrence_id"] for entry in after["occurrences"]] == [
        entry["occurrence_id"] for entry in made["occurrences"]
    ]
    assert after["occurrences"][1]["start_time"] == "2027-03-31T08:00:00Z"
    assert after["occurrences"][2]["status"] == "deleted"
    one = s2s.get(path, occurrence_id=second["occurrence_id"]).json()
    assert (one["start_time"], one["duration"]) == ("2027-03-31T08:00:00Z", 30)
    assert one["topic"] == made["topic"]


def test_whole_series_edited_gets_new_dates_and_ids(make, s2s):
    made = make(**WEEKLY)
    change = {
        "start_time": "2027-03-25T09:00:00",
        "recurrence": {**WEEKLY["recurrence"], "weekly_days": "5"},
    }
    assert s2s.call("PATCH", f"/meetings/{made['id']}", json=change).status_code == 204
    after = s2s.get(f"/meetings/{made['id']}").json()["occurrences"]
    assert [entry["start_time"][:10] for entry in after] == [
        "2027-03-25",
        "2027-04-01",
        "2027-04-08",
    ]
    old = {entry["occurrence_id"] for entry in made["occurrences"]}
    assert not old & {entry["occurrence_id"] for entry in after}


def test_unknown_date_of_a_series(make, s2s):
    made = make(**WEEKLY)
    answer = s2s.get(f"/meetings/{made['id']}", occurrence_id="1")
    assert (answer.status_code, answer.json()["code"]) == (400, 3000)


def test_past_dates_only_when_asked_for(make, s2s, sandbox):
    made = make(**WEEKLY)
    sandbox.clock(set="2027-03-31T00:00:00Z")
    s2s.s2s()
    path = f"/meetings/{made['id']}"
    assert len(s2s.get(path).json()["occurrences"]) == 1
    assert len(s2s.get(path, show_previous_occurrences="true").json()["occurrences"]) == 3


def test_meeting_number_expires_thirty_days_after_its_date(make, s2s, sandbox):
    made = make(start_time="2027-07-01T10:00:00Z")
    for day, status in (("2027-07-31T09:00:00Z", 200), ("2027-07-31T11:00:00Z", 404)):
        sandbox.clock(set=day)
        assert s2s.s2s().get(f"/meetings/{made['id']}").status_code == status


def test_delete_and_recover(make, s2s):
    made = make(start_time="2027-07-01T10:00:00Z")
    path = f"/meetings/{made['id']}"
    assert s2s.call("DELETE", path).status_code == 204
    assert s2s.get(path).json()["code"] == 3001
    assert s2s.call("DELETE", path).status_code == 404
    assert s2s.call("PUT", f"{path}/status", json={"action": "recover"}).status_code == 204
    assert s2s.get(path).status_code == 200


def test_instant_meetings_are_not_listed(make, s2s, host):
    make(type=1)
    make(type=3)
    rows = s2s.get(f"/users/{host}/meetings").json()["meetings"]
    assert [row["type"] for row in rows] == [3]
    assert "start_time" not in rows[0]


def test_list_by_dates_counts_days_in_the_given_zone(make, s2s, host):
    made = make(start_time="2027-07-01T23:30:00Z")
    for zone, day in (("UTC", "2027-07-01"), ("Europe/Madrid", "2027-07-02")):
        rows = s2s.get(
            f"/users/{host}/meetings", **{"from": day, "to": day, "timezone": zone}
        ).json()
        assert [row["id"] for row in rows["meetings"]] == [made["id"]]
    rows = s2s.get(f"/users/{host}/meetings", **{"from": "2027-07-02", "to": "2027-07-02"}).json()
    assert rows["meetings"] == []


def test_pages_join_to_the_whole_and_keep_their_query(s2s, sandbox):
    seeded = sandbox.zoom.seed(users=1, meetings=25, recurring=0, past=0)
    host = seeded["users"][0]["id"]
    seen, token, path = [], "", f"/users/{host}/meetings"
    while True:
        page = s2s.get(path, page_size=10, type="upcoming", next_page_token=token).json()
        seen += [row["id"] for row in page["meetings"]]
        token = page["next_page_token"]
        if not token:
            break
        last = token
    assert sorted(seen) == sorted(seeded["meetings"])
    assert (page["page_count"], page["total_records"]) == (3, 25)
    changed = s2s.get(path, page_size=11, type="upcoming", next_page_token=last)
    assert (changed.status_code, changed.json()["code"]) == (400, 300)


def test_quota_headers_stand_on_ordinary_answers(s2s, sandbox):
    sandbox.zoom.limits(preset="pro")
    headers = s2s.get("/users").headers
    assert headers["X-RateLimit-Category"] == "Medium"
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Type"]) == ("20", "QPS")
    assert int(headers["X-RateLimit-Remaining"]) <= 19
    assert "Retry-After" not in headers


def test_second_limit_passes_with_the_second(s2s, sandbox):
    sandbox.clock(freeze=True)
    sandbox.zoom.limits(second={"Medium": 2})
    assert [s2s.get("/users").status_code for _ in range(3)] == [200, 200, 429]
    sandbox.clock(advance=1)
    assert s2s.get("/users").status_code == 200


def test_daily_limit_of_heavy_calls_ends_at_midnight(s2s, sandbox):
    seeded = sandbox.zoom.seed(users=1, meetings=0, recurring=0, past=1)
    sandbox.zoom.limits(day={"Heavy": 1})
    path = f"/report/meetings/{seeded['past'][0]['meeting_id']}"
    assert s2s.get(path).status_code == 200
    refused = s2s.get(path)
    assert refused.status_code == 429
    sandbox.clock(set=refused.headers["Retry-After"])
    assert s2s.s2s().get(path).status_code == 200


def test_hosts_have_separate_daily_allowances(s2s, sandbox):
    users = sandbox.zoom.seed(users=2, meetings=0, recurring=0, past=0)["users"]
    sandbox.zoom.limits(host_day=2)
    first = [
        s2s.call("POST", f"/users/{users[0]['id']}/meetings", json={}).status_code for _ in range(3)
    ]
    assert first == [201, 201, 429]
    assert s2s.call("POST", f"/users/{users[1]['id']}/meetings", json={}).status_code == 201


@pytest.mark.parametrize("form", ["slash", "double"])
def test_odd_uuids_must_be_encoded_twice(s2s, sandbox, form):
    uuid = sandbox.zoom.seed(past=3)["uuids"][form]
    assert uuid.startswith("/") if form == "slash" else "//" in uuid
    once = quote(uuid, safe="")
    twice = quote(once, safe="")
    for path in ("/past_meetings/{}", "/past_meetings/{}/participants", "/meetings/{}/recordings"):
        assert s2s.get(path.format(once)).status_code == 404
        assert s2s.get(path.format(twice)).status_code == 200
    assert s2s.get(f"/past_meetings/{twice}").json()["uuid"] == uuid


def test_plain_uuid_works_encoded_once_and_twice(s2s, sandbox):
    uuids = [row["uuid"] for row in sandbox.zoom.seed(past=10)["past"]]
    plain = next(uuid for uuid in uuids if "/" in uuid[1:] and "//" not in uuid and uuid[0] != "/")
    once = quote(plain, safe="")
    assert s2s.get(f"/past_meetings/{once}").json()["uuid"] == plain
    assert s2s.get(f"/past_meetings/{quote(once, safe='')}").json()["uuid"] == plain


def test_unknown_endpoint(s2s):
    answer = s2s.get("/nothing/here")
    assert (answer.status_code, answer.json()["code"]) == (404, 2300)


def test_pending_users_have_no_id_and_inactive_ones_are_listed_apart(s2s, sandbox):
    made = sandbox.zoom.user("create", email="ina.active@example.com", first_name="Ina")
    sandbox.zoom.user("deactivate", user_id=made["user_id"])
    assert [u["email"] for u in s2s.get("/users").json()["users"]] == [s2s.zoom["account_email"]]
    rows = s2s.get("/users", status="inactive").json()["users"]
    assert [row["id"] for row in rows] == [made["user_id"]]


def test_control_names_what_is_wrong(sandbox):
    with pytest.raises(SandboxError, match="there is no meeting 5"):
        sandbox.zoom.meeting("update", meeting_id=5)
    with pytest.raises(SandboxError, match="unknown fields"):
        sandbox.zoom.run_meeting(colour="blue")
    with pytest.raises(SandboxError, match="no user"):
        sandbox.zoom.run_meeting(host_id="nobody")


def test_taken_port_is_told_plainly(sandbox_info):
    """One sentence and no traceback."""
    port = sandbox_info["base_url"].rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox", "--port", port],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"The sandbox cannot listen on 127.0.0.1:{port}")
    assert "Traceback" not in done.stderr
