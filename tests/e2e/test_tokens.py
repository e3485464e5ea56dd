"""Renewing access: never twice for one token, and never silently dead.

The vendor's refresh tokens are single-use: whoever refreshes twice, or loses the answer, loses access.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import support_security as support
from tests.env.instance import Instance

LATE = 3.0  # seconds by which the vendor's answer is delayed, so that a kill hits in between


@pytest.fixture(autouse=True)
def no_import(instance: Instance) -> Iterator[None]:
    """Connecting starts an import, which would renew the access before the test does."""
    instance.pause_job_runner()
    yield
    instance.resume_job_runner()


@pytest.fixture(scope="module")
def account(instance: Instance) -> Iterator[int]:
    """An account authorized by a person; each test connects it anew."""
    made = support.new_user_account(instance, "Tokens")
    yield made
    support.give_up(instance, made)


def shell_script(folder: Path, name: str, account: int) -> str:
    """Waits in a process of its own for the file ``go``, uses the access, prints the token's hash."""
    return (
        "import hashlib, pathlib, time\n"
        f"folder = pathlib.Path({str(folder)!r})\n"
        f"account = env['zoom.integration'].browse({account})\n"
        f"(folder / {name!r}).touch()\n"
        "deadline = time.monotonic() + 60\n"
        "while not (folder / 'go').exists():\n"
        "    assert time.monotonic() < deadline, 'nobody said go'\n"
        "    time.sleep(0.01)\n"
        "print(hashlib.sha256(account._access_token().encode()).hexdigest())\n"
    )


def test_processes_that_refresh_together_refresh_once(
    instance: Instance, account: int, tmp_path: Path
) -> None:
    box = support.sandbox_of(instance)
    support.connect_with_stale_token(instance, account)
    granted, refused = support.refreshes(box)
    with support.faults(box):
        # Slow enough that everybody comes while the first still waits for the answer.
        box.fault("latency", path=support.TOKEN_PATH, seconds=2, times=None)
        shells = support.Background(
            *(
                lambda name=name: instance.shell(shell_script(tmp_path, name, account))
                for name in ("one", "two")
            )
        )
        instance.wait_for(
            lambda: (tmp_path / "one").exists() and (tmp_path / "two").exists(),
            90,
            "two Odoo shells",
        )
        (tmp_path / "go").touch()
        workers = support.Background(*(lambda: support.verify(instance, account) for _ in range(2)))
        hashes = [text.split()[-1] for text in shells.values()]
        answers = workers.values()

    assert support.refreshes(box) == (granted + 1, refused)
    assert len(set(hashes)) == 1, "the processes use different tokens"
    assert [answer["type"] for answer in answers] == ["success", "success"], answers


def test_calls_refused_together_refresh_once(instance: Instance, account: int) -> None:
    box = support.sandbox_of(instance)
    support.connect(instance, account)
    granted, refused = support.refreshes(box)
    box.zoom.revoke_tokens(access_only=True)
    with support.faults(box):
        box.fault("latency", path=support.TOKEN_PATH, seconds=1, times=None)
        answers = support.Background(
            *(lambda: support.verify(instance, account) for _ in range(4))
        ).values()
    assert [answer["type"] for answer in answers] == ["success"] * 4, answers
    assert support.refreshes(box) == (granted + 1, refused)


def killed_in_refresh(instance: Instance, account: int) -> None:
    """Start a refresh and ``kill -9`` the worker once the vendor has the request."""
    box = support.sandbox_of(instance)
    assert box.faults(), "without a fault there is no time to kill anybody"
    call = support.Background(lambda: support.verify(instance, account))
    # A fault that is to hit once is gone when it has hit.
    instance.wait_for(
        lambda: not box.faults() or box.faults()[0]["hits"] > 0,
        30,
        "the vendor to receive the refresh",
    )
    instance.kill_worker()
    outcome = call.join()[0]
    assert outcome.error is not None, f"the killed worker answered: {outcome.value}"


def assert_told_to_reconnect(instance: Instance, account: int, answer: dict) -> None:
    """The person who pressed, the screen and the alert all say it."""
    assert answer["type"] == "danger", answer
    told = support.fields_of(instance, account, "state", "state_message")
    assert told["state"] == "reconnect"
    for text in (answer["message"], told["state_message"]):
        assert "lost" in text
        assert "onnect" in text, f"no word about what to do: {text}"
    assert "auth_lost" in support.open_alerts(instance, account)


