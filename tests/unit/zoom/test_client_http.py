"""The Zoom client over real HTTP against the sandbox."""

from datetime import date, datetime, timedelta, timezone
from urllib.parse import parse_qs

import pytest

from connector_base.core import errors
from zoom_connector.adapters import events
from zoom_connector.adapters.meeting import RECURRING
from zoom_connector.adapters.outgoing import MeetingDraft
from zoom_connector.client import path_id


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


def first_user(connection):
    return next(connection.client.users())


# -- lists and pages ------------------------------------------------------------------------


def test_users_come_page_by_page_and_only_as_asked(connection):
    connection.sandbox.zoom.seed(users=650, meetings=0, recurring=0, past=0)
    users = connection.client.users()
    next(users)
    assert len(connection.queries("/users")) == 1
    assert len({user.user_id for user in users}) == 649
    queries = [parse_qs(query) for query in connection.queries("/users")]
    assert len(queries) == 3
    assert all(query["page_size"] == ["300"] and query["status"] == ["active"] for query in queries)


def test_page_token_that_expires_costs_one_restart_and_no_doubles(connection):
    connection.sandbox.zoom.seed(users=650, meetings=0, recurring=0, past=0)
    users = connection.client.users()
    found = [next(users).user_id for _ in range(310)]
    connection.sandbox.clock(advance=16 * 60)
    found += [user.user_id for user in users]
    assert len(found) == len(set(found)) == 650
    assert len(connection.queries("/users")) == 2 + 1 + 3  # two pages, a refusal, all again


def test_page_token_that_expires_again_and_again_ends_in_an_error(connection):
    connection.sandbox.zoom.seed(users=1300, meetings=0, recurring=0, past=0)
    users = connection.client.users()
    for _ in range(310):
        next(users)
    connection.sandbox.clock(advance=16 * 60)
    for _ in range(300):
        next(users)
    connection.sandbox.clock(advance=16 * 60)
    with pytest.raises(errors.Rejected) as caught:
        list(users)
    assert caught.value.code == 300


def test_validation_error_of_a_first_page_is_not_mistaken_for_an_old_token(connection):
    connection.sandbox.fault(
        "status", path="/users", status=400, body={"code": 300, "message": "Validation Failed."}
    )
    with pytest.raises(errors.Rejected):
        list(connection.client.users())
    assert len(connection.queries("/users")) == 1


def test_page_token_given_twice_is_no_endless_list(connection):
    connection.sandbox.fault(
        "status", path="/users", status=200, body={"users": [], "next_page_token": "again"}
    )
    with pytest.raises(errors.RemoteUnavailable):
        list(connection.client.users())
    assert len(connection.queries("/users")) == 2


@pytest.mark.parametrize("body", ["[]", "{}", '{"users": {}}', '"text"', "<html>", ""])
def test_answer_that_is_no_list(connection, body):
    connection.sandbox.fault("status", path="/users", status=200, body=body)
    with pytest.raises(errors.RemoteUnavailable):
        list(connection.client.users())


def test_broken_row_is_reported_and_the_others_stay(connection):
    good = {"id": 81234567890, "topic": "Good"}
    rows = [good, {"topic": "No number"}, "text", {**good, "id": 82345678901, "duration": "long"}]
    connection.sandbox.fault(
        "status", path="/meetings", status=200, body={"meetings": rows, "next_page_token": ""}
    )
    found = list(connection.client.meetings("HostAdaExample00000001"))
    assert [meeting.zoom_id for meeting in found] == ["81234567890", "82345678901"]
    assert [issue.field for issue in connection.issues] == ["id", "meeting", "duration_minutes"]


# -- users and meetings ---------------------------------------------------------------------


def test_user_by_id_and_by_address(connection):
    someone = first_user(connection)
    assert connection.client.user(someone.user_id).email == someone.email
    assert connection.client.user(someone.email).user_id == someone.user_id
    with pytest.raises(errors.NotFound):
        connection.client.user("nobody@example.com")


def test_me_of_the_user_authorised_app(personal):
    assert personal.client.me().account_id == personal.zoom["account_id"]


def test_me_does_not_exist_for_server_to_server_apps(connection):
    with pytest.raises(errors.NotFound):
        connection.client.me()


