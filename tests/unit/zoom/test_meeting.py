"""Rules of single objects: recurrence, people, recordings, drafts."""

from datetime import datetime, timezone

import pytest

from connector_base.core.errors import PayloadError
from zoom_connector.adapters.meeting import Meeting, Recurrence
from zoom_connector.adapters.outgoing import MeetingDraft
from zoom_connector.adapters.past import PastMeeting
from zoom_connector.adapters.people import ParticipantRow, User


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


def read(model, **data):
    issues = []
    return model.read(data, issues), issues


@pytest.mark.parametrize("given", ["1,3,5", "5;3;1", [1, 3, 5], "1, 3 ,5,5", ["5", 3, 1]])
def test_week_days_in_all_writings(given):
    rule, issues = read(Recurrence, type="2", weekly_days=given)
    assert (rule.weekly_days, issues) == ([1, 3, 5], [])


def test_one_week_day_as_a_number():
    assert read(Recurrence, type=2, weekly_days=7)[0].weekly_days == [7]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("monthly_day", 32), ("monthly_week", 5), ("monthly_week_day", 8), ("end_times", -1)],
)
def test_impossible_parts_of_a_rule(field, wrong):
    rule, issues = read(Recurrence, type=3, **{field: wrong})
    assert getattr(rule, field) is None
    assert [issue.field for issue in issues] == [field]
    assert field not in rule.given


def test_interval_of_nothing():
    rule, issues = read(Recurrence, type=1, repeat_interval=0)
    assert (rule.repeat_interval, len(issues)) == (1, 1)


def test_last_monday_of_the_month():
    rule, issues = read(Recurrence, type=3, monthly_week=-1, monthly_week_day=2)
    assert (rule.monthly_week, rule.monthly_week_day, issues) == (-1, 2, [])


def test_series_whose_rule_is_unreadable_keeps_its_dates():
    meeting, issues = read(
        Meeting,
        id=1234567890,
        type=8,
        recurrence={"type": 2, "weekly_days": "8"},
        occurrences=[{"occurrence_id": "1", "start_time": "2026-05-05T07:00:00Z"}],
    )
    assert meeting.recurrence is None
    assert meeting.is_recurring
    assert len(meeting.occurrences) == 1
    assert {issue.field for issue in issues} == {"recurrence"}


def test_meeting_number_as_people_write_it():
    assert read(Meeting, id="812 3456-7890")[0].zoom_id == "81234567890"


def test_built_in_python_it_takes_python_names_and_is_strict():
    meeting = Meeting(zoom_id="81234567890", topic="Kick-off", start=utc(2026, 5, 4, 8))
    assert meeting.given == {"zoom_id", "topic", "start"}
    assert meeting.stop == utc(2026, 5, 4, 9)
    with pytest.raises(ValueError, match="duration"):
        Meeting(zoom_id="81234567890", duration_minutes=-1)


def test_invited_user_has_no_id_yet():
    user, issues = read(User, email="Nora.New@Example.com", status="pending", type=1)
    assert (user.user_id, user.email, user.name) == (None, "nora.new@example.com", user.email)
    assert issues == []


def test_stay_that_ends_before_it_starts():
    row, issues = read(
        ParticipantRow,
        name="Bob",
        join_time="2026-05-04T08:10:00Z",
        leave_time="2026-05-04T08:00:00Z",
        duration=-600,
    )
    assert (row.leave_time, row.duration_seconds) == (None, 0)
    assert [issue.field for issue in issues] == ["leave_time"]


def test_row_without_join_time_is_reported_and_the_others_stay():
    issues = []
    rows = ParticipantRow.read_all(
        [{"name": "Bob"}, {"name": "Ada", "join_time": "2026-05-04T08:00:00Z"}, 7], issues
    )
    assert [row.name for row in rows] == ["Ada"]
    assert [issue.field for issue in issues] == ["join_time", "participant"]
    assert not [issue for issue in issues if "Bob" in issue.message]


def test_past_meeting_that_ends_before_it_starts():
    past, issues = read(
        PastMeeting, uuid="a==", start_time="2026-05-04T08:00:00Z", end_time="2026-05-03T08:00:00Z"
    )
    assert past.stop is None
    assert len(issues) == 1


def test_reading_something_else():
    with pytest.raises(PayloadError) as caught:
        Meeting.read(["x"])
    assert caught.value.field == "meeting"


def test_draft_in_the_meetings_own_wall_clock():
    draft = MeetingDraft(
        topic="x" * 300,
        agenda="y" * 3000,
        type=2,
        start=utc(2026, 7, 4, 8),
        duration_minutes=5000,
        timezone="Europe/Madrid",
        settings={"waiting_room": True},
    )
    body = draft.to_wire()
    assert (len(body["topic"]), len(body["agenda"])) == (200, 2000)
    assert (body["start_time"], body["timezone"]) == ("2026-07-04T10:00:00", "Europe/Madrid")
    assert body["duration"] == 1440
    assert body["settings"] == {"waiting_room": True}


def test_draft_without_known_zone_is_utc():
    draft = MeetingDraft(start=utc(2026, 7, 4, 8), timezone="Mars/Olympus")
    assert draft.to_wire() == {"start_time": "2026-07-04T08:00:00Z"}


def test_empty_draft_changes_nothing():
    assert MeetingDraft().to_wire() == {}
