"""Connects a fresh installation to the sandbox, fills the sandbox, and waits for the first data."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import provision_hootsuite
from .paths import REPO
from .progress import EnvError, say, step
from .sandbox_control import control

if TYPE_CHECKING:
    from .instance import Instance

#: Vendor -> integration model. Only those whose addon is in the tree take part.
PRODUCTS = {"zoom": "zoom.integration", "hootsuite": "hootsuite.integration"}
#: The sandbox lives in memory: the same seed gives the same ids at each start.
ZOOM_WORLD = {
    "users": 6, "meetings": 20, "recurring": 3, "past": 12, "participants": 5, "spread_days": 30,
    "seed": 42,
}  # fmt: skip
WORLD_LIFE = timedelta(days=7)
_NO_SOURCE = {"tests", "readme", "__pycache__"}
_INSTANCE_KEYS = {
    "zoom": ("secret_token", "client_id", "client_secret", "account_id"),
    "hootsuite": ("inbox_secret", "client_id", "client_secret"),
}


def products() -> dict[str, str]:
    """The vendors whose addon is in this repository."""
    return {
        vendor: model
        for vendor, model in PRODUCTS.items()
        if (REPO / f"{vendor}_connector" / "__manifest__.py").exists()
    }


def source_mark(addons: list[str]) -> str:
    """Hash over what an installation depends on; another mark means the addons must be updated."""
    total = hashlib.sha256()
    for addon in addons:
        root = REPO / addon
        for path in sorted(root.rglob("*")):
            if path.is_file() and not _NO_SOURCE & set(path.relative_to(root).parts):
                total.update(str(path.relative_to(REPO)).encode())
                total.update(path.read_bytes())
    return total.hexdigest()


def _mark_file(instance: Instance) -> Path:
    return instance.odoo.data_dir / f"{instance.database}.installed"


def _world_file(instance: Instance) -> Path:
    return instance.odoo.data_dir / f"{instance.database}.world"


def stored_mark(instance: Instance) -> str:
    """The mark of the last complete installation, empty when there was none."""
    path = _mark_file(instance)
    return path.read_text() if path.exists() else ""


def store_mark(instance: Instance, mark: str) -> None:
    """Remember a complete installation."""
    instance.odoo.data_dir.mkdir(parents=True, exist_ok=True)
    _mark_file(instance).write_text(mark)


def forget(instance: Instance) -> None:
    """Forget what was noted about a database that is gone."""
    for path in (_mark_file(instance), _world_file(instance)):
        path.unlink(missing_ok=True)


def seed_sandbox(instance: Instance) -> list[dict[str, Any]]:
    """Fill the sandbox with its deterministic world; returns the people with a licence."""
    if instance.sandbox is None:
        return []
    with step("filling the sandbox with people, meetings, recordings and posts"):
        control(instance.sandbox.url, "clock", {"set": _world_moment(instance)})
        world = control(instance.sandbox.url, "zoom/seed", ZOOM_WORLD)
        people = [user for user in world["users"] if user["type"] == 2]
        if "hootsuite" in products():
            people += provision_hootsuite.seed(instance.sandbox.url)
        control(instance.sandbox.url, "clock", {"real": True})
    return people


def _world_moment(instance: Instance) -> str:
    """The moment around which the world is built: the same for a week, then a new one.

    What lies in the past of that moment decides which ids are drawn, so the same moment gives the
    same ids, and a restart finds the records of the last one.
    """
    path = _world_file(instance)
    now = datetime.now(timezone.utc).replace(microsecond=0)
    if path.exists():
        known = datetime.fromisoformat(path.read_text())
        if now - known < WORLD_LIFE:
            return _iso(known)
    path.write_text(now.isoformat())
    return _iso(now)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


CHECKS_OF_ADDRESS = 4
_SCRIPT = """
import json
info = json.loads({info!r})
people = json.loads({people!r})
parameters = env["ir.config_parameter"]
parameters.set_param("web.base.url", info["odoo_url"])
parameters.set_param("web.base.url.freeze", "True")
account = info["sandbox"].get("zoom", {{}}).get("account_email")
if account:
    # The administrator of the sandbox account is the administrator here.
    env.ref("base.user_admin").partner_id.email = account
users = env["res.users"].with_context(no_reset_password=True)
for person in people:
    if person["email"] != account and not users.search_count([("login", "=", person["email"])]):
        users.create({{"name": person["name"], "login": person["email"], "email": person["email"]}})
env.cr.commit()
for model in {models!r}:
    if model in env:
        env[model]._connector_provision_sandbox(info["sandbox"])
        env.cr.commit()  # the product commits on cursors of its own; look at what it made
        made = env[model].search([("environment", "=", "sandbox")], limit=1, order="id")
        made.action_import()