def test_meeting_from_draft_to_deletion(connection):
    host = first_user(connection)
    draft = MeetingDraft(
        topic="Kick-off",
        agenda="All of it",
        type=2,
        start=utc(2027, 7, 5, 8),
        duration_minutes=45,
        timezone="Europe/Madrid",
        settings={"waiting_room": True},
    )
    made = connection.client.create_meeting(host.user_id, draft)
    read = connection.client.meeting(made.zoom_id)
    assert (read.topic, read.start, read.duration_minutes) == ("Kick-off", utc(2027, 7, 5, 8), 45)
    assert read.settings.waiting_room is True
    assert read.timezone == "Europe/Madrid"

    connection.client.update_meeting(made.zoom_id, MeetingDraft(topic="Moved", duration_minutes=90))
    changed = connection.client.meeting(made.zoom_id)
    assert (changed.topic, changed.duration_minutes) == ("Moved", 90)
    assert changed.start == read.start

    connection.client.delete_meeting(made.zoom_id)
    with pytest.raises(errors.NotFound):
        connection.client.meeting(made.zoom_id)
    connection.client.delete_meeting(made.zoom_id)  # gone is gone


def test_series_and_its_dates(connection):
    host = first_user(connection)
    draft = MeetingDraft(
        topic="Weekly",
        type=RECURRING,
        start=utc(2027, 3, 22, 8),
        duration_minutes=30,
        timezone="Europe/Madrid",
        recurrence={"type": 2, "repeat_interval": 1, "weekly_days": "2", "end_times": 3},
    )
    series = connection.client.create_meeting(host.user_id, draft)
    dates = connection.client.meeting(series.zoom_id).occurrences
    # 09:00 in Madrid, over the change to summer time on 28 March.
    assert [(day.start.day, day.start.hour) for day in dates] == [(22, 8), (29, 7), (5, 7)]
    connection.client.delete_meeting(series.zoom_id, dates[1].occurrence_id)
    again = connection.client.meeting(series.zoom_id)
    left = [day.occurrence_id for day in again.occurrences if not day.is_deleted]
    assert left == [dates[0].occurrence_id, dates[2].occurrence_id]
    one = connection.client.meeting(series.zoom_id, occurrence_id=dates[2].occurrence_id)
    assert one.start == dates[2].start
    assert one.zoom_id == series.zoom_id


def test_meetings_of_a_host(connection):
    host = first_user(connection)
    for day in (5, 6):
        draft = MeetingDraft(topic=f"Day {day}", type=2, start=utc(2027, 7, day, 8))
        connection.client.create_meeting(host.user_id, draft)
    found = connection.client.meetings(host.user_id, "upcoming")
    assert {"Day 5", "Day 6"} <= {meeting.topic for meeting in found}
    connection.sandbox.clear_calls()
    list(connection.client.meetings(host.user_id, from_=date(2027, 7, 6), to=date(2027, 7, 7)))
    (query,) = connection.queries("/meetings")
    assert parse_qs(query)["from"] == ["2027-07-06"]
    assert parse_qs(query)["timezone"] == ["UTC"]


def test_registrants_by_status(connection):
    host = first_user(connection)
    draft = MeetingDraft(
        topic="Open", type=2, start=utc(2027, 7, 5, 8), settings={"approval_type": 0}
    )
    made = connection.client.create_meeting(host.user_id, draft)
    connection.sandbox.zoom.register(
        int(made.zoom_id), email="rita@example.com", first_name="Rita", last_name="Registrant"
    )
    (person,) = connection.client.registrants(made.zoom_id)
    assert (person.name, person.email) == ("Rita Registrant", "rita@example.com")
    assert list(connection.client.registrants(made.zoom_id, status="denied")) == []


def test_templates(connection):
    assert isinstance(connection.client.templates(first_user(connection).user_id), list)


# -- past meetings --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identifier", "segment"),
    [
        ("81234567890", "81234567890"),
        ("dG9vRXhhbXBsZVV1aWQwMQ==", "dG9vRXhhbXBsZVV1aWQwMQ%3D%3D"),
        ("a/b+c==", "a%2Fb%2Bc%3D%3D"),
        ("/a==", "%252Fa%253D%253D"),
        ("a//b==", "a%252F%252Fb%253D%253D"),
        ("ada.host@example.com", "ada.host%40example.com"),
    ],
)
def test_ids_in_paths(identifier, segment):
    assert path_id(identifier) == segment


