"""What is stored of a delivery holds no secret."""

import pytest

from tests.unit.zoom import samples
from zoom_connector.adapters import events
from zoom_connector.adapters.splitting import SECRET_FIELDS, strip_secrets


@pytest.mark.parametrize("name", samples.FACT_NAMES)
def test_no_sample_keeps_a_secret(name):
    body = samples.event(name)
    secrets = set(_secret_values(body))
    for fact in events.split(body):
        assert not [secret for secret in secrets if samples.find(fact.payload, secret)]
        assert not [field for field in SECRET_FIELDS if samples.find(fact.payload, f'"{field}"')]


def test_the_samples_do_hold_secrets():
    found = {
        secret for name in samples.FACT_NAMES for secret in _secret_values(samples.event(name))
    }
    assert len(found) >= 6


def _secret_values(value):
    if isinstance(value, dict):
        for name, member in value.items():
            if name in SECRET_FIELDS:
                yield str(member)
            else:
                yield from _secret_values(member)
    elif isinstance(value, list):
        for member in value:
            yield from _secret_values(member)


def test_personal_join_address_of_a_registrant_is_not_kept():
    (fact,) = events.split(samples.event("meeting.registration_created"))
    assert not samples.find(fact.payload, "exampleRegistrantToken")


def test_join_address_of_the_meeting_is_kept():
    (fact,) = events.split(samples.event("meeting.created"))
    assert samples.find(fact.payload, "pwd=Ex4mplePwdHashAAAA.1")


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://z.example.com/rec/1?access_token=abc&v=2", "https://z.example.com/rec/1?v=2"),
        ("https://z.example.com/s/1?ZAK=abc", "https://z.example.com/s/1"),
        ("https://z.example.com/j/1?pwd=abc", "https://z.example.com/j/1?pwd=abc"),
        ("https://[broken?zak=1", "https://[broken"),
    ],
)
def test_tokens_in_addresses(address, kept):
    assert strip_secrets({"any": [address]}) == {"any": [kept]}


def test_secrets_are_found_in_any_depth_and_spelling():
    body = {"a": [{"b": {"Download_Token": "x", "PASSWORD": "y", "kept": 1}}]}
    assert strip_secrets(body) == {"a": [{"b": {"kept": 1}}]}


def test_what_a_database_cannot_store_is_taken_out():
    body = {
        "event": "meeting.\x00started",
        "payload": {"n": "a\x00b\udfff", "n\x00": 1, "x": float("nan")},
    }
    (fact,) = events.split(body)
    assert fact.event_type == "meeting.started"
    assert fact.payload["payload"] == {"n": "ab", "x": None}


def test_absurd_nesting_is_cut():
    deep = {}
    inner = deep
    for _ in range(500):
        inner["x"] = [{}]
        inner = inner["x"][0]
    (fact,) = events.split({"event": "meeting.started", "payload": deep})
    assert str(fact.payload).count("x") < 40
