"""``make test``: every suite of a series, two at a time, one honest closing line."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import browser, odoo_tree, python_env, server
from .odoo_tests import run_addon_tests
from .paths import REPO, SERIES, addons_in_tree, sub
from .progress import EnvError, run_into, say, step
from .results import Outcome, read_pytest, total_line
from .server import Odoo

#: Folders under tests/ and whether they need a whole running installation.
PLAIN = ("unit", "contract")
WHOLE = ("e2e", "browser")
#: What also runs beside others: (addon, OCA addon beside it, Odoo's own addons, which tests).
BESIDE = (
    (
        "hootsuite_connector",
        "helpdesk_mgmt",
        ("product",),
        "/hootsuite_connector:TestRouting,/hootsuite_connector:TestRoutingTable,"
        "/hootsuite_connector:TestTickets,/hootsuite_connector:TestPlay,"
        "/hootsuite_connector:TestCampaign",
    ),
)
#: Seconds for one suite; a hanging one must not take the whole run with it.
SUITE_LIMIT = 35 * 60
_screen = threading.Lock()


@dataclass(frozen=True)
class Suite:
    """One thing to run.

    :param run: does it and returns what happened
    """

    name: str
    run: Callable[[], Outcome]


def tests_in(folder: str) -> bool:
    """True when a folder under tests/ holds test files."""
    return any((REPO / "tests" / folder).rglob("test_*.py"))


def pytest_suite(
    name: str, python: Path, arguments: Sequence[str], environment: dict[str, str]
) -> Outcome:
    """Run pytest in an environment; its output goes to a log, and to the screen if it fails."""
    log = sub("logs") / f"{name.replace(' ', '-').replace('/', '-')}.log"
    code = run_into(
        log,
        [python, "-m", "pytest", "-q", "--durations=15", *arguments],
        cwd=REPO,
        env=dict(os.environ, **environment),
        limit=SUITE_LIMIT,
    )
    text = log.read_text(errors="replace")
    outcome = read_pytest(name, text, code)
    if not outcome.ok:
        with _screen:
            print("\n".join(text.splitlines()[-150:]), flush=True)
    elif outcome.skipped:
        with _screen:
            print("\n".join(x for x in text.splitlines() if x.startswith("SKIPPED")), flush=True)
    say(f"{outcome.line()}  (log: {log})")
    return outcome


def plan(odoo: Odoo, only: Sequence[str] = ()) -> list[Suite]:
    """The suites of a series, the long ones first."""
    series = odoo.series
    suites: list[Suite] = []
    environment = {"SERIES": series}
    whole = [folder for folder in WHOLE if tests_in(folder)]
    groups = addon_groups()

    if whole:
        e2e_python = python_env.prepare_e2e()
        arguments = ["-p", "tests.env.pytest_plugin", *(f"tests/{folder}" for folder in whole)]
        suites.append(
            Suite(
                "+".join(whole),
                lambda: pytest_suite(
                    f"{'+'.join(whole)} {series}", e2e_python, arguments, environment
                ),
            )
        )
    for group in reversed(groups):
        suites.append(Suite(group[0], _addon_runner(odoo, group)))
    for addon, beside, core, tags in BESIDE:
        if (REPO / addon).is_dir():
            run = _addon_runner(odoo, [addon], tags=tags, beside=(beside, *core))
            suites.append(Suite(f"{addon}+{beside}", run))
    for folder in PLAIN:
        if tests_in(folder):
            suites.append(Suite(folder, _plain_runner(odoo, folder, environment)))
    if only:
        known = {suite.name for suite in suites}
        unknown = set(only) - known
        if unknown:
            raise EnvError(
                f"No suite {', '.join(sorted(unknown))}; there are: {', '.join(sorted(known))}."
            )
        suites = [suite for suite in suites if suite.name in only]
    return suites


def addon_groups() -> list[list[str]]:
    """What is tested in one database: each addon, with its companion under tests/addons."""
    groups = []
    for addon in addons_in_tree():
        companion = REPO / "tests" / "addons" / f"{addon}_test"
        folders = [REPO / addon, *([companion] if companion.is_dir() else [])]
        if any((folder / "tests").glob("test_*.py") for folder in folders):
            groups.append([folder.name for folder in folders])
    return groups


def _addon_runner(
    odoo: Odoo, group: Sequence[str], *, tags: str = "", beside: Sequence[str] = ()
) -> Callable[[], Outcome]:
    marks = [group[0], *beside[:1], odoo.series.replace(".", "_")]
    database = f"test_{'_'.join(marks)}_{os.getpid()}"
    # What all products stand on is tested with all of them installed: nothing may meet there.
    neighbours = addons_in_tree() if group[0] == "connector_base" else []
    extra = [addon for addon in neighbours if addon not in group] + list(beside)
    return lambda: run_addon_tests(odoo, database, group, tags=tags, extra=extra)


def _plain_runner(odoo: Odoo, folder: str, environment: dict[str, str]) -> Callable[[], Outcome]:
    return lambda: pytest_suite(
        f"{folder} {odoo.series}", odoo.python, [f"tests/{folder}"], environment
    )


def run_all(series: str, only: Sequence[str] = (), parallel: int = 2) -> list[Outcome]:
    """Run the suites of one series.

    :param only: names of suites; all when empty
    :param parallel: how many at a time
    """
    begun = time.monotonic()
    odoo = server.prepare(series, extra=tuple(beside for _addon, beside, *_rest in BESIDE))
    try:
        odoo.template()
        browser.obtain()
        suites = plan(odoo, only)
        if not suites:
            return [Outcome("suites", problems=["this repository holds no tests"])]
        say(f"suites: {', '.join(suite.name for suite in suites)}")
        with ThreadPoolExecutor(parallel) as pool:
            outcomes = list(pool.map(_guarded, suites))
    finally:
        odoo.cluster.leave()
    say(f"---- Odoo {series}, {time.monotonic() - begun:.0f} s ----")
    for outcome in outcomes:
        say(outcome.line())
    return outcomes


def _guarded(suite: Suite) -> Outcome:
    try:
        return suite.run()
    except EnvError as error:
        say(f"{suite.name} could not run: {error}")
        return Outcome(suite.name, problems=[str(error).splitlines()[0]])


def finish(outcomes: Sequence[Outcome]) -> int:
    """Print the closing line alone on its line; the exit code is 0 only when all is well."""
    print(total_line(list(outcomes)), flush=True)
    return 0 if all(outcome.ok for outcome in outcomes) and outcomes else 1


def available_series() -> list[str]:
    """The series this machine can get: at hand or fetchable now."""
    found = []
    for series in SERIES:
        try:
            with step(f"looking for Odoo {series}"):
                odoo_tree.obtain(series)
        except EnvError as error:
            say(f"Odoo {series} is not to be had here: {error}")
            continue
        found.append(series)
    return found
