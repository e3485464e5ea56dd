"""Fixtures for suites that need a whole installation (``-p tests.env.pytest_plugin``)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from . import browser, odoo_tree
from .instance import Instance, running_instance


def pytest_configure() -> None:
    """Being ended from outside takes the same way as Ctrl-C: what was started is stopped."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


@pytest.fixture(scope="session")
def series() -> str:
    """The Odoo series under test."""
    return os.environ.get("SERIES") or odoo_tree.best_series()


@pytest.fixture(scope="session")
def instance(series: str) -> Iterator[Instance]:
    """One connected installation with two workers, shared by the whole run.

    A test that breaks it (kills, restarts) leaves it working again.
    """
    with running_instance(series, workers=2, name="e2e") as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser, for Playwright's ``executable_path``."""
    return browser.obtain()
