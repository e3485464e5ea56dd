"""What the end-to-end suites share: accounts of their own, a strict view of the records, patience.

Everything goes the way an outside program would: signed deliveries by HTTP from a sandbox, settings by
RPC, and a look into the database where the claim is about the database itself.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import psycopg2.extensions
import psycopg2.extras

from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

MODEL = "zoom.integration"
OPEN_STATES = ("received", "processing", "retry")
#: Generous: nothing here is about speed, and machines are shared.
PATIENCE = 150.0


class Database:
    """Plain SQL on the instance's database, one connection per call: servers are restarted here."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    @contextlib.contextmanager
    def connection(self, database: str | None = None) -> Iterator[psycopg2.extensions.connection]:
        """A connection of its own, rolled back and closed at the end."""
        dsn = self._instance.odoo.cluster.dsn(database) if database else self._instance.dsn
        link = psycopg2.connect(dsn)
        try:
            yield link
        finally:
            link.close()

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries; changes are committed."""
        with (
            self.connection() as link,
            link.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor,
        ):
            cursor.execute(query, values or None)
            found = [dict(row) for row in cursor.fetchall()] if cursor.description else []
            link.commit()
            return found

    def value(self, query: str, *values: Any) -> Any:
        """The first column of the only row."""
        (row,) = self.rows(query, *values)
        return next(iter(row.values()))

    def execute(self, query: str, *values: Any) -> None:
        """A statement, committed."""
        self.rows(query, *values)


def eventually(
    check: Callable[[], Any],
    what: str,
    told: Callable[[], Any] | None = None,
    patience: float = PATIENCE,
) -> Any:
    """Wait until ``check`` gives something true and return it.

    :param what: words for the failure
    :param told: gives what to show besides when it does not happen
    """
    deadline = time.monotonic() + patience
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > deadline:
            more = f" Now: {told()}" if told else ""
            raise AssertionError(f"Waited {patience:.0f} s in vain for {what}.{more}")
        time.sleep(0.1)


class Account:
    """One ``zoom.integration``, with webhook address and secret, as the suites see it.

    :param secret: the webhook secret that its events are signed with
    """

    def __init__(
        self, instance: Instance, record_id: int, secret: str, url: str | None = None
    ) -> None:
        self.instance = instance
        self.db = Database(instance)
        self.id = record_id
        self.secret = secret
        if url is None:
            (row,) = instance.rpc.call(MODEL, "read", [record_id], ["webhook_url"])
            url = row["webhook_url"]
        self.url: str = url

    @classmethod
    def create(cls, instance: Instance, names: list[str], secret: str | None = "") -> list[Account]:
        """New accounts that are not connected: what they hold comes from events alone.

        :param secret: empty makes one for each, None leaves the accounts without a secret
        """
        made = {name: secrets.token_urlsafe(16) if secret == "" else secret for name in names}
        values = [
            {
                "name": name,
                "environment": "sandbox",
                "sandbox_url": instance.sandbox.url if instance.sandbox else False,
                "client_id": "NotConnectedClientId",
                "account_id": "AcctSandboxExample0001",
                "webhook_secret": own or False,
            }
            for name, own in made.items()
        ]
        ids = instance.rpc.call(MODEL, "create", values)
        rows = instance.rpc.call(MODEL, "read", ids, ["name", "webhook_url"])
        return [
            cls(instance, row["id"], made[row["name"]] or "", row["webhook_url"]) for row in rows
        ]

    @classmethod
    def connected(cls, instance: Instance) -> Account:
        """The account that is connected to the instance's sandbox."""
        assert instance.sandbox is not None
        (found,) = instance.rpc.search_read(MODEL, [("name", "=", "Zoom Sandbox")], ["id"])
        return cls(instance, found["id"], instance.sandbox.info["zoom"]["secret_token"])

    def remove(self) -> None:
        """Delete the account and all that came with it."""
        self.remove_all(self.instance, [self])

    @staticmethod
    def remove_all(instance: Instance, accounts: list[Account]) -> None:
        """Delete accounts and all that came with them."""
        ids = [account.id for account in accounts]
        Database(instance).execute(
            "DELETE FROM calendar_event WHERE zoom_meeting_id IN"
            " (SELECT id FROM zoom_meeting WHERE integration_id = ANY(%s))",
            ids,
        )
        instance.rpc.call(MODEL, "unlink", ids)

    # deliveries ------------------------------------------------------------------------------

    def send(self, sender: Sandbox, body: Any = None, **options: Any) -> tuple[int | None, str]:
        """One delivery to this account, signed with its secret unless told otherwise.

        :return: status (None when the connection broke) and the text of the answer
        """
        options = {"url": self.url, "secret_token": self.secret, "retry": False, **options}
        answer = sender.zoom.deliver(body, **options)
        return answer["attempts"][0]["status"], answer["deliveries"][0]["response_body"]

    def send_many(self, sender: Sandbox, bodies: list[dict], **options: Any) -> dict:
        """Many deliveries; see the sandbox's ``deliver_many``."""
        return sender.zoom.deliver_many(
            bodies, **{"url": self.url, "secret_token": self.secret, **options}
        )

    # the inbox -------------------------------------------------------------------------------

    def events(self) -> list[dict[str, Any]]:
        """The rows of this account in ``connector.event``, in the order of arrival."""
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

    def drained(self, at_least: int = 0) -> bool:
        """True when ``at_least`` events are there and none of them waits any more."""
        states = self.states()
        return states.total() >= at_least and not any(states[state] for state in OPEN_STATES)

    def wait_drained(self, at_least: int, nudge: bool = False) -> None:
        """Wait until all events came to an end.

        :param nudge: let the watchdog look every few seconds instead of once a minute
        """
        nudged = time.monotonic()

        def check() -> bool:
            nonlocal nudged
            if nudge and time.monotonic() - nudged > 4:
                nudge_watchdog(self.instance)
                nudged = time.monotonic()
            return self.drained(at_least)

        eventually(
            check,
            f"{at_least} events to be handled",
            lambda: (dict(self.states()), self.problems()[:5]),
        )

    def metric(self, name: str) -> int:
        """How often something was counted for this account."""
        return self.db.value(
            "SELECT coalesce(sum(count), 0)::int FROM connector_metric"
            " WHERE integration_model = %s AND integration_id = %s AND name = %s",
            MODEL,
            self.id,
            name,
        )

    def issues(self) -> list[dict[str, Any]]:
        """Open data issues of this account."""
        return self.db.rows(
            "SELECT * FROM connector_data_issue WHERE state = 'open'"
            " AND integration_model = %s AND integration_id = %s ORDER BY id",
            MODEL,
            self.id,
        )


