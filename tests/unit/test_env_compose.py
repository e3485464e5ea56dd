"""docker-compose.yml and what it refers to fit together.

A compose client checks more (``docker compose config``); this runs where there is none.
"""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest
import yaml

from tests.env.server import WIDE_MODULES, channels

REPO = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((REPO / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
#: The keys of the compose specification that this file may use; another one is a typing error.
SERVICE_KEYS = {
    "image", "build", "environment", "volumes", "healthcheck", "command", "entrypoint", "ports",
    "depends_on",
}  # fmt: skip


def test_the_three_services_are_there():
    assert set(SERVICES) == {"db", "odoo", "sandbox"}
    assert SERVICES["db"]["image"] == "postgres:16"
    assert set(COMPOSE) == {"services", "volumes"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_uses_known_keys_and_has_one_source(name):
    service = SERVICES[name]
    assert set(service) <= SERVICE_KEYS
    assert ("image" in service) != ("build" in service)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_a_service_mounts_and_builds_exists(name):
    service = SERVICES[name]
    if "build" in service:
        assert (REPO / service["build"]["dockerfile"]).is_file()
    for volume in service.get("volumes", ()):
        source = volume.split(":")[0]
        if source.startswith("./"):
            assert (REPO / source).exists(), source
        else:
            assert source in COMPOSE["volumes"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_who_is_waited_for_tells_his_health(name):
    for other, rule in SERVICES[name].get("depends_on", {}).items():
        assert rule == {"condition": "service_healthy"}
        assert "healthcheck" in SERVICES[other]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_only_this_machine_can_reach_the_ports(name):
    for port in SERVICES[name].get("ports", ()):
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("dockerfile", ["docker/Dockerfile", "docker/sandbox.Dockerfile"])
def test_what_an_image_copies_exists(dockerfile):
    lines = [x for x in (REPO / dockerfile).read_text().splitlines() if x.startswith("COPY ")]
    sources = [source for line in lines for source in line.split()[1:-1]]
    assert sources
    assert [source for source in sources if not (REPO / source).exists()] == []


def test_odoo_is_set_up_as_make_run_does_it():
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(REPO / "docker" / "odoo.conf")
    assert parser["options"]["server_wide_modules"] == WIDE_MODULES["18.0"]
    workers = int(parser["options"]["workers"])
    assert workers == 3
    assert parser["queue_job"]["channels"] == channels(workers)
    assert "connector_base" not in parser, "the key is made in the data folder, never shipped"


def test_every_addon_of_the_repository_is_mounted():
    mounted = {volume.split(":")[0].removeprefix("./") for volume in SERVICES["odoo"]["volumes"]}
    assert {path.parent.name for path in REPO.glob("*/__manifest__.py")} <= mounted


def test_the_front_leads_to_the_ports_odoo_listens_on():
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(REPO / "docker" / "odoo.conf")
    script = (REPO / "docker" / "start-odoo.sh").read_text()
    options = parser["options"]
    wanted = f"--listen 8069 --http {options['http_port']} --evented {options['gevent_port']}"
    assert wanted in script
    assert parser["queue_job"]["port"] == options["http_port"]
    assert SERVICES["odoo"]["ports"] == ["127.0.0.1:8069:8069"]


def test_customers_write_to_the_port_odoo_listens_on():
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(REPO / "docker" / "odoo.conf")
    port = parser["options"]["http_port"]
    assert f"http://127.0.0.1:{port}/web/health" in (REPO / "docker" / "talk.py").read_text()
    assert "/mnt/docker/talk.py" in (REPO / "docker" / "start-odoo.sh").read_text()
    commands = SERVICES["sandbox"]["command"]
    assert commands[commands.index("--port") + 1] == "8099"


@pytest.mark.parametrize("workers", [2, 3, 4])
def test_jobs_always_leave_the_web_a_worker(workers):
    root = channels(workers).split(",")[0]
    assert root == f"root:{workers - 1}"
