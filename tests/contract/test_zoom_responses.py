"""Every answer of the sandbox against the sample of the same name."""

import json

import pytest

from tests.contract.shape import SAMPLES, differences, sample
from tests.contract.zoom_answers import PRODUCERS, World

INDEX = json.loads((SAMPLES / "responses" / "index.json").read_text())["files"]
ANSWERS = {
    row["file"]: row["status"] for row in INDEX if row["file"] and row["status"] != "request"
}
# Keys that the fact sheet documents and the sample of the same name does not show.
EXTRA = {
    "past_meeting_details.json": {"$.has_meeting_summary"},
    "meeting_get.recurring.json": {"$.assistant_id"},
}


@pytest.fixture
def world(sandbox, api):
    return World(sandbox, api)


def test_every_sample_has_a_producer():
    assert set(ANSWERS) == set(PRODUCERS)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_answer_looks_like_the_sample(name, world):
    answer = PRODUCERS[name](world)
    assert answer.status_code == ANSWERS[name], answer.text
    extra = frozenset(EXTRA.get(name, set()))
    assert differences(answer.json(), sample("responses", name), extra) == []


@pytest.mark.parametrize("name", sorted(row["file"] for row in INDEX if "headers" in row))
def test_quota_headers_of_refusals(name, world):
    row = next(row for row in INDEX if row["file"] == name)
    answer = PRODUCERS[name](world)
    given = {key for key in answer.headers if key.startswith(("X-RateLimit", "Retry-After"))}
    assert given == set(row["headers"])
    for key in ("X-RateLimit-Category", "X-RateLimit-Type"):
        assert answer.headers.get(key) == row["headers"].get(key)


@pytest.mark.parametrize(
    "name", sorted(name for name in ANSWERS if name.startswith(("error.", "oauth.error.")))
)
def test_error_code_and_words(name, world):
    """Numbers, names and wording, with the variable parts cut away."""
    given, wanted = PRODUCERS[name](world).json(), sample("responses", name)
    assert given.get("code") == wanted.get("code")
    assert given.get("error") == wanted.get("error")
    text = "message" if "message" in wanted else "reason"
    assert given[text].split(":")[0][:40] == wanted[text].split(":")[0][:40]


def test_changes_answer_204_without_body_or_type(world):
    """PATCH, DELETE and status changes: no content, and no content type either."""
    made = world.post_meeting().json()
    path = f"/meetings/{made['id']}"
    patch = {
        **sample("responses", "meeting_update.request.json"),
        "start_time": "2027-05-04T11:00:00",
    }
    answers = [
        world.api.call("PATCH", path, json=patch),
        world.api.call("DELETE", path),
        world.api.call("PUT", f"{path}/status", json={"action": "recover"}),
        world.api.call("DELETE", f"/meetings/{world.uuid}/recordings"),
        world.api.call(
            "PUT", f"/meetings/{world.uuid}/recordings/status", json={"action": "recover"}
        ),
    ]
    assert [answer.status_code for answer in answers] == [204] * 5
    assert all(answer.content == b"" and "Content-Type" not in answer.headers for answer in answers)
    after = world.api.get(path).json()
    assert (after["topic"], after["start_time"]) == (patch["topic"], "2027-05-04T09:00:00Z")


def test_recording_file_states(world):
    """One file trashed and recovered, then deleted for good."""
    base = f"/meetings/{world.uuid}/recordings"
    files = world.api.get(base).json()["recording_files"]
    path = f"{base}/{files[0]['id']}"
    assert world.api.call("DELETE", path).status_code == 204
    assert len(world.api.get(base).json()["recording_files"]) == len(files) - 1
    answer = world.api.call("PUT", f"{path}/status", json={"action": "recover"})
    assert answer.status_code == 204
    assert world.api.call("DELETE", f"{path}?action=delete").status_code == 204
    answer = world.api.call("PUT", f"{path}/status", json={"action": "recover"})
    assert (answer.status_code, answer.json()["code"]) == (404, 3301)


def test_registrant_states(world):
    """Pending until approved; the status call moves it; a cancelled one is gone."""
    made = world.post_meeting(settings={"approval_type": 1}).json()
    path = f"/meetings/{made['id']}/registrants"
    body = {"email": "rita.registrant@example.com", "first_name": "Rita"}
    answer = world.api.call("POST", path, json=body)
    assert answer.status_code == 201 and "join_url" not in answer.json()
    person = {"id": answer.json()["registrant_id"], "email": body["email"]}
    (row,) = world.api.get(path, status="pending").json()["registrants"]
    assert row["status"] == "pending" and "join_url" not in row
    for action, state in (("approve", "approved"), ("deny", "denied")):
        change = {"action": action, "registrants": [person]}
        assert world.api.call("PUT", f"{path}/status", json=change).status_code == 204
        assert world.api.get(path, status=state).json()["total_records"] == 1
    assert world.api.call("DELETE", f"{path}/{person['id']}").status_code == 204
    assert world.api.get(path, status="denied").json()["total_records"] == 0
