"""OAuth 2.0 against a real server on a loopback port, with the vendors' documented bodies."""

import base64
import json
import socket
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
import pytest

from connector_base.core import errors, oauth2
from connector_base.core.crypto import KeyRing
from connector_base.core.http_form import HttpFormTransport
from tests.unit.core.conftest import Reply

# Bodies of Zoom's token endpoint (page "OAuth"), tokens made up.
SCOPES = "meeting:read:list_meetings meeting:read:meeting user:read:user"
CODE_ANSWER = {
    "access_token": "eyJleGFtcGxl.YWNjZXNz.dG9rZW4x",
    "token_type": "bearer",
    "refresh_token": "eyJleGFtcGxl.cmVmcmVzaA.dG9rZW4x",
    "expires_in": 3599,
    "scope": SCOPES,
    "api_url": "https://api.zoom.us",
}
REFRESH_ANSWER = {
    **CODE_ANSWER,
    "access_token": "eyJleGFtcGxl.YWNjZXNz.dG9rZW4y",
    "refresh_token": "eyJleGFtcGxl.cmVmcmVzaA.dG9rZW4y",
}
ACCOUNT_ANSWER = {
    "access_token": "eyJleGFtcGxl.czJz.dG9rZW4",
    "token_type": "bearer",
    "expires_in": 3600,
    "scope": "user:read:user:admin",
    "api_url": "https://api.zoom.us",
}
REDIRECT = "https://odoo.example.com/zoom_oauth/callback"


def body(data):
    return json.dumps(data).encode()


def answer(data, status=200, headers=None):
    return Reply(status, body(data), headers)


@pytest.fixture
def calls():
    return []


@pytest.fixture
def client(vendor, clock, calls):
    return make_client(vendor.url, clock, calls)


def make_client(url, clock, calls=None, **options):
    transport = HttpFormTransport(
        allowed_hosts={"127.0.0.1"},
        clock=clock,
        on_call=(calls if calls is not None else []).append,
        read_timeout=options.pop("read_timeout", 5),
    )
    endpoints = oauth2.OAuth2Endpoints(
        f"{url}/oauth/authorize",
        f"{url}/oauth/token",
        options.pop("revoke_url", f"{url}/oauth/revoke"),
    )
    options.setdefault("redirect_uri", REDIRECT)
    return oauth2.OAuth2Client(
        endpoints, "client-id", "client-s3cret", transport, clock=clock, **options
    )


def form(seen):
    return dict(parse_qsl(seen.body.decode(), strict_parsing=True))


# -- grants ----------------------------------------------------------------------------------------


def test_authorization_url(client):
    verifier = oauth2.new_verifier()
    url = urlsplit(client.authorization_url("the-state", verifier))
    query = parse_qs(url.query, strict_parsing=True)
    assert url.path == "/oauth/authorize"
    assert query == {
        "response_type": ["code"],
        "client_id": ["client-id"],
        "redirect_uri": [REDIRECT],
        "state": ["the-state"],
        "code_challenge": [oauth2.challenge(verifier)],
        "code_challenge_method": ["S256"],
    }


def test_authorization_url_without_pkce_and_with_scopes(vendor, clock):
    client = make_client(vendor.url, clock, pkce=False)
    query = parse_qs(urlsplit(client.authorization_url("state", scope=["offline", "a:b"])).query)
    assert "code_challenge" not in query
    assert query["scope"] == ["offline a:b"]


def test_pkce_challenge_vector():
    # RFC 7636, appendix B.
    assert (
        oauth2.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_verifiers_are_long_and_new():
    one, two = oauth2.new_verifier(), oauth2.new_verifier()
    assert one != two
    assert 43 <= len(one) <= 128


def test_exchange(client, vendor, clock):
    vendor.plays(answer(CODE_ANSWER))
    token = client.exchange("the-code", "the-verifier")
    (seen,) = vendor.seen
    assert (seen.method, seen.path) == ("POST", "/oauth/token")
    assert form(seen) == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": REDIRECT,
        "code_verifier": "the-verifier",
    }
    credentials = base64.b64decode(seen.headers["Authorization"].removeprefix("Basic "))
    assert credentials == b"client-id:client-s3cret"
    assert seen.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert token.access_token == CODE_ANSWER["access_token"]
    assert token.refresh_token == CODE_ANSWER["refresh_token"]
    assert token.expires_at == clock.now + 3599
    assert token.scope == tuple(SCOPES.split())
    assert token.api_url == "https://api.zoom.us"
    assert token.extra == {"token_type": "bearer"}


