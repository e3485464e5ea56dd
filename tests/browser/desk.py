"""A person's browser: signed in to Odoo, watched for everything that goes wrong behind the picture."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)

from tests.env.instance import Instance
from tests.env.paths import sub

#: Generous: the first page of a run builds the asset bundles.
PATIENCE_MS = 90_000
SIZE = {"width": 1500, "height": 1000}
READY = ".o_action_manager .o_view_controller"
#: What a reader must never see: holes in texts, values of programs, names of programs.
BROKEN_TEXT = {
    "a hole in a text": re.compile(r"%\(\w+\)[sdr]|%[sdr](?![\w%])|(?<!/)\{\w+\}|\$\{"),
    "a value of a program": re.compile(
        r"\[object \w+\]|\bundefined\b|\bNaN\b|\bnull\b|Invalid Date|\bFalse\b"
        r"|NewId_|<NewId|\b\w+\.\w+\(\d+,?\)"
    ),
}
#: A name with an underscore on a label is the name of a field that nobody gave a label.
TECHNICAL_NAME = re.compile(r"^[a-z]+(_[a-z0-9]+)+$")
LABELS = (
    ".o_form_label, th, button, .nav-link, .o_stat_text, .o_horizontal_separator, .breadcrumb-item"
)


class Desk:
    """One signed-in person."""

    def __init__(self, browser: Browser, instance: Instance, login: str, password: str) -> None:
        self.instance = instance
        self.login = login
        self.context: BrowserContext = browser.new_context(
            viewport=SIZE,
            locale="en-US",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(PATIENCE_MS)
        page = self.context.new_page()
        page.goto(f"{instance.url}/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", password)
        page.click("form.oe_login_form button[type=submit]")
        page.wait_for_selector(".o_web_client .o_main_navbar")
        page.close()

    def page(self) -> Screen:
        """A new tab."""
        return Screen(self.context.new_page(), self.instance)

    def close(self) -> None:
        """Sign off."""
        self.context.close()


class Screen:
    """One tab, with a record of what went wrong in it."""

    def __init__(self, page: Page, instance: Instance) -> None:
        self.page = page
        self.instance = instance
        self.wrong: list[str] = []
        self._waiting: set[Request] = set()
        page.on("request", self._request)
        page.on("requestfinished", lambda request: self._waiting.discard(request))
        page.on("requestfailed", lambda request: self._waiting.discard(request))
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"error in a script: {error}"))
        page.on("response", self._response)

    def _request(self, request: Request) -> None:
        # The end of what a shared worker loads is never told.
        if "/bus/websocket_worker_bundle" not in request.url:
            self._waiting.add(request)

    def _console(self, message: ConsoleMessage) -> None:
        where = message.location.get("url") or self.page.url
        if message.type == "error" and where.startswith(self.instance.url):
            self.wrong.append(f"console: {message.text} ({where})")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.url.startswith(self.instance.url):
            self.wrong.append(f"HTTP {response.status}: {response.url}")

    def open(self, path: str) -> Screen:
        """Open an address of Odoo and wait until the screen is complete."""
        self.page.goto(self.instance.url + path)
        self.settle()
        return self

    def choose(self, name: str, label: str) -> None:
        """Pick a value of a selection field: a plain select on 18.0, a menu of its own on 19.0."""
        widget = self.page.locator(f".o_form_view [name={name}]").first
        widget.locator("select, .o_select_menu_toggler").first.wait_for()
        if widget.locator("select").count():
            widget.locator("select").select_option(label=label)
            return
        widget.locator(".o_select_menu_toggler").click()
        self.page.locator(".o_select_menu_item", has_text=label).click()

    def fill_date(self, name: str, text: str) -> None:
        """Type a date with time; on 19.0 a filled field becomes an input when it gets the focus."""
        widget = self.page.locator(f".o_form_view [name={name}]").first
        widget.locator("input, button").first.wait_for()
        button = widget.locator(f"button[data-field={name}]")
        if button.count():
            button.focus()
        date = widget.locator(f"input[data-field={name}]")
        date.fill(text)
        date.press("Enter")  # takes it and closes the calendar

    def settle(self) -> None:
        """Wait until the present screen shows its data and asks for nothing more."""
        self.page.wait_for_selector(f"{READY}, .o_error_dialog")
        self.page.wait_for_selector(".o_blockUI", state="detached")
        deadline = time.monotonic() + PATIENCE_MS / 1000
        quiet = 0
        while quiet < 4:
            assert time.monotonic() < deadline, f"still waiting: {[r.url for r in self._waiting]}"
            self.page.wait_for_timeout(75)
            quiet = 0 if self._waiting else quiet + 1

    @property
    def text(self) -> str:
        """What a reader sees of the screen, field values included."""
        values = self.page.eval_on_selector_all(
            ".o_action_manager input:not([type=checkbox]):not([type=radio]), .o_action_manager textarea",
            "all => all.filter(e => e.offsetParent).map(e => e.value)",
        )
        return "\n".join([self.page.inner_text("body"), *values])

    def problems(self) -> list[str]:
        """Everything that must not be: errors, holes, names of programs."""
        found = list(self.wrong)
        for selector in (
            ".o_error_dialog",
            ".o_notification .bg-danger",
            ".o_form_view .o_invalid_cell",
        ):
            for element in self.page.query_selector_all(selector):
                found.append(f"{selector}: {element.inner_text()[:300]}")
        body = self.text
        for what, pattern in BROKEN_TEXT.items():
            for match in list(pattern.finditer(body))[:3]:
                around = body[max(0, match.start() - 60) : match.end() + 60].replace("\n", " | ")
                found.append(f"{what}: ...{around}...")
        for label in self.page.query_selector_all(LABELS):
            text = label.inner_text().strip() if label.is_visible() else ""
            if TECHNICAL_NAME.match(text):
                found.append(f"a technical name as a label: {text}")
        return found

    def picture(self, name: str) -> Path:
        """Save what the screen looks like."""
        folder = pictures()
        path = folder / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def close(self) -> None:
        """Close the tab."""
        self.page.close()


def pictures() -> Path:
    """Folder for the screenshots: ``SCREENSHOTS``, or one among the logs."""
    given = os.environ.get("SCREENSHOTS")
    folder = Path(given).expanduser() if given else sub("logs", "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A running Chromium. Each module has its own: two at once do not go in one process."""
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root, who runs containers.
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()
