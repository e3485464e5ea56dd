"""A whole installation: PostgreSQL, sandbox, Odoo with workers, our addons, data flowing.

``make run`` shows one to a person; the end-to-end suites start their own with
:func:`running_instance` and may break it: kill workers, restart PostgreSQL, stop the job runner.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

from . import processes, provision, server
from .breakage import Breakable
from .front_process import Front
from .paths import REPO, addons_in_tree, sub
from .ports import LOOPBACK, free_port
from .postgres import sweep
from .progress import EnvError, say, step, stop_process
from .rpc import Rpc
from .sandbox_process import Sandbox
from .sandbox_process import exists as sandbox_exists
from .server import Odoo

MOST_REVIVALS = 20
LOGIN = "admin"
PASSWORD = "admin"  # a local demonstration that listens on the loopback address only


class Instance(Breakable):
    """One installation with its own cluster, database, ports and files.

    :param odoo: the prepared Odoo; its cluster belongs to this instance alone
    :param name: short name for files and the database
    :param workers: HTTP workers; 0 is the threaded server
    :param http_port: wished port, a free one is taken when it is in use
    :param front: put one address before Odoo's two ports, so that screens change by themselves
    """

    def __init__(
        self,
        odoo: Odoo,
        name: str,
        *,
        workers: int = 2,
        http_port: int | None = None,
        sandbox_port: int | None = None,
        database: str | None = None,
        config_name: str | None = None,
        front: bool = False,
    ) -> None:
        self.odoo = odoo
        self.name = name
        self.workers = workers
        self.database = database or f"{name}_{odoo.series.replace('.', '_')}"
        self.port = free_port(http_port)
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.log = sub("logs") / f"{odoo.cluster.name}-odoo.log"
        self.log.unlink(missing_ok=True)
        inner = free_port() if front else self.port
        evented = free_port()
        self.front = (
            Front(self.port, inner, evented, sub("logs") / f"{odoo.cluster.name}-front.log")
            if front
            else None
        )
        self.sandbox: Sandbox | None = None
        self._sandbox_port = sandbox_port
        self._process: subprocess.Popen[bytes] | None = None
        self._paused: list[int] = []
        #: how often the server ended by itself and was started again
        self.revivals = 0
        #: newest synchronisation run and job before this start's import
        self.before_import = (0, 0)
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self.config = odoo.write_config(
            sub("conf") / f"{config_name or f'{name}-{odoo.series}'}.conf",
            http_port=inner,
            gevent_port=evented,
            workers=workers,
            max_cron_threads=1,
            db_name=self.database,
            dbfilter=f"^{self.database}$",
            limit_time_real=600,
            limit_time_cpu=300,
            limit_memory_soft=2 * 1024**3,
            limit_memory_hard=4 * 1024**3,
        )
        self.rpc = Rpc(self.url, self.database, LOGIN, PASSWORD)

    # whole life ------------------------------------------------------------------------------

    @property
    def dsn(self) -> str:
        """Connection string of the database for psycopg2 or psql."""
        return self.odoo.cluster.dsn(self.database)

    def start_sandbox(self) -> None:
        """Start the sandbox on the wished port, if this repository has one."""
        if not sandbox_exists():
            return
        log = sub("logs") / f"{self.odoo.cluster.name}-sandbox.log"
        self.sandbox = Sandbox(self.odoo.python, log, self._sandbox_port).start()

    def install(self, addons: list[str]) -> None:
        """Install or update the addons unless the database already has exactly these sources."""
        mark = provision.source_mark(addons)
        fresh = self.database not in self.odoo.cluster.databases()
        if not fresh and provision.stored_mark(self) == mark:
            say(f"database {self.database} is up to date")
            return
        if fresh:
            provision.forget(self)
            template = self.odoo.template()
            with step(f"copying the template database to {self.database}"):
                self.odoo.copy_database(template, self.database)
        names = ",".join(addons)
        if addons:
            with step(f"installing or updating {names}"):
                update = [] if fresh else ["-u", names]
                try:
                    self.odoo_once("-i", names, *update, "--stop-after-init", "--workers=0")
                except EnvError as error:
                    if fresh:
                        raise
                    raise EnvError(
                        f"{error}\nThe database {self.database} holds older sources, which do not "
                        "update to these. Begin with a new one: FRESH=1 make run"
                    ) from error
            states = self.odoo.module_states(self.database, addons)
            bad = [
                f"{name} is {state or 'unknown'}"
                for name, state in states.items()
                if state != "installed"
            ]
            if bad:
                raise EnvError(f"{', '.join(bad)}; see {self.log}.")
        provision.store_mark(self, mark)

    def odoo_once(self, *arguments: str) -> None:
        """Run Odoo to its end on this database.

        :raises EnvError: with the end of the log, when it fails
        """
        log = sub("logs") / f"{self.odoo.cluster.name}-once.log"
        code = self.odoo.logged(self.config, log, "-d", self.database, *arguments)
        if code:
            raise EnvError(
                f"Odoo ended with exit code {code}:\n{log.read_text(errors='replace')[-4000:]}"
            )

    def shell(self, script: str) -> str:
        """Run a script in an Odoo shell on this database and return what it prints.

        :raises EnvError: when the script raises
        """
        words = self.odoo.command(self.config, "shell", "-d", self.database, "--log-level=error")
        if self.odoo.series == "18.0":
            words.append("--shell-interface=python")
        marker = "@@done@@"
        # The shell's prompt loop ignores errors; only the marker proves that the end was reached.
        text = f"exec({script!r}, globals())\nprint({marker!r})\n"
        done = subprocess.run(
            [*words, "--workers=0"],
            input=text, cwd=REPO, env=self.odoo.environment(),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if marker not in done.stdout:
            raise EnvError(f"The script in the Odoo shell failed:\n{done.stdout[-4000:]}")
        return done.stdout.replace(marker, "").strip()

    def start_odoo(self, timeout: float = 120.0) -> None:
        """Start the server, wait until it answers, and start it again whenever it ends by itself.

        That is what a service manager does; Odoo 19.0 relies on it, its main process gives up when
        the database restarts.

        :raises EnvError: when it ends before its first answer
        """
        if self.odoo_alive:
            raise EnvError("Odoo already runs.")
        if self.front is not None and not self.front.alive:
            self.front.start()
        self._spawn()
        with step(f"starting Odoo {self.odoo.series} with {self.workers} workers on {self.url}"):
            self.wait_for(self._first_answer, timeout, "Odoo's first answer")
        self._wanted.set()
        threading.Thread(target=self._supervise, daemon=True).start()

    def _spawn(self) -> None:
        with self.log.open("ab") as stream:
            self._process = subprocess.Popen(
                self.odoo.command(self.config, "-d", self.database),
                cwd=REPO,
                env=self.odoo.environment(),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _supervise(self) -> None:
        while self._wanted.is_set():
            with self._lock:
                process = self._process
                if self._wanted.is_set() and process is not None and process.poll() is not None:
                    self.revivals += 1
                    if self.revivals > MOST_REVIVALS:
                        say(f"Odoo ended {self.revivals} times, giving up; see {self.log}")
                        return
                    say(f"Odoo ended by itself (code {process.returncode}), starting it again")
                    self._spawn()
            time.sleep(0.5)

    @property
    def odoo_pid(self) -> int | None:
        """Process id of the server's main process."""
        return self._process.pid if self._process is not None else None

    @property
    def odoo_alive(self) -> bool:
        """True while the server's main process runs."""
        return self._process is not None and self._process.poll() is None

    def _first_answer(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-3000:]
            raise EnvError(f"Odoo ended with exit code {self._process.returncode}:\n{tail}")
        return self.answers()

    def answers(self) -> bool:
        """True when the web server answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/web/health", timeout=10) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def warm_up(self) -> None:
        """Open the web client once: Odoo builds its scripts and styles at the first visit (15 s)."""
        visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        login = {"db": self.database, "login": self.rpc.login, "password": self.rpc.password}
        request = urllib.request.Request(
            f"{self.url}/web/session/authenticate",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": login}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with step("opening the web client"):
            visitor.open(request, timeout=120).close()
            with visitor.open(f"{self.url}/odoo", timeout=120) as reply:
                page = reply.read().decode()
            files = sorted(set(re.findall(r'"(/web/assets/[^"]+)"', page)))
            if not files:
                raise EnvError(f"The web client names no scripts; see {self.log}.")
            for path in files:
                visitor.open(self.url + path, timeout=120).close()

    def stop_odoo(self, patience: float = 30.0) -> None:
        """Stop the server with all its workers."""
        self._wanted.clear()
        self.resume_job_runner()
        with self._lock:
            if self._process is None:
                return
            family = processes.descendants(self._process.pid)
            stop_process(self._process, "Odoo", patience)
            processes.wait_gone(family, 5)
            self._process = None

    def stop(self) -> None:
        """Stop Odoo and the sandbox; PostgreSQL is left to the caller."""
        self.stop_odoo()
        if self.front is not None:
            self.front.stop()
        if self.sandbox is not None:
            self.sandbox.stop()
            self.sandbox = None

    # looking at it -------------------------------------------------------------------------------

    def query(self, sql: str) -> list[list[str]]:
        """Rows of an SQL query as texts."""
        return self.odoo.cluster.query(self.database, sql)

    def wait_for(self, condition: Callable[[], Any], timeout: float, what: str) -> Any:
        """Wait until ``condition`` gives something true and return it.

        :raises EnvError: when it does not within ``timeout`` seconds
        """
        deadline = time.monotonic() + timeout
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise EnvError(f"Waited {timeout:.0f} s in vain for {what}; see {self.log}.")
            time.sleep(0.2)

    def log_text(self) -> str:
        """The server's log so far."""
        return self.log.read_text(errors="replace")

    def description(self) -> dict[str, Any]:
        """What ``.dev/instance.json`` holds."""
        return provision.description(self)


@contextlib.contextmanager
def running_instance(
    series: str,
    *,
    workers: int = 2,
    name: str = "e2e",
    addons: list[str] | None = None,
    provisioned: bool = True,
) -> Iterator[Instance]:
    """A fresh installation with a cluster of its own for a suite, gone afterwards.

    :param addons: what to install; by default every addon of this repository
    :param provisioned: connect it to the sandbox and let the first import run
    """
    sweep(f"{name}-{series}")
    donor = server.prepare(series)
    odoo = server.prepare(series, cluster_name=f"{name}-{series}-{os.getpid()}")
    instance = Instance(odoo, name, workers=workers, config_name=odoo.cluster.name, front=True)
    try:
        odoo.template(donor)
        instance.start_sandbox()
        instance.install(addons if addons is not None else addons_in_tree())
        if provisioned:
            provision.connect(instance)
        instance.start_odoo()
        if provisioned:
            provision.wait_for_data(instance)
        yield instance
    finally:
        instance.stop()
        odoo.cluster.destroy()
        donor.cluster.leave()
        shutil.rmtree(odoo.data_dir, ignore_errors=True)
        instance.config.unlink(missing_ok=True)
