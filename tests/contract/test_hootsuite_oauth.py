"""OAuth of the sandbox's Hootsuite over HTTP: consent, codes, PKCE, refresh, app grants, permissions."""

import base64
import hashlib

import pytest
import requests

from tests.contract.hootsuite_client import ADA, CALLBACK, GRACE, ORGANIZATION, STATE

VERIFIER = "sandbox-verifier-sandbox-verifier-sandbox-verifier"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


def refused(answer, status=400):
    assert answer.status_code == status, answer.text
    assert answer.json()["status_code"] == status
    return answer.json()["error"]


def test_consent_page_has_both_buttons_and_deny_comes_back_as_an_error(hoot):
    params = {
        "response_type": "code",
        "client_id": hoot.info["client_id"],
        "redirect_uri": CALLBACK,
        "state": "s<1>s<1>",
        "scope": "offline",
    }
    page = requests.get(hoot.info["authorize_url"], params=params, timeout=10)
    assert page.status_code == 200
    assert 'value="allow"' in page.text and 'value="deny"' in page.text
    assert "ada.member@example.com" in page.text and "offline" in page.text
    for decision, wanted in (("allow", "code="), ("deny", "error=access_denied")):
        answer = requests.post(
            page.url, data={"decision": decision}, allow_redirects=False, timeout=10
        )
        assert answer.status_code == 302
        assert wanted in answer.headers["Location"]
        assert "state=s%3C1%3Es%3C1%3E" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"state": "short77"}, "invalid_state"),
        ({"state": None}, "invalid_state"),
        ({"scope": "offline social_media_read"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain", "code_challenge": CHALLENGE}, "invalid_request"),
    ],
)
def test_wrong_authorize_calls_come_back_with_the_documented_error(hoot, change, error):
    given = hoot.ask(**change)
    assert given["error"] == error and given["error_description"]
    assert "code" not in given


@pytest.mark.parametrize(
    "change", [{"client_id": "nobody"}, {"redirect_uri": "http://evil.example.org/cb"}]
)
def test_unknown_app_or_address_stays_on_an_error_page(hoot, sandbox, change):
    sandbox.hootsuite.app(redirect_uris=[CALLBACK])
    params = {
        "response_type": "code",
        "client_id": hoot.info["client_id"],
        "redirect_uri": CALLBACK,
        "state": STATE,
        **change,
    }
    answer = requests.get(
        hoot.info["authorize_url"], params=params, allow_redirects=False, timeout=10
    )
    assert answer.status_code == 400 and "Location" not in answer.headers


def test_analytics_scope_must_be_ticked_on_the_app(hoot, sandbox):
    sandbox.hootsuite.app(analytics=False)
    assert hoot.ask()["error"] == "invalid_scope"
    assert "code" in hoot.ask(scope="offline")


def test_without_offline_there_is_no_refresh_token(hoot):
    body = hoot.exchange(hoot.ask(scope="analytics:read")["code"]).json()
    assert "refresh_token" not in body
    assert (body["scope"], body["expires_in"], body["token_type"]) == (
        "analytics:read",
        3599,
        "bearer",
    )


def test_credentials_in_the_body_are_refused_unless_switched_on(hoot, sandbox):
    form = {
        "grant_type": "organization_app",
        "organization_id": ORGANIZATION,
        "client_id": hoot.info["client_id"],
        "client_secret": hoot.info["client_secret"],
    }
    answer = requests.post(hoot.info["token_url"], data=form, timeout=10)
    assert refused(answer, 401) == "invalid_client"
    sandbox.hootsuite.app(body_credentials=True)
    assert requests.post(hoot.info["token_url"], data=form, timeout=10).status_code == 200


def test_code_that_comes_twice_revokes_everything_issued_from_it(hoot):
    code = hoot.ask()["code"]
    first = hoot.exchange(code).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = hoot.post_token(**form).json()
    other = hoot.exchange(hoot.ask()["code"]).json()
    hoot.token = second["access_token"]
    assert hoot.get("/v1/me").status_code == 200
    assert refused(hoot.exchange(code)) == "invalid_grant"
    for token in (first, second):
        hoot.token = token["access_token"]
        assert hoot.get("/v1/me").status_code == 401
    answer = hoot.post_token(grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert refused(answer) == "invalid_grant"
    hoot.token = other["access_token"]
    assert hoot.get("/v1/me").status_code == 200


def test_code_expires_after_ten_minutes(hoot, sandbox):
    code = hoot.ask()["code"]
    sandbox.clock(advance=600)
    assert refused(hoot.exchange(code)) == "invalid_grant"


def test_redirect_address_is_compared_at_the_token_step(hoot):
    answer = hoot.exchange(hoot.ask()["code"], redirect_uri="http://127.0.0.1:9/other")
    assert refused(answer) == "invalid_grant"


def test_pkce_must_match_when_the_code_was_asked_with_a_challenge(hoot):
    extra = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    assert hoot.exchange(hoot.ask(**extra)["code"], code_verifier=VERIFIER).status_code == 200
    assert refused(hoot.exchange(hoot.ask(**extra)["code"])) == "invalid_grant"
    answer = hoot.exchange(hoot.ask(**extra)["code"], code_verifier=VERIFIER[::-1])
    assert refused(answer) == "invalid_grant"


def test_refresh_token_rotates_and_the_old_one_is_dead(hoot, sandbox):
    first = hoot.exchange(hoot.ask()["code"]).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = hoot.post_token(**form).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert refused(hoot.post_token(**form)) == "invalid_grant"
    hoot.token = second["access_token"]
    assert hoot.get("/v1/me").status_code == 200
    tokens = sandbox.hootsuite.state()["tokens"]
    assert (tokens["refreshed"], tokens["refresh_refused"]) == (1, 1)


def test_lost_answer_of_a_refresh_costs_the_token(hoot, sandbox):
    first = hoot.exchange(hoot.ask()["code"]).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    sandbox.fault("execute_then_cut", "POST", "/oauth2/token$", times=1)
    with pytest.raises(requests.RequestException):
        hoot.post_token(**form).json()
    assert refused(hoot.post_token(**form)) == "invalid_grant"


def test_access_token_lives_3599_seconds(ada, sandbox):
    sandbox.clock(advance=3500)
    assert ada.get("/v1/me").status_code == 200
    sandbox.clock(advance=100)
    answer = ada.get("/v1/me")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, 1032)


