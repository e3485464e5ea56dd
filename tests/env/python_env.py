"""Virtual environments and OCA addons, one set per Odoo series, and one for the linters."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

from .locks import exclusive
from .odoo_tree import OdooTree
from .paths import REPO, cache, sub
from .progress import EnvError, run, step

_STAMP = ".complete"
#: gevent asks pkg_resources for zope.interface: versions before 75 do not find it, those from 80.9
#: on warn at each start.
_SETUPTOOLS = "setuptools>=75,<80.9"


def odoo_requirements(text: str) -> list[str]:
    """Odoo's requirement lines made installable anywhere.

    ``psycopg2`` and ``python-ldap`` need compilers and headers: the first has a binary twin, the
    second serves only ``auth_ldap``.
    """
    lines = []
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        if not line or re.match(r"python-ldap\b", line):
            continue
        lines.append(re.sub(r"^psycopg2\b(?!-)", "psycopg2-binary", line))
    return lines


def series_python(series: str) -> Path:
    """The interpreter of the series' environment (which may not exist yet)."""
    return _home(f"odoo-{series}") / "bin" / "python"


def prepare_series(tree: OdooTree) -> Path:
    """Environment with Odoo's, our and the suites' packages; returns its interpreter."""
    if tree.requirements is None or not tree.requirements.exists():
        raise EnvError(f"The Odoo {tree.series} tree has no requirements.txt.")
    wanted = odoo_requirements(tree.requirements.read_text())
    if tree.series == "19.0" and "openupgradelib" not in wanted:
        wanted.append("openupgradelib")  # imported by queue_job 19.0
    return _build(f"odoo-{tree.series}", wanted, _files("requirements.txt", "requirements-dev.txt"))


def prepare_e2e() -> Path:
    """Environment of the end-to-end and browser suites; returns its interpreter."""
    return _build(
        "e2e", [], _files("requirements.txt", "requirements-dev.txt", "requirements-e2e.txt")
    )


def prepare_lint() -> Path:
    """Environment of the linters; returns its interpreter."""
    return _build(
        "lint",
        ["pytest>=8,<9", "pytest-timeout>=2.3", "PyYAML>=6"],
        _files("requirements.txt", "requirements-lint.txt"),
    )


def oca_addons(series: str, extra: tuple[str, ...] = ()) -> Path:
    """Folder with queue_job and ``extra`` OCA addons of the series, from the package index.

    The environment of the series must be there, its pip does the work.
    """
    home = sub("oca", series)
    with exclusive(f"oca-{series}"):
        for addon in ("queue_job", *extra):
            folder = home / "odoo" / "addons" / addon
            if (folder / "__manifest__.py").exists():
                continue
            package = f"odoo-addon-{addon.replace('_', '-')}=={series}.*"
            # Into a folder of its own first: pip replaces the whole folder "odoo" of its target, and
            # with it the addons that other databases run with.
            fresh = home / f".incoming-{addon}-{os.getpid()}"
            with step(f"fetching {package}"):
                run(
                    [
                        series_python(series), "-m", "pip", "install", "-q", "--no-deps",
                        "--target", fresh, package,
                    ],
                    remedy="Is the Python package index reachable?",
                )  # fmt: skip
            found = fresh / "odoo" / "addons" / addon
            if (found / "__manifest__.py").exists():
                folder.parent.mkdir(parents=True, exist_ok=True)
                shutil.rmtree(folder, ignore_errors=True)
                found.rename(folder)
            shutil.rmtree(fresh, ignore_errors=True)
            if not (folder / "__manifest__.py").exists():
                raise EnvError(f"{package} holds no addon {addon}.")
    return home / "odoo" / "addons"


def _files(*names: str) -> list[Path]:
    """Our requirement files of these names, and the sandbox's."""
    return [REPO / name for name in (*names, "tests/sandbox/requirements.txt")]


def _home(name: str) -> Path:
    return cache() / "venv" / f"{name}-py{sys.version_info.major}.{sys.version_info.minor}"


def _build(name: str, wanted: list[str], files: list[Path]) -> Path:
    home = _home(name)
    python = home / "bin" / "python"
    text = "\n".join([_SETUPTOOLS, *wanted]) + "".join(path.read_text() for path in files)
    mark = hashlib.sha256(text.encode()).hexdigest()
    stamp = home / _STAMP
    if stamp.exists() and stamp.read_text() == mark and python.exists():
        return python
    with exclusive(f"venv-{name}"):
        if stamp.exists() and stamp.read_text() == mark and python.exists():
            return python
        if not python.exists():
            with step(f"creating the Python environment {name}"):
                shutil.rmtree(home, ignore_errors=True)
                run(
                    [sys.executable, "-m", "venv", home],
                    remedy="On Debian and Ubuntu: install the package python3-venv.",
                )
        log = sub("logs") / f"pip-{name}.log"
        listed = home / "wanted.txt"
        listed.write_text("\n".join(wanted) + "\n")
        # Old build scripts in Odoo's list import pkg_resources, which newer setuptools dropped.
        limits = home / "constraints.txt"
        limits.write_text("setuptools<81\n")
        # pip hands its constraints to build environments only through the variable.
        environment = _pip_environment(limits)
        with step(f"installing Python packages into {name}", "about a minute the first time"):
            run(
                [python, "-m", "pip", "install", "-q", _SETUPTOOLS, "wheel"],
                log=log, env=environment,
            )  # fmt: skip
            command: list[str | Path] = [python, "-m", "pip", "install", "-q", "-r", listed]
            for path in files:
                command += ["-r", path]
            run(command, log=log, env=environment, remedy=f"The whole output is in {log}.")
        stamp.write_text(mark)
    return python


def _pip_environment(limits: Path) -> dict[str, str]:
    environment = dict(os.environ)
    given = environment.get("PIP_CONSTRAINT", "")
    environment["PIP_CONSTRAINT"] = f"{given} {limits}".strip()
    return environment
