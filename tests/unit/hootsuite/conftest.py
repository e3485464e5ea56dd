"""A real sandbox and a real client on real HTTP, for the tests of the Hootsuite client."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connector_base.core.http_client import HttpClient
from connector_base.core.retry import RetryPolicy
from hootsuite_connector.client import HootsuiteClient, classify
from tests.sandbox.client import Sandbox
from tests.sandbox.process import running


class OrganizationApp:
    """Tokens of the sandbox's organization app, asked for when needed."""

    grant = "organization_app"

    def __init__(self, half: dict[str, str]) -> None:
        self._half = half
        self._token: str | None = None
        self.asked = 0

    def fields(self) -> dict[str, str]:
        return {"organization_id": self._half["organization_id"]}

    def get(self) -> str:
        if self._token is None:
            answer = requests.post(
                self._half["token_url"],
                data={"grant_type": self.grant, **self.fields()},
                auth=(self._half["client_id"], self._half["client_secret"]),
                timeout=10,
            )
            answer.raise_for_status()
            self.asked += 1
            self._token = answer.json()["access_token"]
        return self._token

    def invalidate(self, bad: str) -> str:
        if self._token == bad:
            self._token = None
        return self.get()

    def confirm(self, good: str) -> None:
        self.confirmed = good


class UserToken(OrganizationApp):
    """The token of Ada, who authorized the app with both scopes."""

    def get(self) -> str:
        if self._token is None:
            page = requests.get(
                self._half["authorize_url"],
                params={
                    "client_id": self._half["client_id"],
                    "redirect_uri": "http://localhost/hootsuite/auth/callback",
                    "response_type": "code",
                    "state": "long enough",
                    "scope": "offline analytics:read",
                    "auto": "1",
                },
                allow_redirects=False,
                timeout=10,
            )
            code = requests.utils.unquote(page.headers["location"]).split("code=")[1].split("&")[0]
            answer = requests.post(
                self._half["token_url"],
                data={
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": "http://localhost/hootsuite/auth/callback",
                },
                auth=(self._half["client_id"], self._half["client_secret"]),
                timeout=10,
            )
            answer.raise_for_status()
            self.asked += 1
            self._token = answer.json()["access_token"]
        return self._token


@dataclasses.dataclass
class Connection:
    """A client and what it is connected to."""

    client: HootsuiteClient
    http: HttpClient
    sandbox: Sandbox
    half: dict[str, str]
    tokens: OrganizationApp
    records: list[Any]
    issues: list[Any]
    waited: list[float]

    def calls(self, path: str) -> list[dict]:
        """The calls the sandbox received on paths with this ending."""
        return [call for call in self.sandbox.calls() if call["path"].endswith(path)]


@pytest.fixture(scope="session")
def sandbox_info() -> Iterator[dict]:
    with running() as info:
        yield info


def connect(info: dict, kind: type[OrganizationApp], attempts: int = 4) -> Connection:
    sandbox, records, waited, issues = Sandbox(info["base_url"]), [], [], []
    sandbox.reset()
    tokens = kind(info["hootsuite"])
    http = HttpClient(
        info["hootsuite"]["api_base_url"],
        allowed_hosts={"127.0.0.1"},
        auth=tokens,
        retry=RetryPolicy(max_attempts=attempts),
        classify=classify,
        on_call=records.append,
        sleep=waited.append,
    )
    client = HootsuiteClient(http, on_issue=issues.append)
    return Connection(client, http, sandbox, info["hootsuite"], tokens, records, issues, waited)


@pytest.fixture
def ada(sandbox_info) -> Connection:
    """Ada's client on a fresh sandbox."""
    return connect(sandbox_info, UserToken)


@pytest.fixture
def app(sandbox_info) -> Connection:
    """The organization app's client on a fresh sandbox."""
    return connect(sandbox_info, OrganizationApp)