env.cr.commit()
"""


def connect(instance: Instance) -> None:
    """Seed the sandbox and connect each product's integration to it (Odoo need not run)."""
    people = seed_sandbox(instance)
    if instance.sandbox is None:
        return
    info = {"odoo_url": instance.url, "sandbox": instance.sandbox.info}
    instance.before_import = (_newest_run(instance), _last_job(instance))
    with step("connecting the integrations to the sandbox"):
        instance.shell(
            _SCRIPT.format(
                info=json.dumps(info), people=json.dumps(people), models=list(products().values())
            )
        )


def subscribe(instance: Instance) -> None:
    """Tell the sandbox where Odoo's webhooks for Zoom are; it checks the address as the vendor does."""
    if instance.sandbox is None or not webhook_url(instance, "zoom"):
        return
    body = {
        "url": webhook_url(instance, "zoom"),
        "secret_token": instance.sandbox.info["zoom"]["secret_token"],
        "validate": True,
    }
    with step("registering the webhook address with the sandbox"):
        # The vendor waits 3 s; workers that have just started may still be busy with themselves. A
        # person would press Validate again as well.
        for _attempt in range(CHECKS_OF_ADDRESS):
            answer = control(instance.sandbox.url, "zoom/subscribe", body)
            if answer.get("error") != "timeout":
                break
    if not answer.get("ok"):
        raise EnvError(f"Odoo did not pass the sandbox's check of the webhook address: {answer}")


def wait_for_data(instance: Instance, timeout: float = 180.0) -> None:
    """Register the webhooks and wait until the records of the first import are there."""
    if instance.sandbox is None:
        return
    if "zoom" in products():
        _wait_for_zoom(instance, timeout)
    if "hootsuite" in products():
        provision_hootsuite.wait_for_data(instance, webhook_url(instance, "hootsuite"), timeout)


def _wait_for_zoom(instance: Instance, timeout: float) -> None:
    subscribe(instance)
    with step("importing what the sandbox holds"):
        instance.wait_for(lambda: _imported(instance), timeout, "the first import")
    counts = ", ".join(
        f"{instance.rpc.count(model)} {words}"
        for model, words in (
            ("zoom.meeting", "meetings"),
            ("zoom.participant", "participants"),
            ("zoom.recording", "recordings"),
        )
    )
    say(f"  in Odoo: {counts}")


def _last_run(instance: Instance) -> tuple[int, str, str]:
    """Id, state and message of the newest import or reconciliation; id 0 when there was none."""
    rows = instance.query(
        "SELECT id, state, coalesce(message, '') FROM connector_sync_run"
        " WHERE integration_model = 'zoom.integration' ORDER BY id DESC LIMIT 1"
    )
    return (int(rows[0][0]), rows[0][1], rows[0][2]) if rows else (0, "", "")


def _newest_run(instance: Instance) -> int:
    """Id of the newest run of any vendor."""
    return int(instance.query("SELECT coalesce(max(id), 0) FROM connector_sync_run")[0][0])


def _last_job(instance: Instance) -> int:
    return int(instance.query("SELECT coalesce(max(id), 0) FROM queue_job")[0][0])


def _imported(instance: Instance) -> bool:
    before, first_job = instance.before_import
    failed = instance.query(
        "SELECT id, name, exc_name, exc_message FROM queue_job WHERE state = 'failed'"
    )
    fresh = [": ".join(words) for number, *words in failed if int(number) > first_job]
    if fresh:
        raise EnvError(f"A job failed: {fresh[0]}; see {instance.log}.")
    number, state, message = _last_run(instance)
    if number <= before or state == "running":
        return False
    if state == "failed":
        raise EnvError(f"The first import failed: {message}")
    return instance.rpc.count("zoom.meeting") > 0


def webhook_url(instance: Instance, vendor: str) -> str | None:
    """The address of the product's integration for its vendor's webhooks."""
    model = products().get(vendor)
    if not model:
        return None
    found = instance.rpc.search_read(model, [], ["webhook_url"], limit=1, order="id")
    return found[0]["webhook_url"] or None if found else None


def description(instance: Instance) -> dict[str, Any]:
    """Exactly what the design promises for ``.dev/instance.json``; unknown values are null."""
    sandbox = instance.sandbox
    told: dict[str, Any] = {
        "odoo_url": instance.url,
        "database": instance.database,
        "login": instance.rpc.login,
        "password": instance.rpc.password,
        "series": instance.odoo.series,
        "sandbox_url": sandbox.url if sandbox else None,
    }
    for vendor, keys in _INSTANCE_KEYS.items():
        half = sandbox.info.get(vendor, {}) if sandbox else {}
        told[vendor] = {"webhook_url": webhook_url(instance, vendor)}
        # The integration is connected as the server-to-server app where the vendor has that kind.
        told[vendor].update({key: half.get(f"s2s_{key}") or half.get(key) for key in keys})
    return told
