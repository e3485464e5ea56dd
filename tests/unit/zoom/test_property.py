"""Whatever JSON comes, only PayloadError may be raised; keys depend on the fact alone."""

import copy
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_base.core.errors import PayloadError
from tests.unit.zoom import samples
from tests.unit.zoom.test_keys import shuffled
from zoom_connector.adapters import events
from zoom_connector.adapters.meeting import Meeting
from zoom_connector.adapters.past import PastMeeting
from zoom_connector.adapters.people import ParticipantRow, User
from zoom_connector.adapters.recording import RecordingSet
from zoom_connector.adapters.registrant import Registrant

# The same examples in every run, so that a red suite is red for everybody; raise max_examples and drop
# derandomize to search further.
RUNS = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def fields_of(value):
    """All field names that occur in the samples."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from fields_of(member)
    elif isinstance(value, list):
        for member in value:
            yield from fields_of(member)


FIELDS = sorted(
    {name for sample in samples.FACT_NAMES for name in fields_of(samples.event(sample))}
)
NAMES = st.sampled_from(FIELDS) | st.text(max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "2026-05-04T08:00:00Z",
            "2026-05-04T08:00:00",
            "2026-13-44T99:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "2026-05-04T08:00:00+99:99",
            "America/Montreal",
            "America",
            "https://zoom.example.com/j/1?tk=1",
            "https://[::1?zak=1",
            "81234567890",
            81234567890,
            1777881672830,
            10**400,
            "single",
            "1,2,9",
            "\x00",
            "\ud800",
            "x@y",
        ]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=8),
    max_leaves=25,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=12)


def split_and_parse(body):
    """The only error allowed to come out is PayloadError; facts can be stored."""
    try:
        facts = events.split(body)
    except PayloadError as error:
        assert error.message
        assert error.remedy
        return
    for fact in facts:
        stored = json.dumps(fact.payload, allow_nan=False, ensure_ascii=False)
        for text in (stored, fact.event_type, fact.external_key, fact.subject_key):
            assert "\x00" not in text
            text.encode("utf-8")
        try:
            _parsed, issues = events.parse(fact.event_type, json.loads(stored))
        except PayloadError as error:
            assert error.message
            assert error.remedy
        else:
            assert all(issue.field and issue.message and issue.remedy for issue in issues)


@RUNS
@given(OBJECTS)
def test_any_json_object(body):
    split_and_parse(body)


@RUNS
@given(st.sampled_from(sorted(events.KNOWN_EVENTS)), OBJECTS, JSON)
def test_any_object_in_a_known_event(event, subject, stamp):
    split_and_parse({"event": event, "event_ts": stamp, "payload": {"object": subject}})
    split_and_parse({"event": event, "event_ts": 1777881672830, "payload": subject})


def places(value, path=()):
    """The paths of all values in a JSON document."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for name, member in members:
        yield (*path, name)
        if isinstance(member, dict | list):
            yield from places(member, (*path, name))


@RUNS
@given(st.sampled_from(samples.FACT_NAMES), st.data(), JSON)
def test_a_sample_with_any_value_in_any_place(name, data, value):
    body = samples.event(name)
    *holders, last = data.draw(st.sampled_from(list(places(body))))
    spot = body
    for holder in holders:
        spot = spot[holder]
    spot[last] = value
    split_and_parse(body)


@pytest.mark.parametrize("name", samples.FACT_NAMES)
def test_a_sample_without_any_one_of_its_fields(name):
    for *holders, last in places(samples.event(name)):
        body = samples.event(name)
        spot = body
        for holder in holders:
            spot = spot[holder]
        del spot[last]
        split_and_parse(body)


@RUNS
@given(st.sampled_from(sorted(events.KNOWN_EVENTS)), OBJECTS, st.integers())
def test_key_order_and_repetition_keep_the_keys(event, subject, seed):
    body = {"event": event, "event_ts": 1777881672830, "payload": {"object": subject}}
    keys = [(fact.external_key, fact.subject_key) for fact in events.split(copy.deepcopy(body))]
    for again in (body, shuffled(body, random.Random(seed))):
        assert [(fact.external_key, fact.subject_key) for fact in events.split(again)] == keys


@RUNS
@given(
    st.sampled_from([Meeting, PastMeeting, ParticipantRow, User, RecordingSet, Registrant]),
    JSON,
)
def test_any_answer_of_the_api(model, answer):
    issues = []
    try:
        model.read(answer, issues)
    except PayloadError as error:
        assert error.message
    model.read_all([answer, answer], issues)
    assert all(issue.field and issue.message for issue in issues)
