"""Breaking an installation on purpose: killed workers, a restarted database, a frozen job runner."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from . import processes
from .postgres import kill_server
from .progress import EnvError
from .rpc import Rpc, RpcError
from .server import Odoo


class Breakable:
    """The part of an installation that end-to-end suites break; it is whole again afterwards."""

    odoo: Odoo
    rpc: Rpc
    workers: int
    _process: subprocess.Popen[bytes] | None
    _paused: list[int]
    _wanted: threading.Event

    def wait_for(self, condition: Callable[[], Any], timeout: float, what: str) -> Any:
        """Wait until ``condition`` gives something true."""
        raise NotImplementedError

    def worker_pids(self, kind: str = "WorkerHTTP") -> list[int]:
        """Process ids of the workers of a kind: ``WorkerHTTP``, ``WorkerCron``, ``WorkerJobRunner``."""
        if self._process is None:
            return []
        found = processes.descendants(self._process.pid)
        return [pid for pid in found if f"odoo: {kind} " in processes.command_line(pid) + " "]

    def kill_worker(self, kind: str = "WorkerHTTP") -> list[int]:
        """``kill -9`` every worker of a kind; the server starts new ones. Returns their ids."""
        pids = self.worker_pids(kind)
        if not pids:
            raise EnvError(f"There is no {kind} to kill.")
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return pids

    def kill_odoo(self) -> None:
        """``kill -9`` the server and all its workers at once."""
        self._wanted.clear()
        if self._process is None:
            raise EnvError("Odoo does not run.")
        for pid in [self._process.pid, *processes.descendants(self._process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(10)
        self._process = None

    def restart_postgres(self, mode: str = "fast") -> None:
        """Restart the cluster; ``kill`` ends the server with SIGKILL, ``immediate`` without clean-up."""
        if mode == "kill":
            kill_server(self.odoo.cluster)
            time.sleep(1)
            self.odoo.cluster.start()
        else:
            self.odoo.cluster.restart(mode)

    def pause_job_runner(self) -> None:
        """Freeze queue_job's runner: no job starts until :meth:`resume_job_runner`."""
        pids = self.worker_pids("WorkerJobRunner")
        if not pids:
            raise EnvError("queue_job's runner does not run.")
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        self._paused = pids

    def resume_job_runner(self) -> None:
        """Let a frozen runner go on."""
        for pid in self._paused:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self._paused = []

    def wait_until_answering(self, timeout: float = 60.0) -> None:
        """Wait until calls into the database succeed again, some in a row.

        After a crash of PostgreSQL each worker still holds dead connections and answers 500 until it
        has noticed.
        """
        in_a_row = 0

        def works() -> bool:
            nonlocal in_a_row
            try:
                self.rpc.count("res.users")
            except (OSError, RpcError):
                in_a_row = 0
            else:
                in_a_row += 1
            return in_a_row >= 3 * max(self.workers, 1)

        self.wait_for(works, timeout, "Odoo's answers from the database")
