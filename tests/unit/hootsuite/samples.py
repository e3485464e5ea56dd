"""Bodies in the vendor's shapes; people, hosts and ids are invented."""

import json
from pathlib import Path
from typing import Any

FOLDERS = (
    Path(__file__).parent / "samples",
    Path(__file__).resolve().parents[3] / "hootsuite_connector" / "tests" / "samples",
)


def sample(name: str) -> Any:
    """A fresh copy of a sample."""
    path = next(path for f in FOLDERS if (path := f / f"{name}.json").exists())
    return json.loads(path.read_text(encoding="utf-8"))


def names(prefix: str) -> list[str]:
    """The names of all samples that begin so."""
    return sorted(p.stem for folder in FOLDERS for p in folder.glob(f"{prefix}*.json"))
