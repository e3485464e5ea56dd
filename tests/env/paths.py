"""Where things lie: the repository, the cache folder, and what is kept in it."""

from __future__ import annotations

import getpass
import hashlib
import os
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]

#: The modules every template database holds before our addons come.
TEMPLATE_MODULES = ("base", "web", "mail", "calendar", "crm", "queue_job")

SERIES = ("18.0", "19.0")


def cache() -> Path:
    """Cache folder of this project (``ODOO_CONNECTORS_CACHE`` overrides it), created if needed."""
    given = os.environ.get("ODOO_CONNECTORS_CACHE")
    folder = Path(given).expanduser() if given else Path.home() / ".cache" / "odoo-connectors"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def sub(*parts: str) -> Path:
    """A folder inside the cache, created if needed."""
    folder = cache().joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def odoo_tree_cache(series: str) -> Path:
    """Where a developer may put an Odoo tree by hand, and where a clone lands."""
    return Path.home() / ".cache" / "odoo" / series


def cluster_home(owner_is_other_user: bool) -> Path:
    """Folder for PostgreSQL clusters.

    When we are root, PostgreSQL runs as another user, who cannot pass through a closed home
    folder: then the clusters lie under the system's persistent temporary folder instead.
    """
    if owner_is_other_user and not _open_to_all(cache()):
        mark = hashlib.sha256(str(cache()).encode()).hexdigest()[:10]
        base = Path("/var/tmp") if Path("/var/tmp").is_dir() else Path(tempfile.gettempdir())  # noqa: S108
        return base / f"odoo-connectors-{getpass.getuser()}-{mark}"
    return cache() / "postgresql"


def _open_to_all(folder: Path) -> bool:
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))


def addons_in_tree() -> list[str]:
    """Names of the Odoo addons that exist in this repository, base first."""
    found = [p.parent.name for p in REPO.glob("*/__manifest__.py")]
    return sorted(found, key=lambda name: (name != "connector_base", name))
