"""A real client from PyPI, unchanged, against the sandbox."""

from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest
import zoomus


@pytest.fixture
def client(sandbox_info, sandbox):
    zoom = sandbox_info["zoom"]
    return zoomus.ZoomClient(
        zoom["s2s_client_id"],
        zoom["s2s_client_secret"],
        zoom["account_id"],
        base_uri=zoom["api_base_url"],
        oauth_uri=zoom["token_url"],
    )


def test_users(client, sandbox):
    seeded = sandbox.zoom.seed(users=4)
    users = client.user.list().json()["users"]
    assert {user["id"] for user in users} == {user["id"] for user in seeded["users"]}
    one = client.user.get(id=users[0]["id"]).json()
    assert one["email"] == users[0]["email"]


def test_meeting_created_changed_and_deleted(client, sandbox):
    host = sandbox.zoom.seed(users=1, meetings=0, recurring=0, past=0)["users"][0]["id"]
    start = (datetime.now(timezone.utc) + timedelta(days=3)).replace(microsecond=0)
    answer = client.meeting.create(
        user_id=host,
        topic="Réunion",
        type=2,
        start_time=start,
        duration=45,
        timezone="Europe/Madrid",
    )
    assert answer.status_code == 201
    number = answer.json()["id"]
    assert client.meeting.update(id=number, topic="Moved", duration=60).status_code == 204
    after = client.meeting.get(id=number).json()
    assert (after["topic"], after["duration"]) == ("Moved", 60)
    assert after["start_time"] == start.strftime("%Y-%m-%dT%H:%M:%SZ")
    listed = client.meeting.list(user_id=host).json()["meetings"]
    assert [row["id"] for row in listed] == [number]
    assert client.meeting.delete(id=number).status_code == 204
    assert client.meeting.get(id=number).status_code == 404


def test_past_meetings_with_odd_uuids(client, sandbox):
    """The client encodes twice when a UUID begins with a slash or contains two."""
    uuids = sandbox.zoom.seed()["uuids"]
    for uuid in uuids.values():
        assert client.past_meeting.get(meeting_id=uuid).json()["uuid"] == uuid
        rows = client.past_meeting.get_participants(meeting_id=uuid).json()["participants"]
        assert len(rows) >= 4


def test_recordings(client, sandbox):
    run = sandbox.zoom.run_meeting(participants=2)
    rows = client.recording.list(user_id=run["host_id"]).json()["meetings"]
    assert [row["uuid"] for row in rows] == [run["uuid"]]
    uuid = quote(quote(run["uuid"], safe=""), safe="")
    files = client.recording.get(meeting_id=uuid).json()["recording_files"]
    assert len(files) == len(run["recording_files"])
    assert client.recording.delete(meeting_id=uuid).status_code == 204
    assert client.recording.get(meeting_id=uuid).status_code == 404
