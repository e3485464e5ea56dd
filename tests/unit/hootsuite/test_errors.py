"""Every error code and string of the fact sheet leads to its documented outcome."""

import json

import pytest

from connector_base.core import errors
from connector_base.core.http_call import token_refused
from connector_base.core.http_types import Response
from connector_base.core.oauth2 import token_error
from hootsuite_connector.client.errors import classify, quota
from tests.unit.hootsuite.samples import names, sample

NOW = 1_893_456_000.0 + 3600  # an hour after midnight UTC
TOKEN = "token"  # renew once, repeat once
PERMISSION = "permission"
REJECTED = "rejected"
#: Code -> what it leads to. The table is the whole of the REST specification's "Error Codes".
OUTCOMES = {
    **dict.fromkeys((1000, 1001, 1032, 1034, 1035, 1036), TOKEN),
    **dict.fromkeys(
        (1002, *range(1005, 1032), *range(1038, 1043), 1044), errors.ConfigurationError
    ),
    **dict.fromkeys((1003, 1004, 1043), errors.RateLimited),
    **dict.fromkeys((1033, 1037), errors.ScopeMissing),
    **dict.fromkeys((1201, 1202, *range(4002, 4011), 40005), PERMISSION),
    **dict.fromkeys((3003, 4001, 4303), errors.NotFound),
    **dict.fromkeys((5000, 9000), errors.RemoteUnavailable),
    40021: errors.RateLimited,
    **dict.fromkeys(
        (
            1100,
            *range(2000, 2009),
            *range(2303, 2307),
            3002,
            *range(3004, 3007),
            3008,
            3010,
            3020,
            3021,
            3301,
            4000,
            5001,
            5002,
            40001,
            40003,
            40004,
            40019,
            40020,
            40022,
            40023,
            40024,
            40025,
        ),
        REJECTED,
    ),
}
#: OAuth ``error`` strings -> what the API's answer leads to.
STRINGS = {
    "request_unauthorized": TOKEN,
    "invalid_token": TOKEN,
    "token_expired": TOKEN,
    "token_inactive": TOKEN,
    "token_signature_mismatch": TOKEN,
    "token_claim": TOKEN,
    "request_forbidden": errors.ReconnectRequired,
    "invalid_grant": errors.ReconnectRequired,
    "access_denied": errors.ReconnectRequired,
    "scope_not_granted": errors.ScopeMissing,
    "invalid_scope": errors.ScopeMissing,
    "invalid_client": errors.ConfigurationError,
    "unauthorized_client": errors.ConfigurationError,
    "unsupported_grant_type": errors.ConfigurationError,
    "unsupported_response_type": errors.ConfigurationError,
    "misconfiguration": errors.ConfigurationError,
    "invalid_request": errors.ConfigurationError,
    "invalid_state": errors.ConfigurationError,
    "insufficient_entropy": errors.ConfigurationError,
    "not_found": errors.NotFound,
    "server_error": errors.RemoteUnavailable,
    "temporarily_unavailable": errors.RemoteUnavailable,
    "unknown_error": errors.RemoteUnavailable,
}


def answer(status, body, headers=None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, headers or {}, content, received_at=NOW)


def coded(status, code, message="words", resource=None):
    row = {"code": code, "message": message, "id": "0000015d62ac376d-10b917"}
    return answer(status, {"errors": [{**row, "resource": resource}]})


def check(error, outcome):
    assert error is not None
    if outcome == TOKEN:
        assert type(error) is errors.AuthError
        assert token_refused(error)
    elif outcome in (PERMISSION, REJECTED):
        assert type(error) is errors.Rejected
        assert not token_refused(error)
        assert not errors.is_retryable(error)
        if outcome == PERMISSION:
            assert "permission" in error.remedy
            assert "permit" in error.message
    else:
        assert type(error) is outcome
        assert not token_refused(error)


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(("code", "outcome"), OUTCOMES.items())
def test_every_code_whatever_status_it_comes_with(code, outcome, status):
    check(classify(coded(status, code)), outcome)


def test_the_table_is_complete():
    table = {
        *range(1000, 1045),
        1100,
        1201,
        1202,
        *range(2000, 2009),
        *range(2303, 2307),
        *(3002, 3003, 3004, 3005, 3006, 3008, 3010, 3020, 3021, 3301),
        *range(4000, 4011),
        4303,
        *(5000, 5001, 5002, 9000, 40001, 40003, 40004, 40005),
        *range(40019, 40026),
    }
    assert set(OUTCOMES) == table


@pytest.mark.parametrize("code", [1201, *range(4002, 4011)])
def test_permission_errors_never_touch_the_login(code):
    """They come as 401: a renewal would be useless, and a second refusal would log out."""
    error = classify(coded(401, code))
    assert not isinstance(error, errors.AuthError)
    assert error.code == code


