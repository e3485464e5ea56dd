"""Every sample that Zoom's documentation gives us is read completely and without complaint."""

from datetime import datetime, timezone

import pytest

from tests.unit.zoom import samples
from zoom_connector.adapters import events
from zoom_connector.adapters.event_facts import (
    Deauthorized,
    MeetingChanged,
    MeetingLive,
    ParticipantEvent,
    RecordingEvent,
    RegistrationEvent,
    UserEvent,
)
from zoom_connector.adapters.meeting import Meeting, MeetingTemplate
from zoom_connector.adapters.past import PastInstance, PastMeeting
from zoom_connector.adapters.people import ParticipantRow, User
from zoom_connector.adapters.recording import RecordingSet
from zoom_connector.adapters.registrant import Registrant

KINDS = {
    "meeting.created": MeetingChanged,
    "meeting.updated": MeetingChanged,
    "meeting.deleted": MeetingChanged,
    "meeting.permanently_deleted": MeetingChanged,
    "meeting.recovered": MeetingChanged,
    "meeting.started": MeetingLive,
    "meeting.ended": MeetingLive,
    "meeting.participant": ParticipantEvent,
    "meeting.registration": RegistrationEvent,
    "recording.": RecordingEvent,
    "user.": UserEvent,
    "app_deauthorized": Deauthorized,
}


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)


def only(name: str):
    """The one fact of a sample, parsed."""
    (fact,) = events.split(samples.event(name))
    parsed, issues = events.parse(fact.event_type, fact.payload)
    assert issues == []
    return parsed


@pytest.mark.parametrize("name", samples.FACT_NAMES)
def test_every_sample_event_becomes_its_kind_of_fact(name):
    body = samples.event(name)
    for fact in events.split(body):
        assert fact.event_type == body["event"]
        assert fact.event_type in events.KNOWN_EVENTS
        parsed, issues = events.parse(fact.event_type, fact.payload)
        assert issues == []
        (kind,) = [kind for start, kind in KINDS.items() if fact.event_type.startswith(start)]
        assert isinstance(parsed, kind)


def test_there_is_a_sample_for_every_known_event_but_one():
    # Zoom's put_in_waiting_room has no sample of its own; test_events.py builds it.
    seen = {samples.event(name)["event"] for name in samples.FACT_NAMES}
    assert events.KNOWN_EVENTS - seen == {"meeting.participant_put_in_waiting_room"}


def test_created_meeting():
    fact = only("meeting.created")
    meeting = fact.meeting
    assert (fact.action, fact.zoom_id) == ("created", "81234567890")
    assert meeting.uuid == "dG9vRXhhbXBsZVV1aWQwMQ=="
    assert meeting.start == utc(2026, 5, 4, 8)
    assert meeting.stop == utc(2026, 5, 4, 9)
    assert (meeting.duration_minutes, meeting.timezone) == (60, "Europe/Madrid")
    assert meeting.settings.invitees == ["bob.user@example.com"]
    assert meeting.settings.waiting_room is None
    assert fact.at == utc(2026, 5, 1, 9, 15, 30, 512000)
    assert fact.operator_email == "ada.host@example.com"


def test_updated_meeting_tells_only_what_changed():
    fact = only("meeting.updated")
    assert fact.changed == {"topic", "start", "duration_minutes", "settings"}
    assert fact.meeting.settings.given == {"waiting_room"}
    assert fact.meeting.topic == "Example project kick-off (moved)"


def test_recurring_meeting_has_rule_and_dates():
    meeting = only("meeting.created.recurring").meeting
    assert meeting.is_recurring
    rule = meeting.recurrence
    assert (rule.type, rule.repeat_interval, rule.weekly_days, rule.end_times) == (2, 1, [3], 3)
    assert [date.start.day for date in meeting.occurrences] == [5, 12, 19]


def test_deleting_one_date_is_not_deleting_the_series():
    assert only("meeting.deleted.occurrence").single
    assert only("meeting.deleted.occurrence").occurrence_ids == ("1778569200000",)
    assert not only("meeting.deleted").single


def test_moving_one_date():
    fact = only("meeting.updated.occurrence")
    assert fact.single
    assert fact.meeting.occurrences[0].start == utc(2026, 5, 13, 7)
    assert fact.changed == {"occurrences"}


def test_ended_meeting_has_actual_times():
    fact = only("meeting.ended")
    assert (fact.start, fact.stop) == (utc(2026, 5, 4, 8, 1, 12), utc(2026, 5, 4, 8, 58, 40))
    assert fact.duration_minutes == 60  # the plan


def test_guest_has_no_address_and_no_account():
    fact = only("meeting.participant_joined.guest")
    assert (fact.name, fact.email, fact.zoom_user_id) == ("Gia Guest", None, None)
    assert fact.user_id == "16780288"
    assert fact.at == utc(2026, 5, 4, 8, 3, 30)
    assert fact.occurred_at == utc(2026, 5, 4, 8, 3, 30, 544000)


def test_registrant_is_recognised_in_the_meeting():
    fact = only("meeting.participant_joined.registrant")
    assert (fact.registrant_id, fact.customer_key) == ("RegExample000000000001", "odoo-partner-42")


