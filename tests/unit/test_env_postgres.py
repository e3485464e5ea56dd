"""A private cluster lives through what the suites do to it. Takes the machine's real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.env.postgres import Cluster, kill_server, sweep
from tests.env.progress import EnvError


@pytest.fixture(scope="module")
def cluster():
    made = Cluster(f"unit-{os.getpid()}")
    try:
        yield made.start()
    finally:
        made.destroy()


def test_values_with_line_breaks_come_back_whole(cluster):
    rows = cluster.query("postgres", "SELECT 1, E'a\\nb|c' UNION ALL SELECT 2, 'd' ORDER BY 1")
    assert rows == [["1", "a\nb|c"], ["2", "d"]]


def test_a_wrong_query_is_an_error(cluster):
    with pytest.raises(EnvError, match="no_such_table"):
        cluster.query("postgres", "SELECT * FROM no_such_table")


def test_a_copied_database_holds_what_its_source_held(cluster):
    cluster.query("postgres", "CREATE DATABASE source")
    cluster.query("source", "CREATE TABLE t AS SELECT 7 AS n")
    cluster.copy("source", "target")
    assert cluster.query("target", "SELECT n FROM t") == [["7"]]
    cluster.drop("target")
    assert "target" not in cluster.databases()


@pytest.mark.parametrize("way", ["fast", "immediate", "kill"])
def test_what_was_committed_survives_every_way_to_end(cluster, way):
    cluster.query("postgres", f"CREATE TABLE kept_{way} AS SELECT 1 AS n")
    if way == "kill":
        kill_server(cluster)
        assert not cluster.running()
        cluster.start()
    else:
        cluster.restart(way)
    assert cluster.query("postgres", f"SELECT n FROM kept_{way}") == [["1"]]


def test_a_stopped_cluster_says_so_and_starts_again(cluster):
    cluster.stop()
    assert not cluster.running()
    cluster.start()
    assert cluster.running()


def test_the_password_is_readable_by_its_owner_only(cluster):
    assert (cluster.home / "password").stat().st_mode & 0o077 == 0


def test_a_broken_cluster_is_put_aside_and_replaced(cluster):
    cluster.stop()
    (cluster.data / "global" / "pg_control").write_bytes(b"broken")
    cluster.start()
    assert cluster.query("postgres", "SELECT 1") == [["1"]]
    assert (cluster.home / "data.broken" / "PG_VERSION").exists()


def test_the_cluster_of_a_killed_run_is_swept_away_and_a_living_one_stays(cluster):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = Cluster(f"unitsweep-{gone.pid}").start()
    mine = Cluster(f"unitsweep-{os.getpid()}").start()
    try:
        sweep("unitsweep")
        assert not left.home.exists()
        assert not left.running()
        assert mine.running()
    finally:
        mine.destroy()
