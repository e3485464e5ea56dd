"""Starts :mod:`tests.env.front` as a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from .paths import REPO
from .progress import EnvError, stop_process


class Front:
    """The one address of an Odoo with workers.

    :param listen: port for browsers
    :param http: Odoo's port for ordinary requests
    :param evented: Odoo's port for web sockets
    """

    def __init__(self, listen: int, http: int, evented: int, log: Path) -> None:
        self._ports = [f"--listen={listen}", f"--http={http}", f"--evented={evented}"]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id, once started."""
        return self._process.pid if self._process is not None else None

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self, timeout: float = 15.0) -> None:
        """Start it and wait until it listens.

        :raises EnvError: when it does not
        """
        with self._log.open("wb") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.env.front", *self._ports],
                cwd=REPO,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + timeout
        while "ready" not in self._log.read_text(errors="replace"):
            if not self.alive or time.monotonic() > deadline:
                raise EnvError(f"The front did not start; see {self._log}.")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it with all connections."""
        if self._process is not None:
            stop_process(self._process, "the front", patience=5)
