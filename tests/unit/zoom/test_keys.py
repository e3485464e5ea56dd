"""One fact, one key: however often, with whatever tokens and in whatever key order it comes."""

import json
import random

import pytest

from tests.unit.zoom import samples
from zoom_connector.adapters import events


def keys(body):
    return [fact.external_key for fact in events.split(body)]


def shuffled(value, rng):
    """The same JSON with the keys of every object in another order."""
    if isinstance(value, dict):
        names = list(value)
        rng.shuffle(names)
        return {name: shuffled(value[name], rng) for name in names}
    return [shuffled(item, rng) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", samples.FACT_NAMES)
def test_repeated_delivery_has_the_same_key(name):
    body = samples.event(name)
    again = json.loads(json.dumps(body, separators=(",", ":")))
    assert keys(again) == keys(body)


@pytest.mark.parametrize("name", samples.FACT_NAMES)
def test_key_order_of_the_body_does_not_matter(name):
    body = samples.event(name)
    assert keys(shuffled(body, random.Random(name))) == keys(body)


def test_all_samples_have_different_keys():
    found = [key for name in samples.FACT_NAMES for key in keys(samples.event(name))]
    assert len(found) == len(set(found))


def test_splitting_leaves_the_body_alone():
    body = samples.event("recording.completed")
    events.split(body)
    assert body == samples.event("recording.completed")


@pytest.mark.parametrize("name", ["recording.completed", "recording.transcript_completed"])
def test_finished_recording_with_other_token_address_and_time_is_the_same_fact(name):
    body, again = samples.event(name), samples.event(name)
    again["download_token"] = "another.token"
    again["event_ts"] += 61_000
    again["payload"]["object"]["recording_play_passcode"] = "other"
    for file in again["payload"]["object"]["recording_files"]:
        file["download_url"] += "?access_token=abc"
        file["play_url"] = "https://zoom.example.com/rec/play/other"
    again["payload"]["object"]["recording_files"].reverse()
    assert keys(again) == keys(body)


def test_another_recording_of_the_same_meeting_is_another_fact():
    first, second = samples.event("recording.completed"), samples.event("recording.completed")
    second["payload"]["object"]["recording_files"][0]["id"] = "0e0f0000-0000-4000-8000-0000000000ff"
    assert keys(first) != keys(second)


def test_a_file_that_got_ready_is_another_fact():
    ready, processing = samples.event("recording.completed"), samples.event("recording.completed")
    processing["payload"]["object"]["recording_files"][0]["status"] = "processing"
    assert keys(ready) != keys(processing)


def test_trashed_twice_are_two_facts_whatever_the_tokens():
    first, again, later = (samples.event("recording.trashed") for _ in range(3))
    again["download_token"] = "another.token"
    later["event_ts"] += 86_400_000
    assert keys(again) == keys(first)
    assert keys(later) != keys(first)


def test_two_changes_in_one_millisecond_are_two_facts():
    first, second = samples.event("meeting.updated"), samples.event("meeting.updated")
    second["payload"]["object"]["topic"] = "Another topic"
    assert keys(first) != keys(second)


def test_two_dates_deleted_in_one_millisecond_are_two_facts():
    first, second = (samples.event("meeting.deleted.occurrence") for _ in range(2))
    second["payload"]["object"]["occurrences"][0]["occurrence_id"] = "1779174000000"
    assert keys(first) != keys(second)


def test_every_join_of_a_person_is_a_fact_of_its_own():
    first, again = (samples.event("meeting.participant_joined") for _ in range(2))
    again["event_ts"] += 60_000
    again["payload"]["object"]["participant"].update(
        user_id="16799999", join_time="2026-05-04T08:03:05Z"
    )
    left = samples.event("meeting.participant_left")
    assert len({*keys(first), *keys(again), *keys(left)}) == 3


def test_two_devices_joining_in_one_millisecond_are_two_facts():
    first, second = (samples.event("meeting.participant_joined") for _ in range(2))
    second["payload"]["object"]["participant"]["user_id"] = "16799999"
    assert keys(first) != keys(second)


def test_two_guests_without_any_id_are_told_apart_by_name():
    bodies = [samples.event("meeting.participant_joined.guest") for _ in range(2)]
    for body, name in zip(bodies, ("Gia Guest", "Gus Guest"), strict=True):
        person = body["payload"]["object"]["participant"]
        for field in ("participant_uuid", "user_id"):
            del person[field]
        person["user_name"] = name
    assert keys(bodies[0]) != keys(bodies[1])


def test_participant_without_uuid_still_keeps_its_key():
    body, again = (samples.event("meeting.participant_joined") for _ in range(2))
    del body["payload"]["object"]["participant"]["participant_uuid"]
    del again["payload"]["object"]["participant"]["participant_uuid"]
    assert keys(body) == keys(again)


def test_seen_addresses_of_people_do_not_change_the_key():
    body, again = (samples.event("meeting.participant_joined") for _ in range(2))
    again["payload"]["object"]["participant"].update(
        public_ip="203.0.113.7", private_ip="10.0.0.7", user_name="Bob (phone)"
    )
    assert keys(body) == keys(again)


def test_role_changes_back_and_forth_in_one_second():
    first, back = (samples.event("meeting.participant_role_changed") for _ in range(2))
    back["payload"]["object"]["participant"].update(old_role="co-host", new_role="attendee")
    assert keys(first) != keys(back)


def test_number_and_text_ids_are_one_meeting():
    for name in ("meeting.created", "meeting.started", "recording.completed"):
        body, other = samples.event(name), samples.event(name)
        given = body["payload"]["object"]["id"]
        other["payload"]["object"]["id"] = str(given) if isinstance(given, int) else int(given)
        assert keys(body) == keys(other)
        assert [fact.subject_key for fact in events.split(other)] == ["81234567890"]


def test_deauthorization_without_event_time():
    body, again, other = (samples.event("app_deauthorized") for _ in range(3))
    again["payload"]["signature"] = "another"
    other["payload"]["user_id"] = "UserBobExample00000002"
    assert keys(body) == keys(again) != keys(other)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("meeting.created", "81234567890"),
        ("meeting.started", "81234567890"),
        ("meeting.participant_joined", "81234567890"),
        ("meeting.registration_created", "81234567890"),
        ("recording.completed", "81234567890"),
        ("recording.renamed", "81234567890"),
        ("recording.batch_deleted", "dG9vRXhhbXBsZVV1aWQwMQ=="),
        ("user.updated", "UserBobExample00000002"),
        ("app_deauthorized", "AcctExampleCo000000001"),
    ],
)
def test_everything_about_one_meeting_has_one_subject(name, subject):
    assert {fact.subject_key for fact in events.split(samples.event(name))} == {subject}


def test_unknown_event_is_a_fact_of_the_account():
    body = {
        "event": "phone.callee_rang",
        "event_ts": 1777881672830,
        "payload": {"account_id": "A1"},
    }
    (fact,) = events.split(body)
    assert (fact.event_type, fact.subject_key) == ("phone.callee_rang", "A1")
    assert fact.event_type not in events.KNOWN_EVENTS
