"""OAuth of the sandbox over HTTP: consent, codes, PKCE, refresh, revocation, scopes."""

import base64
import hashlib

import pytest
import requests

from tests.sandbox.zoom.config import ACCOUNT_ID

VERIFIER = "sandbox-verifier-sandbox-verifier-sandbox-verifier"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


def reason(answer):
    assert answer.status_code == 400, answer.text
    return answer.json()["error"], answer.json()["reason"]


def test_consent_page_has_both_buttons_and_deny_comes_back_as_an_error(api):
    params = {
        "response_type": "code",
        "client_id": api.zoom["client_id"],
        "redirect_uri": "http://127.0.0.1:9/zoom_oauth/callback",
        "state": "s<1>",
    }
    page = requests.get(api.zoom["authorize_url"], params=params, timeout=10)
    assert page.status_code == 200
    assert 'value="allow"' in page.text and 'value="deny"' in page.text
    assert "meeting:read:meeting:admin" in page.text
    for decision, wanted in (("allow", "code="), ("deny", "error=access_denied")):
        answer = requests.post(
            page.url,
            data={"decision": decision, "user": api.zoom["account_email"]},
            allow_redirects=False,
            timeout=10,
        )
        assert answer.status_code == 302
        assert wanted in answer.headers["Location"]
        assert "state=s%3C1%3E" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_id": "nobody"}, "Invalid client_id: nobody (4,702)"),
        ({"redirect_uri": "http://evil.example.org/cb"}, "Invalid redirect"),
        ({"response_type": "token"}, "Invalid response type"),
        ({"code_challenge_method": "S512"}, "challenge method"),
    ],
)
def test_wrong_authorize_calls_stay_on_an_error_page(api, sandbox, change, words):
    sandbox.zoom.app(redirect_uris=["http://127.0.0.1:9/zoom_oauth/callback"])
    params = {
        "response_type": "code",
        "client_id": api.zoom["client_id"],
        "auto": "1",
        "redirect_uri": "http://127.0.0.1:9/zoom_oauth/callback",
        **change,
    }
    answer = requests.get(
        api.zoom["authorize_url"], params=params, allow_redirects=False, timeout=10
    )
    assert answer.status_code == 400
    assert words in answer.text


def test_code_works_once(api):
    code = api.authorize()["code"]
    assert api.exchange(code).status_code == 200
    assert reason(api.exchange(code)) == ("invalid_grant", "Invalid authorization code")


def test_code_expires_after_five_minutes(api, sandbox):
    code = api.authorize()["code"]
    sandbox.clock(advance=300)
    assert reason(api.exchange(code))[0] == "invalid_grant"


def test_redirect_address_is_compared_at_the_token_step(api):
    code = api.authorize()["code"]
    answer = api.exchange(code, redirect_uri="http://127.0.0.1:9/other")
    assert reason(answer)[1] == "Redirect URI mismatch."


def test_pkce_must_match_when_the_code_was_asked_with_a_challenge(api):
    extra = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    assert api.exchange(api.authorize(**extra)["code"], code_verifier=VERIFIER).status_code == 200
    assert reason(api.exchange(api.authorize(**extra)["code"]))[0] == "invalid_grant"
    answer = api.exchange(api.authorize(**extra)["code"], code_verifier=VERIFIER[::-1])
    assert reason(answer)[0] == "invalid_grant"


def test_refresh_token_rotates_over_http_and_is_counted(api, sandbox):
    first = api.exchange(api.authorize()["code"]).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = api.post_token(**form).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert reason(api.post_token(**form)) == ("invalid_grant", "Invalid Token!")
    tokens = sandbox.zoom.state()["tokens"]
    assert (tokens["refreshed"], tokens["refresh_refused"]) == (1, 1)


def test_lost_answer_of_a_refresh_costs_the_token(api, sandbox):
    """The refresh happened, the answer was cut: the old refresh token is dead all the same."""
    first = api.exchange(api.authorize()["code"]).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    sandbox.fault("execute_then_cut", "POST", "/oauth/token$", times=1)
    with pytest.raises(requests.RequestException):
        api.post_token(**form).json()
    assert reason(api.post_token(**form))[1] == "Invalid Token!"
    assert sandbox.zoom.state()["refresh_count"] == 1