@pytest.fixture
def past(connection):
    """Ended meetings whose UUIDs begin with a slash, contain two, and neither."""
    return connection.sandbox.zoom.seed(users=3, meetings=0, recurring=1, past=8, participants=3)


def test_uuids_of_every_shape_reach_their_meeting(connection, past):
    uuids = [row["uuid"] for row in past["past"]]
    assert any(uuid.startswith("/") for uuid in uuids)
    assert any("//" in uuid[1:] for uuid in uuids)
    for row in past["past"]:
        meeting = connection.client.past_meeting(row["uuid"])
        assert (meeting.uuid, meeting.zoom_id) == (row["uuid"], str(row["meeting_id"]))
        people = list(connection.client.past_participants(row["uuid"]))
        reported = list(connection.client.report_participants(row["uuid"]))
        assert {person.user_id for person in people} == {person.user_id for person in reported}
        assert len(people) >= 3
        assert connection.client.meeting_recordings(row["uuid"]).uuid == row["uuid"]
    assert connection.issues == []


def test_instances_of_a_series(connection, past):
    series = past["recurring_past"][0]["meeting_id"]
    found = connection.client.past_instances(str(series))
    assert {row["uuid"] for row in past["recurring_past"] if row["meeting_id"] == series} == {
        instance.uuid for instance in found
    }


def test_reports_are_read_in_windows(connection, past):
    host = connection.client.past_meeting(past["past"][0]["uuid"]).host_id
    last = datetime.now(timezone.utc).date()
    connection.sandbox.clear_calls()
    found = list(connection.client.report_meetings(host, last - timedelta(days=75), last))
    assert found
    assert all(meeting.host_name for meeting in found)
    assert len({meeting.uuid for meeting in found}) == len(found)
    assert_windows(connection.queries("/meetings"), last - timedelta(days=75), last)


def assert_windows(queries, first, last):
    """Closed ranges of at most 30 days, one after the other, from the first day to the last."""
    ranges = [parse_qs(query) for query in queries]
    days = [(date.fromisoformat(r["from"][0]), date.fromisoformat(r["to"][0])) for r in ranges]
    assert days[0][0] == first
    assert days[-1][1] == last
    assert all((stop - start).days < 30 for start, stop in days)
    assert all(
        later[0] - earlier[1] == timedelta(days=1)
        for earlier, later in zip(days, days[1:], strict=False)
    )


# -- recordings -----------------------------------------------------------------------------


def test_recordings_of_a_quarter_are_read_in_windows(connection):
    seeded = connection.sandbox.zoom.seed(
        users=1, meetings=0, recurring=0, past=40, recordings=True, spread_days=80
    )
    host = first_user(connection)
    last = datetime.now(timezone.utc).date()
    first = last - timedelta(days=89)
    found = list(connection.client.recordings(host.user_id, first, last))
    assert sorted(row.uuid for row in found) == sorted(row["uuid"] for row in seeded["past"])
    assert all(file.file_size > 0 and file.download_url for row in found for file in row.files)
    assert_windows(connection.queries("/recordings"), first, last)
    assert connection.issues == []


def test_trashed_recordings_are_asked_for_without_range(connection):
    seeded = connection.sandbox.zoom.seed(users=1, meetings=0, recurring=0, past=3, recordings=True)
    uuid = seeded["past"][0]["uuid"]
    connection.sandbox.zoom.recording("trash", uuid=uuid)
    host, last = first_user(connection), datetime.now(timezone.utc).date()
    trash = list(
        connection.client.recordings(host.user_id, last - timedelta(days=89), last, trash=True)
    )
    assert [row.uuid for row in trash] == [uuid]
    assert trash[0].files[0].deleted_at
    (query,) = connection.queries("/recordings")
    assert parse_qs(query) == {"page_size": ["300"], "trash": ["true"]}


def test_meeting_without_recording(connection):
    seeded = connection.sandbox.zoom.seed(
        users=1, meetings=0, recurring=0, past=1, recordings=False
    )
    with pytest.raises(errors.NotFound) as caught:
        connection.client.meeting_recordings(seeded["past"][0]["uuid"])
    assert caught.value.code == 3301


# -- events of a whole account --------------------------------------------------------------


