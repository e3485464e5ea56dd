"""Reads what test runners print; counts are believed only when they are really there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ODOO_TOTAL = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests? when loading database")
_ODOO_SKIP = re.compile(r" INFO \S+ \S+: skipped .+ : .*$", re.MULTILINE)
_PYTEST = re.compile(r"^=* ?((?:\d+ \w+,? ?)+) in [\d.]+s(?: \([\d:]+\))? ?=*$", re.MULTILINE)


@dataclass
class Outcome:
    """What a suite did.

    :param name: the suite, for people
    :param problems: reasons why it failed besides failed tests (it did not run, ...)
    """

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when tests ran and all of them passed."""
        return not self.failed and not self.problems and self.passed > 0

    @property
    def counted_failures(self) -> int:
        """Failed tests, at least one when the suite failed in another way."""
        return self.failed if self.ok or self.failed else 1

    def line(self) -> str:
        """One line for people."""
        text = f"{self.passed} passed, {self.counted_failures} failed, {self.skipped} skipped"
        return f"{self.name}: {text}" + "".join(f"\n    {problem}" for problem in self.problems)


def read_odoo(name: str, log: str, exit_code: int, states: dict[str, str]) -> Outcome:
    """Judge a run of ``odoo-bin --test-tags``.

    :param log: the server's log
    :param exit_code: of the server; Odoo ends with 0 when no test matched, hence the rest
    :param states: module name -> state in the database afterwards
    """
    outcome = Outcome(name)
    totals = _ODOO_TOTAL.findall(log)
    outcome.skipped = len(_ODOO_SKIP.findall(log))
    if totals:
        failed, errors, ran = (int(number) for number in totals[-1])
        outcome.failed = failed + errors
        # One test can add more than one failure (sub-tests), so never below zero.
        outcome.passed = max(ran - outcome.failed - outcome.skipped, 0)
        if ran == 0:
            outcome.problems.append("no test ran")
    else:
        outcome.problems.append("Odoo printed no test result")
    for module, state in states.items():
        if state != "installed":
            outcome.problems.append(f"module {module} is {state or 'unknown to Odoo'}")
    if exit_code and not outcome.failed:
        outcome.problems.append(f"Odoo ended with exit code {exit_code}")
    if "Chrome executable not found" in log:
        outcome.problems.append("browser tests were skipped: there is no Chromium on PATH")
    if outcome.passed == 0 and not outcome.failed and not outcome.problems:
        outcome.problems.append("every test was skipped")
    return outcome


def read_pytest(name: str, output: str, exit_code: int) -> Outcome:
    """Judge a run of pytest by its closing line and exit code."""
    outcome = Outcome(name)
    closing = _PYTEST.findall(output)
    if closing:
        counts = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", closing[-1])}
        outcome.passed = counts.get("passed", 0) + counts.get("xfailed", 0)
        outcome.failed = sum(counts.get(w, 0) for w in ("failed", "error", "errors", "xpassed"))
        outcome.skipped = counts.get("skipped", 0)
    else:
        outcome.problems.append("pytest printed no result")
    if exit_code == 5 or (closing and not outcome.passed and not outcome.failed):
        outcome.problems.append("no test ran")
    elif exit_code and not outcome.failed:
        outcome.problems.append(f"pytest ended with exit code {exit_code}")
    return outcome


def total_line(outcomes: list[Outcome]) -> str:
    """The closing line over all suites."""
    passed = sum(o.passed for o in outcomes)
    failed = sum(o.counted_failures for o in outcomes)
    skipped = sum(o.skipped for o in outcomes)
    return f"{passed} passed, {failed} failed, {skipped} skipped"


def odoo_failures(log: str, limit: int = 120) -> str:
    """The lines of an Odoo log that a developer wants: errors with their trace backs, warnings."""
    keep: list[str] = []
    inside = False
    for line in log.splitlines():
        if re.match(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ ", line):
            inside = bool(re.search(r" \d+ (?:ERROR|CRITICAL|WARNING) ", line))
        if inside:
            keep.append(line)
    if len(keep) > limit:
        keep = [*keep[:limit], f"... and {len(keep) - limit} more lines in the log"]
    return "\n".join(keep)