def test_revoke_kills_access_and_refresh(api):
    tokens = api.exchange(api.authorize()["code"]).json()
    auth = (api.zoom["client_id"], api.zoom["client_secret"])
    answer = requests.post(
        api.zoom["revoke_url"], data={"token": tokens["access_token"]}, auth=auth, timeout=10
    )
    assert answer.json() == {"status": "success"}
    api.token = tokens["access_token"]
    assert api.get("/users/me").status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert reason(api.post_token(**form))[0] == "invalid_grant"


def test_account_credentials_take_query_or_form_and_check_the_account(api):
    auth = (api.zoom["s2s_client_id"], api.zoom["s2s_client_secret"])
    params = {"grant_type": "account_credentials", "account_id": ACCOUNT_ID}
    for where in ("params", "data"):
        answer = requests.post(api.zoom["token_url"], auth=auth, timeout=10, **{where: params})
        assert answer.status_code == 200 and "refresh_token" not in answer.json()
    assert (
        reason(api.post_token(s2s=True, **{**params, "account_id": "Other"}))[0] == "invalid_client"
    )
    assert reason(api.post_token(**params))[0] == "unsupported_grant_type"


def test_api_url_of_the_token_leads_to_the_api(api):
    body = api.post_token(s2s=True, grant_type="account_credentials", account_id=ACCOUNT_ID).json()
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    answer = requests.get(body["api_url"] + "/v2/users", headers=headers, timeout=10)
    assert answer.status_code == 200


def test_token_in_the_query_is_refused(api):
    token = api.s2s().token
    url = f"{api.zoom['api_base_url']}/users"
    answer = requests.get(url, params={"access_token": token}, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, 124)


def test_server_to_server_has_no_me(s2s):
    answer = s2s.get("/users/me")
    assert (answer.status_code, answer.json()["code"]) == (404, 1001)
    assert s2s.get(f"/users/{s2s.zoom['account_email']}").status_code == 200


def test_user_managed_app_must_say_me_and_has_no_reports(api, sandbox):
    seeded = sandbox.zoom.seed(users=2, meetings=1, recurring=0, past=0)
    sandbox.zoom.app(kind="user")
    api.oauth()
    me = api.get("/users/me").json()
    assert api.get("/users/me/meetings").status_code == 200
    for path in (f"/users/{me['id']}", "/users", "/report/users/me/meetings"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (400, 4711)
    other = seeded["users"][1]["id"]
    assert api.get(f"/users/{other}/meetings").json()["code"] == 4711


def test_scope_string_is_granular_and_enforced(api, sandbox):
    sandbox.zoom.app(scopes=["user:read:user:admin"])
    tokens = api.exchange(api.authorize()["code"]).json()
    assert tokens["scope"] == "user:read:user:admin"
    api.token = tokens["access_token"]
    assert api.get("/users/me").status_code == 200
    answer = api.get("/users/me/meetings")
    assert (
        "meeting:read:list_meetings, meeting:read:list_meetings:admin" in answer.json()["message"]
    )


def test_control_can_expire_or_kill_tokens(api, sandbox):
    tokens = api.exchange(api.authorize()["code"]).json()
    api.token = tokens["access_token"]
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    sandbox.zoom.revoke_tokens(access_only=True)
    assert api.get("/users/me").json()["message"] == "Access token is expired."
    tokens = api.post_token(**form).json()
    sandbox.zoom.revoke_tokens()
    api.token = tokens["access_token"]
    assert api.get("/users/me").json()["message"] == "Invalid access token."
    form["refresh_token"] = tokens["refresh_token"]
    assert reason(api.post_token(**form))[1] == "Invalid Token!"


def test_calls_are_recorded_without_secrets(api, sandbox):
    api.exchange(api.authorize()["code"])
    calls = sandbox.calls(path="/zoom/oauth/")
    assert [(call["method"], call["status"]) for call in calls] == [("GET", 302), ("POST", 200)]
    assert calls[1]["client_id"] == api.zoom["client_id"]
    api.get("/users", access_token="very-secret")
    assert "very-secret" not in str(sandbox.calls())
