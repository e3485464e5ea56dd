"""The environment believes counts only when they are really there."""

from __future__ import annotations

import sys

import pytest

from tests.env.progress import run_into
from tests.env.results import Outcome, odoo_failures, read_odoo, read_pytest, total_line

_LINE = (
    "2026-01-02 03:04:05,678 42 {level} db odoo.tests.result: {text} when loading database 'db' \n"
)
INSTALLED = {"zoom_connector": "installed"}


def odoo_log(text: str, level: str = "INFO") -> str:
    return _LINE.format(level=level, text=text)


def test_odoo_all_passed():
    outcome = read_odoo("x", odoo_log("0 failed, 0 error(s) of 12 tests"), 0, INSTALLED)
    assert outcome.ok
    assert (outcome.passed, outcome.failed, outcome.skipped) == (12, 0, 0)


def test_odoo_failures_and_errors_both_count():
    outcome = read_odoo("x", odoo_log("2 failed, 1 error(s) of 12 tests", "ERROR"), 1, INSTALLED)
    assert not outcome.ok
    assert (outcome.passed, outcome.failed) == (9, 3)


def test_odoo_one_test_is_not_written_in_the_plural():
    outcome = read_odoo("x", odoo_log("0 failed, 0 error(s) of 1 test"), 0, INSTALLED)
    assert outcome.ok


def test_odoo_no_test_matched_is_a_failure_although_the_exit_code_is_0():
    outcome = read_odoo("x", odoo_log("0 failed, 0 error(s) of 0 tests", "WARNING"), 0, INSTALLED)
    assert not outcome.ok
    assert outcome.counted_failures == 1
    assert outcome.problems == ["no test ran"]


def test_odoo_without_a_result_is_a_failure():
    assert read_odoo("x", "nothing of interest", 0, INSTALLED).problems == [
        "Odoo printed no test result"
    ]


@pytest.mark.parametrize("state", ["", "uninstalled", "to install", "uninstallable"])
def test_odoo_module_that_is_not_installed_is_a_failure(state):
    log = odoo_log("0 failed, 0 error(s) of 12 tests")
    outcome = read_odoo("x", log, 0, {"zoom_connector": state})
    assert not outcome.ok
    assert "zoom_connector" in outcome.problems[0]


def test_odoo_bad_exit_without_failed_tests_is_a_failure():
    outcome = read_odoo("x", odoo_log("0 failed, 0 error(s) of 12 tests"), 255, INSTALLED)
    assert outcome.problems == ["Odoo ended with exit code 255"]


def test_odoo_skips_are_not_counted_as_passed():
    skip = (
        "2026-01-02 03:04:05,678 42 INFO db odoo.addons.x.tests.test_t: "
        "skipped TestTour.test_a : Chrome executable not found\n"
    )
    log = skip + odoo_log("0 failed, 0 error(s) of 3 tests")
    outcome = read_odoo("x", log, 0, INSTALLED)
    assert (outcome.passed, outcome.skipped) == (2, 1)
    assert not outcome.ok, "a tour without a browser proves nothing"


def test_odoo_failures_shows_trace_backs_and_no_chatter():
    log = (
        "2026-01-02 03:04:05,678 42 INFO db odoo.x: fine\n"
        "2026-01-02 03:04:05,679 42 ERROR db odoo.y: FAIL: TestA.test_b\n"
        "Traceback (most recent call last):\n  boom\n"
        "2026-01-02 03:04:06,000 42 INFO db odoo.x: fine again\n"
    )
    assert odoo_failures(log).splitlines() == [
        "2026-01-02 03:04:05,679 42 ERROR db odoo.y: FAIL: TestA.test_b",
        "Traceback (most recent call last):",
        "  boom",
    ]


@pytest.mark.parametrize(
    ("closing", "code", "counts", "ok"),
    [
        ("17 passed in 0.11s", 0, (17, 0, 0), True),
        ("== 1 failed, 16 passed, 2 skipped in 61.20s (0:01:01) ==", 1, (16, 1, 2), False),
        ("1 passed, 2 errors in 0.50s", 1, (1, 2, 0), False),
        ("3 passed, 1 warning in 1.00s", 0, (3, 0, 0), True),
        ("2 skipped in 0.10s", 0, (0, 0, 2), False),
        ("no tests ran in 0.01s", 5, (0, 0, 0), False),
        ("1 error in 0.30s", 2, (0, 1, 0), False),
        ("4 passed in 0.30s", 3, (4, 0, 0), False),
        ("killed before the end", -9, (0, 0, 0), False),
    ],
)
def test_pytest_closing_lines(closing, code, counts, ok):
    outcome = read_pytest("x", f"....\n{closing}\n", code)
    assert (outcome.passed, outcome.failed, outcome.skipped) == counts
    assert outcome.ok is ok


def test_total_counts_a_suite_that_did_not_run_as_a_failure():
    outcomes = [Outcome("a", passed=3, skipped=1), Outcome("b", problems=["no test ran"])]
    assert total_line(outcomes) == "3 passed, 1 failed, 1 skipped"


def test_a_suite_that_hangs_is_ended_and_may_clean_up(tmp_path):
    script = (
        "import time\nprint('begun', flush=True)\n"
        "try:\n    time.sleep(60)\nfinally:\n    print('cleaned up', flush=True)\n"
    )
    log = tmp_path / "suite.log"
    code = run_into(log, [sys.executable, "-c", script], cwd=tmp_path, env={}, limit=1.0)
    assert code != 0
    assert "cleaned up" in log.read_text()


def test_a_suite_that_ends_gives_its_own_exit_code(tmp_path):
    command = [sys.executable, "-c", "print('x'); raise SystemExit(7)"]
    assert run_into(tmp_path / "s.log", command, cwd=tmp_path, env={}, limit=30) == 7
    assert (tmp_path / "s.log").read_text() == "x\n"
