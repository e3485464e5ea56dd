"""Messages of customers in a burst, doubled and shuffled: none lost, none twice, each in its thread.

``HOOTSUITE_BURST=10000`` sends ten thousand; the suite sends fewer, for the sake of its time.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.e2e.hootsuite.support import Listener
from tests.e2e.support import Database, drain_jobs
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

#: The first test waits for the whole burst.
pytestmark = pytest.mark.timeout(2400)

MESSAGES = int(os.environ.get("HOOTSUITE_BURST") or 900)
#: A body is dated when it is made and refused after five minutes, so that a large burst goes in waves.
WAVE = 2500
DOUBLED = 0.25
CROWD = 90
#: One job per message would be 1.0.
JOBS_PER_MESSAGE = 1 / 8


@dataclass
class Burst:
    """What was sent, what was answered, and where it went."""

    account: Listener
    bodies: list[dict] = field(default_factory=list)
    told: list[dict] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    jobs: int = 0

    def inbound(self) -> dict[str, str]:
        """Message id -> conversation of everything that customers wrote and Hootsuite tells."""
        return {
            message["id"]: row["conversation_id"]
            for row in self.told
            if not row["redacted"]
            for message in row["messages"]
            if message["direction"] == "INBOUND"
        }


def known_customers(instance: Instance, sender: Sandbox) -> dict[str, int]:
    """The customers of the crowd as contacts of Odoo beforehand: e-mail address -> id."""
    people = [row for row in sender.hootsuite.people(CROWD) if row["customer"]]
    emails = [row["email"] for row in people]
    # Some wrote when the installation was made and are contacts already.
    domain = [("email", "in", emails)]
    known = {
        row["email"]: row["id"]
        for row in instance.rpc.search_read("res.partner", domain, ["email"])
    }
    values = [
        {"name": row["name"], "email": row["email"]} for row in people if row["email"] not in known
    ]
    ids = instance.rpc.call("res.partner", "create", values)
    return known | {row["email"]: number for row, number in zip(values, ids, strict=True)}


@pytest.fixture(scope="module")
def customers(instance: Instance, _second_sandbox: Sandbox) -> dict[str, int]:
    return known_customers(instance, _second_sandbox)


@pytest.fixture(scope="module")
def burst(
    instance: Instance, _second_sandbox: Sandbox, db: Database, customers: dict[str, int]
) -> Iterator[Burst]:
    """The whole burst, drained."""
    sender = _second_sandbox
    sender.reset()
    sender.hootsuite.limits(agent_timeout=60.0, crm_timeout=60.0)
    found = Burst(Listener(instance, "Burst"))
    jobs = drain_jobs(db)
    wave, sent = 0, 0
    while sent < MESSAGES:
        wave += 1
        want = min(WAVE, MESSAGES - sent)
        stream = sender.hootsuite.events(
            conversations=max(10, want // 2), turns=3, crowd=CROWD, write_back=0.1, both=0.1,
            seed=1000 + wave,
        )  # fmt: skip
        answer = found.account.send_many(
            sender, stream["bodies"], doubled=DOUBLED, shuffle=True, seed=wave
        )
        found.bodies += stream["bodies"]
        found.told += stream["conversations"]
        found.statuses.update(answer["statuses"])
        sent = len(found.inbound())
    found.account.wait_drained(len(found.bodies), patience=1500.0)
    found.jobs = drain_jobs(db) - jobs
    yield found
    found.account.retire()


def test_every_delivery_is_acknowledged(burst: Burst) -> None:
    assert set(burst.statuses) == {"200"}
    assert burst.statuses["200"] > len(burst.bodies) * 1.2
    assert len(burst.inbound()) >= MESSAGES


def test_one_row_per_delivery_and_all_end_well(burst: Burst) -> None:
    events = burst.account.events()
    assert len(events) == len(burst.bodies)
    assert sum(event["deliveries"] for event in events) == burst.statuses["200"]
    assert set(Counter(event["deliveries"] for event in events)) == {1, 2}
    assert burst.account.problems() == []


def test_every_message_once_and_in_its_conversation(burst: Burst) -> None:
    wanted = burst.inbound()
    stored = [row for row in burst.account.messages() if row["direction"] == "in"]
    times = Counter(row["external_id"] for row in stored if row["external_id"] in wanted)
    assert set(times) == set(wanted)
    assert set(times.values()) == {1}
    assert {
        row["external_id"]: row["thread_key"] for row in stored if row["external_id"] in wanted
    } == wanted


def test_texts_are_those_that_were_written(burst: Burst) -> None:
    texts = {
        message["id"]: message["text"]
        for row in burst.told
        if not row["redacted"]
        for message in row["messages"]
    }
    for row in burst.account.messages():
        if row["external_id"] in texts:
            assert row["text"] == texts[row["external_id"]]


def test_redacted_conversations_hold_no_words(burst: Burst) -> None:
    redacted = {row["conversation_id"]: row for row in burst.told if row["redacted"]}
    assert redacted
    words = {message["text"] for row in redacted.values() for message in row["messages"]}
    for row in burst.account.messages():
        if row["thread_key"] in redacted:
            assert row["text"] not in words


def test_every_message_tells_why_it_went_where_it_went(burst: Burst) -> None:
    stored = [row for row in burst.account.messages() if row["direction"] == "in"]
    assert stored and all(row["route_reason"] for row in stored)


def test_customers_are_found_under_every_name_they_use(
    burst: Burst, customers: dict[str, int]
) -> None:
    """One contact per customer, whatever the network calls him; nobody was made twice."""
    stored = {row["external_id"]: row for row in burst.account.messages()}
    networks: dict[str, set[str]] = defaultdict(set)
    for row in burst.told:
        email = row["person"]["email"]
        if row["redacted"] or email not in customers:
            continue
        networks[email].add(row["medium"])
        for message in row["messages"]:
            if message["direction"] == "INBOUND":
                assert stored[message["id"]]["partner_id"] == customers[email], row["person"]
    assert any(len(used) > 2 for used in networks.values())


def test_no_contact_twice(burst: Burst) -> None:
    rows = burst.account.db.rows(
        "SELECT email_normalized AS email, count(*) AS n FROM res_partner"
        " WHERE email_normalized LIKE '%%@customers.example.com' AND active"
        " GROUP BY email_normalized HAVING count(*) > 1"
    )
    assert rows == []


def test_few_jobs(burst: Burst) -> None:
    """A job per lane and wave, not per message."""
    assert 0 < burst.jobs < len(burst.inbound()) * JOBS_PER_MESSAGE
