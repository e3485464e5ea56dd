"""Fixtures shared by the suites outside Odoo."""

import pytest

from tests.sandbox.client import Sandbox
from tests.sandbox.process import running


@pytest.fixture(scope="session")
def sandbox_info():
    """The JSON line of a sandbox that runs for the whole session."""
    with running() as info:
        yield info


@pytest.fixture
def sandbox(sandbox_info):
    """A freshly reset sandbox."""
    box = Sandbox(sandbox_info["base_url"])
    box.reset()
    return box
