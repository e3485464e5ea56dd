"""Chromium, for Odoo's tours and our browser suite."""

from __future__ import annotations

import os
import shutil

from .locks import exclusive
from .paths import sub
from .progress import EnvError, run, step

#: The names Odoo looks for, in its order.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def find() -> str | None:
    """Path of a Chromium or Chrome, if there is one on PATH."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def obtain() -> str:
    """Path of a Chromium; installs Debian's when we may.

    :raises EnvError: with what to install, when there is none and we are not root
    """
    with exclusive("chromium"):
        path = find()
        if path:
            return path
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise EnvError(
                "The browser tests need Chromium on PATH. Install it with your system's package "
                "manager (Debian, Ubuntu: the package chromium), then run this again."
            )
        log = sub("logs") / "apt-chromium.log"
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        with step("installing chromium with apt-get", "about 100 MB"):
            run(["apt-get", "-q", "update"], log=log, env=environment)
            run(
                ["apt-get", "-q", "-y", "--no-install-recommends", "install", "chromium", "fonts-dejavu-core"],
                log=log, env=environment,
            )  # fmt: skip
        path = find()
        if not path:
            raise EnvError(f"apt-get installed no chromium; see {log}.")
        return path
