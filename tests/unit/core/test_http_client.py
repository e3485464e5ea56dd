"""The HTTP client against real servers on loopback ports."""

import email.utils
import inspect
import json
import socket
import traceback
from datetime import datetime, timezone
from urllib.parse import urlsplit

import pytest

from connector_base.core import errors
from connector_base.core.http_client import HttpClient
from connector_base.core.http_session import HostPolicy, origin
from connector_base.core.http_types import parse_retry_after
from connector_base.core.retry import RetryPolicy
from tests.unit.core.conftest import Reply

ONCE = RetryPolicy(max_attempts=1)


class Tokens:
    """A token source that counts refreshes."""

    def __init__(self, *tokens):
        self.tokens = list(tokens)
        self.refused = []
        self.confirmed = []

    def get(self):
        return self.tokens[0]

    def invalidate(self, bad):
        self.refused.append(bad)
        if len(self.tokens) > 1:
            self.tokens.pop(0)
        return self.tokens[0]

    def confirm(self, token):
        self.confirmed.append(token)


class Gate:
    """Writes down what the breaker is told."""

    def __init__(self):
        self.told = []

    def before_call(self):
        self.told.append("before")

    def success(self):
        self.told.append("success")

    def failure(self, exc):
        self.told.append(type(exc).__name__)


@pytest.fixture
def calls():
    return []


@pytest.fixture
def make(vendor, clock, calls):
    def build(base=None, **options):
        options.setdefault("allowed_hosts", {"127.0.0.1"})
        options.setdefault("rng", lambda: 0.5)
        options.setdefault("read_timeout", 5)
        return HttpClient(
            base or vendor.url + "/v2",
            clock=clock,
            sleep=clock.sleep,
            on_call=calls.append,
            **options,
        )

    return build


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# -- what is sent and what comes back ------------------------------------------------------------


def test_a_good_call(make, vendor, calls):
    vendor.plays(
        Reply(
            200,
            b'{"id": 1}',
            {"X-RateLimit-Remaining": "7", "X-RateLimit-Category": "Light", "x-zm-trackingid": "t"},
        )
    )
    client = make(auth=Tokens("tok"), user_agent="Odoo/18 test")
    response = client.request("get", "/users/me", params={"a": "b c"}, route="/users/{id}")
    assert response.json() == {"id": 1}
    assert (response.status, response.ok, response.missing) == (200, True, False)
    assert response.quota == {"remaining": "7", "category": "Light"}
    assert response.headers["X-ZM-TrackingID"] == "t"
    (seen,) = vendor.seen
    assert (seen.method, seen.path) == ("GET", "/v2/users/me?a=b+c")
    assert seen.headers["Authorization"] == "Bearer tok"
    assert seen.headers["User-Agent"] == "Odoo/18 test"
    (record,) = calls
    assert (record.method, record.route, record.path) == ("GET", "/users/{id}", "/v2/users/me")
    assert (record.status, record.attempt, record.error) == (200, 1, "")
    assert record.request_id == "t"
    assert record.quota == response.quota


def test_json_and_form_bodies(make, vendor):
    vendor.plays(Reply(201))
    client = make()
    client.request("POST", "/meetings", json={"topic": "é"})
    client.request("POST", "/meetings", data={"a": "1"})
    client.request("PUT", "/file", data=b"\x00\x01")
    assert json.loads(vendor.seen[0].body) == {"topic": "é"}
    assert vendor.seen[0].headers["Content-Type"] == "application/json"
    assert vendor.seen[1].body == b"a=1"
    assert vendor.seen[2].body == b"\x00\x01"
    assert "Authorization" not in vendor.seen[0].headers


def test_a_file_is_sent_from_its_place_again_on_a_retry(make, vendor, tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"skip:content")
    vendor.plays(Reply(500), Reply(200))
    with path.open("rb") as handle:
        handle.seek(5)
        make().request("PUT", "/file", data=handle)
    assert [seen.body for seen in vendor.seen] == [b"content", b"content"]


def test_empty_204(make, vendor):
    vendor.plays(Reply(204, b""))
    response = make().request("DELETE", "/meetings/1")
    assert response.json() is None