def assert_reconnects(instance: Instance, account: int) -> None:
    """One press on Connect mends it, and the alert closes by itself."""
    support.connect(instance, account)
    assert support.verify(instance, account)["type"] == "success"
    assert "auth_lost" not in support.open_alerts(instance, account)


def test_kill_between_answer_and_save_asks_to_reconnect(instance: Instance, account: int) -> None:
    box = support.sandbox_of(instance)
    support.connect_with_stale_token(instance, account)
    granted, refused = support.refreshes(box)
    with support.faults(box):
        box.fault("latency", path=support.TOKEN_PATH, seconds=LATE, times=1)
        killed_in_refresh(instance, account)
        instance.wait_for(
            lambda: support.refreshes(box)[0] == granted + 1,
            30,
            "the vendor to answer nobody",
        )
    # One try with the old refresh token, for the vendor may not have used it up.
    answer = support.verify_patiently(instance, account)
    assert support.refreshes(box) == (granted + 1, refused + 1)
    assert_told_to_reconnect(instance, account, answer)
    # It stays said, and the dead token is not tried over and over.
    assert support.verify(instance, account)["type"] == "danger"
    assert support.fields_of(instance, account, "state") == "reconnect"
    assert support.refreshes(box) == (granted + 1, refused + 1)
    assert_reconnects(instance, account)


def test_kill_before_the_vendor_acted_costs_nothing(instance: Instance, account: int) -> None:
    box = support.sandbox_of(instance)
    support.connect_with_stale_token(instance, account)
    granted, refused = support.refreshes(box)
    with support.faults(box):
        box.fault("hang", path=support.TOKEN_PATH, seconds=60, times=None)
        killed_in_refresh(instance, account)
    assert support.verify_patiently(instance, account)["type"] == "success"
    assert support.fields_of(instance, account, "state") == "connected"
    assert support.refreshes(box) == (granted + 1, refused)


def test_cut_answer_asks_to_reconnect(instance: Instance, account: int) -> None:
    box = support.sandbox_of(instance)
    support.connect_with_stale_token(instance, account)
    granted, refused = support.refreshes(box)
    with support.faults(box):
        box.fault("execute_then_cut", path=support.TOKEN_PATH, times=1)
        answer = support.verify(instance, account)
    # Tried once more with the old refresh token, which turned out to be used up.
    assert support.refreshes(box) == (granted + 1, refused + 1)
    assert_told_to_reconnect(instance, account, answer)
    assert_reconnects(instance, account)


def test_access_revoked_at_the_vendor_asks_to_reconnect(instance: Instance, account: int) -> None:
    box = support.sandbox_of(instance)
    support.connect(instance, account)
    box.zoom.revoke_tokens()
    answer = support.verify(instance, account)
    assert answer["type"] == "danger", answer
    assert support.fields_of(instance, account, "state") == "reconnect"
    assert "auth_lost" in support.open_alerts(instance, account)
    assert_reconnects(instance, account)
    # The other account of the same vendor lost its tokens too, and gets new ones without a person.
    main = support.main_integration(instance)
    assert support.verify(instance, main)["type"] == "success"


def test_an_answer_of_the_vendor_works_once_and_in_its_session_only(
    instance: Instance, account: int
) -> None:
    box = support.sandbox_of(instance)
    person = support.Person(instance)
    exchanged = box.zoom.state()["tokens"]["code_exchanged"]
    done = person.connect(account)
    callback = next(step.url for step in done.history if "/zoom_oauth/callback" in step.url)
    assert box.zoom.state()["tokens"]["code_exchanged"] == exchanged + 1

    again = person.web.get(callback, timeout=60)
    assert again.status_code == 400
    assert "used already" in again.text

    box.zoom.app(consent="allow")
    try:
        start = person.web.get(
            f"{instance.url}/zoom_oauth/start",
            params={"integration_id": account},
            allow_redirects=False,
            timeout=60,
        )
        consent = person.web.get(start.headers["Location"], allow_redirects=False, timeout=60)
    finally:
        box.zoom.app(consent="ask")
    stolen = support.Person(instance).web.get(consent.headers["Location"], timeout=60)
    assert stolen.status_code == 400
    assert "another browser session" in stolen.text
    assert box.zoom.state()["tokens"]["code_exchanged"] == exchanged + 1
    assert support.verify(instance, account)["type"] == "success"
