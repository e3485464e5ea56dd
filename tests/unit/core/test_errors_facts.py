from datetime import datetime, timedelta, timezone

import pytest

from connector_base.core import errors
from connector_base.core.facts import Fact

NOW = datetime(2026, 5, 4, 8, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.RateLimited("x"), True),
        (errors.RemoteUnavailable("x"), True),
        (errors.BreakerOpen("x", retry_after=3), True),
        (errors.ConfigurationError("x"), False),
        (errors.KeyUnavailable("x"), False),
        (errors.PayloadError("x"), False),
        (errors.AuthError("x"), False),
        (errors.ReconnectRequired("x"), False),
        (errors.ScopeMissing("x"), False),
        (errors.NotFound("x"), False),
        (errors.Rejected("x"), False),
        (errors.SignatureMismatch("x"), False),
        (ValueError("x"), False),
    ],
)
def test_only_passing_troubles_are_retryable(error, expected):
    assert errors.is_retryable(error) is expected


def test_every_error_speaks_plainly():
    error = errors.PayloadError("No id.", field="object.id", value_hint="null", remedy="Replay.")
    assert (error.message, error.remedy, error.retry_after) == ("No id.", "Replay.", None)
    assert str(error) == "No id."


def test_default_remedy_can_be_emptied():
    assert errors.ReconnectRequired("x").remedy
    assert errors.ReconnectRequired("x", remedy="").remedy == ""


def test_missing_scope_names_the_scopes_in_its_remedy():
    error = errors.ScopeMissing("x", scopes=["a:read", "b:read"])
    assert error.scopes == ("a:read", "b:read")
    assert "a:read, b:read" in error.remedy


def test_fact_takes_utc():
    fact = Fact("meeting.started", "k", "s", NOW, {"secretish": 1})
    assert fact.occurred_at == NOW
    assert "secretish" not in repr(fact)


@pytest.mark.parametrize(
    "moment",
    [NOW.replace(tzinfo=None), NOW.astimezone(timezone(timedelta(hours=2)))],
    ids=["naive", "other zone"],
)
def test_fact_refuses_times_that_are_not_utc(moment):
    with pytest.raises(ValueError, match="UTC"):
        Fact("meeting.started", "k", "s", moment, {})


@pytest.mark.parametrize(("event_type", "key"), [("", "k"), ("meeting.started", "")])
def test_fact_needs_type_and_key(event_type, key):
    with pytest.raises(ValueError, match="needs"):
        Fact(event_type, key, "s", NOW, {})