def test_double_encoded_id_arrives_as_given(make, vendor):
    vendor.plays(Reply())
    make().request("GET", "/past_meetings/%252FabC%252F%252Fd%253D%253D")
    assert vendor.seen[0].path == "/v2/past_meetings/%252FabC%252F%252Fd%253D%253D"


@pytest.mark.parametrize("path", ["/meetings/..", "/meetings/./x", "/../users"])
def test_dot_segments_cannot_reach_another_resource(make, vendor, path):
    vendor.plays(Reply())
    with pytest.raises(errors.PayloadError):
        make().request("DELETE", path)
    assert vendor.seen == []


def test_an_answer_that_is_not_json(make, vendor):
    vendor.plays(Reply(200, b"<html>maintenance</html>", {"Content-Type": "text/html"}))
    response = make().request("GET", "/x")
    with pytest.raises(errors.RemoteUnavailable):
        response.json()


def test_no_cookies_are_kept(make, vendor):
    vendor.plays(Reply(200, b"{}", {"Set-Cookie": "a=b"}))
    client = make()
    client.request("GET", "/x")
    client.request("GET", "/x")
    assert "Cookie" not in vendor.seen[1].headers


def test_netrc_is_not_read(make, vendor, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    vendor.plays(Reply())
    make().request("GET", "/x")
    make(auth=Tokens("tok")).request("GET", "/x")
    assert "Authorization" not in vendor.seen[0].headers
    assert vendor.seen[1].headers["Authorization"] == "Bearer tok"


def test_loopback_calls_go_past_a_proxy(make, vendor, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    vendor.plays(Reply())
    assert make().request("GET", "/x").ok


# -- statuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (304, errors.Rejected),
        (400, errors.Rejected),
        (401, errors.AuthError),
        (403, errors.Rejected),
        (404, errors.NotFound),
        (408, errors.RemoteUnavailable),
        (409, errors.Rejected),
        (410, errors.NotFound),
        (429, errors.RateLimited),
        (500, errors.RemoteUnavailable),
        (501, errors.RemoteUnavailable),
        (503, errors.RemoteUnavailable),
    ],
)
def test_status_gives_typed_error(make, vendor, calls, status, kind):
    vendor.plays(Reply(status, b"" if status == 304 else b"{}", {"x-request-id": "r1"}))
    with pytest.raises(errors.ConnectorError) as caught:
        make(retry=ONCE).request("GET", "/x")
    assert type(caught.value) is kind
    if kind is not errors.AuthError:
        assert (caught.value.status, caught.value.request_id) == (status, "r1")
    assert calls[0].error.startswith(kind.__name__)


def test_missing_ok(make, vendor):
    vendor.plays(Reply(404))
    response = make().request("GET", "/x", missing_ok=True)
    assert response.missing
    assert response.status == 404


def test_missing_ok_hides_nothing_else(make, vendor):
    vendor.plays(Reply(400))
    with pytest.raises(errors.Rejected):
        make().request("GET", "/x", missing_ok=True)


def test_the_vendors_reading_comes_first(make, vendor):
    def classify(response):
        if response.json().get("code") == 3001:
            return errors.NotFound("Meeting does not exist.", code=3001)
        return None

    vendor.plays(Reply(400, b'{"code": 3001}', {"x-zm-trackingid": "t9"}), Reply(400, b"{}"))
    client = make(classify=classify)
    with pytest.raises(errors.NotFound) as caught:
        client.request("GET", "/x")
    assert (caught.value.code, caught.value.status, caught.value.request_id) == (3001, 400, "t9")
    with pytest.raises(errors.Rejected):
        client.request("GET", "/x")


def test_an_error_inside_a_200_can_be_seen(make, vendor):
    vendor.plays(Reply(200, b'{"errors": ["no"]}'))
    client = make(classify=lambda r: errors.Rejected("no") if "errors" in r.json() else None)
    with pytest.raises(errors.Rejected):
        client.request("GET", "/x")


# -- Retry-After and retries -----------------------------------------------------------------------


def test_retry_after_seconds(make, vendor, clock):
    vendor.plays(Reply(429, headers={"Retry-After": "7"}), Reply(200))
    assert make().request("POST", "/x").ok
    assert clock.slept == [7.25]  # never earlier than asked, plus a little jitter


