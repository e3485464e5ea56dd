"""Odoo's command line and configuration, and template databases that are copied in seconds."""

from __future__ import annotations

import configparser
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import odoo_tree, python_env
from .locks import exclusive
from .odoo_tree import OdooTree
from .paths import REPO, TEMPLATE_MODULES, sub
from .ports import LOOPBACK, free_port
from .postgres import ROLE, Cluster
from .progress import EnvError, run_into, step

#: Seconds for one run of Odoo that ends by itself (an installation, a suite).
ODOO_LIMIT = 30 * 60
WIDE_MODULES = {"18.0": "base,web,queue_job", "19.0": "base,rpc,web,queue_job"}


def channels(workers: int) -> str:
    """Capacities of queue_job's channels.

    Jobs run inside the HTTP workers. One of these must always stay free, or webhooks wait until a
    job has ended.
    """
    jobs = max(1, workers - 1)
    return (
        f"root:{jobs},root.connector:{jobs},root.connector.realtime:1,"
        "root.connector.sync:1,root.connector.bulk:1"
    )


@dataclass
class Odoo:
    """An Odoo of one series, ready to be started against a cluster.

    :param data_dir: Odoo's data folder; file stores lie in it
    :param addons: all folders for ``addons_path``
    """

    tree: OdooTree
    python: Path
    cluster: Cluster
    data_dir: Path
    addons: list[Path] = field(default_factory=list)

    @property
    def series(self) -> str:
        """``18.0`` or ``19.0``."""
        return self.tree.series

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Environment of Odoo processes."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        if self.tree.python_path:
            environment["PYTHONPATH"] = str(self.tree.python_path)
        environment.pop("ODOO_RC", None)
        environment["PYTHONUNBUFFERED"] = "1"
        environment.update(more or {})
        return environment

    def command(self, config: Path, *arguments: str) -> list[str]:
        """Words of an ``odoo-bin`` call; a sub-command has to come first, before ``-c``."""
        head: list[str] = []
        rest = list(arguments)
        if rest and not rest[0].startswith("-"):
            head = [rest.pop(0)]
        return [str(self.python), str(self.tree.launcher), *head, "-c", str(config), *rest]

    def write_config(self, path: Path, **options: str | int) -> Path:
        """Write a configuration file with free ports and our defaults, readable by us only."""
        http = options.pop("http_port", None) or free_port()
        values: dict[str, str | int] = {
            "addons_path": ",".join(str(folder) for folder in self.addons),
            "data_dir": str(self.data_dir),
            "db_host": str(self.cluster.socket),
            "db_port": self.cluster.port,
            "db_user": ROLE,
            "db_maxconn": 32,
            "admin_passwd": hashlib.sha256(os.urandom(16)).hexdigest(),
            "http_interface": LOOPBACK,
            "http_port": http,
            "gevent_port": free_port(),
            "workers": 0,
            "max_cron_threads": 0,
            "list_db": "False",
            "server_wide_modules": WIDE_MODULES[self.series],
        }
        values.update(options)
        parser = configparser.ConfigParser(interpolation=None)
        parser["options"] = {key: str(value) for key, value in values.items()}
        parser["queue_job"] = {
            "channels": channels(int(values["workers"])),
            "scheme": "http",
            "host": LOOPBACK,
            "port": str(http),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("w") as stream:
            parser.write(stream)
        return path

    def filestore(self, database: str) -> Path:
        """Folder with the attachments of a database."""
        return self.data_dir / "filestore" / database

    def drop_database(self, database: str) -> None:
        """Delete a database and its file store."""
        self.cluster.drop(database)
        shutil.rmtree(self.filestore(database), ignore_errors=True)

    def copy_database(self, source: str, target: str) -> None:
        """Copy a database and its file store, replacing the target."""
        self.drop_database(target)
        self.cluster.copy(source, target)
        if self.filestore(source).is_dir():
            shutil.copytree(self.filestore(source), self.filestore(target))

    def module_states(self, database: str, modules: Iterable[str]) -> dict[str, str]:
        """State of each module in a database; empty text when Odoo does not know it."""
        rows = self.cluster.query(database, "SELECT name, state FROM ir_module_module")
        known = {row[0]: row[1] for row in rows if len(row) == 2}
        return {module: known.get(module, "") for module in modules}

    def logged(
        self, config: Path, log: Path, *arguments: str, env: Mapping[str, str] | None = None
    ) -> int:
        """Run Odoo to its end with its output in ``log``; returns the exit code."""
        log.parent.mkdir(parents=True, exist_ok=True)
        return run_into(
            log,
            self.command(config, *arguments),
            cwd=REPO,
            env=self.environment(env),
            limit=ODOO_LIMIT,
        )

    def new_database_options(self) -> list[str]:
        """Options that make a database without demo data; the series differ."""
        return ["--without-demo=True"] if self.series == "18.0" else []

    def template(self, donor: Odoo | None = None) -> str:
        """Name of the template database with the standard modules, made when it is not there.

        :param donor: the same Odoo on another cluster, whose template is taken over (seconds)
        """
        name = f"template_{self.series.replace('.', '_')}_{self._template_mark()}"
        with exclusive(f"{self.cluster.name}-{name}"):
            if name in self.cluster.databases():
                return name
            if donor is not None:
                self._take_over(donor, name)
                return name
            building = f"{name}_building"
            self.drop_database(building)
            config = self.write_config(sub("conf") / f"{building}.conf")
            log = sub("logs") / f"{name}.log"
            title = f"building the template database for Odoo {self.series}"
            with step(title, "about 40 s, once"):
                code = self.logged(
                    config, log, "-d", building, "-i", ",".join(TEMPLATE_MODULES),
                    "--stop-after-init", *self.new_database_options(),
                )  # fmt: skip
                states = self.module_states(building, TEMPLATE_MODULES)
                bad = [module for module, state in states.items() if state != "installed"]
                if code or bad:
                    tail = log.read_text(errors="replace")[-3000:]
                    raise EnvError(
                        f"Odoo {self.series} did not install {', '.join(bad) or 'its modules'} "
                        f"(exit code {code}):\n{tail}"
                    )
                self._finish(building, name)
        return name

    def _take_over(self, donor: Odoo, name: str) -> None:
        donor.template()
        building = f"{name}_building"
        with step("taking over the template database"):
            self.drop_database(building)
            dump = sub("tmp") / f"{self.cluster.name}-{name}.dump"
            donor.cluster.tool("pg_dump", "-Fc", "-Z1", "-f", dump, name)
            self.cluster.query("postgres", f'CREATE DATABASE "{building}" TEMPLATE template0')
            self.cluster.tool("pg_restore", "-d", building, "-j", "2", "--no-owner", dump)
            dump.unlink()
            if donor.filestore(name).is_dir():
                shutil.copytree(donor.filestore(name), self.filestore(building))
            self._finish(building, name)

    def _finish(self, building: str, name: str) -> None:
        """Give a complete database its name; last of all, so that half a one is never taken."""
        shutil.rmtree(self.filestore(name), ignore_errors=True)
        if self.filestore(building).is_dir():
            self.filestore(building).rename(self.filestore(name))
        self.cluster.query("postgres", f'ALTER DATABASE "{building}" RENAME TO "{name}"')

    def _template_mark(self) -> str:
        release = next(
            path
            for path in (
                self.tree.launcher.parent / "odoo" / "release.py",
                (self.tree.python_path or Path()) / "odoo" / "release.py",
            )
            if path.exists()
        )
        queue_job = next(f / "queue_job" for f in self.addons if (f / "queue_job").is_dir())
        facts = [
            str(self.tree.launcher), str(release.stat().st_mtime_ns), *TEMPLATE_MODULES,
            (queue_job / "__manifest__.py").read_text(),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]


def prepare(series: str, cluster_name: str = "tests", extra: tuple[str, ...] = ()) -> Odoo:
    """Everything of a series on this machine, with a running cluster.

    :param extra: OCA addons besides queue_job
    """
    tree = odoo_tree.obtain(series)
    python = python_env.prepare_series(tree)
    oca = python_env.oca_addons(series, extra)
    cluster = Cluster(cluster_name).start()
    addons = [*tree.addons, oca, REPO, REPO / "tests" / "addons"]
    return Odoo(tree, python, cluster, sub("data", f"{cluster_name}-{series}"), addons)