@pytest.mark.parametrize(("word", "outcome"), STRINGS.items())
def test_every_oauth_string_of_the_api(word, outcome):
    check(classify(answer(401, {"error": word, "error_description": "x"})), outcome)


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("invalid_grant", errors.ReconnectRequired),
        ("token_expired", errors.ReconnectRequired),
        ("token_inactive", errors.ReconnectRequired),
        ("invalid_client", errors.ConfigurationError),
        ("unauthorized_client", errors.ConfigurationError),
        ("unsupported_grant_type", errors.ConfigurationError),
        ("invalid_scope", errors.ConfigurationError),
        ("invalid_request", errors.ConfigurationError),
        ("misconfiguration", errors.ConfigurationError),
        ("access_denied", errors.AuthError),
        ("request_forbidden", errors.AuthError),
        ("request_unauthorized", errors.AuthError),
        ("server_error", errors.RemoteUnavailable),
        ("temporarily_unavailable", errors.RemoteUnavailable),
    ],
)
def test_every_oauth_string_of_the_token_endpoint(word, outcome):
    assert type(token_error(answer(400, {"error": word}), "refresh_token")) is outcome


@pytest.mark.parametrize("name", names("error_") + names("api_error_"))
def test_sample_answers_are_understood(name):
    status = int(name.rpartition(".")[2])
    error = classify(answer(status, sample(name)))
    assert error.message
    assert "HTTP" not in error.message, "the code is known, so there are words for it"
    if isinstance(error, errors.RemoteError):
        assert error.status == status


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (401, 1099, TOKEN),
        (401, 4999, REJECTED),
        (403, 4999, REJECTED),
        (400, 77777, REJECTED),
        (404, 77777, errors.NotFound),
        (500, 77777, errors.RemoteUnavailable),
        (429, 77777, errors.RateLimited),
    ],
)
def test_unknown_codes(status, code, outcome):
    check(classify(coded(status, code)), outcome)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (302, errors.RemoteUnavailable),
        (400, REJECTED),
        (401, TOKEN),
        (403, REJECTED),
        (404, errors.NotFound),
        (408, errors.RemoteUnavailable),
        (410, errors.NotFound),
        (422, REJECTED),
        (429, errors.RateLimited),
        (500, errors.RemoteUnavailable),
        (503, errors.RemoteUnavailable),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>gateway</html>", b"[1]", b'{"errors": "text"}'])
def test_bodies_without_a_code_are_judged_by_status(status, outcome, body):
    check(classify(answer(status, body)), outcome)


def test_short_limit_is_waited_out():
    """Without Retry-After the wait is the window of the limit, a second."""
    error = classify(answer(429, sample("error_rate_limit.429")))
    assert (error.scope, error.retry_after) == ("second", 1.0)


def test_retry_after_is_obeyed_if_it_ever_comes():
    error = classify(answer(429, {}, {"Retry-After": "7"}))
    assert error.retry_after == 7


def test_daily_limit_waits_for_midnight():
    headers = {"X-Account-Quota": "100000 per day", "X-Account-Quota-Used": "100001"}
    error = classify(answer(429, sample("error_rate_limit.429"), headers))
    assert error.scope == "day"
    assert error.retry_after == 23 * 3600 + 60


def test_a_quota_that_is_not_spent_is_no_daily_limit():
    headers = {"X-Account-Quota": "100000 per day", "X-Account-Quota-Used": "99999"}
    assert classify(answer(429, {}, headers)).scope == "second"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"X-Account-Quota": "100000 per day", "X-Account-Quota-Used": "17"}, (17, 100000)),
        ({"x-account-quota-used": "17"}, (17, None)),
        ({}, (None, None)),
        ({"X-Account-Quota": "plenty", "X-Account-Quota-Used": "-"}, (None, None)),
    ],
)
def test_quota_headers(headers, found):
    assert quota(answer(200, {}, headers)) == found


def test_media_that_is_not_ready_is_worth_a_wait():
    error = classify(answer(400, sample("error_media_not_ready.400")))
    assert (error.scope, error.retry_after, error.code) == ("concurrency", 5.0, 40021)


def test_details_name_the_field():
    error = classify(answer(400, sample("error_schema_validation.400")))
    assert error.details == [("scheduledSendTime", "Schema validation failed")]


def test_inbox_errors_are_texts():
    error = classify(answer(400, sample("inbox_proactive_error.400")))
    assert "channel: must not be blank" in error.message


def test_analytics_errors_are_problem_details():
    error = classify(answer(422, sample("analytics_error.422")))
    assert "An invalid argument was provided." in error.message


def test_personal_data_in_words_of_the_vendor_is_masked():
    error = classify(coded(400, 77777, "ada.member@example.com is taken"))
    assert "ada.member" not in error.message
    assert "ada.member" not in str(error.details)


def test_good_answers_are_no_error():
    assert classify(answer(200, {"data": [], "errors": [{"code": 4001}]})) is None


def test_request_id_for_support():
    assert classify(coded(400, 4000)).request_id == "0000015d62ac376d-10b917"
