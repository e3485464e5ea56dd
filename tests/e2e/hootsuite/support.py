"""What the end-to-end suites of Hootsuite share: an account that only hears, and its records."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import Any

from tests.e2e.support import OPEN_STATES, Database, eventually
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

MODEL = "hootsuite.integration"
#: Before the ids of the Inbox, so that those of relays cannot meet them.
PREFIX = "inbox:"


class Listener:
    """A ``hootsuite.integration`` that is not connected: what it holds comes from deliveries alone."""

    def __init__(self, instance: Instance, name: str) -> None:
        self.instance = instance
        self.db = Database(instance)
        self.secret = secrets.token_hex(32)
        values = {
            "name": name,
            "environment": "sandbox",
            "sandbox_url": instance.sandbox.url if instance.sandbox else False,
            "client_id": "NotConnectedClientId",
            "webhook_secret": self.secret,
            "crm_secret": self.secret,
        }
        self.id: int = instance.rpc.call(MODEL, "create", values)
        (row,) = instance.rpc.call(MODEL, "read", [self.id], ["webhook_url"])
        self.url: str = row["webhook_url"]

    def retire(self) -> None:
        """Put the account away; the installation that holds it goes with the run."""
        self.instance.rpc.call(MODEL, "write", [self.id], {"active": False})

    def send_many(self, sender: Sandbox, bodies: list[dict], **options: Any) -> dict:
        """Many deliveries; see the sandbox's ``deliver_many``."""
        options = {"url": self.url, "secret": self.secret, "retry": False, **options}
        return sender.hootsuite.deliver_many(bodies, **options)

    def events(self) -> list[dict[str, Any]]:
        """The rows of this account in ``connector.event``."""
        return self.db.rows(
            "SELECT * FROM connector_event WHERE integration_model = %s AND integration_id = %s"
            " ORDER BY id",
            MODEL,
            self.id,
        )

    def states(self) -> Counter[str]:
        """How many events are in which state."""
        rows = self.db.rows(
            "SELECT state, count(*) AS n FROM connector_event"
            " WHERE integration_model = %s AND integration_id = %s GROUP BY state",
            MODEL,
            self.id,
        )
        return Counter({row["state"]: row["n"] for row in rows})

    def problems(self) -> list[tuple[str, str, str]]:
        """State, type and error of every event that did not end well."""
        return [
            (event["state"], event["event_type"], event["error"] or "")
            for event in self.events()
            if event["state"] not in ("done", "ignored")
        ]

    def wait_drained(self, at_least: int, patience: float = 400.0) -> None:
        """Wait until ``at_least`` events are there and none of them waits any more."""

        def drained() -> bool:
            states = self.states()
            return states.total() >= at_least and not any(states[name] for name in OPEN_STATES)

        eventually(
            drained,
            f"{at_least} events to be handled",
            lambda: (dict(self.states()), self.problems()[:3]),
            patience=patience,
        )

    def messages(self) -> list[dict[str, Any]]:
        """The messages of this account, with the ids as Hootsuite tells them."""
        rows = self.db.rows(
            "SELECT * FROM hootsuite_message WHERE integration_id = %s ORDER BY id", self.id
        )
        for row in rows:
            for name in ("external_id", "thread_key"):
                row[name] = row[name].removeprefix(PREFIX)
        return rows