def test_retry_after_http_date(make, vendor, clock):
    at = email.utils.formatdate(clock.now + 9, usegmt=True)
    vendor.plays(Reply(503, headers={"Retry-After": at}), Reply(200))
    make().request("GET", "/x")
    assert clock.slept == [9.25]


def test_retry_after_iso(make, vendor, clock):
    at = datetime.fromtimestamp(clock.now + 11, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    vendor.plays(Reply(429, headers={"Retry-After": at}), Reply(200))
    make().request("GET", "/x")
    assert clock.slept == [11.25]


def test_what_the_vendors_reading_asks_for_wins_over_the_header(make, vendor, clock):
    vendor.plays(Reply(429, headers={"Retry-After": "9"}), Reply(200))
    client = make(
        classify=lambda r: errors.RateLimited("x", retry_after=2) if r.status == 429 else None
    )
    client.request("GET", "/x")
    assert clock.slept == [2.25]


def test_a_long_retry_after_is_left_to_the_job(make, vendor, clock):
    vendor.plays(Reply(429, headers={"Retry-After": "3600"}))
    with pytest.raises(errors.RateLimited) as caught:
        make().request("GET", "/x")
    assert caught.value.retry_after == 3600
    assert clock.slept == []
    assert len(vendor.seen) == 1


@pytest.mark.parametrize("scope", ["day", "host"])
def test_a_daily_limit_without_a_time_is_not_hammered(make, vendor, scope):
    vendor.plays(Reply(429))
    client = make(
        classify=lambda r: errors.RateLimited("x", scope=scope) if r.status == 429 else None
    )
    with pytest.raises(errors.RateLimited):
        client.request("GET", "/x")
    assert len(vendor.seen) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("0", 0),
        ("-5", 0),
        ("1.5", 1.5),
        ("2001-09-09T01:46:50Z", 10),
        ("2001-09-09T01:46:50+00:00", 10),
        ("2001-09-09T03:46:50+02:00", 10),
        ("2001-09-09T01:46:50", 10),
        ("1999-01-01T00:00:00Z", 0),
        ("Sun, 09 Sep 2001 01:46:50 GMT", 10),
    ],
)
def test_retry_after_forms(value, expected):
    assert parse_retry_after(value, 1_000_000_000) == expected


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_idempotent_calls_are_repeated(make, vendor, calls, clock, method):
    vendor.plays(Reply(500), Reply(502), Reply(200))
    assert make().request(method, "/x").ok
    assert [record.attempt for record in calls] == [1, 2, 3]
    assert [record.status for record in calls] == [500, 502, 200]
    assert clock.slept == [0.25, 0.5]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    "reply",
    [Reply(500), Reply(503, headers={"Retry-After": "1"}), Reply(drop=True), Reply(length=99)],
    ids=["500", "503", "dropped", "cut"],
)
def test_a_change_that_may_have_happened_is_not_repeated(make, vendor, method, reply):
    vendor.plays(reply)
    with pytest.raises(errors.RemoteUnavailable) as caught:
        make().request(method, "/x", json={})
    assert caught.value.maybe_executed
    assert len(vendor.seen) == 1


def test_a_change_that_did_not_happen_is_repeated(make, vendor):
    vendor.plays(Reply(429), Reply(201))
    assert make().request("POST", "/x").status == 201


def test_the_caller_knows_better(make, vendor):
    vendor.plays(Reply(500), Reply(200))
    assert make().request("POST", "/x", idempotent=True).ok
    vendor.plays(Reply(500))
    with pytest.raises(errors.RemoteUnavailable):
        make().request("GET", "/x", idempotent=False)
    assert len(vendor.seen) == 3


def test_it_gives_up_after_the_last_try(make, vendor, calls):
    vendor.plays(Reply(500))
    with pytest.raises(errors.RemoteUnavailable) as caught:
        make(retry=RetryPolicy(max_attempts=3)).request("GET", "/x")
    assert caught.value.status == 500
    assert len(calls) == 3


# -- network trouble -------------------------------------------------------------------------------