def test_missing_token_is_1000(hoot):
    answer = requests.get(hoot.info["api_base_url"] + "/v1/me", timeout=10)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, 1000)


def test_app_grants_need_the_installation(hoot, sandbox):
    for form in (
        {"grant_type": "member_app", "member_id": ADA},
        {"grant_type": "organization_app", "organization_id": ORGANIZATION},
    ):
        body = hoot.post_token(**form).json()
        assert body["scope"] == "" and "refresh_token" not in body
    sandbox.hootsuite.uninstall(member_id=ADA, organization_id=ORGANIZATION)
    for form in (
        {"grant_type": "member_app", "member_id": ADA},
        {"grant_type": "organization_app", "organization_id": ORGANIZATION},
    ):
        assert refused(hoot.post_token(**form)) == "invalid_grant"


def test_uninstalled_app_is_forbidden(ada, sandbox):
    sandbox.hootsuite.uninstall()
    answer = ada.get("/v1/me")
    assert (answer.status_code, answer.json()["error"]) == (403, "request_forbidden")


def test_organization_app_is_nobody_but_sees_its_profiles(hoot):
    hoot.organization()
    answer = hoot.get("/v1/me")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, 1202)
    owners = {row["ownerId"] for row in hoot.get("/v1/socialProfiles").json()["data"]}
    assert owners == {ORGANIZATION}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"/v1/members/{ADA}", 403, 1202),
        ("GET", f"/v1/members/{ADA}/organizations", 401, 4004),
        ("GET", f"/v1/organizations/{ORGANIZATION}/members", 403, 4002),
        ("GET", f"/v1/organizations/{ORGANIZATION}/members/{ADA}/permissions", 401, 4003),
        ("GET", f"/v1/organizations/{ORGANIZATION}/members/{ADA}/teams", 401, 4010),
        ("GET", f"/v1/organizations/{ORGANIZATION}/members/{ADA}/socialProfiles", 401, 4009),
        ("DELETE", f"/v1/organizations/{ORGANIZATION}/members/{ADA}", 401, 1201),
        ("POST", f"/v1/organizations/{ORGANIZATION}/teams", 401, 4007),
        ("POST", f"/v1/organizations/{ORGANIZATION}/teams/359493/members/{GRACE}", 401, 1201),
        ("GET", "/v1/teams/359496", 401, 4006),
        ("GET", "/v1/organizations/626732/teams/359496/members", 401, 4005),
        ("GET", "/v1/organizations/626732/teams/359496/socialProfiles", 401, 4008),
        ("GET", "/v1/organizations/626732/teams", 401, 4010),
        ("GET", "/v1/socialProfiles/131000012", 404, 4001),
        ("GET", "/v1/organizations/1/members", 400, 2303),
        ("PUT", "/v1/me", 405, 5001),
        ("GET", "/v1/streams", 404, 4001),
    ],
)
def test_permission_errors_of_an_editor_leave_the_token_alive(hoot, method, path, status, code):
    hoot.member(GRACE)
    body = {"teamName": "Mine"} if method == "POST" else None
    answer = hoot.call(method, path, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    assert hoot.get("/v1/me").status_code == 200


def test_both_spellings_of_the_zone(ada, sandbox):
    assert ada.get("/v1/me").json()["data"]["timezone"] == "Europe/Paris"
    sandbox.hootsuite.app(timezone_key="defaultTimezone")
    body = ada.get("/v1/me").json()["data"]
    assert body["defaultTimezone"] == "Europe/Paris" and "timezone" not in body


def test_answers_of_2017(ada, sandbox):
    sandbox.hootsuite.app(old_answers=True)
    assert set(ada.get("/v1/me/organizations").json()["data"][0]) == {"id"}
    row = ada.get("/v1/socialProfiles").json()["data"][0]
    assert "ownerId" not in row and "isReauthRequired" not in row and row["owner"]


def test_quota_of_the_second_and_of_the_day(ada, sandbox):
    sandbox.clock(freeze=True)
    sandbox.hootsuite.limits(preset="real")
    statuses = [ada.get("/v1/me").status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    sandbox.clock(advance=1)
    answer = ada.get("/v1/me")
    assert answer.status_code == 200
    assert answer.headers["X-Account-Rate-Limit-Requests-Remaining"] == "19"
    sandbox.hootsuite.limits(day=21, limit_code=1004)
    sandbox.clock(advance=1)
    answer = ada.get("/v1/me")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (429, 1004)
    assert "resource" not in answer.json()["errors"][0]
    sandbox.clock(advance=86400)
    assert ada.login().get("/v1/me").status_code == 200