@pytest.mark.parametrize("call", ["authorization_url", "exchange"])
def test_pkce_needs_a_verifier(client, call):
    with pytest.raises(ValueError, match="verifier"):
        getattr(client, call)("x")


def test_refresh_takes_the_rotated_token(client, vendor):
    vendor.plays(answer(REFRESH_ANSWER))
    token = client.refresh("old-refresh")
    assert form(vendor.seen[0]) == {"grant_type": "refresh_token", "refresh_token": "old-refresh"}
    assert token.refresh_token == REFRESH_ANSWER["refresh_token"]


def test_refresh_keeps_the_old_one_if_the_vendor_does_not_rotate(client, vendor):
    vendor.plays(answer({"access_token": "a", "expires_in": 60}))
    assert client.refresh("old-refresh").refresh_token == "old-refresh"


def test_account_credentials(client, vendor, clock):
    vendor.plays(answer(ACCOUNT_ANSWER))
    token = client.grant("account_credentials", account_id="acc-1")
    assert form(vendor.seen[0]) == {"grant_type": "account_credentials", "account_id": "acc-1"}
    assert token.refresh_token is None
    assert token.expires_at == clock.now + 3600


def test_revoke(client, vendor):
    vendor.plays(answer({"status": "success"}))
    assert client.revoke("tok") is True
    assert vendor.seen[0].path == "/oauth/revoke"
    assert form(vendor.seen[0]) == {"token": "tok"}


def test_revoke_where_the_vendor_has_none(vendor, clock):
    assert make_client(vendor.url, clock, revoke_url=None).revoke("tok") is False
    assert vendor.seen == []


def test_revoking_a_dead_token_is_no_trouble(client, vendor):
    vendor.plays(answer({"reason": "Invalid Token!", "error": "invalid_token"}, 400))
    assert client.revoke("tok") is True


def test_a_failed_revocation_is_told(client, vendor):
    vendor.plays(Reply(500))
    with pytest.raises(errors.RemoteUnavailable):
        client.revoke("tok")


@pytest.mark.parametrize(("client_id", "secret"), [("", "x"), ("x", "")])
def test_missing_credentials(client_id, secret):
    with pytest.raises(errors.ConfigurationError):
        oauth2.OAuth2Client(
            oauth2.OAuth2Endpoints("a", "b"), client_id, secret, lambda *a: None, clock=lambda: 0
        )


def test_missing_redirect_address(vendor, clock):
    with pytest.raises(errors.ConfigurationError):
        make_client(vendor.url, clock, redirect_uri=None).authorization_url("s", "v")


# -- what can go wrong at the token endpoint -------------------------------------------------------

REFUSALS = [
    # Zoom (page "OAuth error messages" and seen bodies)
    (400, {"reason": "Invalid Token!", "error": "invalid_grant"}, errors.ReconnectRequired),
    (400, {"error": "invalid_grant"}, errors.ReconnectRequired),
    (400, {"reason": "Invalid Token!", "error": "invalid_request"}, errors.ReconnectRequired),
    (400, {"reason": "revoked", "errorCode": 4741}, errors.ReconnectRequired),
    (400, {"error": "invalid_request", "code": "4735"}, errors.ReconnectRequired),
    (
        400,
        {"reason": "Invalid client_id or client_secret", "error": "invalid_client"},
        errors.ConfigurationError,
    ),
    (
        400,
        {"reason": "unsupported grant type", "error": "unsupported_grant_type"},
        errors.ConfigurationError,
    ),
    (400, {"reason": "Bad Request", "error": "invalid_request"}, errors.ConfigurationError),
    (400, {"code": 4709, "reason": "Redirect URI mismatch."}, errors.ConfigurationError),
    # Hootsuite (REST specification)
    (
        401,
        {"error": "invalid_client", "error_description": "Client authentication failed"},
        errors.ConfigurationError,
    ),
    (400, {"error": "unauthorized_client"}, errors.ConfigurationError),
    (400, {"error": "token_inactive"}, errors.ReconnectRequired),
    (403, {"error": "request_forbidden"}, errors.AuthError),
    (400, {"error": "access_denied"}, errors.AuthError),
    (400, {"error": "temporarily_unavailable"}, errors.RemoteUnavailable),
    # anything else
    (400, {"error": "never_heard_of"}, errors.Rejected),
    (404, {}, errors.Rejected),
    (401, {}, errors.AuthError),
    (403, {}, errors.AuthError),
    (302, {}, errors.Rejected),
    (429, {}, errors.RateLimited),
    (500, {"error": "server_error"}, errors.RemoteUnavailable),
    (503, {"error": "invalid_grant"}, errors.RemoteUnavailable),
]