def test_refused_connection_was_surely_not_executed(make, calls):
    client = make(f"http://127.0.0.1:{closed_port()}", retry=RetryPolicy(max_attempts=2))
    with pytest.raises(errors.RemoteUnavailable) as caught:
        client.request("POST", "/x", json={})
    assert caught.value.maybe_executed is False
    assert caught.value.remedy
    assert [(record.status, record.attempt) for record in calls] == [(None, 1), (None, 2)]


def test_unknown_host_was_surely_not_executed(make):
    client = make("https://nowhere.invalid", allowed_hosts={"nowhere.invalid"}, retry=ONCE)
    with pytest.raises(errors.RemoteUnavailable) as caught:
        client.request("POST", "/x")
    assert caught.value.maybe_executed is False


def test_no_answer_in_time(make, vendor):
    vendor.plays(Reply(delay=1.0))
    with pytest.raises(errors.RemoteUnavailable) as caught:
        make(read_timeout=0.1).request("POST", "/x")
    assert caught.value.maybe_executed
    assert "in time" in caught.value.message


def test_one_call_may_have_its_own_timeout(make, vendor):
    vendor.plays(Reply(delay=1.0))
    with pytest.raises(errors.RemoteUnavailable):
        make(read_timeout=30, retry=ONCE).request("GET", "/x", read_timeout=0.1)


@pytest.mark.parametrize(
    "reply",
    [Reply(200, b'{"a": 1}', length=100), Reply(chunked_cut=True), Reply(drop=True)],
    ids=["shorter than announced", "chunks end early", "dropped"],
)
def test_a_cut_answer_is_never_taken_for_an_answer(make, vendor, reply):
    vendor.plays(reply)
    with pytest.raises(errors.RemoteUnavailable) as caught:
        make(retry=ONCE).request("GET", "/x")
    assert caught.value.maybe_executed


def test_a_cut_answer_is_asked_again(make, vendor):
    vendor.plays(Reply(length=100), Reply(200, b'{"whole": true}'))
    assert make().request("GET", "/x").json() == {"whole": True}


def test_a_trickling_answer_ends_at_the_deadline(vendor):
    # Each piece comes in time, the whole does not; the real clock, because the server's runs too.
    vendor.plays(Reply(200, b"x" * 2_000_000, trickle=0.01))
    client = HttpClient(
        vendor.url, allowed_hosts={"127.0.0.1"}, retry=ONCE, read_timeout=5, body_timeout=0.1
    )
    with pytest.raises(errors.RemoteUnavailable, match="too long"):
        client.request("GET", "/x")


def test_an_endless_answer_is_not_read(make, vendor, monkeypatch):
    monkeypatch.setattr("connector_base.core.http_client.MAX_CONTENT", 1000)
    vendor.plays(Reply(200, b"x" * 1001))
    with pytest.raises(errors.Rejected, match="too large"):
        make().request("GET", "/x")


def test_error_texts_hold_no_address(make, vendor, calls):
    planted = {"access_token": "s3" + "cr3t"}  # not in one piece in the source a traceback shows
    vendor.plays(Reply(drop=True))
    with pytest.raises(errors.RemoteUnavailable) as caught:
        make(retry=ONCE).request("GET", "/x", params=planted)
    logged = "".join(traceback.format_exception(caught.value))
    assert "RemoteUnavailable" in logged
    assert "s3cr3t" not in logged + repr(calls)


@pytest.mark.parametrize("value", [{"n": float("nan")}, {"n": object()}])
def test_data_that_is_no_json(make, vendor, value):
    vendor.plays(Reply())
    with pytest.raises(errors.PayloadError):
        make().request("POST", "/x", json=value)
    assert vendor.seen == []


@pytest.mark.parametrize("token", ["to\r\nken", "t\u20acken"])
def test_a_token_that_is_no_header(make, vendor, token):
    vendor.plays(Reply())
    with pytest.raises(errors.ConfigurationError) as caught:
        make(auth=Tokens(token)).request("GET", "/x")
    assert "ken" not in caught.value.message.replace("token", "")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert vendor.seen == []


