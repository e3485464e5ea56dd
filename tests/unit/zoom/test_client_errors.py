"""Zoom's error answers and our error classes: the samples alone, and over real HTTP."""

import json

import pytest

from connector_base.core import errors
from connector_base.core.http_types import Response
from tests.unit.zoom import samples
from zoom_connector.client import classify

# 2026-05-04T21:00:00Z: three hours before Zoom's daily reset.
EVENING = 1777928400.0

EXPECTED = {
    "error.bad_json": errors.Rejected,
    "error.cannot_access_meeting": errors.Rejected,
    "error.expired_token": errors.AuthError,
    "error.hosting_not_allowed": errors.Rejected,
    "error.invalid_token": errors.AuthError,
    "error.meeting_in_progress_delete": errors.Rejected,
    "error.meeting_not_found": errors.NotFound,
    "error.meeting_over_a_year": errors.NotFound,
    "error.missing_scopes": errors.ScopeMissing,
    "error.no_permission": errors.Rejected,
    "error.no_recording": errors.NotFound,
    "error.not_host": errors.Rejected,
    "error.page_token_expired": errors.Rejected,
    "error.rate_limit_daily": errors.RateLimited,
    "error.rate_limit_registrant": errors.RateLimited,
    "error.rate_limit_second": errors.RateLimited,
    "error.rate_limit_user_100": errors.RateLimited,
    "error.user_not_found": errors.NotFound,
    "error.user_not_in_account": errors.NotFound,
    "error.validation": errors.Rejected,
}


def answer(status, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, names, content, "https://api.zoom.us/v2/x", received_at=EVENING)


def sample(name, **headers):
    return answer(samples.error_status(name), samples.response(name), **headers)


def test_every_sample_error_is_expected_here():
    assert set(EXPECTED) == set(samples.error_names())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_sample_errors(name):
    error = classify(sample(name))
    assert type(error) is EXPECTED[name]
    assert error.message
    code = samples.response(name)["code"]
    if isinstance(error, errors.RemoteError):
        assert (error.status, error.code) == (samples.error_status(name), code)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_same_in_another_language(name):
    body = samples.response(name)
    if name in ("error.missing_scopes", "error.rate_limit_registrant", "error.rate_limit_user_100"):
        body["message"] = {
            "error.missing_scopes": "El token no contiene: [meeting:write:meeting].",
            "error.rate_limit_registrant": "Límite diario «3» superado hasta las 00:00:00 GMT.",
            "error.rate_limit_user_100": "Límite diario (100) superado hasta las 00:00:00 GMT.",
        }[name]
    else:
        body["message"] = "Ошибка."
    headers = {"x_ratelimit_type": "Daily-limit"} if name == "error.rate_limit_daily" else {}
    error = classify(answer(samples.error_status(name), body, **headers))
    assert type(error) is EXPECTED[name]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_personal_data_in_what_we_say(name):
    error = classify(sample(name))
    said = f"{error.message} {error.remedy} {getattr(error, 'details', '')}"
    for trace in ("example.com", "81234567890", "AcctExampleCo"):
        assert trace not in said


def test_success_is_no_error():
    assert classify(answer(200, {"code": 3001})) is None
    assert classify(answer(204, b"")) is None


def test_missing_scopes_are_named():
    error = classify(sample("error.missing_scopes"))
    assert error.scopes == ("meeting:write:meeting", "meeting:write:meeting:admin")
    assert "meeting:write:meeting" in error.remedy


@pytest.mark.parametrize("code", [4700, 104])
def test_classic_apps_have_other_codes_for_missing_scopes(code):
    body = {"code": code, "message": "… does not contain scopes:[user:read:admin]."}
    assert classify(answer(400, body)).scopes == ("user:read:admin",)


def test_missing_scopes_without_names():
    error = classify(answer(400, {"code": 4711, "message": "?"}))
    assert (type(error), error.scopes) == (errors.ScopeMissing, ())


def test_invalid_fields_are_listed_without_personal_data():
    body = samples.response("error.validation")
    body["errors"].append({"field": "schedule_for", "message": "Unknown: bob.user@example.com"})
    details = classify(answer(400, body)).details
    assert details[0] == ("start_time", "Invalid field.")
    assert details[1][0] == "schedule_for"
    assert "bob.user" not in details[1][1]


@pytest.mark.parametrize(
    ("name", "headers", "scope", "wait"),
    [
        ("error.rate_limit_second", {"x_ratelimit_type": "QPS"}, "second", 1),
        ("error.rate_limit_second", {}, "second", 1),
        ("error.rate_limit_second", {"x_ratelimit_type": "QPS", "retry_after": "2"}, "second", 2),
        ("error.rate_limit_daily", {"x_ratelimit_type": "Daily-limit"}, "day", 10800),
        (
            "error.rate_limit_daily",
            {"x_ratelimit_type": "Daily-limit", "retry_after": "2026-05-04T23:00:00Z"},
            "day",
            7200,
        ),
        ("error.rate_limit_daily", {"retry_after": "7200"}, "day", 7200),
        ("error.rate_limit_user_100", {"x_ratelimit_category": "Light"}, "host", 10800),
        ("error.rate_limit_registrant", {}, "host", 10800),
    ],
)
def test_limits_of_all_kinds(name, headers, scope, wait):
    error = classify(sample(name, **headers))
    assert (error.scope, error.retry_after) == (scope, wait)


def test_too_many_at_once():
    body = {"code": 429, "message": "Too many concurrent requests. A request to disassociate …"}
    assert classify(answer(429, body)).scope == "concurrency"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, errors.RemoteUnavailable),
        (302, errors.RemoteUnavailable),
        (400, errors.Rejected),
        (401, errors.AuthError),
        (403, errors.Rejected),
        (404, errors.NotFound),
        (408, errors.RemoteUnavailable),
        (409, errors.RateLimited),
        (410, errors.NotFound),
        (429, errors.RateLimited),
        (500, errors.RemoteUnavailable),
        (503, errors.RemoteUnavailable),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html>Bad Gateway</html>", b"[1]", b'{"code": []}', b"\xff"]
)
def test_status_decides_when_the_body_says_nothing(status, kind, body):
    assert type(classify(answer(status, body))) is kind


def test_literal_status_300_with_zooms_code_is_a_refusal():
    assert type(classify(answer(300, samples.response("error.validation")))) is errors.Rejected


def test_unknown_code_tells_what_zoom_said():
    body = {"code": 4242, "message": "The moon is full, bob.user@example.com."}
    error = classify(answer(400, body))
    assert "4242" in error.message
    assert "The moon is full" in error.message
    assert "bob.user" not in error.message


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_sample_errors_over_http(connection, name):
    connection.sandbox.fault(
        "status",
        path=r"/users/.*/meetings",
        status=samples.error_status(name),
        body=samples.response(name),
    )
    with pytest.raises(errors.ConnectorError) as caught:
        list(connection.client.meetings("HostAdaExample00000001"))
    assert type(caught.value) is EXPECTED[name]
