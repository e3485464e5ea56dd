"""Bad input: each kind gets a clear answer, stores nothing it should not, and loses nothing.

Every kind has an account of its own where it matters, because an address that keeps sending wrong
signatures is answered differently after a while.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.e2e.support import Account, Database, busy_jobs, eventually
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

#: Tables that a stranger could try to fill.
GROWING = (
    "connector_event", "connector_alert", "connector_api_log", "connector_data_issue",
    "connector_event_outcome", "connector_sync_run", "ir_logging", "ir_attachment", "mail_message",
    "mail_mail", "mail_activity", "queue_job", "zoom_meeting", "zoom_meeting_instance",
    "zoom_participant", "zoom_user", "res_partner", "calendar_event",
)  # fmt: skip
MEETING = 85_000_000_001
HOST = "HostUnknownExample0001"


def meeting_body(event: str, at: int = 1_780_000_000_000, **fields: Any) -> dict:
    """A delivery about a meeting, as the vendor shapes it."""
    return {
        "event": event,
        "event_ts": at,
        "payload": {
            "account_id": "AcctSandboxExample0001",
            "object": {
                "id": str(MEETING),
                "uuid": "4444AAAiAAAAAiAiAiiAii==",
                "host_id": HOST,
                "topic": "Weekly planning",
                "type": 2,
                "start_time": "2026-05-28T09:00:00Z",
                "timezone": "Europe/Berlin",
                "duration": 60,
                **fields,
            },
        },
    }


def created(**fields: Any) -> dict:
    """A well-formed meeting.created."""
    return meeting_body("meeting.created", join_url="https://example.com/j/1", **fields)


@pytest.fixture(autouse=True)
def quiet(db: Database) -> None:
    """Nothing of what happened before is still at work, so that tables can be compared."""
    eventually(lambda: busy_jobs(db) == 0, "the background jobs to end")


@pytest.fixture(scope="module")
def fresh_accounts(instance: Instance) -> Iterator[list[Account]]:
    """Accounts that no test has used yet, made together because that is quicker."""
    made = Account.create(instance, [f"Bad input {number}" for number in range(60)])
    yield list(made)
    Account.remove_all(instance, made)


@pytest.fixture
def account(fresh_accounts: list[Account]) -> Account:
    """An account of its own for one test."""
    return fresh_accounts.pop()


def sizes(db: Database) -> dict[str, int]:
    """Number of rows of every table that must not grow."""
    return {table: db.value(f"SELECT count(*) FROM {table}") for table in GROWING}  # noqa: S608


# refused: nothing is stored, the refusal is counted ---------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "forged signature": ({"secret_token": "not-the-secret"}, 401, "bad_signature"),
    "garbled signature": ({"headers": {"x-zm-signature": "v0=00"}}, 401, "bad_signature"),
    "signature that is not ASCII": (
        {"headers": {"x-zm-signature": "v0=\u00e9\u00e9"}}, 401, "bad_signature",
    ),
    "missing signature": ({"sign": False}, 401, "bad_signature"),
    "missing timestamp": ({"headers": {"x-zm-request-timestamp": ""}}, 401, "bad_signature"),
    "timestamp that is no number": (
        {"headers": {"x-zm-request-timestamp": "yesterday"}}, 401, "bad_signature",
    ),
    "not JSON": ({"raw": "event=meeting.created"}, 400, "bad_body"),
    "empty body": ({"raw": ""}, 400, "bad_body"),
    "JSON array": ({"raw": json.dumps([created()])}, 400, "bad_body"),
    "JSON text": ({"raw": '"meeting.created"'}, 400, "bad_body"),
    "JSON with NaN": ({"raw": '{"event": "meeting.created", "event_ts": NaN}'}, 400, "bad_body"),
    "JSON nested without end": ({"raw": "[" * 100_000}, 400, "bad_body"),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(REFUSED))
def test_refused_and_counted(kind: str, account: Account, sender: Sandbox, db: Database) -> None:
    options, status, metric = REFUSED[kind]
    before = sizes(db)
    body = None if "raw" in options else created()

    answer = account.send(sender, body, **options)

    assert answer[0] == status
    assert set(json.loads(answer[1])) == {"error"}  # plain words, nothing about the inside
    assert account.events() == []
    assert sizes(db) == before
    assert account.metric(metric) == 1


@pytest.mark.parametrize("offset", [-3600, 3600], ids=["an hour ago", "in an hour"])
def test_timestamp_an_hour_off(offset: int, account: Account, sender: Sandbox) -> None:
    """The signature is right for its timestamp; a recorded delivery must not be played again."""
    assert account.send(sender, created(), timestamp=int(time.time()) + offset)[0] == 401
    assert account.events() == []
    assert account.metric("bad_signature") == 1


def test_timestamp_slightly_off_is_accepted(account: Account, sender: Sandbox) -> None:
    """The vendor's clock and ours differ by some seconds."""
    assert account.send(sender, created(), timestamp=int(time.time()) + 60)[0] == 200
    assert len(account.events()) == 1