def test_a_header_that_cannot_be_sent(make, vendor):
    vendor.plays(Reply())
    with pytest.raises(errors.ConfigurationError):
        make().request("GET", "/x", headers={"X-A": "a\r\nX-B: b"})
    assert vendor.seen == []


# -- tokens ----------------------------------------------------------------------------------------


def by_token(good):
    return lambda seen: Reply(200 if seen.headers["Authorization"] == f"Bearer {good}" else 401)


def test_a_refused_token_is_refreshed_once_and_the_call_replayed(make, vendor, calls):
    tokens = Tokens("old", "new")
    vendor.plays(by_token("new"))
    assert make(auth=tokens).request("POST", "/x", json={"n": 1}).ok
    assert tokens.refused == ["old"]
    assert tokens.confirmed == ["new"]
    assert [seen.headers["Authorization"] for seen in vendor.seen] == ["Bearer old", "Bearer new"]
    assert vendor.seen[0].body == vendor.seen[1].body
    assert [record.status for record in calls] == [401, 200]


def test_a_second_refusal_is_final_and_marked(make, vendor):
    tokens = Tokens("old", "new", "newer")
    vendor.plays(Reply(401))
    with pytest.raises(errors.AuthError) as caught:
        make(auth=tokens).request("GET", "/x")
    assert caught.value.after_refresh
    assert tokens.refused == ["old"]
    assert tokens.confirmed == []
    assert len(vendor.seen) == 2


def test_one_refresh_per_call_even_with_retries(make, vendor):
    tokens = Tokens("old", "new", "newer")
    vendor.plays(Reply(401), Reply(500), Reply(401))
    with pytest.raises(errors.AuthError):
        make(auth=tokens).request("GET", "/x")
    assert tokens.refused == ["old"]
    assert tokens.confirmed == [], "an outage is no proof that a token works"


@pytest.mark.parametrize(
    "error", [errors.ScopeMissing("x"), errors.ReconnectRequired("x"), errors.Rejected("x")]
)
def test_a_401_that_is_no_token_problem_refreshes_nothing(make, vendor, error):
    tokens = Tokens("old", "new")
    vendor.plays(Reply(401))
    with pytest.raises(type(error)):
        make(auth=tokens, classify=lambda r: error).request("GET", "/x")
    assert tokens.refused == []


def test_the_vendor_may_refuse_a_token_with_another_status(make, vendor):
    tokens = Tokens("old", "new")
    vendor.plays(Reply(400, b'{"code": 124}'), Reply(200))
    client = make(
        auth=tokens, classify=lambda r: errors.AuthError("token") if r.status == 400 else None
    )
    assert client.request("GET", "/x").ok
    assert tokens.refused == ["old"]


def test_a_failing_refresh_is_what_the_caller_hears(make, vendor):
    class Dead(Tokens):
        def invalidate(self, bad):
            raise errors.ReconnectRequired("gone")

    vendor.plays(Reply(401))
    with pytest.raises(errors.ReconnectRequired):
        make(auth=Dead("old")).request("GET", "/x")


def test_no_token_for_presigned_addresses(make, vendor):
    vendor.plays(Reply())
    make(auth=Tokens("tok")).request("PUT", vendor.url + "/upload", data=b"x", auth=False)
    assert "Authorization" not in vendor.seen[0].headers


# -- hosts and redirects ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "http://api.vendor.example/x",  # no TLS
        "ftp://127.0.0.1/x",
        "https://api.vendor.example@evil.example/x",
        "https://evil.example\\@api.vendor.example/x",
        "https://user:pw@api.vendor.example/x",
        "https://api.vendor.example.evil.example/x",
        "https://vendor.example/x",
        "https://api.vendor.example:99999/x",
        "https:///x",
        "https://api.vendor.example/x y",
        "https://api.vendor.example/x\r\nHost: evil",
        "https://[::1/x",
        "x",
        "",
    ],
)
def test_other_addresses_are_refused(make, url):
    client = make(allowed_hosts={"127.0.0.1", "api.vendor.example", "*.files.example"})
    with pytest.raises(errors.ConfigurationError):
        client.request("GET", url)


