"""``make run``: everything in the foreground, Ctrl-C stops it all; ``make stop`` from elsewhere."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from . import processes, provision, server
from .instance import LOGIN, MOST_REVIVALS, PASSWORD, Instance
from .paths import REPO, addons_in_tree
from .postgres import Cluster
from .progress import EnvError, say

DEV = REPO / ".dev"
PID_FILE = DEV / "run.pid"
CHILDREN = DEV / "children.json"
DESCRIPTION = DEV / "instance.json"
HTTP_PORT = 8069
SANDBOX_PORT = 8099
CLUSTER = "run"


def run(series: str) -> int:
    """Start everything and stay until stopped."""
    other = running_pid()
    if other:
        raise EnvError(f"make run is already running (process {other}); stop it with: make stop")
    begun = time.monotonic()
    DEV.mkdir(exist_ok=True)
    end_left_over()
    DESCRIPTION.unlink(missing_ok=True)
    PID_FILE.write_text(str(os.getpid()))
    instance: Instance | None = None
    odoo = None
    try:
        with _stoppable():
            odoo = server.prepare(series, cluster_name=CLUSTER)
            instance = Instance(
                odoo,
                "connectors",
                workers=3,  # one for the web, one for events, one for a long import
                http_port=HTTP_PORT,
                sandbox_port=SANDBOX_PORT,
                front=True,
            )
            if os.environ.get("FRESH"):
                say(f"FRESH is set: deleting the database {instance.database}")
                odoo.drop_database(instance.database)
            instance.start_sandbox()
            instance.install(addons_in_tree())
            provision.connect(instance)
            instance.start_odoo()
            _remember(instance)
            provision.wait_for_data(instance)
            instance.warm_up()
            _write_description(instance)
            _show(instance, time.monotonic() - begun)
            _watch(instance)
    except KeyboardInterrupt:
        print(flush=True)
    finally:
        _ignore_signals()
        DESCRIPTION.unlink(missing_ok=True)
        say("stopping ...")
        if instance is not None:
            instance.stop()
            instance.config.unlink(missing_ok=True)
        if odoo is not None:
            odoo.cluster.leave()
        PID_FILE.unlink(missing_ok=True)
        CHILDREN.unlink(missing_ok=True)
        say("stopped")
    return 0


def stop() -> int:
    """Stop what :func:`run` started, and idle clusters of this project."""
    pid = running_pid()
    if pid:
        say(f"stopping make run (process {pid}) ...")
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 60
        while processes.alive(pid):
            if time.monotonic() > deadline:
                raise EnvError(f"Process {pid} does not stop.")
            time.sleep(0.2)
    left = end_left_over()
    for name in (CLUSTER, "tests"):
        cluster = Cluster(name)
        if cluster.running():
            cluster.enter()
            cluster.leave()
            say(
                f"PostgreSQL ({name}) is still used by another command"
                if cluster.running()
                else f"PostgreSQL ({name}) stopped"
            )
    say("stopped" if pid or left else "nothing runs any more")
    return 0


def _remember(instance: Instance) -> None:
    """Note our children, for the case that this process is killed and cannot stop them."""
    helpers = [helper.pid for helper in (instance.front, instance.sandbox) if helper is not None]
    pids = [pid for pid in (instance.odoo_pid, *helpers) if pid]
    CHILDREN.write_text(json.dumps({str(pid): processes.command_line(pid) for pid in pids}))


def end_left_over() -> bool:
    """End what a killed ``make run`` left behind; true when there was something."""
    try:
        noted = json.loads(CHILDREN.read_text())
    except FileNotFoundError:
        return False
    found = False
    for text, command in noted.items():
        pid = int(text)
        # Ids are given again to other programs: only the very same command is ours.
        if processes.alive(pid) and processes.command_line(pid) == command:
            say(f"ending what an earlier make run left behind (process {pid})")
            family = [pid, *processes.descendants(pid)]
            os.kill(pid, signal.SIGTERM)
            processes.wait_gone(family, 20)
            found = True
    CHILDREN.unlink()
    return found


def running_pid() -> int | None:
    """Process id of a living ``make run`` of this repository."""
    try:
        pid = int(PID_FILE.read_text())
    except (OSError, ValueError):
        return None
    return pid if processes.alive(pid) and "tests.env" in processes.command_line(pid) else None


def _write_description(instance: Instance) -> None:
    part = DESCRIPTION.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(provision.description(instance), indent=2) + "\n")
    part.rename(DESCRIPTION)


def _show(instance: Instance, seconds: float) -> None:
    lines = [
        f"Odoo {instance.odoo.series} is ready ({seconds:.0f} s)",
        "",
        f"address    {instance.url}",
        f"login      {LOGIN}",
        f"password   {PASSWORD}",
        f"database   {instance.database}",
    ]
    if instance.sandbox is not None:
        lines.append(f"sandbox    {instance.sandbox.url}")
    lines += ["", f"details    {DESCRIPTION.relative_to(REPO)}", "stop       Ctrl-C, or: make stop"]
    width = max(len(line) for line in lines) + 2
    print(f"\n+{'-' * (width + 1)}+")
    for line in lines:
        print(f"| {line:<{width}}|")
    print(f"+{'-' * (width + 1)}+\n", flush=True)


def _watch(instance: Instance) -> None:
    """Stay until a signal comes or something we started ends by itself."""
    while True:
        time.sleep(1)
        if not instance.odoo_alive and instance.revivals > MOST_REVIVALS:
            raise EnvError(f"Odoo ends again and again; see {instance.log}.")
        for helper in (instance.front, instance.sandbox):
            if helper is not None and not helper.alive:
                raise EnvError(f"The {type(helper).__name__.lower()} ended by itself.")


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM (``make stop``), SIGHUP (a closed terminal) end like Ctrl-C, also in the background."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    yield


def _ignore_signals() -> None:
    """A second Ctrl-C must not cut the stopping short and leave processes behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
