"""Odoo 19.0 from Debian's package, unpacked into the cache without installing anything.

Debian's ``odoo-19`` is in its ``unstable`` suite only. The machine's own mirror is asked (no host
name is written here), with a private package list so that the system's is not touched. The web
files of the package link to other packages, which are unpacked beside it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from .paths import sub
from .progress import EnvError, run, say, step

if TYPE_CHECKING:
    from .odoo_tree import OdooTree

SERIES = "19.0"
PACKAGE = "odoo-19"
_BESIDE_UNSTABLE = (
    "libjs-jquery", "libjs-underscore", "libjs-jquery-form", "fonts-roboto-unhinted",
    "fonts-montserrat", "fonts-inconsolata", "fonts-ocr-b",
)  # fmt: skip
#: Version 5 of Debian unstable lacks the files the links name; the release before has 4.7.
_BESIDE_OLD = ("fonts-font-awesome",)
_OLD_SUITE = "bookworm"
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
#: Debian strips these web files, the manifests still name them.
_STRIPPED = ("mail/static/lib/selfie_segmentation/selfie_segmentation.js",)
_REMEDY = (
    "Odoo 19.0 comes from Debian's package odoo-19, so apt and a Debian mirror are needed. "
    "Else name a source tree of 19.0 in ODOO_SOURCE."
)


def _root() -> Path:
    return sub("odoo-debian", SERIES)


def unpacked() -> OdooTree | None:
    """The tree from an earlier call, if it is complete."""
    root = _root()
    if not (root / ".complete").exists():
        return None
    return _tree(root)


def _tree(root: Path) -> OdooTree:
    from .odoo_tree import OdooTree

    packages = root / "usr" / "lib" / "python3" / "dist-packages"
    return OdooTree(
        SERIES,
        root / "usr" / "bin" / "odoo",
        (packages / "odoo" / "addons",),
        packages,
        Path(__file__).with_name("odoo-19.0-requirements.txt"),
    )


def fetch() -> OdooTree:
    """Download and unpack the packages.

    :raises EnvError: when there is no apt, no mirror or no such package
    """
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise EnvError(f"This machine has no apt. {_REMEDY}")
    root = _root()
    with step("fetching Odoo 19.0 from Debian", "about 130 MB"):
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        mirror = _mirror()
        _download_and_unpack(mirror, root)
    packages = root / "usr" / "lib" / "python3" / "dist-packages"
    for name in _STRIPPED:
        path = packages / "odoo" / "addons" / name
        if not path.exists():
            say(f"  empty file in place of {name}, which Debian strips")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
    (root / ".complete").touch()
    return _tree(root)


def _mirror() -> str:
    """Address of the machine's own Debian mirror."""
    listed = run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(LABEL)|$(SUITE)"], remedy=_REMEDY
    )
    return choose_mirror(listed)


def choose_mirror(listed: str) -> str:
    """The main Debian archive among apt's index targets (``uri|label|suite`` lines).

    :raises EnvError: when the machine's apt knows no Debian archive
    """
    addresses = []
    for line in listed.splitlines():
        uri, label, _suite = (line.split("|") + ["", ""])[:3]
        path = uri.rstrip("/").rsplit("/", 1)[-1]
        if label == "Debian" or (not label and path == "debian"):
            addresses.append(uri)
    if not addresses:
        raise EnvError(f"This machine's apt knows no Debian archive. {_REMEDY}")
    return addresses[0]


def _download_and_unpack(mirror: str, root: Path) -> None:
    """apt with a private package list, cache and state; then ``dpkg-deb -x``."""
    private = sub("apt")
    for folder in ("lists/partial", "cache/archives/partial", "debs"):
        (private / folder).mkdir(parents=True, exist_ok=True)
    signed = f"[signed-by={_KEYRING}] " if _KEYRING.exists() else ""
    sources = private / "sources.list"
    sources.write_text(
        "".join(f"deb {signed}{mirror} {suite} main\n" for suite in ("unstable", _OLD_SUITE))
    )
    apt: list[str | Path] = ["apt-get", "-q"]
    for option in (
        f"Dir::Etc::sourcelist={sources}",
        "Dir::Etc::sourceparts=-",
        f"Dir::State::lists={private / 'lists'}",
        f"Dir::Cache={private / 'cache'}",
        "APT::Sandbox::User=",
        "Acquire::Languages=none",
        "Debug::NoLocking=true",
    ):
        apt += ["-o", option]
    debs = private / "debs"
    log = sub("logs") / "apt-odoo-19.log"
    run([*apt, "update"], log=log, remedy=_REMEDY)
    wanted = [f"{name}/unstable" for name in (PACKAGE, *_BESIDE_UNSTABLE)]
    wanted += [f"{name}/{_OLD_SUITE}" for name in _BESIDE_OLD]
    run([*apt, "download", *wanted], log=log, cwd=debs, remedy=_REMEDY)
    for package in sorted(debs.glob("*.deb")):
        run(["dpkg-deb", "-x", package, root], log=log)
    shutil.rmtree(debs)
