"""An administrator connects Zoom in a real browser, from the menu to the green light and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk, Screen, browser
from tests.e2e import support_security as support
from tests.env.instance import Instance

__all__ = ["browser"]  # a fixture of this module

NAME = "Zoom by hand"


@pytest.fixture(scope="module")
def admin(browser: Browser, instance: Instance) -> Iterator[Desk]:  # noqa: F811
    """The administrator, signed in."""
    desk = Desk(browser, instance, "admin", "admin")
    yield desk
    desk.close()
    for account in instance.rpc.call(support.MODEL, "search", [("name", "like", NAME)]):
        support.give_up(instance, account)


def field(page: Page, name: str):
    """The input of a field on the form."""
    return page.locator(f".o_form_view [name={name}] input").first


def state(page: Page) -> str:
    """The state that the form shows."""
    return page.locator(".o_statusbar_status .o_arrow_button_current").inner_text().strip()


def account_id(instance: Instance, name: str) -> int:
    """Id of the account that was made by hand."""
    (found,) = instance.rpc.call(support.MODEL, "search", [("name", "=", name)])
    return found


def make_account(screen: Screen, instance: Instance, name: str) -> None:
    """Settings > Technical > Zoom Integration > New, filled in as the vendor's page says, saved."""
    box = support.sandbox_of(instance)
    zoom = box.info()["zoom"]
    page = screen.page
    screen.open("/odoo/settings?debug=1")
    page.locator(".o_menu_sections").get_by_text("Technical", exact=True).click()
    page.locator(".o-dropdown--menu").get_by_text("Zoom Integration", exact=True).click()
    page.wait_for_selector(".o_list_view")
    page.locator(".o_list_button_add").first.click()
    page.wait_for_selector(".o_form_view")
    field(page, "name").fill(name)
    page.locator("[name=app_kind]").get_by_text("General app").click()
    field(page, "client_id").fill(zoom["client_id"])
    field(page, "client_secret").fill(zoom["client_secret"])
    field(page, "webhook_secret").fill(zoom["secret_token"])
    screen.choose("environment", "Sandbox")
    field(page, "sandbox_url").fill(box.base_url)
    page.locator(".o_form_button_save").click()
    page.wait_for_selector(".o_form_saved")
    expect(page.locator("[name=action_connect]")).to_be_visible()


def test_connect_verify_disconnect(admin: Desk, instance: Instance) -> None:
    box = support.sandbox_of(instance)
    screen = admin.page()
    page = screen.page
    make_account(screen, instance, NAME)
    assert state(page) == "Not Connected"
    # What was typed is not given back to the browser.
    assert support.found_in(page.content(), support.app_secrets(box)) == []
    screen.picture("oauth-1-not-connected")
    exchanged = box.zoom.state()["tokens"]["code_exchanged"]

    page.locator("[name=action_connect]").click()
    page.wait_for_url(f"{box.base_url}/zoom/oauth/authorize*")
    expect(page.get_by_role("heading")).to_contain_text("Allow")
    screen.picture("oauth-2-consent")
    page.get_by_role("button", name="Allow").click()

    page.wait_for_url(f"{instance.url}/odoo/**")
    screen.settle()
    assert state(page) == "Connected"
    assert box.zoom.state()["tokens"]["code_exchanged"] == exchanged + 1
    connection = page.locator(".o_zoom_status tr", has_text="Connection")
    expect(connection.locator(".text-success")).to_have_count(1)
    expect(page.locator("[name=action_connect]")).to_have_count(0)
    screen.picture("oauth-3-connected")

    page.locator("[name=action_verify]").click()
    told = page.locator(".o_notification", has_text="Zoom answers")
    expect(told).to_be_visible()
    page.wait_for_timeout(600)  # it fades in; the picture is to show it
    screen.picture("oauth-4-verified")
    assert screen.problems() == []

    account = account_id(instance, NAME)
    assert support.fields_of(instance, account, "state") == "connected"
    page.locator("[name=action_disconnect]").click()
    page.locator(".modal-footer .btn-primary").click()
    page.wait_for_selector(".o_statusbar_status .o_arrow_button_current:has-text('Not Connected')")
    screen.picture("oauth-5-disconnected")
    assert [call["status"] for call in box.calls(path="/zoom/oauth/revoke$")][-1] == 200
    kept = instance.query(
        f"SELECT name FROM connector_secret WHERE res_model = '{support.MODEL}'"  # noqa: S608
        f" AND res_id = {account} ORDER BY name"
    )
    assert kept == [["client_secret"], ["webhook_secret"]], "access is kept after Disconnect"
    assert screen.problems() == []
    screen.close()


def test_a_person_who_denies_is_told_so(admin: Desk, instance: Instance) -> None:
    box = support.sandbox_of(instance)
    account = support.new_user_account(instance, f"{NAME}, denied")
    screen = admin.page()
    page = screen.page
    screen.open(f"/odoo/{support.MODEL}/{account}")
    page.locator("[name=action_connect]").click()
    page.wait_for_url(f"{box.base_url}/zoom/oauth/authorize*")
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading")).to_contain_text("not made")
    assert "Access was not granted" in page.inner_text("body")
    screen.picture("oauth-6-denied")
    page.get_by_role("button", name="Back to Odoo").click()
    page.wait_for_selector(".o_web_client .o_main_navbar")
    assert support.fields_of(instance, account, "state") == "draft"
    screen.close()