def drain_jobs(db: Database) -> int:
    """How many drain jobs were ever queued."""
    return db.value("SELECT count(*) FROM queue_job WHERE model_name = 'connector.drain'")


# records, without what differs between two databases or two runs -----------------------------------

#: What says who wrote when, or counts writes; nothing a person reads.
_VOLATILE = {
    "id", "create_uid", "create_date", "write_uid", "write_date", "integration_id", "access_token",
    "attendance_version", "rrule",
}  # fmt: skip
_TABLES = {
    "zoom_user": "SELECT to_jsonb(t) AS row FROM zoom_user t WHERE integration_id = %s",
    "zoom_meeting": "SELECT to_jsonb(t) AS row FROM zoom_meeting t WHERE integration_id = %s",
    "zoom_meeting_instance": (
        "SELECT to_jsonb(t) AS row FROM zoom_meeting_instance t WHERE integration_id = %s"
    ),
    "zoom_participant": (
        "SELECT to_jsonb(t) AS row FROM zoom_participant t WHERE integration_id = %s"
    ),
    "zoom_participant_stay": (
        "SELECT to_jsonb(t) AS row FROM zoom_participant_stay t"
        " JOIN zoom_participant p ON p.id = t.participant_id WHERE p.integration_id = %s"
    ),
    "zoom_recording": "SELECT to_jsonb(t) AS row FROM zoom_recording t WHERE integration_id = %s",
    "zoom_registrant": "SELECT to_jsonb(t) AS row FROM zoom_registrant t WHERE integration_id = %s",
    "calendar_event": (
        "SELECT to_jsonb(t) AS row FROM calendar_event t"
        " JOIN zoom_meeting m ON m.id = t.zoom_meeting_id WHERE m.integration_id = %s"
    ),
    "calendar_attendee": (
        "SELECT to_jsonb(t) AS row FROM calendar_attendee t"
        " JOIN calendar_event e ON e.id = t.event_id"
        " JOIN zoom_meeting m ON m.id = e.zoom_meeting_id WHERE m.integration_id = %s"
    ),
    "calendar_recurrence": (
        "SELECT to_jsonb(t) AS row FROM calendar_recurrence t"
        " JOIN zoom_meeting m ON m.calendar_recurrence_id = t.id WHERE m.integration_id = %s"
    ),
}
_LINKS = {
    "host_id": "zoom_user",
    "zoom_host_id": "zoom_user",
    "meeting_id": "zoom_meeting",
    "zoom_meeting_id": "zoom_meeting",
    "instance_id": "zoom_meeting_instance",
    "participant_id": "zoom_participant",
    "calendar_event_id": "calendar_event",
    "base_event_id": "calendar_event",
    "event_id": "calendar_event",
    "calendar_recurrence_id": "calendar_recurrence",
    "recurrence_id": "calendar_recurrence",
}


