"""Bad and odd events: what is essential stops the event with plain words, the rest does not."""

from datetime import datetime, timezone

import pytest

from connector_base.core.errors import PayloadError
from tests.unit.zoom import samples
from zoom_connector.adapters import events


def parse(body):
    (fact,) = events.split(body)
    return events.parse(fact.event_type, fact.payload)


def remove(body, path):
    """Take one field out of a body, named by its path."""
    *holders, last = path.split(".")
    for holder in holders:
        body = body[holder]
    del body[last]


ESSENTIAL = [
    ("meeting.created", "payload"),
    ("meeting.created", "payload.object"),
    ("meeting.created", "payload.object.id"),
    ("meeting.created", "event_ts"),
    ("meeting.updated", "payload.object.id"),
    ("meeting.deleted", "payload.object.id"),
    ("meeting.started", "payload.object.id"),
    ("meeting.started", "payload.object.uuid"),
    ("meeting.ended", "payload.object.uuid"),
    ("meeting.participant_joined", "payload.object.uuid"),
    ("meeting.participant_joined", "payload.object.id"),
    ("meeting.participant_joined", "payload.object.participant"),
    ("meeting.participant_left", "payload.object.uuid"),
    ("meeting.registration_created", "payload.object.registrant"),
    ("meeting.registration_created", "payload.object.registrant.id"),
    ("recording.completed", "payload.object.uuid"),
    ("recording.renamed", "payload.object.uuid"),
    ("recording.batch_trashed", "payload.object.meeting_uuids"),
    ("recording.batch_deleted", "payload.object.meetings"),
    ("user.updated", "payload.object.id"),
    ("app_deauthorized", "payload.account_id"),
]


@pytest.mark.parametrize(("name", "path"), ESSENTIAL)
def test_missing_essential_field_says_which_and_what_to_do(name, path):
    body = samples.event(name)
    remove(body, path)
    if path == "event_ts":
        assert "time_stamp" not in body["payload"]
    with pytest.raises(PayloadError) as caught:
        parse(body)
    assert path.rpartition(".")[2].rstrip("s") in caught.value.field
    assert "does not say" in caught.value.message
    assert "Replay" in caught.value.remedy


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("id", "not a number"),
        ("id", {"nested": 1}),
        ("id", 0),
        ("id", True),
        ("id", -5),
        ("uuid", ["list"]),
        ("uuid", "   "),
        ("participant", "Bob"),
    ],
)
def test_unreadable_essential_field(field, wrong):
    body = samples.event("meeting.participant_joined")
    body["payload"]["object"][field] = wrong
    with pytest.raises(PayloadError) as caught:
        parse(body)
    assert "essential" in caught.value.message
    assert "Bob" not in caught.value.message + caught.value.value_hint


def test_person_without_any_trace_is_not_guessed():
    body = samples.event("meeting.participant_joined")
    body["payload"]["object"]["participant"] = {"join_time": "2026-05-04T08:02:05Z"}
    with pytest.raises(PayloadError):
        parse(body)


def test_delivery_without_event_name():
    for event in (None, "", 7, ["meeting.started"], "x" * 300, "\x00"):
        with pytest.raises(PayloadError) as caught:
            events.split({"event": event, "payload": {}})
        assert caught.value.field == "event"


def test_unknown_event_cannot_be_parsed():
    with pytest.raises(PayloadError):
        events.parse("meeting.unheard_of", {"payload": {"object": {}}})


def test_meeting_that_ends_before_it_starts():
    body = samples.event("meeting.ended")
    body["payload"]["object"]["end_time"] = "2026-05-04T07:00:00Z"
    fact, issues = parse(body)
    assert fact.stop == datetime(2026, 5, 4, 8, 58, 40, 781000, tzinfo=timezone.utc)  # event time
    assert [issue.field for issue in issues] == ["stop"]
    assert "ends before it starts" in issues[0].message
    assert issues[0].remedy


