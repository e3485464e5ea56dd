"""A weekly series, planned in the calendar of a real browser and held in Zoom: both sides stay the same."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser

from tests.browser.desk import Desk, browser
from tests.e2e.support import eventually
from tests.e2e.zoom.test_meetings_out import box, host, inbox_quiet, last_call, told
from tests.env.instance import Instance
from tests.sandbox.client import Sandbox

__all__ = ["box", "browser", "host"]  # fixtures of this module

EVENT = "calendar.event"
NAME = "Weekly with the customer"


@pytest.fixture
def admin(browser: Browser, instance: Instance) -> Iterator[Desk]:  # noqa: F811
    """The administrator, signed in."""
    desk = Desk(browser, instance, "admin", "admin")
    yield desk
    desk.close()


@pytest.fixture
def template(instance: Instance) -> Iterator[str]:
    """Name of a template that a meeting can be told by."""
    name = "Customer call"
    made = instance.rpc.call(
        "zoom.meeting.template", "create", {"name": name, "waiting_room": "on"}
    )
    yield name
    instance.rpc.call("zoom.meeting.template", "unlink", [made])


def plan(desk: Desk, template: str, start: datetime.datetime) -> int:
    """Fill in the form of a new event as a person does, and save; return the first date's id."""
    screen = desk.page()
    page = screen.page
    screen.open(f"/odoo/{EVENT}/new")
    page.locator("[name=name] input, [name=name] textarea").first.fill(NAME)
    screen.fill_date("start", start.strftime("%m/%d/%Y %H:%M:%S"))
    page.locator("[name=zoom_requested] .o-checkbox, [name=zoom_requested] input").first.click()
    picker = page.locator("[name=zoom_template_id] input")
    picker.fill(template)
    page.locator(".o-autocomplete--dropdown-item", has_text=template).first.click()
    # 19.0 has the rule on a page of the notebook.
    options = page.locator(".o_notebook .nav-link[name=options]")
    if options.count():
        options.click()
    page.locator("[name=recurrency] .o-checkbox, [name=recurrency] input").first.click()
    screen.choose("rrule_type_ui", "Weekly")
    screen.choose("end_type", "Number of repetitions")
    page.locator("[name=count] input").first.fill("4")
    screen.picture("series-1-form")
    page.locator(".o_form_button_save").click()
    page.wait_for_selector(".o_form_saved")
    screen.settle()
    assert screen.problems() == []
    found = desk.instance.rpc.call(EVENT, "search", [("name", "=", NAME)], order="start", limit=1)
    screen.close()
    return found[0]


def dates(instance: Instance) -> list[dict[str, Any]]:
    """The dates in the calendar."""
    return instance.rpc.search_read(
        EVENT,
        [("name", "like", NAME)],
        ["name", "start", "zoom_push_state", "zoom_meeting_id", "videocall_location"],
        order="start",
    )


def in_order(instance: Instance) -> bool:
    """True when nothing is on its way any more."""
    rows = dates(instance)
    return bool(rows) and all(
        row["zoom_meeting_id"] and not row["zoom_push_state"] and row["videocall_location"]
        for row in rows
    )


def both_sides(
    instance: Instance, box: Sandbox
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(name, start) of each date in Odoo and at the vendor."""
    here = {(row["name"], row["start"]) for row in dates(instance)}
    meeting = ask_zoom(box, f"/meetings/{number_of(instance)}")
    there = {
        (meeting["topic"], one["start_time"].replace("T", " ").rstrip("Z"))
        for one in meeting["occurrences"]
        if one["status"] == "available"
    }
    return here, there


def ask_zoom(box: Sandbox, path: str) -> dict[str, Any]:  # noqa: F811
    """What the vendor's API answers to the app."""
    zoom = box.info()["zoom"]
    token = requests.post(
        zoom["token_url"],
        data={"grant_type": "account_credentials", "account_id": zoom["account_id"]},
        auth=(zoom["s2s_client_id"], zoom["s2s_client_secret"]),
        timeout=10,
    ).json()["access_token"]
    answer = requests.get(
        f"{box.base_url}/zoom/v2{path}", headers={"Authorization": f"Bearer {token}"}, timeout=10
    )
    answer.raise_for_status()
    return answer.json()


def number_of(instance: Instance) -> str:
    """Zoom's number of the series."""
    (meeting,) = {row["zoom_meeting_id"][0] for row in dates(instance)}
    return instance.rpc.call("zoom.meeting", "read", [meeting], ["zoom_id"])[0]["zoom_id"]


def test_series_planned_moved_cancelled_and_renamed(
    admin: Desk,
    instance: Instance,
    box: Sandbox,  # noqa: F811
    host: str,  # noqa: F811
    template: str,
) -> None:
    before = last_call(box)
    paris = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=6)
    paris = paris.replace(hour=10, minute=0, second=0, microsecond=0)
    plan(admin, template, paris)
    eventually(lambda: in_order(instance), "the Zoom link on every date", lambda: told(instance))
    inbox_quiet(instance, box)
    rows = dates(instance)
    assert len(rows) == 4
    here, there = both_sides(instance, box)
    assert here == there

    # The second date moves by two hours, in the form of that date.
    screen = admin.page()
    page = screen.page
    screen.open(f"/odoo/{EVENT}/{rows[1]['id']}")
    moved = paris + datetime.timedelta(days=7, hours=2)
    screen.fill_date("start", moved.strftime("%m/%d/%Y %H:%M:%S"))
    screen.picture("series-2-moved")
    page.locator(".o_form_button_save").click()
    page.wait_for_selector(".o_form_saved")
    screen.settle()
    assert screen.problems() == []
    screen.close()
    eventually(lambda: in_order(instance), "the moved date", lambda: told(instance))
    at = datetime.datetime.strptime(rows[1]["start"], "%Y-%m-%d %H:%M:%S")
    assert dates(instance)[1]["start"] == f"{at + datetime.timedelta(hours=2):%Y-%m-%d %H:%M:%S}"
    # The third one is cancelled.
    instance.rpc.call(EVENT, "unlink", [rows[2]["id"]])
    eventually(
        lambda: any(call[0] == "DELETE" for call in writes(box, before)),
        "the cancelled date",
        lambda: told(instance),
    )
    inbox_quiet(instance, box)
    eventually(
        lambda: (sides := both_sides(instance, box))[0] == sides[1] and len(sides[0]) == 3,
        "the same three dates on both sides",
        lambda: both_sides(instance, box),
    )

    number = number_of(instance)
    box.zoom.meeting("update", meeting_id=int(number), topic=f"{NAME}, renamed in Zoom", wait=True)
    eventually(
        lambda: {row["name"] for row in dates(instance)} == {f"{NAME}, renamed in Zoom"},
        "the new topic in the calendar",
    )
    inbox_quiet(instance, box)
    here, there = both_sides(instance, box)
    assert here == there

    # No superfluous call and no echo.
    assert [(method, path.partition("?")[0]) for method, path in writes(box, before)] == [
        ("POST", f"/users/{host}/meetings"),
        ("PATCH", f"/meetings/{number}"),
        ("DELETE", f"/meetings/{number}"),
    ]
    instance.rpc.call(EVENT, "unlink", [row["id"] for row in dates(instance)])


def writes(box: Sandbox, since: int) -> list[tuple[str, str]]:  # noqa: F811
    """Calls that create, change or delete meetings."""
    return [
        (call["method"], call["path"].partition("/v2")[2])
        for call in box.calls(path="/v2/", since=since)
        if call["method"] in ("POST", "PATCH", "DELETE") and "/meetings" in call["path"]
    ]
