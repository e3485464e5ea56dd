"""Finds or fetches Odoo itself, one tree per series."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import debian
from .locks import exclusive
from .paths import SERIES, odoo_tree_cache
from .progress import EnvError, run, say, step

REPOSITORY = "https://github.com/odoo/odoo.git"
CLONE_SECONDS = 900


@dataclass(frozen=True)
class OdooTree:
    """An Odoo that can be started.

    :param series: ``18.0`` or ``19.0``
    :param launcher: the script given to Python (``odoo-bin``, or Debian's ``odoo``)
    :param addons: folders for ``addons_path``
    :param python_path: folder for ``PYTHONPATH``, if the tree is not next to its launcher
    :param requirements: Odoo's own list of Python packages
    """

    series: str
    launcher: Path
    addons: tuple[Path, ...]
    python_path: Path | None
    requirements: Path | None


def series_of(root: Path) -> str | None:
    """The series an Odoo source folder says it is, or None when it is not Odoo."""
    release = root / "odoo" / "release.py"
    if not release.exists():
        return None
    found = re.search(r"^version_info = \((\d+), (\d+)", release.read_text(), re.MULTILINE)
    return f"{found[1]}.{found[2]}" if found else None


def source_tree(root: Path, series: str) -> OdooTree | None:
    """The tree in ``root`` when it is a complete Odoo of this series."""
    if series_of(root) != series or not (root / "addons" / "web").is_dir():
        return None
    return OdooTree(series, root / "odoo-bin", (root / "addons",), None, root / "requirements.txt")


def at_hand(series: str) -> OdooTree | None:
    """The tree of this series that is already on the machine, if any."""
    given = os.environ.get("ODOO_SOURCE")
    if given:
        tree = source_tree(Path(given).expanduser(), series)
        if tree:
            return tree
    tree = source_tree(odoo_tree_cache(series), series)
    if tree:
        return tree
    return debian.unpacked() if series == debian.SERIES else None


def obtain(series: str) -> OdooTree:
    """The tree of this series, fetched when it is not here yet.

    :raises EnvError: with what was tried and what to do
    """
    if series not in SERIES:
        raise EnvError(f"Odoo {series} is not supported, only {' and '.join(SERIES)}.")
    with exclusive(f"odoo-{series}"):
        tree = at_hand(series)
        if tree:
            return tree
        tried = []
        fetchers = [_clone] if series != debian.SERIES else [_debian, _clone]
        for fetch in fetchers:
            try:
                return fetch(series)
            except EnvError as error:
                say(f"  {error}")
                tried.append(str(error))
    raise EnvError(
        f"No Odoo {series} on this machine. Tried: {' | '.join(tried)} "
        f"Put an Odoo {series} source tree into {odoo_tree_cache(series)} or name it in ODOO_SOURCE."
    )


def best_series() -> str:
    """18.0 where it is at hand or can be cloned, else 19.0."""
    for series in SERIES:
        if at_hand(series):
            return series
    return SERIES[0] if _reachable() else debian.SERIES


def _debian(series: str) -> OdooTree:
    return debian.fetch()


def _reachable() -> bool:
    if not shutil.which("git"):
        return False
    try:
        _ask_remote("18.0")
    except EnvError:
        return False
    return True


def _ask_remote(series: str) -> None:
    say("asking whether Odoo's official repository can be reached ...")
    environment = dict(os.environ, GIT_TERMINAL_PROMPT="0")
    run(
        ["git", "ls-remote", "--exit-code", REPOSITORY, f"refs/heads/{series}"],
        timeout=15, env=environment,
    )  # fmt: skip


def _clone(series: str) -> OdooTree:
    target = odoo_tree_cache(series)
    try:
        _ask_remote(series)
    except EnvError as error:
        raise EnvError("Odoo's official repository cannot be reached from here.") from error
    if target.exists():
        raise EnvError(f"{target} exists but holds no complete Odoo {series}; move it away.")
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    with step(f"cloning Odoo {series}", "about 300 MB"):
        run(
            [
                "git",
                "clone",
                "--depth",
                "1",
                "--branch",
                series,
                "--single-branch",
                REPOSITORY,
                part,
            ],
            timeout=CLONE_SECONDS,
        )
    part.rename(target)
    tree = source_tree(target, series)
    if tree is None:
        raise EnvError(f"The clone in {target} is not a complete Odoo {series}.")
    return tree