def test_end_before_start_even_by_the_event_time_stays_open():
    body = samples.event("meeting.ended")
    body["payload"]["object"].update(
        start_time="2027-01-01T00:00:00Z", end_time="2026-05-04T07:00:00Z"
    )
    fact, issues = parse(body)
    assert (fact.stop, len(issues)) == (None, 1)


def test_older_ended_event_without_end_time():
    body = samples.event("meeting.ended")
    del body["payload"]["object"]["end_time"]
    fact, issues = parse(body)
    assert (fact.stop, issues) == (fact.at, [])


def test_started_without_start_uses_the_event_time():
    body = samples.event("meeting.started")
    del body["payload"]["object"]["start_time"]
    fact, _issues = parse(body)
    assert fact.start == fact.at


def test_live_event_does_not_invent_what_it_was_not_told():
    body = samples.event("meeting.started")
    for field in ("type", "timezone", "duration"):
        del body["payload"]["object"][field]
    fact, issues = parse(body)
    assert (fact.type, fact.timezone, fact.duration_minutes) == (None, None, None)
    assert issues == []


@pytest.mark.parametrize(
    ("field", "wrong", "name", "default"),
    [
        ("start_time", "soon", "start", None),
        ("start_time", "9999-99-99T00:00:00Z", "start", None),
        ("start_time", "0001-01-01T00:00:00Z", "start", None),
        ("duration", -5, "duration_minutes", 60),
        ("duration", "an hour", "duration_minutes", 60),
        ("timezone", "Mars/Olympus", "timezone", "UTC"),
        ("timezone", "../../etc/passwd", "timezone", "UTC"),
        ("join_url", "javascript:alert(1)", "join_url", None),
        ("topic", {"a": 1}, "topic", ""),
        ("host_id", ["x"], "host_id", None),
        ("settings", "none", "settings", None),
        ("occurrences", "none", "occurrences", []),
        ("recurrence", [1], "recurrence", None),
        ("type", 2**40, "type", 2),
    ],
)
def test_broken_optional_field_is_a_default_and_an_issue(field, wrong, name, default):
    body = samples.event("meeting.created")
    body["payload"]["object"][field] = wrong
    fact, issues = parse(body)
    assert [issue.field for issue in issues] == [name]
    assert issues[0].message
    assert issues[0].remedy
    assert name not in fact.changed
    if name != "settings":
        assert getattr(fact.meeting, name) == default


@pytest.mark.parametrize("empty", [None, ""])
@pytest.mark.parametrize("field", ["start_time", "duration", "timezone", "join_url", "recurrence"])
def test_absent_optional_field_is_no_issue(field, empty):
    body = samples.event("meeting.created")
    body["payload"]["object"][field] = empty
    assert parse(body)[1] == []


def test_cleared_agenda_counts_as_told():
    body = samples.event("meeting.updated")
    body["payload"]["object"]["agenda"] = ""
    fact, issues = parse(body)
    assert "agenda" in fact.changed
    assert (fact.meeting.agenda, issues) == ("", [])


def test_one_broken_date_of_a_series_does_not_lose_the_others():
    body = samples.event("meeting.created.recurring")
    del body["payload"]["object"]["occurrences"][1]["occurrence_id"]
    body["payload"]["object"]["occurrences"].append("nonsense")
    fact, issues = parse(body)
    assert [date.start.day for date in fact.meeting.occurrences] == [5, 19]
    assert [issue.field for issue in issues] == ["occurrences", "occurrences"]


def test_unknown_values_of_lists_survive():
    body = samples.event("recording.completed")
    file = body["payload"]["object"]["recording_files"][0]
    file.update(file_type="HOLOGRAM", recording_type="whiteboard", status="resting")
    body["payload"]["object"]["type"] = "10"
    fact, issues = parse(body)
    assert issues == []
    assert fact.recording.type == 10
    assert fact.recording.files[0].file_type == "HOLOGRAM"
    assert fact.recording.files[0].status == "resting"


@pytest.mark.parametrize("kind", [9, "9", 99, "99", 10])
def test_type_as_number_or_text(kind):
    body = samples.event("meeting.started")
    body["payload"]["object"]["type"] = kind
    fact, issues = parse(body)
    assert (fact.type, issues) == (int(kind), [])