def test_wildcards_take_subdomains_only():
    policy = HostPolicy({"*.files.example"})
    assert policy.check("https://a.files.example/x")
    assert policy.check("https://A.B.files.example./x")
    for url in ("https://files.example/x", "https://xfiles.example/x"):
        with pytest.raises(errors.ConfigurationError):
            policy.check(url)


def test_plain_http_needs_loopback_or_permission():
    hosts = {"localhost", "127.0.0.1", "::1", "sandbox", "10.0.0.1"}
    policy = HostPolicy(hosts, insecure_hosts={"sandbox"})
    for url in ("http://localhost/", "http://127.0.0.1:1/", "http://[::1]/", "http://sandbox/"):
        assert policy.check(url)
    with pytest.raises(errors.ConfigurationError, match="https"):
        policy.check("http://10.0.0.1/")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://h.example/a", "https://H.example.:443/b?c", True),
        ("http://h.example", "http://h.example:80", True),
        ("https://h.example", "http://h.example", False),
        ("https://h.example", "http://h.example:443", False),
        ("https://h.example", "https://h.example:8443", False),
        ("https://h.example", "https://www.h.example", False),
    ],
)
def test_what_counts_as_the_same_place_for_a_token(one, other, same):
    assert (origin(urlsplit(one)) == origin(urlsplit(other))) is same


def test_the_base_address_is_checked_at_once(make):
    with pytest.raises(errors.ConfigurationError):
        make("https://elsewhere.example")


def test_a_redirect_on_the_same_host_keeps_the_token(make, vendor):
    vendor.plays(Reply(302, b"", {"Location": "/v2/there?x=1"}), Reply(200, b'{"ok": 1}'))
    response = make(auth=Tokens("tok")).request("GET", "/here", params={"p": "1"})
    assert response.json() == {"ok": 1}
    assert vendor.seen[1].path == "/v2/there?x=1"
    assert vendor.seen[1].headers["Authorization"] == "Bearer tok"


def test_a_redirect_elsewhere_loses_token_and_private_headers(make, vendor, other_vendor):
    vendor.plays(Reply(307, b"", {"Location": other_vendor.url + "/file"}))
    other_vendor.plays(Reply(200, b'{"ok": 1}'))
    make(auth=Tokens("tok")).request(
        "GET", "/here", headers={"X-Private": "1", "Range": "bytes=0-"}
    )
    headers = other_vendor.seen[0].headers
    assert "Authorization" not in headers
    assert "X-Private" not in headers
    assert headers["Range"] == "bytes=0-"


def test_the_token_does_not_come_back_with_a_second_redirect(make, vendor, other_vendor):
    vendor.plays(Reply(302, b"", {"Location": other_vendor.url + "/a"}), Reply(200))
    other_vendor.plays(Reply(302, b"", {"Location": vendor.url + "/back"}))
    make(auth=Tokens("tok")).request("GET", "/here")
    assert "Authorization" in vendor.seen[0].headers
    assert "Authorization" not in vendor.seen[1].headers


def test_a_redirect_to_a_host_not_allowed_is_not_followed(make, vendor, other_vendor):
    other_vendor.plays(Reply())
    target = other_vendor.url.replace("127.0.0.1", "localhost")
    vendor.plays(Reply(302, b"", {"Location": target}))
    with pytest.raises(errors.ConfigurationError, match="localhost"):
        make().request("GET", "/x")
    assert other_vendor.seen == []


def test_a_redirect_loop_ends(make, vendor):
    vendor.plays(Reply(302, b"", {"Location": "/again"}))
    with pytest.raises(errors.Rejected, match="circles"):
        make().request("GET", "/x")
    assert len(vendor.seen) == 6


def test_a_change_is_not_redirected(make, vendor):
    vendor.plays(Reply(307, b"", {"Location": "/elsewhere"}))
    with pytest.raises(errors.Rejected):
        make().request("POST", "/x", json={"secret": 1})
    assert len(vendor.seen) == 1


# -- breaker and log -------------------------------------------------------------------------------


def test_every_attempt_asks_and_tells_the_breaker(make, vendor):
    gate = Gate()
    vendor.plays(Reply(500), Reply(drop=True), Reply(200))
    make(breaker=gate).request("GET", "/x")
    assert gate.told == [
        "before",
        "RemoteUnavailable",
        "before",
        "RemoteUnavailable",
        "before",
        "success",
    ]


