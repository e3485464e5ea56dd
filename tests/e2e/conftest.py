"""Fixtures of the end-to-end suites; ``instance`` comes from ``tests.env.pytest_plugin``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.support import Account, Database
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox
from tests.sandbox.process import running


@pytest.fixture(scope="session")
def db(instance: Instance) -> Database:
    """The instance's database."""
    return Database(instance)


@pytest.fixture(scope="session")
def vendor(instance: Instance) -> Sandbox:
    """The sandbox that the instance is connected to."""
    assert instance.sandbox is not None
    return Sandbox(instance.sandbox.url)


@pytest.fixture(scope="session")
def connected(instance: Instance) -> Account:
    """The account that is connected to ``vendor``."""
    return Account.connected(instance)


@pytest.fixture(scope="session")
def _second_sandbox() -> Iterator[Sandbox]:
    with running() as info:
        yield Sandbox(info["base_url"])


@pytest.fixture
def sender(_second_sandbox: Sandbox) -> Sandbox:
    """A second sandbox with a world and a clock of its own: it only sends, to any account.

    What it sends to is answered at the machine's own pace, so it waits longer than Zoom would.
    """
    _second_sandbox.reset()
    _second_sandbox.zoom.limits(delivery_timeout=60.0)
    return _second_sandbox


@pytest.fixture(scope="module")
def make_account(instance: Instance) -> Iterator[Callable[..., Account]]:
    """Makes accounts that are not connected; they are gone after the module."""
    made: list[Account] = []

    def make(name: str, secret: str | None = "") -> Account:
        made.extend(Account.create(instance, [name], secret))
        return made[-1]

    yield make
    Account.remove_all(instance, made)