def busy_jobs(db: Database) -> int:
    """Jobs that run or are about to; those planned for the night are not."""
    return db.value(
        "SELECT count(*) FROM queue_job WHERE state IN ('pending', 'enqueued', 'started')"
        " AND (eta IS NULL OR eta < now() AT TIME ZONE 'UTC' + interval '10 minutes')"
    )


def settle_people(instance: Instance) -> None:
    """Run at once what the scheduled action of people does each minute: events about a user and about
    a meeting are applied side by side, and it settles who of the people was own staff."""
    (row,) = instance.rpc.search_read(
        "ir.model.data",
        [("module", "=", "zoom_connector"), ("name", "=", "ir_cron_zoom_people")],
        ["res_id"],
    )
    instance.rpc.call("ir.cron", "method_direct_trigger", [row["res_id"]])


def dump(account: Account) -> dict[str, list[str]]:
    """All records of an account, every column, comparable with those of another account.

    Links to records of the account are replaced by what identifies them at Zoom; times of writing
    and database ids are left out. Each record is one line of JSON.
    """
    settle_people(account.instance)
    rows = {
        table: [row["row"] for row in account.db.rows(query, account.id)]
        for table, query in _TABLES.items()
    }
    names: dict[str, dict[int, str]] = {}
    names["zoom_user"] = {row["id"]: row["zoom_id"] for row in rows["zoom_user"]}
    names["zoom_meeting"] = {row["id"]: row["zoom_id"] for row in rows["zoom_meeting"]}
    names["zoom_meeting_instance"] = {
        row["id"]: row["uuid"] for row in rows["zoom_meeting_instance"]
    }
    names["zoom_participant"] = {
        row["id"]: f"{names['zoom_meeting_instance'][row['instance_id']]} {row['identity_keys']}"
        for row in rows["zoom_participant"]
    }
    names["calendar_event"] = {
        row["id"]: f"{names['zoom_meeting'][row['zoom_meeting_id']]} {row['zoom_key']}"
        for row in rows["calendar_event"]
    }
    names["calendar_recurrence"] = {
        row["calendar_recurrence_id"]: row["zoom_id"]
        for row in rows["zoom_meeting"]
        if row["calendar_recurrence_id"]
    }
    found = {}
    for table, content in rows.items():
        lines = []
        for row in content:
            kept = {
                column: names[_LINKS[column]].get(value, f"? {value}")
                if column in _LINKS and value is not None
                else value
                for column, value in row.items()
                if column not in _VOLATILE
            }
            lines.append(json.dumps(kept, sort_keys=True, ensure_ascii=False))
        found[table] = sorted(lines)
    return found


def inbox(account: Account) -> list[tuple]:
    """The facts in the inbox without what depends on when and how often they came."""
    names = ("event_type", "external_key", "subject_key", "occurred_at", "state", "payload")
    return sorted(tuple(event[name] for name in names) for event in account.events())


def assert_same(found: dict[str, list[str]], expected: dict[str, list[str]]) -> None:
    """Compare two dumps; the failure shows the first records that differ."""
    for table, lines in expected.items():
        missing = list((Counter(lines) - Counter(found[table])).elements())
        surplus = list((Counter(found[table]) - Counter(lines)).elements())
        assert not missing and not surplus, (
            f"{table}: {len(missing)} of {len(lines)} records differ, {len(surplus)} are too many.\n"
            + "\n".join([f"expected {line}" for line in missing[:3]])
            + "\n"
            + "\n".join([f"found    {line}" for line in surplus[:3]])
        )


# making things happen at the worst moment ------------------------------------------------------------


@contextlib.contextmanager
def blocked_writes(db: Database, table: str) -> Iterator[Callable[[], int]]:
    """Let every write to a table wait, so that a worker can be met in the middle of its work.

    :return: function that tells how many sessions wait for the table
    """
    with db.connection() as link, link.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")  # noqa: S608 - own constants

        def waiting() -> int:
            return db.value(
                "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", table
            )

        yield waiting


def nudge_watchdog(instance: Instance) -> None:
    """Make the watchdog's scheduled action due now, instead of within the minute."""
    db = Database(instance)
    db.execute(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '1 second'"
        " WHERE id = (SELECT res_id FROM ir_model_data"
        "   WHERE module = 'connector_base' AND name = 'ir_cron_watchdog')"
    )
    with db.connection("postgres") as link, link.cursor() as cursor:
        cursor.execute("SELECT pg_notify('cron_trigger', %s)", (instance.database,))
        link.commit()


def resend(sender: Sandbox) -> None:
    """Let Zoom's three repeats of everything unacknowledged fall due."""
    sender.settle()
    for seconds in (300, 1200, 3600):
        if not any(row["state"] == "retrying" for row in sender.deliveries()):
            return
        sender.clock(advance=seconds + 1, wait=True)
        sender.settle()