@pytest.mark.parametrize("stamp", ["1777881725350", 1777881725.35, 1777881725])
def test_event_time_in_other_writings(stamp):
    body = samples.event("meeting.participant_joined")
    body["event_ts"] = stamp
    (fact,) = events.split(body)
    assert fact.occurred_at.replace(microsecond=0) == datetime(
        2026, 5, 4, 8, 2, 5, tzinfo=timezone.utc
    )


@pytest.mark.parametrize("stamp", [None, "now", -1, 0, True, 10**30, float("inf"), [1]])
def test_unusable_event_time_falls_back_to_the_body(stamp):
    body = samples.event("meeting.participant_joined")
    body["event_ts"] = stamp
    (fact,) = events.split(body)
    assert fact.occurred_at == datetime(2026, 5, 4, 8, 2, 5, tzinfo=timezone.utc)


def test_event_without_any_time_is_stored_with_the_time_of_arrival():
    now = datetime(2026, 11, 24, tzinfo=timezone.utc)
    (fact,) = events.split({"event": "meeting.created", "payload": {}}, b"{}", now)
    assert fact.occurred_at == now


def test_join_without_its_time_uses_the_event_and_says_so():
    body = samples.event("meeting.participant_joined")
    body["payload"]["object"]["participant"]["join_time"] = "?"
    fact, issues = parse(body)
    assert fact.at == fact.occurred_at
    assert {issue.field for issue in issues} == {"join_time", "at"}


def test_put_in_waiting_room():
    body = samples.event("meeting.participant_joined_waiting_room")
    body["event"] = "meeting.participant_put_in_waiting_room"
    fact, issues = parse(body)
    assert (fact.action, issues) == ("put_in_waiting", [])
    assert fact.at == datetime(2026, 5, 4, 8, 3, 2, tzinfo=timezone.utc)


def test_series_delete_that_lists_its_dates_means_the_series():
    body = samples.event("meeting.deleted.occurrence")
    body["payload"]["operation"] = "all"
    fact, _issues = parse(body)
    assert not fact.single
    assert fact.operation == "all"


def test_recording_files_without_id_get_a_stable_one():
    body = samples.event("recording.completed.two_segments")
    timelines = [
        file
        for file in body["payload"]["object"]["recording_files"]
        if file["file_type"] == "TIMELINE"
    ]
    for file in timelines:
        for field in ("id", "recording_type", "file_size", "status"):
            del file[field]
    fact, issues = parse(body)
    derived = [file for file in fact.recording.files if not file.has_vendor_id]
    assert issues == []
    assert len(derived) == len({file.file_id for file in derived}) == len(timelines) == 2
    for file in timelines:
        file["recording_type"] = "timeline"  # the API tells it, the webhook may not
    assert parse(body)[0].file_ids == fact.file_ids


def test_recording_file_without_id_and_kind_is_left_out():
    body = samples.event("recording.completed")
    body["payload"]["object"]["recording_files"] = [{"file_size": 5}, {"id": "a"}, {"id": "a"}]
    fact, issues = parse(body)
    assert fact.file_ids == ("a",)
    assert [issue.field for issue in issues] == ["recording_files"]


def test_bulk_event_with_only_unreadable_files_does_not_mean_all_files():
    body = samples.event("recording.batch_deleted")
    body["payload"]["object"]["meetings"][0]["recording_file_ids"] = [{}]
    with pytest.raises(PayloadError):
        parse(body)


def test_recording_sizes_beyond_a_database_integer():
    body = samples.event("recording.completed")
    body["payload"]["object"]["recording_files"][0]["file_size"] = 5_000_000_000
    assert parse(body)[0].recording.files[0].file_size == 5_000_000_000


def test_local_start_time_is_read_in_the_meetings_zone():
    body = samples.event("meeting.created")
    body["payload"]["object"]["start_time"] = "2026-07-04T10:00:00"
    fact, issues = parse(body)
    assert fact.meeting.start == datetime(2026, 7, 4, 8, tzinfo=timezone.utc)
    assert issues == []
