"""What the suites about tokens, secrets, outages and screens share."""

from __future__ import annotations

import base64
import configparser
import contextlib
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from tests.e2e.support import Account
from tests.env.instance import Instance
from tests.env.rpc import RpcError
from tests.sandbox.client import Sandbox

MODEL = "zoom.integration"
MAIN = "Zoom Sandbox"
#: Life of an access token (seconds) that counts as stale at once: tokens are renewed when less than
#: five minutes are left.
STALE = 120
FRESH = 3600
TOKEN_PATH = "^/zoom/oauth/token$"
API_PATH = "^/zoom/v2/"
#: Every token the sandbox issues, access, refresh or download, begins like this.
TOKEN_SHAPE = re.compile(r"eyJzYW5kYm94\.(?:access|refresh|download)\.[\w-]+")


def sandbox_of(instance: Instance) -> Sandbox:
    """The control API of the instance's sandbox."""
    assert instance.sandbox is not None, "this suite needs the sandbox"
    return Sandbox(instance.sandbox.url)


def main_integration(instance: Instance) -> int:
    """Id of the account that the environment connected (server-to-server app)."""
    found = instance.rpc.call(MODEL, "search", [("name", "=", MAIN)])
    assert len(found) == 1, f"expected one account {MAIN}, found {found}"
    return found[0]


def fields_of(instance: Instance, account: int, *names: str) -> Any:
    """One field's value, or several as a dictionary."""
    row = instance.rpc.call(MODEL, "read", [account], list(names))[0]
    return row[names[0]] if len(names) == 1 else row


def verify(instance: Instance, account: int) -> dict[str, Any]:
    """Press Verify; returns the notification (``type``, ``message``)."""
    return instance.rpc.call(MODEL, "action_verify", [account])["params"]


def verify_patiently(instance: Instance, account: int) -> dict[str, Any]:
    """As :func:`verify`, just after workers were killed: others have to start first."""

    def answer() -> dict[str, Any] | None:
        try:
            return verify(instance, account)
        except OSError:
            return None

    return instance.wait_for(answer, 60, "an answer after the workers were killed")


def open_alerts(instance: Instance, account: int) -> set[str]:
    """Causes of the open alerts of an account."""
    rows = instance.rpc.search_read(
        "connector.alert",
        [
            ("integration_model", "=", MODEL),
            ("integration_id", "=", account),
            ("state", "=", "open"),
        ],
        ["cause"],
    )
    return {row["cause"] for row in rows}


class Person:
    """A person with a browser session in Odoo, without the browser."""

    def __init__(self, instance: Instance, login: str = "admin", password: str = "admin") -> None:
        self.instance = instance
        self.web = requests.Session()
        self.web.trust_env = False  # no proxy between us and our own machine
        self.json(
            "/web/session/authenticate",
            {"db": instance.database, "login": login, "password": password},
        )

    def json(self, path: str, params: dict[str, Any]) -> Any:
        """A JSON-RPC call as the web client makes it; returns the result.

        :raises RpcError: what the server raised
        """
        reply = self.web.post(
            self.instance.url + path,
            json={"jsonrpc": "2.0", "method": "call", "id": 1, "params": params},
            timeout=120,
        )
        reply.raise_for_status()
        answer = reply.json()
        if "error" in answer:
            data = answer["error"]["data"]
            raise RpcError(data["message"], data["name"])
        return answer["result"]

    def call_text(self, model: str, method: str, args: list, kwargs: dict | None = None) -> str:
        """The raw body of the web client's answer, errors included."""
        reply = self.web.post(
            f"{self.instance.url}/web/dataset/call_kw/{model}/{method}",
            json={
                "jsonrpc": "2.0",
                "method": "call",
                "id": 1,
                "params": {"model": model, "method": method, "args": args, "kwargs": kwargs or {}},
            },
            timeout=120,
        )
        reply.raise_for_status()
        # Escapes such as \u2022 undone, so that a search finds what a reader would.
        return json.dumps(reply.json(), ensure_ascii=False)

    def connect(self, account: int) -> requests.Response:
        """Press Connect and allow the access on the vendor's page; returns the last answer."""
        box = sandbox_of(self.instance)
        box.zoom.app(consent="allow")
        try:
            return self.web.get(
                f"{self.instance.url}/zoom_oauth/start",
                params={"integration_id": account},
                timeout=120,
            )
        finally:
            box.zoom.app(consent="ask")


def new_user_account(instance: Instance, name: str) -> int:
    """An account of the kind that a person authorizes, not connected yet."""
    box = sandbox_of(instance)
    zoom = box.info()["zoom"]
    return instance.rpc.call(
        MODEL,
        "create",
        {
            "name": name,
            "environment": "sandbox",
            "sandbox_url": box.base_url,
            "app_kind": "user_oauth",
            "client_id": zoom["client_id"],
            "client_secret": zoom["client_secret"],
            "account_id": zoom["account_id"],
            "webhook_secret": zoom["secret_token"],
        },
    )


def give_up(instance: Instance, account: int) -> None:
    """Remove an account of a test, with all that it brought."""
    sandbox_of(instance).clear_faults()
    instance.rpc.call(MODEL, "action_disconnect", [account])
    Account(instance, account, "").remove()


def connect(instance: Instance, account: int) -> None:
    """Connect an account as a person would."""
    last = Person(instance).connect(account)
    assert last.status_code == 200, f"Connect ended at {last.status_code}: {last.text[:500]}"
    assert fields_of(instance, account, "state") == "connected"


