"""What the Hootsuite half of a fresh installation needs: a world, webhooks, the first conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .progress import EnvError, say, step
from .sandbox_control import control

if TYPE_CHECKING:
    from .instance import Instance

#: The same seed and moment give the same posts at each start.
WORLD = {"past": 40, "future": 8, "failed": 2, "pending": 1, "comments": 2, "days": 60, "seed": 42}
#: The same seed gives the same conversations, with the same ids, at each start.
TALK = {"conversations": 40, "seed": 42, "concurrency": 4}
#: What is counted on the screen.
SHOWN = (
    ("hootsuite.profile", "profiles"),
    ("hootsuite.message", "messages"),
    ("hootsuite.post", "posts"),
    ("hootsuite.metric", "figures"),
)


def seed(sandbox_url: str) -> list[dict[str, Any]]:
    """Fill the sandbox's Hootsuite; returns its members.

    Figures belong to a scope that only a person's consent gives; the sandbox lets the organization's
    app have it too, so that an installation without a browser shows them.
    """
    control(sandbox_url, "hootsuite/seed", WORLD)
    control(sandbox_url, "hootsuite/app", {"app_scopes": ["analytics:read"]})
    return control(sandbox_url, "hootsuite/members", {}, "GET")["members"]


def wait_for_data(instance: Instance, url: str | None, timeout: float) -> None:
    """Register the webhook address, let customers write, wait until it is all in Odoo."""
    if instance.sandbox is None or not url:
        return
    with step("reading Hootsuite's profiles and people"):
        instance.wait_for(lambda: _mirrored(instance), timeout, "Hootsuite's profiles")
    with step("registering the webhook address with Hootsuite's sandbox"):
        answer = control(instance.sandbox.url, "hootsuite/subscribe", {"url": url, "ping": True})
        if not answer.get("ok"):
            raise EnvError(f"Odoo did not answer the ping of the platform: {answer}")
    with step("letting customers write"):
        told = control(instance.sandbox.url, "hootsuite/play", TALK)
        if set(told["statuses"]) != {"200"}:
            raise EnvError(f"Odoo refused messages of customers: {told['statuses']}")
        instance.wait_for(lambda: _settled(instance), timeout, "the messages of customers")
    with step("reading posts and figures"):
        instance.wait_for(lambda: _read(instance), timeout, "Hootsuite's posts and figures")
    counts = [f"{instance.rpc.count(model)} {words}" for model, words in SHOWN]
    say(f"  in Odoo: {', '.join(counts)}")


def _mirrored(instance: Instance) -> bool:
    _no_failed_run(instance)
    return instance.rpc.count("hootsuite.profile") > 0


def _read(instance: Instance) -> bool:
    """The first posts and figures are there."""
    _no_failed_run(instance)
    return all(instance.rpc.count(model) > 0 for model in ("hootsuite.post", "hootsuite.metric"))


def _settled(instance: Instance) -> bool:
    """Everything that arrived is worked through."""
    rows = instance.query(
        "SELECT state, count(*) FROM connector_event"
        " WHERE integration_model = 'hootsuite.integration' GROUP BY state"
    )
    counts = {state: int(number) for state, number in rows}
    bad = counts.get("dead", 0) + counts.get("quarantined", 0)
    if bad:
        raise EnvError(f"{bad} events of Hootsuite could not be worked on; see {instance.log}.")
    return bool(counts) and set(counts) <= {"done", "ignored"}


def _no_failed_run(instance: Instance) -> None:
    rows = instance.query(
        "SELECT id, kind, coalesce(message, '') FROM connector_sync_run"
        " WHERE integration_model = 'hootsuite.integration' AND state = 'failed'"
    )
    for number, kind, message in rows:
        if int(number) > instance.before_import[0]:
            raise EnvError(f"Reading Hootsuite failed ({kind}): {message}")