@pytest.mark.parametrize(("status", "data", "kind"), REFUSALS)
def test_refusals_are_typed_and_asked_once(client, vendor, clock, status, data, kind):
    vendor.plays(answer(data, status, {"Location": "/elsewhere"}))
    with pytest.raises(errors.ConnectorError) as caught:
        client.refresh("old")
    assert type(caught.value) is kind
    assert len(vendor.seen) == 1
    assert clock.slept == []
    if kind in (errors.ConfigurationError, errors.ReconnectRequired):
        assert caught.value.remedy
    if isinstance(caught.value, errors.RemoteError):
        assert caught.value.code == data.get("error")
        assert caught.value.status == status
    if "error" in data and status != 429:
        assert f'("{data["error"]}")' in caught.value.message


def test_a_bad_code_asks_to_start_again(client, vendor):
    vendor.plays(answer({"reason": "Invalid authorization code", "error": "invalid_grant"}, 400))
    with pytest.raises(errors.ReconnectRequired, match="code is expired"):
        client.exchange("used", "v")


def test_invalid_request_means_a_dead_token_only_for_refreshes(client, vendor):
    vendor.plays(answer({"reason": "Invalid Token!", "error": "invalid_request"}, 400))
    with pytest.raises(errors.ConfigurationError):
        client.grant("account_credentials", account_id="x")


def test_limits_tell_when_to_come_back(client, vendor):
    vendor.plays(Reply(429, b"", {"Retry-After": "42"}))
    with pytest.raises(errors.RateLimited) as caught:
        client.refresh("old")
    assert caught.value.retry_after == 42


@pytest.mark.parametrize(
    "content", [b"<html>Bad gateway</html>", b"", b"[1]", b'"text"', b"\xff\xfe"]
)
@pytest.mark.parametrize("status", [400, 502])
def test_error_pages_do_not_crash(client, vendor, content, status):
    vendor.plays(Reply(status, content, {"Content-Type": "text/html"}))
    with pytest.raises((errors.Rejected, errors.RemoteUnavailable)):
        client.refresh("old")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(drop=True),
        Reply(200, body(REFRESH_ANSWER), length=5000),
        Reply(200, b"<html>"),
        Reply(200, b""),
        answer({"access_token": ""}),
        answer({"access_token": 7}),
        answer({"refresh_token": "x"}),
        answer(["access_token"]),
    ],
    ids=["500", "dropped", "cut", "html", "empty", "blank", "number", "missing", "list"],
)
def test_a_lost_answer_may_have_used_up_the_refresh_token(client, vendor, reply):
    vendor.plays(reply)
    with pytest.raises(errors.RemoteUnavailable) as caught:
        client.refresh("old")
    assert caught.value.maybe_executed
    assert len(vendor.seen) == 1


def test_a_late_answer_may_have_used_up_the_refresh_token(vendor, clock):
    vendor.plays(Reply(delay=1))
    with pytest.raises(errors.RemoteUnavailable) as caught:
        make_client(vendor.url, clock, read_timeout=0.1).refresh("old")
    assert caught.value.maybe_executed


def test_a_refused_connection_left_the_refresh_token_alone(clock):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(errors.RemoteUnavailable) as caught:
        make_client(f"http://127.0.0.1:{port}", clock).refresh("old")
    assert caught.value.maybe_executed is False


@pytest.mark.parametrize(
    ("given", "lifetime"),
    [(60, 60), ("60", 60), (59.5, 59.5), (None, 3600), ("soon", 3600), (0, 3600), (-1, 3600)]
    + [(True, 3600), ([], 3600), ("nan", 3600), ("inf", 3600)],
)
def test_odd_lifetimes(client, vendor, clock, given, lifetime):
    vendor.plays(answer({"access_token": "a", "expires_in": given}))
    assert client.grant("x").expires_at == clock.now + lifetime


def test_neither_errors_nor_the_log_hold_a_secret(client, vendor, calls):
    planted = ["client-s3cret", "refresh-s3cret", "answer-s3cret", "code-s3cret"]
    vendor.plays(
        answer({"error": "x", "reason": "refresh-s3cret answer-s3cret"}, 400),
        answer({**REFRESH_ANSWER, "access_token": "answer-s3cret"}),
    )
    with pytest.raises(errors.Rejected) as caught:
        client.refresh("refresh-s3cret")
    token = client.exchange("code-s3cret", "verifier-s3cret")
    text = f"{caught.value} {caught.value.remedy} {calls[1]!r} {token!r}"
    assert not [secret for secret in planted if secret in text]
    assert not [secret for secret in planted if secret in calls[0].request_excerpt]
    assert "refresh_token" in calls[0].request_excerpt
    assert [(call.status, call.error) for call in calls] == [(400, "HTTP 400"), (200, "")]


