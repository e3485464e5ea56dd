"""Starts the vendor sandbox as a process of its own and reads the line it prints when ready."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from .paths import REPO
from .ports import LOOPBACK, free_port
from .progress import EnvError, say, stop_process


def exists() -> bool:
    """True when this repository holds the sandbox."""
    return (REPO / "tests" / "sandbox" / "__main__.py").exists()


class Sandbox:
    """The sandbox process.

    :param python: interpreter with the sandbox's packages
    :param log: file for its output
    :param port: wished port; a free one is taken otherwise
    """

    def __init__(self, python: Path, log: Path, port: int | None = None) -> None:
        self._python = python
        self._log = log
        self.port = free_port(port)
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.line = ""
        self.info: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, timeout: float = 30.0) -> Sandbox:
        """Start it and wait for its JSON line.

        :raises EnvError: when it ends or stays silent
        """
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as stream:
            self._process = subprocess.Popen(
                [self._python, "-m", "tests.sandbox", "--port", str(self.port)],
                cwd=REPO,
                env=dict(os.environ, PYTHONUNBUFFERED="1"),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            text = self._log.read_text(errors="replace")
            for line in text.splitlines(keepends=True):
                if line.startswith("{") and line.endswith("\n"):
                    self.line = line.strip()
                    self.info = json.loads(self.line)
                    say(f"sandbox ready on port {self.port}")
                    return self
            if self._process.poll() is not None:
                raise EnvError(f"The sandbox ended at once:\n{text[-2000:]}")
            time.sleep(0.05)
        self.stop()
        raise EnvError(f"The sandbox did not get ready within {timeout:.0f} s; see {self._log}.")

    @property
    def pid(self) -> int | None:
        """Process id, once started."""
        return self._process.pid if self._process is not None else None

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it; its world is lost, it lives in memory only."""
        if self._process is not None:
            stop_process(self._process, "the sandbox", patience=5)
