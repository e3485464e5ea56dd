"""Answers against the vendor's own OpenAPI file, where one lies (CONNECTOR_VENDOR_SPECS names its folder).

Not collected without it: the file belongs to the vendor and is not part of the repository.
"""

import gzip
import json
import os
from pathlib import Path

import pytest

from tests.contract.shape import kind_of
from tests.contract.zoom_answers import PRODUCERS, World
from tests.sandbox.zoom.api import ENDPOINTS
from tests.sandbox.zoom.routes import MODULES

# What newer official documents have that the file of 2023 lacks, by path.
NEWER = {
    "/users/{}/upcoming_meetings",
    "/users/{}/meeting_templates/{}",
    "/meetings/{}/transcript",
    "/marketplace/app/event_subscription",
    "/marketplace/app/event_subscription/{}",
}
# Types that real answers give otherwise than the file says, with the reason in the fact sheet.
KNOWN = {
    ("meeting_recordings.json", "$.type"),
    ("recordings_list.json", "$.meetings[].type"),
}
PAIRS = {
    "users_list.page1.json": ("/users", "get", "200"),
    "user_get.json": ("/users/{userId}", "get", "200"),
    "meetings_list.json": ("/users/{userId}/meetings", "get", "200"),
    "meeting_create.scheduled.json": ("/users/{userId}/meetings", "post", "201"),
    "meeting_create.recurring.json": ("/users/{userId}/meetings", "post", "201"),
    "meeting_get.json": ("/meetings/{meetingId}", "get", "200"),
    "meeting_get.recurring.json": ("/meetings/{meetingId}", "get", "200"),
    "meeting_invitation.json": ("/meetings/{meetingId}/invitation", "get", "200"),
    "registrants_list.json": ("/meetings/{meetingId}/registrants", "get", "200"),
    "registrant_create.json": ("/meetings/{meetingId}/registrants", "post", "201"),
    "past_meeting_details.json": ("/past_meetings/{meetingId}", "get", "200"),
    "past_meeting_instances.json": ("/past_meetings/{meetingId}/instances", "get", "200"),
    "past_meeting_participants.json": ("/past_meetings/{meetingId}/participants", "get", "200"),
    "report_user_meetings.json": ("/report/users/{userId}/meetings", "get", "200"),
    "report_meeting_details.json": ("/report/meetings/{meetingId}", "get", "200"),
    "report_meeting_participants.json": ("/report/meetings/{meetingId}/participants", "get", "200"),
    "recordings_list.json": ("/users/{userId}/recordings", "get", "200"),
    "meeting_recordings.json": ("/meetings/{meetingId}/recordings", "get", "200"),
    "meeting_templates.json": ("/users/{userId}/meeting_templates", "get", "200"),
}


@pytest.fixture(scope="module")
def spec():
    folder = Path(os.environ["CONNECTOR_VENDOR_SPECS"])
    (file,) = sorted(folder.glob("**/zoom-meeting-api-*.openapi.json.gz"))
    return json.loads(gzip.decompress(file.read_bytes()))


def bare(path):
    """A path with its parameters unnamed."""
    return "/" + "/".join(
        "{}" if part.startswith("{") else part for part in path.strip("/").split("/")
    )


def wrong_types(value, schema, path="$"):
    """Where the value has another type than the schema; keys the schema lacks are not judged."""
    if "allOf" in schema:
        found = [wrong_types(value, part, path) for part in schema["allOf"]]
        return [line for part in found for line in part]
    kind = schema.get("type")
    given = kind_of(value)
    if kind and given != kind and not (kind == "number" and given == "integer"):
        return [(path, f"{given} instead of {kind}")]
    found = []
    if given == "object":
        for key, part in schema.get("properties", {}).items():
            if key in value:
                found += wrong_types(value[key], part, f"{path}.{key}")
    if given == "array" and "items" in schema:
        for element in value:
            found += wrong_types(element, schema["items"], f"{path}[]")
    return found


def test_every_endpoint_exists_at_the_vendor(spec):
    assert MODULES
    known = {
        (bare(path), method.upper()) for path, item in spec["paths"].items() for method in item
    }
    ours = {(bare("/".join(spot.segments)), spot.method) for spot in ENDPOINTS}
    assert {pair for pair in ours - known if pair[0] not in NEWER} == set()


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_types_are_those_of_the_specification(name, sandbox, api, spec):
    path, method, status = PAIRS[name]
    schema = spec["paths"][path][method]["responses"][status]["content"]["application/json"][
        "schema"
    ]
    answer = PRODUCERS[name](World(sandbox, api))
    found = [line for line in wrong_types(answer.json(), schema) if (name, line[0]) not in KNOWN]
    assert found == []
