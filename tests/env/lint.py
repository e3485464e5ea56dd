"""``make lint``: every static check, all of them run, all findings shown."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import python_env
from .paths import REPO, addons_in_tree
from .progress import fail, say

#: Code without ORM, which mypy checks; paths that do not exist (yet) are left out.
TYPED = (
    "connector_base/core",
    "zoom_connector/adapters",
    "zoom_connector/client",
    "hootsuite_connector/adapters",
    "hootsuite_connector/client",
    "tests/sandbox",
    "tests/env",
)

#: missing-readme: the OCA's tools build README.rst from the readme/ folder, nobody writes it.
#: consider-merging-classes-inherited: large models are split over files on purpose (400 lines each).
NOT_OURS = "missing-readme,consider-merging-classes-inherited"


def run_all() -> int:
    """Run the checks one after the other; 0 when all are clean."""
    python = python_env.prepare_lint()
    tools = python.parent
    addons = addons_in_tree()
    typed = [path for path in TYPED if (REPO / path).is_dir()]
    checks: list[tuple[str, Sequence[str | Path]]] = [
        ("ruff", [tools / "ruff", "check", "."]),
        ("ruff format", [tools / "ruff", "format", "--check", "."]),
        ("mypy", [python, "-m", "mypy", *typed]),
        (
            "import directions",
            [python, "-m", "pytest", "-q", "tests/unit/test_import_directions.py"],
        ),
    ]
    if addons:
        checks.append(
            (
                "pylint-odoo",
                [python, "-m", "pylint", "--rcfile=.pylintrc", f"--disable={NOT_OURS}", *addons],
            )
        )
        checks += [
            (
                f"OCA module checks, {addon}",
                [tools / "oca-checks-odoo-module", addon],
            )
            for addon in addons
        ]
        catalogs = [str(p) for addon in addons for p in (REPO / addon).glob("i18n/*.po*")]
        if catalogs:
            checks.append(("OCA translation checks", [tools / "oca-checks-po", *catalogs]))
    bad = [name for name, command in checks if not _clean(name, command)]
    if bad:
        fail(f"lint found something: {', '.join(bad)}")
        return 1
    say(f"lint is clean: {', '.join(name for name, _command in checks)}")
    return 0


def _clean(name: str, command: Sequence[str | Path]) -> bool:
    say(f"{name} ...")
    environment = dict(os.environ)
    environment.pop("PYTHONPATH", None)
    return subprocess.run(list(command), cwd=REPO, env=environment, check=False).returncode == 0
