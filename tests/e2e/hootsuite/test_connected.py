"""A fresh installation: Hootsuite is connected, its profiles and people are there, its ping is answered."""

from __future__ import annotations

from tests.env.instance import Instance
from tests.env.provision import description
from tests.sandbox.client import Sandbox

MODEL = "hootsuite.integration"


def account(instance: Instance) -> dict:
    """The account of the sandbox."""
    fields = ["state", "environment", "profile_count", "webhook_url", "last_ping_at"]
    (found,) = instance.rpc.search_read(MODEL, [("name", "=", "Hootsuite Sandbox")], fields)
    return found


def test_the_account_is_connected_and_was_pinged(instance: Instance) -> None:
    found = account(instance)
    assert (found["state"], found["environment"]) == ("connected", "sandbox")
    assert found["last_ping_at"]


def test_the_organizations_profiles_are_there(instance: Instance, vendor: Sandbox) -> None:
    """What belongs to a member or to the other organization is not the account's to see."""
    names = {
        row["hootsuite_id"]
        for row in instance.rpc.search_read("hootsuite.profile", [], ["hootsuite_id"])
    }
    assert "115185509" in names and "120732387" not in names and "131000010" not in names
    reconnect = [("needs_reconnect", "=", True)]
    assert instance.rpc.count("hootsuite.profile", reconnect) == 1


def test_what_the_description_tells(instance: Instance, vendor: Sandbox) -> None:
    told = description(instance)["hootsuite"]
    half = vendor.info()["hootsuite"]
    assert told == {
        "webhook_url": account(instance)["webhook_url"],
        "inbox_secret": half["inbox_secret"],
        "client_id": half["client_id"],
        "client_secret": half["client_secret"],
    }


def test_conversations_posts_and_figures_are_there(instance: Instance, vendor: Sandbox) -> None:
    """What the dashboard of a fresh installation shows."""
    told = vendor.hootsuite.conversations()
    written = sum(
        message["direction"] == "INBOUND"
        for row in told
        for message in row["messages"]
        if not (row["medium"] == "twit" and row["told"] == ["CONVERSATION_RESOLVED"])
    )
    assert instance.rpc.count("hootsuite.message", [("direction", "=", "in")]) == written
    assert instance.rpc.count("hootsuite.post") > 10
    assert instance.rpc.count("hootsuite.metric") > 10