def test_no_secret_configured(
    make_account: Callable[..., Account], sender: Sandbox, db: Database
) -> None:
    """Fails closed, with an answer after which the vendor tries again later."""
    account = make_account("Bad input no secret", None)
    before = sizes(db)
    for options in ({"secret_token": "any"}, {"secret_token": ""}, {"sign": False}):
        status, _text = account.send(sender, created(), **options)
        assert status == 503
    assert account.events() == []
    assert sizes(db) == before
    assert account.metric("no_secret") == 3

    account.instance.rpc.call(
        "zoom.integration", "write", [account.id], {"webhook_secret": "now-there-is-one"}
    )
    assert account.send(sender, created(), secret_token="now-there-is-one")[0] == 200
    assert len(account.events()) == 1


def test_two_megabytes(account: Account, sender: Sandbox, db: Database) -> None:
    """Refused for its size although it is signed."""
    before = sizes(db)
    assert account.send(sender, created(agenda="x" * 2_000_000))[0] == 413
    assert account.events() == []
    assert sizes(db) == before


def test_two_megabytes_of_unknown_length(account: Account) -> None:
    """Without a Content-Length the size shows only while reading."""
    piece = b"x" * 65_536
    try:
        answer = requests.post(
            account.url,
            data=(piece for _ in range(32)),
            headers={"Content-Type": "application/json"},
            timeout=60,
        ).status_code
    except requests.ConnectionError:
        answer = 0  # the server hung up in the middle, which is clear as well
    assert answer in (0, 400, 401, 411, 413)
    assert account.events() == []


def test_form_body(account: Account) -> None:
    """A form is never read, since reading it could take the body away from the signature check."""
    answer = requests.post(account.url, data={"event": "meeting.created"}, timeout=60)
    assert answer.status_code == 415
    assert account.events() == []


def test_unknown_address(account: Account, sender: Sandbox, db: Database) -> None:
    before = sizes(db)
    wrong = account.url.rsplit("/", 1)[0] + "/no-such-key"
    assert account.send(sender, created(), url=wrong)[0] == 404
    assert sizes(db) == before


def test_secret_of_another_account(fresh_accounts: list[Account], sender: Sandbox) -> None:
    """A secret opens its own account only."""
    one, other = fresh_accounts.pop(), fresh_accounts.pop()
    assert one.send(sender, created(), secret_token=other.secret)[0] == 401
    assert one.events() == other.events() == []


# accepted, but not as it is ------------------------------------------------------------------------


def test_unknown_event(account: Account, sender: Sandbox) -> None:
    """Acknowledged, since the vendor should not repeat it, and kept as ignored."""
    assert account.send(sender, meeting_body("meeting.teleported"))[0] == 200
    (event,) = account.events()
    assert (event["state"], event["event_type"]) == ("ignored", "meeting.teleported")
    assert event["note"]


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ("meeting.created", ("id",)),
        ("meeting.started", ("uuid",)),
        ("meeting.participant_joined", ("participant",)),
        ("recording.completed", ("uuid",)),
    ],
)
def test_essential_field_missing(
    event: str, path: tuple[str, ...], account: Account, sender: Sandbox
) -> None:
    """Kept in quarantine with words about what to do; what comes behind it is not held up."""
    broken = meeting_body(event)
    if event == "meeting.participant_joined":
        broken["payload"]["object"]["participant"] = {
            "user_id": "16778240", "user_name": "Ada Example", "join_time": "2026-05-28T09:01:00Z",
        }  # fmt: skip
    for name in path:
        del broken["payload"]["object"][name]
    assert account.send(sender, broken)[0] == 200
    assert account.send(sender, created(topic="Right behind it"))[0] == 200

    account.wait_drained(2)
    bad, good = account.events()
    assert bad["state"] == "quarantined"
    assert bad["error"] and len(bad["remedy"]) > 20
    assert json.loads(bad["payload"])["event"] == event  # nothing is lost
    assert good["state"] == "done"


