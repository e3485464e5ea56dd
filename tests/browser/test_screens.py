"""Every screen of the addons opens without an error, says what it should, and is kept as a picture."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import screens
from tests.browser.conftest import PASSWORD, World
from tests.browser.desk import Desk
from tests.browser.screens import ADMIN, SCREENS, USER
from tests.e2e.support_security import Person
from tests.env.instance import Instance
from tests.env.rpc import Rpc

ADDONS = ("connector_base", "zoom_connector")
CASES = [(screen, who) for screen in SCREENS for who in screen.people]


def address(instance: Instance, world: World, screen: screens.Screen) -> str:
    """Path of a screen."""
    path = f"/odoo/action-{screen.action}" if screen.action else f"/odoo/{screen.model}"
    if not screen.model:
        return f"{path}?view_type={screen.view}" if screen.view else path
    domain = [
        tuple(world.login if value == "@user" else value for value in term)
        for term in screen.domain
    ]
    found = instance.rpc.call(screen.model, "search", domain, order="id desc", limit=1)
    assert found, f"there is no {screen.model} with {domain}"
    return f"{path}/{found[0]}"


@pytest.mark.parametrize(
    ("screen", "who"), CASES, ids=[f"{screen.name}-{who}" for screen, who in CASES]
)
def test_screen(
    desks: dict[str, Desk], instance: Instance, world: World, screen: screens.Screen, who: str
) -> None:
    tab = desks[who].page()
    try:
        tab.open(address(instance, world, screen))
        tab.picture(f"{screen.name}-{who}")
        assert tab.problems() == []
        text = tab.text.lower()
        missing = [word for word in screen.shows if word.lower() not in text]
        assert not missing, f"not on the screen: {missing}; there is: {tab.text[:1500]!r}"
        if screen.view or not screen.model:
            kind = tab.page.locator(f".o_{screen.view}_view") if screen.view else None
            assert kind is None or kind.count() == 1, f"this is no {screen.view}"
    finally:
        tab.close()


def menus(instance: Instance, login: str, password: str) -> dict[str, str]:
    """Menus of the addons that a person reaches in the web client: path of names -> action."""
    person = Person(instance, login, password)
    # Technical menus show in developer mode only.
    person.web.get(f"{instance.url}/odoo?debug=1", timeout=60).raise_for_status()
    # 18.0 has a hash for its cache in the path.
    path = "/web/webclient/load_menus" + ("/now" if instance.odoo.series == "18.0" else "")
    reply = person.web.get(f"{instance.url}{path}", timeout=60)
    reply.raise_for_status()
    tree = reply.json()
    actions = {
        row["res_id"]: row["complete_name"]
        for row in instance.rpc.search_read(
            "ir.model.data",
            [("module", "in", ADDONS), ("model", "=", "ir.actions.act_window")],
            ["res_id", "complete_name"],
        )
    }
    found: dict[str, str] = {}

    def walk(key: str, path: tuple[str, ...]) -> None:
        menu = tree[str(key)]
        here = path if key == "root" else (*path, menu["name"])
        if (menu.get("xmlid") or "").split(".")[0] in ADDONS and menu.get("actionID"):
            found["/".join(here)] = actions.get(menu["actionID"], f"action {menu['actionID']}")
        for child in menu["children"]:
            walk(child, here)

    walk("root", ())
    return found


def test_every_menu_has_its_screen_here(instance: Instance, world: World) -> None:
    for who, login, password in ((ADMIN, "admin", "admin"), (USER, world.login, PASSWORD)):
        known = {screen.action for screen in SCREENS if screen.model == "" or who == ADMIN}
        found = menus(instance, login, password)
        assert found, f"{who} sees no menu of ours"
        missing = {name: action for name, action in found.items() if action not in known}
        assert not missing, f"{who}: menus without a screen in screens.py"


def test_a_plain_user_sees_the_app_and_nothing_technical(instance: Instance, world: World) -> None:
    found = menus(instance, world.login, PASSWORD)
    assert {name.split("/")[0] for name in found} == {"Zoom"}, found
    assert not [name for name in found if "Configuration" in name], found


@pytest.mark.parametrize(
    "model",
    [
        "connector.event",
        "connector.api.log",
        "connector.alert",
        "connector.metric",
        "connector.secret",
    ],
)
def test_a_plain_user_reads_nothing_technical(instance: Instance, world: World, model: str) -> None:
    person = Rpc(instance.url, instance.database, world.login, PASSWORD)
    with pytest.raises(Exception, match="(?i)access|allowed") as refused:
        person.call(model, "search_read", [], ["id"])
    assert getattr(refused.value, "name", "") == "odoo.exceptions.AccessError"


def test_a_plain_user_sees_own_meetings_only(instance: Instance, world: World) -> None:
    person = Rpc(instance.url, instance.database, world.login, PASSWORD)
    mine: list[dict[str, Any]] = person.search_read("zoom.meeting", [], ["topic"])
    assert screens.TOPIC in {row["topic"] for row in mine}
    assert len(mine) < instance.rpc.count("zoom.meeting")
