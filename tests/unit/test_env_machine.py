"""Choices the environment makes: Odoo tree, series, packages, mirror, ports, processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from tests.env import debian, odoo_tree, paths, ports, processes, provision
from tests.env.locks import UseCount
from tests.env.postgres import _plain
from tests.env.progress import EnvError, run
from tests.env.python_env import odoo_requirements


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home folder: no cache, no Odoo."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ODOO_SOURCE", raising=False)
    monkeypatch.delenv("ODOO_CONNECTORS_CACHE", raising=False)
    return tmp_path


def make_tree(folder, version="(18, 0, 0, FINAL, 0, '')"):
    (folder / "odoo").mkdir(parents=True)
    (folder / "odoo" / "release.py").write_text(f"version_info = {version}\n")
    (folder / "addons" / "web").mkdir(parents=True)
    (folder / "odoo-bin").touch()
    return folder


def test_the_tree_in_the_cache_is_found(home):
    make_tree(home / ".cache" / "odoo" / "18.0")
    tree = odoo_tree.at_hand("18.0")
    assert tree is not None
    assert tree.launcher == home / ".cache" / "odoo" / "18.0" / "odoo-bin"


def test_odoo_source_comes_first(home, monkeypatch):
    make_tree(home / ".cache" / "odoo" / "18.0")
    monkeypatch.setenv("ODOO_SOURCE", str(make_tree(home / "mine")))
    assert odoo_tree.at_hand("18.0").launcher == home / "mine" / "odoo-bin"


def test_odoo_source_of_another_series_is_not_taken(home, monkeypatch):
    monkeypatch.setenv("ODOO_SOURCE", str(make_tree(home / "mine", "(17, 0, 0, FINAL, 0, '')")))
    assert odoo_tree.at_hand("18.0") is None


def test_half_a_tree_is_not_taken(home):
    tree = make_tree(home / ".cache" / "odoo" / "18.0")
    (tree / "addons" / "web").rmdir()
    assert odoo_tree.at_hand("18.0") is None


def test_18_is_preferred_when_both_are_there(home):
    make_tree(home / ".cache" / "odoo" / "18.0")
    make_tree(home / ".cache" / "odoo" / "19.0", "(19, 0, 0, FINAL, 0, '')")
    assert odoo_tree.best_series() == "18.0"


def test_19_is_taken_when_it_alone_is_there(home):
    make_tree(home / ".cache" / "odoo" / "19.0", "(19, 0, 0, FINAL, 0, '')")
    assert odoo_tree.best_series() == "19.0"


def test_an_unknown_series_is_refused(home):
    with pytest.raises(EnvError, match=r"17\.0 is not supported"):
        odoo_tree.obtain("17.0")


def test_odoo_requirements_install_without_a_compiler():
    text = """# comment
psycopg2==2.9.5 ; python_version == '3.11'
psycopg2-binary==1
python-ldap==3.4.0 ; sys_platform != 'win32'  # min version

lxml==4.9.3 # note
"""
    assert odoo_requirements(text) == [
        "psycopg2-binary==2.9.5 ; python_version == '3.11'",
        "psycopg2-binary==1",
        "lxml==4.9.3",
    ]


def test_the_mirror_is_the_main_archive_not_the_security_one():
    listed = (
        "http://mirror.example/debian-security/|Debian-Security|stable-security\n"
        "http://mirror.example/debian/|Debian|stable\n"
    )
    assert debian.choose_mirror(listed) == "http://mirror.example/debian/"


def test_the_mirror_is_known_before_the_first_apt_update():
    listed = "http://mirror.example/debian-security/||\nhttp://mirror.example/debian/||\n"
    assert debian.choose_mirror(listed) == "http://mirror.example/debian/"


def test_a_machine_of_another_kind_has_no_mirror():
    with pytest.raises(EnvError, match="no Debian archive"):
        debian.choose_mirror("http://mirror.example/ubuntu/|Ubuntu|noble\n")


def test_a_port_in_use_is_not_given():
    with socket.socket() as taken:
        taken.bind((ports.LOOPBACK, 0))
        taken.listen()
        assert ports.free_port(taken.getsockname()[1]) != taken.getsockname()[1]


def test_no_port_is_given_twice():
    given = [ports.free_port() for _ in range(50)]
    assert len(set(given)) == 50


def test_the_last_user_of_a_cluster_knows_it(tmp_path):
    first, second = UseCount(tmp_path / "use"), UseCount(tmp_path / "use")
    first.enter()
    second.enter()
    assert first.leave_last() is False
    assert second.leave_last() is True


@pytest.mark.parametrize("name", ["a b", 'x"; DROP', "", "a;b"])
def test_a_database_name_that_would_need_quoting_is_refused(name):
    with pytest.raises(EnvError):
        _plain(name)


def test_a_failing_command_tells_its_output_and_the_remedy():
    with pytest.raises(EnvError, match=r"(?s)code 3.*boom.*do that") as caught:
        run([sys.executable, "-c", "print('boom'); raise SystemExit(3)"], remedy="do that")
    assert "Traceback" not in str(caught.value)


def test_a_missing_command_is_told():
    with pytest.raises(EnvError, match="not installed"):
        run(["no-such-command-anywhere"])


def test_descendants_are_found_and_a_zombie_is_not_alive():
    child = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; print('up', flush=True);"
         "subprocess.run([sys.executable, '-c', 'input()'])"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    child.stdout.readline()
    assert child.pid in processes.descendants(os.getpid())
    child.kill()
    while processes.alive(child.pid):  # a killed child is a zombie until somebody waits for it
        pass
    assert child.pid not in processes.descendants(os.getpid())
    child.stdin.close()
    child.stdout.close()
    child.wait()


def test_the_source_mark_changes_with_code_and_not_with_tests(tmp_path, monkeypatch):
    addon = tmp_path / "addon"
    (addon / "tests").mkdir(parents=True)
    (addon / "models.py").write_text("a = 1\n")
    monkeypatch.setattr(provision, "REPO", tmp_path)
    before = provision.source_mark(["addon"])
    (addon / "tests" / "test_a.py").write_text("b = 1\n")
    assert provision.source_mark(["addon"]) == before
    (addon / "models.py").write_text("a = 2\n")
    assert provision.source_mark(["addon"]) != before


def test_root_keeps_clusters_out_of_a_closed_home(home, monkeypatch):
    home.chmod(0o700)
    assert home not in paths.cluster_home(owner_is_other_user=True).parents
    assert home in paths.cluster_home(owner_is_other_user=False).parents