def test_body_without_event(account: Account, sender: Sandbox) -> None:
    """Signed, so it comes from the vendor: kept until somebody knows what it is."""
    assert account.send(sender, {"hello": "world", "download_token": "very-secret"})[0] == 200
    (event,) = account.events()
    assert event["state"] == "quarantined"
    assert event["error"] and event["remedy"]
    assert "very-secret" not in event["payload"]


def test_quarantined_event_can_be_replayed(
    account: Account, sender: Sandbox, instance: Instance
) -> None:
    """Replay does it again; the same flaw ends in the same place, and no second row appears."""
    broken = created()
    del broken["payload"]["object"]["id"]
    account.send(sender, broken)
    account.wait_drained(1)
    (event,) = account.events()
    instance.rpc.call("connector.event", "action_replay", [event["id"]])
    eventually(
        lambda: account.drained(1) and account.events()[0]["done_at"] is None, "the replay to end"
    )
    (again,) = account.events()
    assert (again["id"], again["state"]) == (event["id"], "quarantined")
    assert again["remedy"]


def test_meeting_that_ends_before_it_starts(account: Account, sender: Sandbox) -> None:
    """The meeting is kept, the impossible end is not, and somebody is told."""
    body = meeting_body(
        "meeting.ended", start_time="2026-05-28T09:00:00Z", end_time="2026-05-28T08:00:00Z"
    )
    assert account.send(sender, body)[0] == 200
    account.wait_drained(1)
    (event,) = account.events()
    assert event["state"] == "done"
    (held,) = account.db.rows(
        "SELECT start, stop, duration FROM zoom_meeting_instance WHERE integration_id = %s",
        account.id,
    )
    assert held["duration"] >= 0
    assert held["stop"] is None or held["stop"] >= held["start"]
    about_times = [issue for issue in account.issues() if issue["event_id"] == event["id"]]
    assert about_times and all(issue["remedy"] for issue in about_times)


def test_planned_duration_below_zero(account: Account, sender: Sandbox) -> None:
    """The calendar event must not end before it starts."""
    assert account.send(sender, created(duration=-30))[0] == 200
    account.wait_drained(1)
    (event,) = account.events()
    assert event["state"] == "done"
    (entry,) = account.db.rows(
        "SELECT e.start, e.stop FROM calendar_event e JOIN zoom_meeting m"
        " ON m.id = e.zoom_meeting_id WHERE m.integration_id = %s",
        account.id,
    )
    assert entry["stop"] >= entry["start"]
    assert [issue["remedy"] for issue in account.issues() if issue["event_id"] == event["id"]]


def test_unknown_meeting_id(account: Account, sender: Sandbox) -> None:
    """People of a meeting that Odoo never heard of: the meeting appears with them."""
    body = meeting_body("meeting.participant_joined", start_time="2026-05-28T09:00:05Z")
    body["payload"]["object"]["participant"] = {
        "user_id": "16778240", "user_name": "Ada Example", "id": "", "email": "ada@example.org",
        "participant_uuid": "AAAA0000-1111-2222-3333-444444444444",
        "join_time": "2026-05-28T09:01:00Z",
    }  # fmt: skip
    assert account.send(sender, body)[0] == 200
    account.wait_drained(1)
    assert [event["state"] for event in account.events()] == ["done"]
    (person,) = account.db.rows(
        "SELECT p.name, m.zoom_id, m.topic FROM zoom_participant p"
        " JOIN zoom_meeting m ON m.id = p.meeting_id WHERE p.integration_id = %s",
        account.id,
    )
    assert person == {"name": "Ada Example", "zoom_id": str(MEETING), "topic": "Weekly planning"}


