"""A lively instance and the people who look at it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import screens
from tests.browser.desk import Desk, browser
from tests.e2e import support_security as support
from tests.env.instance import Instance

__all__ = ["browser"]

PASSWORD = "looks-at-own-meetings"


class World:
    """What the pictures show.

    :ivar login: a plain Zoom user, who hosts the meetings of the pictures
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        box = support.sandbox_of(instance)
        main = support.main_integration(instance)
        host = self._host()
        self.login: str = host["login"]
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
        box.zoom.meeting(
            "create", topic="Planned for the pictures", host_id=host["zoom_id"], type=2, duration=45,
            timezone="UTC", start_time=soon.strftime("%Y-%m-%dT09:00:00Z"), wait=True,
        )  # fmt: skip
        opened = box.zoom.meeting(
            "create", topic="Open day", type=2, start_time=soon.strftime("%Y-%m-%dT15:00:00Z"),
            settings={"approval_type": 1}, wait=True,
        )  # fmt: skip
        first, last = screens.REGISTRANT.split()
        box.zoom.register(
            opened["meeting_id"], email="rita@visitors.example", first_name=first, last_name=last
        )
        box.zoom.run_meeting(
            topic=screens.TOPIC, host_id=host["zoom_id"], participants=6, guests=1, rejoin=1,
            recording=True, wait=True,
        )  # fmt: skip
        url = support.fields_of(instance, main, "webhook_url")
        # A known event without its essence, and a stranger at the door.
        box.zoom.deliver(
            {"event": "meeting.ended", "event_ts": 1767225600000, "payload": {"account_id": "A", "object": {}}},
            url=url, retry=False,
        )  # fmt: skip
        for _knock in range(12):
            box.zoom.deliver(
                {"event": "meeting.ended", "event_ts": 1767225600001, "payload": {}},
                url=url, retry=False, secret_token="a stranger's guess",
            )  # fmt: skip
        box.settle()
        rpc = instance.rpc
        for model, domain in (
            ("zoom.registrant", []),
            ("zoom.recording", [("instance_id.meeting_id.topic", "=", screens.TOPIC)]),
            ("calendar.event", [("zoom_meeting_id.topic", "=", screens.TOPIC)]),
            ("calendar.event", [("zoom_meeting_id.topic", "=", "Planned for the pictures")]),
            ("connector.event", [("state", "=", "quarantined")]),
            ("connector.alert", [("cause", "=", "bad_signatures"), ("state", "=", "open")]),
            ("connector.sync.run", [("state", "=", "done")]),
        ):
            instance.wait_for(
                lambda model=model, domain=domain: rpc.count(model, domain), 90, f"{model} {domain}"
            )

    def _host(self) -> dict[str, str]:
        """Somebody of the vendor's account who is an ordinary user here; may log in from now on."""
        rpc = self.instance.rpc
        found = rpc.search_read(
            "zoom.user",
            [("user_id", "!=", False), ("user_id.login", "!=", "admin"), ("status", "=", "active")],
            ["zoom_id", "user_id"],
            order="id",
            limit=1,
        )[0]
        user = found["user_id"][0]
        (group,) = rpc.search_read(
            "ir.model.data",
            [("module", "=", "zoom_connector"), ("name", "=", "group_zoom_user")],
            ["res_id"],
        )
        known = rpc.call("res.users", "fields_get", ["groups_id", "group_ids"], ["type"])
        groups = next(iter(known))  # the field has another name in each series
        rpc.call(
            "res.users", "write", [user], {"password": PASSWORD, groups: [(4, group["res_id"])]}
        )
        login = rpc.call("res.users", "read", [user], ["login"])[0]["login"]
        return {"zoom_id": found["zoom_id"], "login": login}


@pytest.fixture(scope="module")
def world(instance: Instance) -> World:
    """Something to look at."""
    return World(instance)


@pytest.fixture(scope="module")
def desks(browser: Browser, instance: Instance, world: World) -> Iterator[dict[str, Desk]]:
    """The administrator and a plain Zoom user, each signed in."""
    signed_in = {
        screens.ADMIN: Desk(browser, instance, "admin", "admin"),
        screens.USER: Desk(browser, instance, world.login, PASSWORD),
    }
    yield signed_in
    for desk in signed_in.values():
        desk.close()
