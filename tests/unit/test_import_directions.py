"""Imports point one way: core <- adapters <- client <- models, jobs <- controllers.

``core``, ``adapters`` and ``client`` are plain Python: they run without Odoo. The base knows no
product, and the sandbox, which judges the addons, imports nothing from them.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
ADDONS = sorted(path.parent.name for path in REPO.glob("*/__manifest__.py"))
BASE = "connector_base"

#: Layer -> the layers of any addon it may import.
_PLAIN = ("core", "adapters", "client")
_RECORDS = (*_PLAIN, "models", "jobs", "wizards", "tools", "")
MAY_IMPORT = {
    "core": ("core",),
    "adapters": ("core", "adapters"),
    "client": _PLAIN,
    "tools": (*_PLAIN, "tools", ""),
    "models": _RECORDS,
    "jobs": _RECORDS,
    "wizards": _RECORDS,
    "controllers": (*_RECORDS, "controllers"),
}
#: The one module per layer that may try ``odoo.addons...core`` first: inside Odoo that is where the
#: base's core lives.
BRIDGE = "_core.py"


def imported(source: str, package: tuple[str, ...]) -> list[str]:
    """Absolute dotted names that a module imports; relative ones resolved against its package."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*start, *(node.module.split(".") if node.module else [])])
            names += [f"{stem}.{alias.name}" if stem else alias.name for alias in node.names]
    return names


def violations(addon: str, relative: Path, source: str, addons: list[str]) -> list[str]:
    """What is wrong with the imports of one module of an addon, in words."""
    layer = relative.parts[0] if len(relative.parts) > 1 else ""
    if layer not in MAY_IMPORT:
        return []
    found = []
    for name in imported(source, (addon, *relative.parts[:-1])):
        plain = name.removeprefix("odoo.addons.")
        root, *rest = plain.split(".")
        if root in addons:
            target = rest[0] if rest and rest[0] in MAY_IMPORT else ""
            if root != addon and addon == BASE:
                found.append(f"{addon}/{relative}: the base imports the product {root}")
            elif target not in MAY_IMPORT[layer]:
                found.append(f"{addon}/{relative}: {layer} imports {name}")
            elif layer in _PLAIN and name != plain and relative.name != BRIDGE:
                found.append(f"{addon}/{relative}: only {BRIDGE} may import {name}")
        elif root == "odoo" and layer in _PLAIN:
            found.append(f"{addon}/{relative}: {layer} imports {name}, it has to run without Odoo")
    return found


def modules(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*.py")) if "__pycache__" not in p.parts]


@pytest.mark.parametrize("addon", ADDONS)
def test_addon_imports_point_one_way(addon):
    root = REPO / addon
    checked = [path for path in modules(root) if path.relative_to(root).parts[0] != "tests"]
    assert checked
    found = [
        problem
        for path in checked
        for problem in violations(addon, path.relative_to(root), path.read_text(), ADDONS)
    ]
    assert not found, "\n".join(found)


def test_sandbox_imports_nothing_from_the_addons():
    root = REPO / "tests" / "sandbox"
    checked = modules(root)
    assert checked
    found = [
        f"{path.relative_to(REPO)} imports {name}"
        for path in checked
        for name in imported(path.read_text(), path.relative_to(REPO).parts[:-1])
        if name.split(".")[0] in (*ADDONS, "odoo")
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("place", "source", "words"),
    [
        ("core/a.py", "from ..models import b", "core imports"),
        ("core/a.py", "import odoo", "without Odoo"),
        ("core/a.py", "from odoo import fields", "without Odoo"),
        ("adapters/a.py", "from ..client import z", "adapters imports"),
        ("adapters/a.py", "from odoo.addons.connector_base.core import errors", "only _core.py"),
        ("client/a.py", "def f():\n    from ..models.meeting import M", "client imports"),
        ("models/a.py", "from ..controllers import main", "models imports"),
        ("jobs/a.py", "from odoo.addons.zoom_connector.controllers.x import y", "jobs imports"),
    ],
)
def test_a_wrong_import_is_found(place, source, words):
    found = violations("zoom_connector", Path(place), source, ["connector_base", "zoom_connector"])
    assert len(found) == 1
    assert words in found[0]


def test_the_base_may_not_import_a_product():
    found = violations(
        "connector_base",
        Path("models/a.py"),
        "from odoo.addons.zoom_connector.models import x",
        ["connector_base", "zoom_connector"],
    )
    assert "imports the product" in found[0]


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("adapters/_core.py", "from odoo.addons.connector_base.core import errors"),
        ("adapters/_core.py", "from connector_base.core import errors"),
        ("client/a.py", "from ..adapters.meeting import Meeting"),
        ("models/a.py", "from odoo import fields\nfrom ..client import zoom_client"),
        ("models/a.py", "from odoo.addons.connector_base.compat import Constraint"),
        ("controllers/a.py", "from odoo.addons.connector_base.controllers.webhook import W"),
    ],
)
def test_a_right_import_is_let_through(place, source):
    assert not violations(
        "zoom_connector", Path(place), source, ["connector_base", "zoom_connector"]
    )