def test_leaving_and_roles():
    assert only("meeting.participant_left").leave_reason.endswith("Host ended the meeting.")
    role = only("meeting.participant_role_changed")
    assert (role.action, role.old_role, role.new_role) == ("role_changed", "attendee", "co-host")


def test_recording_files_and_sizes():
    fact = only("recording.completed")
    sizes = {file.file_type: file.file_size for file in fact.recording.files}
    assert sizes == {"MP4": 187340021, "M4A": 52428800, "CHAT": 412, "TIMELINE": 9345}
    assert fact.recording.files[0].play_url.endswith("exampleFile1")
    assert len(fact.file_ids) == 4


def test_running_recording_has_an_open_segment():
    started = only("recording.started")
    assert (started.segment_start, started.segment_stop) == (utc(2026, 5, 4, 8, 1, 20), None)
    assert only("recording.paused").segment_stop == utc(2026, 5, 4, 8, 20)


def test_bulk_recording_event_is_one_fact_per_instance():
    facts = events.split(samples.event("recording.batch_trashed"))
    assert [fact.subject_key for fact in facts] == [
        "dG9vRXhhbXBsZVV1aWQwMQ==",
        "/exampleUuidSlash0000A==",
    ]
    parsed = [events.parse(fact.event_type, fact.payload)[0] for fact in facts]
    assert [fact.uuid for fact in parsed] == [fact.subject_key for fact in facts]
    assert all(fact.file_ids == () for fact in parsed)
    assert len({fact.external_key for fact in facts}) == 2


def test_bulk_recording_event_with_files():
    assert len(only("recording.batch_deleted").file_ids) == 2


def test_deauthorization_has_its_own_time():
    fact = only("app_deauthorized")
    assert fact.at == utc(2026, 5, 10, 13, 52, 28, 632000)
    assert fact.user_id == "HostAdaExample00000001"


def test_user_events():
    assert only("user.updated").changed == {"first_name", "timezone"}
    assert only("user.created").user.name == "Nora New"


@pytest.mark.parametrize(
    "name",
    [
        "meeting_get",
        "meeting_get.recurring",
        "meeting_get.occurrence",
        "meeting_create.scheduled",
        "meeting_create.recurring",
    ],
)
def test_meeting_answers(name):
    issues = []
    meeting = Meeting.read(samples.response(name), issues)
    assert issues == []
    assert meeting.host_email == "ada.host@example.com"
    assert meeting.settings.auto_recording == "cloud"
    assert meeting.settings.alternative_hosts == []
    assert meeting.created_at == utc(2026, 5, 1, 9, 15, 30)


def test_cancelled_date_of_a_series():
    meeting = Meeting.read(samples.response("meeting_get.recurring"))
    assert [date.is_deleted for date in meeting.occurrences] == [False, True, False]


@pytest.mark.parametrize(
    ("name", "key", "model", "count"),
    [
        ("meetings_list", "meetings", Meeting, 3),
        ("upcoming_meetings", "meetings", Meeting, 1),
        ("users_list.page1", "users", User, 2),
        ("users_list.page2", "users", User, 1),
        ("past_meeting_instances", "meetings", PastInstance, 2),
        ("past_meeting_participants", "participants", ParticipantRow, 4),
        ("report_meeting_participants", "participants", ParticipantRow, 4),
        ("report_user_meetings", "meetings", PastMeeting, 1),
        ("recordings_list", "meetings", RecordingSet, 1),
        ("recordings_list.trash", "meetings", RecordingSet, 1),
        ("registrants_list", "registrants", Registrant, 1),
        ("meeting_templates", "templates", MeetingTemplate, 1),
    ],
)
def test_list_answers(name, key, model, count):
    issues = []
    assert len(model.read_all(samples.response(name)[key], issues)) == count
    assert issues == []


def test_single_answers():
    past = PastMeeting.read(samples.response("past_meeting_details"))
    assert (past.host_name, past.participants_count, past.total_minutes) == ("Ada Host", 3, 150)
    assert PastMeeting.read(samples.response("report_meeting_details")).stop == past.stop
    user = User.read(samples.response("users_me"))
    assert (user.account_id, user.pmi, user.is_licensed) == (
        "AcctExampleCo000000001",
        "5551234567",
        True,
    )


def test_report_rows_know_the_waiting_room_and_the_new_id_field():
    rows = ParticipantRow.read_all(samples.response("report_meeting_participants")["participants"])
    assert [row.in_waiting_room for row in rows] == [False, False, True, False]
    assert rows[1].zoom_user_id == "UserBobExample00000002"
    assert sum(row.duration_seconds for row in rows if not row.in_waiting_room) == 9024


def test_everybodys_own_audio_is_part_of_the_recording():
    recording = RecordingSet.read(samples.response("meeting_recordings"))
    assert recording.all_files[-1].recording_type == "audio_only_each_participant"
    assert recording.all_files[-1].file_name == "Audio only - Bob User"
    trash = RecordingSet.read(samples.response("recordings_list.trash")["meetings"][0])
    assert trash.files[0].deleted_at == utc(2026, 6, 1, 8)