def test_a_thousand_events_are_a_thousand_facts_without_a_flaw(connection):
    connection.sandbox.zoom.seed(users=5, meetings=20, recurring=3, past=10, participants=4)
    bodies = connection.sandbox.zoom.events(count=1000, mix="all", seed=7)["bodies"]
    facts = [fact for body in bodies for fact in events.split(body)]
    assert len({fact.external_key for fact in facts}) == len(bodies)
    assert len({fact.event_type for fact in facts}) > 20
    for fact in facts:
        _parsed, issues = events.parse(fact.event_type, fact.payload)
        assert issues == []


def test_everything_about_a_meeting_goes_one_way(connection):
    run = connection.sandbox.zoom.run_meeting(
        participants=5, rejoin=1, guests=1, recording=True, deliver=False
    )
    subjects = {fact.subject_key for body in run["bodies"] for fact in events.split(body)}
    assert len(subjects) == 1
    assert subjects.pop().isdigit()


# -- trouble --------------------------------------------------------------------------------


def test_expired_token_is_renewed_once_in_between(connection):
    first_user(connection)
    connection.sandbox.zoom.revoke_tokens(access_only=True)
    first_user(connection)
    assert connection.tokens.asked == 2
    assert [record.status for record in connection.records] == [200, 401, 200]


def test_missing_scope_names_the_scope(connection):
    connection.sandbox.zoom.app(s2s_scopes=["user:read:user:admin"])
    with pytest.raises(errors.ScopeMissing) as caught:
        list(connection.client.users())
    assert any("list_users" in scope for scope in caught.value.scopes)


def test_limit_per_second_is_waited_out(patient):
    patient.sandbox.fault(
        "status",
        path="/users",
        status=429,
        headers={"X-RateLimit-Type": "QPS", "X-RateLimit-Category": "Medium"},
        body={"code": 429, "message": "?"},
        times=2,
    )
    assert first_user(patient)
    assert len(patient.waited) == 2
    assert min(patient.waited) >= 1


def test_daily_limit_is_not_waited_out_in_the_call(patient):
    patient.sandbox.fault(
        "status",
        path="/users",
        status=429,
        headers={"X-RateLimit-Type": "Daily-limit"},
        body={"code": 429, "message": "?"},
    )
    with pytest.raises(errors.RateLimited) as caught:
        first_user(patient)
    assert caught.value.scope == "day"
    assert 0 < caught.value.retry_after <= 86400
    assert patient.waited == []


def test_limit_of_one_host_as_the_sandbox_plays_it(connection):
    host = first_user(connection)
    connection.sandbox.zoom.limits(host_day=1)
    draft = MeetingDraft(topic="One", type=2, start=utc(2027, 7, 5, 8))
    connection.client.create_meeting(host.user_id, draft)
    with pytest.raises(errors.RateLimited) as caught:
        connection.client.create_meeting(host.user_id, draft)
    assert caught.value.scope == "host"


def test_server_errors_are_retried_for_reading_but_not_for_creating(patient):
    host = first_user(patient)
    patient.sandbox.fault("status", status=500, body="oops", times=2)
    assert first_user(patient)
    patient.sandbox.clear_calls()
    patient.sandbox.fault("execute_then_cut", method="POST", path="/meetings", times=1)
    with pytest.raises(errors.RemoteUnavailable) as caught:
        patient.client.create_meeting(host.user_id, MeetingDraft(topic="Once", type=2))
    assert caught.value.maybe_executed
    posts = [call for call in patient.sandbox.calls() if call["method"] == "POST"]
    assert len(posts) == 1


def test_routes_in_the_log_hold_no_ids(connection, past):
    connection.records.clear()
    uuid = past["past"][0]["uuid"]
    host = connection.client.past_meeting(uuid).host_id
    list(connection.client.past_participants(uuid))
    list(connection.client.report_participants(uuid))
    connection.client.meeting_recordings(uuid)
    list(connection.client.meetings(host))
    connection.client.templates(host)
    routes = {record.route for record in connection.records}
    assert routes == {
        "/past_meetings/{meetingId}",
        "/past_meetings/{meetingId}/participants",
        "/report/meetings/{meetingId}/participants",
        "/meetings/{meetingId}/recordings",
        "/users/{userId}/meetings",
        "/users/{userId}/meeting_templates",
    }
