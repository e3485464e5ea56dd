"""Fixtures of the contract tests."""

import os
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.contract.hootsuite_client import HootsuiteApi
from tests.contract.receiver import Receiver

# The vendors' own specification files are theirs and not in the repository; where they lie, they are checked.
_SPEC_TESTS = ["test_vendor_spec.py", "test_vendor_spec_hootsuite.py"]
collect_ignore = [] if os.environ.get("CONNECTOR_VENDOR_SPECS") else _SPEC_TESTS


class Api:
    """A bare client of the sandbox's Zoom: one bearer token, no retries, no conveniences."""

    def __init__(self, info: dict):
        self.zoom = info["zoom"]
        self.session = requests.Session()
        self.token: str | None = None

    def post_token(self, s2s: bool = False, auth: tuple | None = None, **form) -> requests.Response:
        pair = ("s2s_client_id", "s2s_client_secret") if s2s else ("client_id", "client_secret")
        auth = auth or tuple(self.zoom[name] for name in pair)
        return self.session.post(self.zoom["token_url"], data=form, auth=auth, timeout=10)

    def s2s(self) -> "Api":
        """Become the server-to-server app."""
        answer = self.post_token(
            s2s=True, grant_type="account_credentials", account_id=self.zoom["account_id"]
        )
        self.token = answer.json()["access_token"]
        return self

    def authorize(self, **extra) -> dict:
        """Go through the consent page as if Allow was pressed; the parameters of the redirect."""
        params = {
            "response_type": "code",
            "client_id": self.zoom["client_id"],
            "redirect_uri": "http://127.0.0.1:9/zoom_oauth/callback",
            "state": "s1",
            "auto": "1",
            **extra,
        }
        answer = self.session.get(
            self.zoom["authorize_url"], params=params, allow_redirects=False, timeout=10
        )
        assert answer.status_code == 302, answer.text
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return {key: values[0] for key, values in query.items()}

    def exchange(self, code: str, **extra) -> requests.Response:
        form = {"redirect_uri": "http://127.0.0.1:9/zoom_oauth/callback", **extra}
        return self.post_token(grant_type="authorization_code", code=code, **form)

    def oauth(self) -> "Api":
        """Become the General app with the token of the user who consents."""
        self.token = self.exchange(self.authorize()["code"]).json()["access_token"]
        return self

    def call(self, method: str, path: str, **options) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.session.request(
            method, self.zoom["api_base_url"] + path, headers=headers, timeout=30, **options
        )

    def get(self, path: str, **params) -> requests.Response:
        return self.call("GET", path, params=params)


@pytest.fixture
def api(sandbox_info, sandbox):
    """A client without a token."""
    return Api(sandbox_info)


@pytest.fixture
def s2s(api):
    """A client with a server-to-server token."""
    return api.s2s()


@pytest.fixture
def receiver(sandbox):
    """A receiver that all events go to."""
    box = Receiver()
    sandbox.zoom.subscribe(box.url)
    yield box
    box.close()


@pytest.fixture
def hoot(sandbox_info, sandbox):
    """A client of the sandbox's Hootsuite without a token."""
    return HootsuiteApi(sandbox_info)


@pytest.fixture
def ada(hoot):
    """The client with the token of the administrator, scopes offline and analytics:read."""
    return hoot.login()


@pytest.fixture
def hears(sandbox):
    """A receiver that every kind of Hootsuite's deliveries goes to."""
    box = Receiver()
    sandbox.hootsuite.subscribe(box.url)
    yield box
    box.close()