# -- tokens ----------------------------------------------------------------------------------------


def test_token_round_trip_and_freshness():
    token = oauth2.Token("a", "r", 1000.0, ("x", "y"), "https://api", {"k": 1})
    assert oauth2.Token.from_json(token.to_json()) == token
    assert token.is_fresh(699)
    assert not token.is_fresh(700)
    assert token.is_fresh(700, leeway=0)
    assert not token.is_fresh(1000, leeway=0)


def test_a_token_shows_nothing():
    shown = repr(oauth2.Token("aaaa", "bbbb", 1000.0, ("x",), None, {"k": "cccc"}))
    assert not [secret for secret in ("aaaa", "bbbb", "cccc") if secret in shown]


@pytest.mark.parametrize("value", [None, "", 7, ["x"]])
def test_odd_values_beside_a_good_access_token(client, vendor, value):
    vendor.plays(
        answer({"access_token": "a", "refresh_token": value, "api_url": value, "scope": value})
    )
    token = client.refresh("old")
    assert (token.refresh_token, token.api_url, token.scope) == ("old", None, ())


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", "null", '{"access_token": "a"}'])
def test_a_damaged_stored_token(text):
    with pytest.raises(errors.ConfigurationError):
        oauth2.Token.from_json(text)


# -- state -----------------------------------------------------------------------------------------

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


def test_state_round_trip():
    state = oauth2.encode_state(KEY, {"integration": 3}, now=1000)
    claims = oauth2.decode_state(KEY, state, 1599)
    assert claims.pop("jti")
    assert claims == {"integration": 3}


def test_states_differ():
    assert oauth2.encode_state(KEY, {}, now=1) != oauth2.encode_state(KEY, {}, now=1)


@pytest.mark.parametrize("now", [1600, 5000, 939])
def test_state_expires(now):
    state = oauth2.encode_state(KEY, {}, now=1000)
    with pytest.raises(errors.StateError, match="expired"):
        oauth2.decode_state(KEY, state, now)


@pytest.mark.parametrize("now", [940, 1000, 1599])
def test_clocks_of_two_servers_may_differ_a_little(now):
    assert oauth2.decode_state(KEY, oauth2.encode_state(KEY, {}, now=1000), now)


def test_only_the_given_clock_counts():
    later = 5_000_000_000  # years ahead of the system's clock
    assert oauth2.decode_state(KEY, oauth2.encode_state(KEY, {}, 30, now=later), later + 29)
    with pytest.raises(errors.StateError):
        oauth2.decode_state(KEY, oauth2.encode_state(KEY, {}, 30, now=later), later + 30)


def test_state_survives_a_key_rotation():
    old, new = KeyRing.generate_key(), KeyRing.generate_key()
    state = oauth2.encode_state(KeyRing([old]).derive("state"), {"a": 1}, now=1000)
    assert oauth2.decode_state(KeyRing([new, old]).derive_all("state"), state, 1001)["a"] == 1
    with pytest.raises(errors.StateError):
        oauth2.decode_state(KeyRing([new]).derive_all("state"), state, 1001)


def tampered():
    good = oauth2.encode_state(KEY, {"integration": 3}, now=1000)
    head, payload, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    other = base64.urlsafe_b64encode(body({**claims, "integration": 4})).rstrip(b"=").decode()
    return {
        "none": None,
        "empty": "",
        "text": "xxxxxxxx",
        "unsigned": jwt.encode(claims, None, algorithm="none"),
        "no signature": f"{head}.{payload}.",
        "other claims": f"{head}.{other}.{signature}",
        "other key": oauth2.encode_state(OTHER_KEY, {"integration": 3}, now=1000),
        "other algorithm": jwt.encode(claims, KEY.hex(), algorithm="HS512"),
        "no expiry": jwt.encode({"iat": 1000, "jti": "x"}, KEY.hex(), algorithm="HS256"),
        "no id": jwt.encode({"iat": 1000, "exp": 1600}, KEY.hex(), algorithm="HS256"),
        "non-ascii": "é.é.é",
    }


@pytest.mark.parametrize("name", sorted(tampered()))
def test_a_state_that_is_not_ours(name):
    with pytest.raises(errors.StateError):
        oauth2.decode_state(KEY, tampered()[name], 1001)


def test_no_key_accepts_no_state():
    with pytest.raises(errors.StateError):
        oauth2.decode_state([], oauth2.encode_state(KEY, {}, now=1000), 1001)
