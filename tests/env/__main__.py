"""Command line of the environment: ``python3 -m tests.env <command>``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from . import lint, odoo_tree, python_env, run, server, suites
from .odoo_tests import run_addon_tests
from .paths import REPO, SERIES, sub
from .postgres import ROLE, Cluster
from .progress import EnvError, fail, say
from .results import Outcome


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def chosen_series(given: str | None) -> str:
    """The series to work with: option, else ``SERIES``, else the best one available."""
    series = given or os.environ.get("SERIES") or odoo_tree.best_series()
    if series not in SERIES:
        raise EnvError(f"SERIES is '{series}', it can be {' or '.join(SERIES)}.")
    return series


def _prepare(args: argparse.Namespace) -> int:
    odoo = server.prepare(chosen_series(args.series))
    name = odoo.template()
    say(f"ready: Odoo {odoo.series}, python {odoo.python}, template database {name}")
    return 0


def _odoo_test(args: argparse.Namespace) -> int:
    extra = _names(args.extra_addons)
    odoo = server.prepare(chosen_series(args.series), extra=tuple(extra))
    outcome = run_addon_tests(
        odoo,
        args.name,
        _names(args.addons),
        tags=args.tags,
        extra=extra,
        keep=args.keep,
        reuse=args.reuse,
    )
    return 0 if outcome.ok else 1


def _psql(args: argparse.Namespace) -> int:
    cluster = Cluster(args.cluster).start()
    command = [
        cluster.client("psql"), "-h", cluster.socket, "-p", str(cluster.port), "-U", ROLE,
        "-d", args.database, *args.more,
    ]  # fmt: skip
    return subprocess.run(command, check=False).returncode


def _shell(args: argparse.Namespace) -> int:
    odoo = server.prepare(chosen_series(args.series), cluster_name=args.cluster)
    config = odoo.write_config(sub("conf") / f"shell-{os.getpid()}.conf")
    options = ["--shell-interface=python"] if odoo.series == "18.0" else []
    try:
        return subprocess.run(
            odoo.command(config, "shell", "-d", args.name, "--log-level=warn", *options),
            env=odoo.environment(),
            check=False,
        ).returncode
    finally:
        config.unlink(missing_ok=True)


def _run(args: argparse.Namespace) -> int:
    return run.run(chosen_series(args.series))


def _stop(args: argparse.Namespace) -> int:
    return run.stop()


def _test(args: argparse.Namespace) -> int:
    return suites.finish(suites.run_all(chosen_series(args.series), args.suites))


def _ci(args: argparse.Namespace) -> int:
    clean = lint.run_all() == 0
    available = suites.available_series()
    outcomes = [outcome for series in available for outcome in suites.run_all(series)]
    say("==== all of it ====")
    for outcome in outcomes:
        say(outcome.line())
    missing = [series for series in SERIES if series not in available]
    if missing:
        say(f"not to be had on this machine, so not run: Odoo {', '.join(missing)}")
    say(f"ran on: Odoo {', '.join(available) or 'nothing'}; lint: {'clean' if clean else 'FAILED'}")
    if not clean:
        outcomes.append(Outcome("lint", problems=["see above"]))
    return suites.finish(outcomes)


def _lint(args: argparse.Namespace) -> int:
    return lint.run_all()


def _pytest(args: argparse.Namespace) -> int:
    tree = odoo_tree.obtain(chosen_series(args.series))
    python = python_env.prepare_series(tree)
    return subprocess.run([python, "-m", "pytest", *args.more], cwd=REPO, check=False).returncode


def _drop(args: argparse.Namespace) -> int:
    server.prepare(chosen_series(args.series)).drop_database(args.name)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line's description."""
    top = argparse.ArgumentParser(prog="python3 -m tests.env", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name, function, text):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(function=function)
        command.add_argument("--series", help="18.0 or 19.0 (default: SERIES, or the best one)")
        return command

    add("prepare", _prepare, "get everything of a series onto this machine")
    add("run", _run, "start PostgreSQL, the sandbox and Odoo, connected; Ctrl-C stops all")
    add("stop", _stop, "stop what 'run' started")
    all_suites = add("test", _test, "run all suites of a series")
    all_suites.add_argument("suites", nargs="*", help="only these suites")
    add("ci", _ci, "lint, then all suites of every series to be had")
    add("lint", _lint, "run all static checks")
    test = add("odoo-test", _odoo_test, "run the tests of addons in a fresh database")
    test.add_argument("--name", required=True, help="database")
    test.add_argument("--addons", required=True, help="comma list")
    test.add_argument("--tags", default="", help="Odoo's --test-tags (default: /addon of each)")
    test.add_argument("--extra-addons", default="", help="OCA addons to install too, comma list")
    test.add_argument("--keep", action="store_true", help="keep the database afterwards")
    test.add_argument("--reuse", action="store_true", help="update an existing (kept) database")
    psql = add("psql", _psql, "psql on a database")
    psql.add_argument("database")
    psql.add_argument("--cluster", default="tests", help="give it before the database")
    psql.add_argument("more", nargs=argparse.REMAINDER, help="options for psql")
    shell = add("shell", _shell, "Odoo shell; the script comes on standard input")
    shell.add_argument("--name", required=True, help="database")
    shell.add_argument("--cluster", default="tests")
    pytest = add("pytest", _pytest, "pytest in the environment of a series")
    pytest.add_argument("more", nargs=argparse.REMAINDER, help="arguments of pytest")
    drop = add("drop", _drop, "delete a database with its file store")
    drop.add_argument("--name", required=True, help="database")
    return top


def main() -> int:
    """Run a command; errors a person can mend are told without a trace back."""
    top = parser()
    args, rest = top.parse_known_args()
    if rest and not hasattr(args, "more"):
        top.error(f"unknown arguments: {' '.join(rest)}")
    if rest:  # options of pytest and psql that argparse cannot tell from its own
        args.more = [*rest, *args.more]
    try:
        return args.function(args)
    except EnvError as error:
        fail(str(error))
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