def connect_with_stale_token(instance: Instance, account: int) -> None:
    """Connect so that the next use has to refresh, and gets a token that lasts."""
    box = sandbox_of(instance)
    box.zoom.limits(access_token_lifetime=STALE)
    try:
        connect(instance, account)
    finally:
        box.zoom.limits(access_token_lifetime=FRESH)


def refreshes(box: Sandbox) -> tuple[int, int]:
    """Refreshes the vendor granted and refused so far."""
    tokens = box.zoom.state()["tokens"]
    return tokens["refreshed"], tokens["refresh_refused"]


@dataclass
class Outcome:
    """What a call in a thread returned or raised."""

    value: Any = None
    error: Exception | None = None


class Background:
    """Calls that run beside the test."""

    def __init__(self, *calls: Callable[[], Any]) -> None:
        self.outcomes = [Outcome() for _ in calls]
        self._threads = [
            threading.Thread(target=self._run, args=(call, outcome), daemon=True)
            for call, outcome in zip(calls, self.outcomes, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _run(call: Callable[[], Any], outcome: Outcome) -> None:
        try:
            outcome.value = call()
        except Exception as error:  # noqa: BLE001 - handed to the test, which looks at it
            outcome.error = error

    def join(self, timeout: float = 150) -> list[Outcome]:
        """Wait for all of them."""
        for thread in self._threads:
            thread.join(timeout)
            assert not thread.is_alive(), "a call did not come back"
        return self.outcomes

    def values(self) -> list[Any]:
        """Results of all calls; fails when one raised."""
        for outcome in self.join():
            if outcome.error is not None:
                raise outcome.error
        return [outcome.value for outcome in self.outcomes]


# secrets -------------------------------------------------------------------------------------------


def stored_tokens(instance: Instance) -> dict[str, str]:
    """The real tokens that Odoo holds now, by a readable name."""
    out = instance.shell(
        "import json\n"
        "found = {}\n"
        f"for account in env[{MODEL!r}].with_context(active_test=False).search([]):\n"
        "    token = account._token()\n"
        "    if token:\n"
        "        found[f'access token of {account.id}'] = token.access_token\n"
        "        if token.refresh_token:\n"
        "            found[f'refresh token of {account.id}'] = token.refresh_token\n"
        "print(json.dumps(found))\n"
    )
    return json.loads(out.splitlines()[-1])


def app_secrets(box: Sandbox) -> dict[str, str]:
    """The secrets of the vendor's apps, and the header that is made of them."""
    zoom = box.info()["zoom"]
    basic = f"{zoom['client_id']}:{zoom['client_secret']}"
    s2s_basic = f"{zoom['s2s_client_id']}:{zoom['s2s_client_secret']}"
    return {
        "client secret": zoom["client_secret"],
        "client secret (server-to-server)": zoom["s2s_client_secret"],
        "webhook secret token": zoom["secret_token"],
        "basic credentials": base64.b64encode(basic.encode()).decode(),
        "basic credentials (server-to-server)": base64.b64encode(s2s_basic.encode()).decode(),
    }


def found_in(text: str, known: dict[str, str]) -> list[str]:
    """Names of the secrets that ``text`` shows, in any of the ways one could slip out."""
    found = []
    for name, value in known.items():
        raw = value.encode()
        forms = {
            value,
            quote(value, safe=""),
            raw.hex(),
            base64.b64encode(raw).decode().rstrip("="),
            base64.urlsafe_b64encode(raw).decode().rstrip("="),
        }
        found += [name for form in forms if form in text]
    if TOKEN_SHAPE.search(text):
        found.append("something in the shape of the vendor's tokens")
    return found


# keys ----------------------------------------------------------------------------------------------


def new_key() -> str:
    """A new encryption key in the documented form: 32 random bytes, urlsafe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


class Keys:
    """The places where an administrator of the instance keeps encryption keys."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.file: Path = instance.odoo.data_dir / "connector_base" / "keys"
        self.config: Path = instance.config

    def in_file(self) -> list[str]:
        """Keys in the key file; none when there is no such file."""
        return self.file.read_text().split() if self.file.exists() else []

    def write_file(self, *keys: str) -> None:
        """Put keys into the key file, or remove it."""
        if not keys:
            self.file.unlink(missing_ok=True)
            return
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.file.touch(mode=0o600)
        self.file.write_text("\n".join(keys) + "\n")

    def write_config(self, *keys: str) -> None:
        """Put keys into odoo.conf, or remove the section."""
        parser = configparser.RawConfigParser()
        parser.read(self.config)
        parser.remove_section("connector_base")
        if keys:
            parser["connector_base"] = {"keys": ",".join(keys)}
        with self.config.open("w") as stream:
            parser.write(stream)

    def restart(self) -> None:
        """Restart Odoo, as an administrator would after changing its configuration."""
        self.instance.stop_odoo()
        self.instance.start_odoo()

    def stored(self) -> list[list[str]]:
        """Every stored secret, encrypted, with the id of its key."""
        return self.instance.query(
            "SELECT id, res_model, res_id, name, key_id, md5(value) FROM connector_secret"
            " WHERE name NOT LIKE 'oauth_state:%' ORDER BY id"
        )

    def ids_in_use(self) -> set[str]:
        """Ids of the keys under which secrets lie."""
        return {row[0] for row in self.instance.query("SELECT key_id FROM connector_secret")}


@contextlib.contextmanager
def faults(box: Sandbox) -> Iterator[Sandbox]:
    """Faults injected inside the block are gone afterwards."""
    box.clear_faults()
    try:
        yield box
    finally:
        box.clear_faults()
