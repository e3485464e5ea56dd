"""Runs the addons' own tests in a fresh database and judges the result honestly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from . import sandbox_process
from .paths import REPO, TEMPLATE_MODULES, sub
from .progress import EnvError, say, step
from .results import Outcome, odoo_failures, read_odoo
from .sandbox_process import Sandbox
from .server import Odoo


def run_addon_tests(
    odoo: Odoo,
    database: str,
    addons: Sequence[str],
    *,
    tags: str = "",
    extra: Sequence[str] = (),
    keep: bool = False,
    reuse: bool = False,
    with_sandbox: bool = True,
) -> Outcome:
    """Install ``addons`` into a copy of the template database and run their tests.

    :param tags: Odoo's ``--test-tags``; by default all tests of the addons
    :param extra: further addons to install whose tests do not run
    :param keep: leave the database there afterwards
    :param reuse: update the existing database instead of making a fresh one
    """
    for addon in addons:
        if not any((folder / addon / "__manifest__.py").exists() for folder in odoo.addons):
            raise EnvError(f"There is no addon {addon} in {REPO} nor beside it.")
    log = sub("logs") / f"{database}.log"
    mode = "-u" if reuse and database in odoo.cluster.databases() else "-i"
    if mode == "-i":
        template = odoo.template()
        with step(f"copying the template database to {database}"):
            odoo.copy_database(template, database)
    config = odoo.write_config(sub("conf") / f"{database}.conf")
    sandbox: Sandbox | None = None
    environment = {}
    tags = tags or ",".join(f"/{addon}" for addon in addons)
    modules = [*addons, *extra]
    try:
        if with_sandbox and sandbox_process.exists():
            sandbox = Sandbox(odoo.python, sub("logs") / f"{database}-sandbox.log").start()
            environment["CONNECTOR_SANDBOX"] = sandbox.line
        with step(f"testing {tags} on Odoo {odoo.series}", f"log: {log}"):
            code = odoo.logged(
                config, log, "-d", database, mode, ",".join(modules), "--test-tags", tags,
                "--stop-after-init", env=environment,
            )  # fmt: skip
        states = odoo.module_states(database, [*modules, *TEMPLATE_MODULES])
    finally:
        if sandbox is not None:
            sandbox.stop()
        config.unlink(missing_ok=True)
        if not keep:
            odoo.drop_database(database)
    text = log.read_text(errors="replace")
    outcome = read_odoo(f"Odoo {odoo.series} {tags}", text, code, states)
    show(outcome, text, log)
    return outcome


def show(outcome: Outcome, text: str, log: Path) -> None:
    """Print the failures, or the end of the log when there is nothing better."""
    trouble = odoo_failures(text)
    if trouble:
        print(trouble, flush=True)
    elif not outcome.ok:
        print("\n".join(text.splitlines()[-30:]), flush=True)
    say(f"{outcome.line()}  (log: {log})")