@pytest.mark.parametrize("status", [400, 401, 404, 429])
def test_a_vendor_that_answers_is_alive(make, vendor, status):
    gate = Gate()
    vendor.plays(Reply(status))
    with pytest.raises(errors.ConnectorError):
        make(breaker=gate, retry=ONCE).request("GET", "/x")
    assert gate.told == ["before", "success"]


def test_trouble_with_the_token_source_is_told_too(make, vendor):
    class Broken(Tokens):
        def get(self):
            raise errors.KeyUnavailable("no key")

    gate = Gate()
    vendor.plays(Reply())
    with pytest.raises(errors.KeyUnavailable):
        make(breaker=gate, auth=Broken("x")).request("GET", "/x")
    assert gate.told == ["before", "KeyUnavailable"]
    assert vendor.seen == []


def test_an_open_breaker_sends_nothing_and_does_not_wait(make, vendor, clock):
    class Open(Gate):
        def before_call(self):
            raise errors.BreakerOpen("paused", retry_after=20)

    vendor.plays(Reply())
    with pytest.raises(errors.BreakerOpen):
        make(breaker=Open(), auth=Tokens("x")).request("GET", "/x")
    assert vendor.seen == []
    assert clock.slept == []


def test_a_failing_log_does_not_fail_the_call(vendor, clock, caplog):
    def broken(record):
        raise RuntimeError("database is down")

    vendor.plays(Reply(201))
    client = HttpClient(
        vendor.url, allowed_hosts={"127.0.0.1"}, on_call=broken, clock=clock, sleep=clock.sleep
    )
    assert client.request("POST", "/x").status == 201
    assert "API log" in caplog.text


def test_the_log_holds_neither_secrets_nor_people(make, vendor, calls):
    vendor.plays(
        Reply(
            400,
            json.dumps(
                {
                    "code": 300,
                    "message": "User ada.host@example.com unknown",
                    "access_token": "answer-secret",
                    "users": [{"first_name": "Ada", "id": "abc"}],
                }
            ).encode(),
        )
    )
    client = make(auth=Tokens("bearer-secret"))
    with pytest.raises(errors.Rejected):
        client.request(
            "POST",
            "/users/ada.host%40example.com/meetings",
            params={"access_token": "query-secret"},
            json={"password": "body-secret", "duration": 30},
        )
    text = repr(calls)
    for planted in ("bearer-secret", "query-secret", "body-secret", "answer-secret", "Ada", "ada."):
        assert planted not in text
    assert '"duration": 30' in calls[0].request_excerpt
    assert '"code": 300' in calls[0].response_excerpt


def test_the_log_tells_how_long_it_took(make, vendor, clock, calls):
    def slow(seen):
        clock.now += 1.5
        return Reply()

    vendor.plays(slow)
    make().request("GET", "/x")
    assert calls[0].duration_ms == 1500


def test_the_timeouts_are_as_agreed():
    defaults = inspect.signature(HttpClient).parameters
    assert defaults["connect_timeout"].default == 5
    assert defaults["read_timeout"].default == 20
    assert defaults["body_timeout"].default == 60


def test_binary_bodies_are_only_counted(make, vendor, calls):
    vendor.plays(Reply(200, b"\x00\x01\x02", {"Content-Type": "video/mp4; x=y"}))
    make().request("PUT", "/f", data=b"\x00" * 10)
    assert calls[0].request_excerpt == "<10 bytes>"
    assert calls[0].response_excerpt == "<3 bytes video/mp4>"


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/users/me", "/users/me"),
        ("/meetings/81234567890", "/meetings/{id}"),
        ("/past_meetings/%252FabC%253D", "/past_meetings/{id}"),
        ("/users/KDcuGIm1QgePTO8WbOqwIQKDcu/recordings", "/users/{id}/recordings"),
    ],
)
def test_route_without_ids_when_none_is_given(make, vendor, calls, path, route):
    vendor.plays(Reply())
    make().request("GET", path)
    assert calls[0].route == route