def test_unknown_meeting_is_looked_up(
    connected: Account, vendor: Sandbox, instance: Instance
) -> None:
    """A connected account asks Zoom, who does not know the number either: nothing breaks."""
    body = meeting_body("meeting.updated", at=int(time.time() * 1000), id=85_999_999_999)
    body["payload"]["object"] = {"id": 85_999_999_999, "topic": "Never heard of"}
    before = connected.states().total()
    assert connected.send(vendor, body)[0] == 200
    connected.wait_drained(before + 1)
    event = connected.events()[-1]
    assert event["state"] == "done", event["error"]
    eventually(lambda: vendor.calls(path="/meetings/85999999999"), "the question about the meeting")
    eventually(
        lambda: instance.rpc.count(
            "zoom.meeting", [("zoom_id", "=", "85999999999"), ("needs_read", "=", False)]
        ),
        "the question to be settled",
    )
    (meeting,) = instance.rpc.search_read(
        "zoom.meeting", [("zoom_id", "=", "85999999999")], ["topic", "state"]
    )
    assert meeting["topic"] == "Never heard of"


def test_host_that_odoo_does_not_know(
    account: Account, sender: Sandbox, instance: Instance
) -> None:
    """The meeting stands in the default owner's calendar, and an issue says what to do."""
    assert account.send(sender, created())[0] == 200
    account.wait_drained(1)
    assert [event["state"] for event in account.events()] == ["done"]
    (meeting,) = instance.rpc.search_read(
        "zoom.meeting",
        [("integration_id", "=", account.id)],
        ["user_id", "calendar_event_id", "host_id"],
    )
    (settings,) = instance.rpc.call("zoom.integration", "read", [account.id], ["default_owner_id"])
    assert meeting["host_id"]
    assert meeting["user_id"] == settings["default_owner_id"]
    (entry,) = instance.rpc.call(
        "calendar.event", "read", [meeting["calendar_event_id"][0]], ["user_id"]
    )
    assert entry["user_id"] == settings["default_owner_id"]
    (issue,) = account.issues()
    assert HOST in issue["message"] and issue["remedy"]


@pytest.mark.parametrize(
    "topic",
    [
        "nul \x00 inside",
        "lone \ud800 surrogate",
        "right-to-left \u202e and \U0001f600",
        "x" * 50_000,
    ],
    ids=["NUL", "surrogate", "unusual characters", "50,000 characters"],
)
def test_text_that_databases_dislike(topic: str, account: Account, sender: Sandbox) -> None:
    raw = json.dumps(created(topic=topic))
    assert account.send(sender, raw=raw)[0] == 200
    account.wait_drained(1)
    (event,) = account.events()
    assert event["state"] == "done", event["error"]
    assert account.db.value(
        "SELECT count(*) FROM zoom_meeting WHERE integration_id = %s AND topic <> ''", account.id
    )


# a flood ------------------------------------------------------------------------------------------------


def test_unsigned_flood_does_not_grow_tables(
    account: Account, sender: Sandbox, db: Database
) -> None:
    """A stranger sends on and on: tables stay as they are, the vendor is still heard."""
    for _ in range(12):  # one alert about wrong signatures is wanted; let it come first
        account.send(sender, created(), sign=False)
    alert = "SELECT count(*) FROM connector_alert WHERE cause = 'bad_signatures' AND state = 'open'"
    assert db.value(f"{alert} AND integration_id = %s", account.id) == 1
    before = sizes(db)
    answers = []
    with requests.Session() as stranger:
        for number in range(400):
            headers = {"Content-Type": "application/json"}
            if number % 2:
                headers["x-zm-signature"] = f"v0={number:064x}"
                headers["x-zm-request-timestamp"] = str(int(time.time()))
            answers.append(
                stranger.post(
                    account.url, data=json.dumps(created(topic=str(number))), headers=headers,
                    timeout=60,
                ).status_code
            )  # fmt: skip
    assert set(answers) <= {401, 429}
    assert sizes(db) == before
    assert account.events() == []
    # One row per figure and hour, however much is counted; the hour may turn meanwhile. Other
    # accounts' figures are written together with whichever request comes next.
    figures = (
        "SELECT name, count(*) AS n FROM connector_metric WHERE integration_id = %s GROUP BY 1"
    )
    (refused,) = db.rows(figures, account.id)
    assert refused["name"] == "bad_signature" and refused["n"] <= 2

    assert account.send(sender, created())[0] == 200
    account.wait_drained(1)
    assert account.states() == {"done": 1}
