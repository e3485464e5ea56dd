"""A real sandbox, and real clients on real HTTP, for the tests of the Zoom client."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connector_base.core.http_client import HttpClient
from connector_base.core.retry import RetryPolicy
from tests.sandbox.client import Sandbox
from tests.sandbox.process import running
from zoom_connector.client import ZoomClient, classify


class ServerToServer:
    """Tokens of the sandbox's server-to-server app, asked for when needed."""

    def __init__(self, zoom: dict[str, str]) -> None:
        self._zoom = zoom
        self._token: str | None = None
        self.asked = 0

    def get(self) -> str:
        if self._token is None:
            answer = requests.post(
                self._zoom["token_url"],
                data={"grant_type": "account_credentials", "account_id": self._zoom["account_id"]},
                auth=(self._zoom["s2s_client_id"], self._zoom["s2s_client_secret"]),
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

    def confirm(self, token: str) -> None:
        assert token == self._token


class UserToken(ServerToServer):
    """A token of the General app, authorised by the admin on the consent page."""

    def get(self) -> str:
        if self._token is None:
            redirect = "http://127.0.0.1/zoom_oauth/callback"
            app = {"client_id": self._zoom["client_id"], "redirect_uri": redirect}
            page = requests.get(
                self._zoom["authorize_url"],
                params={**app, "response_type": "code", "state": "s", "auto": "1"},
                allow_redirects=False,
                timeout=10,
            )
            code = requests.utils.unquote(page.headers["location"]).split("code=")[1].split("&")[0]
            answer = requests.post(
                self._zoom["token_url"],
                data={"grant_type": "authorization_code", "code": code, "redirect_uri": redirect},
                auth=(self._zoom["client_id"], self._zoom["client_secret"]),
                timeout=10,
            )
            answer.raise_for_status()
            self._token = answer.json()["access_token"]
        return self._token


@dataclasses.dataclass
class Connection:
    """A client and what it is connected to."""

    client: ZoomClient
    http: HttpClient
    sandbox: Sandbox
    zoom: dict[str, str]
    tokens: ServerToServer
    records: list[Any]
    issues: list[Any]
    waited: list[float]

    def queries(self, path: str) -> list[str]:
        """The query strings the sandbox received on paths with this ending."""
        return [call["query"] for call in self.sandbox.calls() if call["path"].endswith(path)]


@pytest.fixture(scope="session")
def sandbox_info() -> Iterator[dict]:
    with running() as info:
        yield info


def connect(info: dict, tokens: ServerToServer, attempts: int = 1) -> Connection:
    sandbox, records, waited, issues = Sandbox(info["base_url"]), [], [], []
    http = HttpClient(
        info["zoom"]["api_base_url"],
        allowed_hosts={"127.0.0.1"},
        auth=tokens,
        retry=RetryPolicy(max_attempts=attempts),
        classify=classify,
        on_call=records.append,
        sleep=waited.append,
    )
    client = ZoomClient(http, on_issue=issues.append)
    return Connection(client, http, sandbox, info["zoom"], tokens, records, issues, waited)


@pytest.fixture
def connection(sandbox_info) -> Connection:
    """A server-to-server client that never repeats a call, on a fresh sandbox."""
    Sandbox(sandbox_info["base_url"]).reset()
    return connect(sandbox_info, ServerToServer(sandbox_info["zoom"]))


@pytest.fixture
def patient(sandbox_info) -> Connection:
    """The same, with the retries of daily work; its pauses are only noted."""
    Sandbox(sandbox_info["base_url"]).reset()
    return connect(sandbox_info, ServerToServer(sandbox_info["zoom"]), attempts=4)


@pytest.fixture
def personal(sandbox_info) -> Connection:
    """A client of the user-authorised app, on a fresh sandbox."""
    Sandbox(sandbox_info["base_url"]).reset()
    return connect(sandbox_info, UserToken(sandbox_info["zoom"]))
