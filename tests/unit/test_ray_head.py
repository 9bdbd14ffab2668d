"""Which processes belong to a head: exactly those of its session, also after their parent was killed. No Ray."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cluster import ray_head, up
from cluster.errors import ClusterError
from cluster.ray_head import Head, Process
from cluster.settings import Settings, load
from tests.support.waiting import eventually

# A parent in a session of its own whose child prints its number and then waits for ever.
PARENT = "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE); \
print(child.pid, flush=True); child.wait()"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(environ={"KHELMERCH_STORAGE_DATA_DIR": str(tmp_path)}, cwd=tmp_path)


@pytest.fixture
def leader(settings: Settings) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """-> (a process that leads a session and is noted as the head, its child's number)"""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    noted = Process(parent.pid, psutil.Process(parent.pid).create_time())
    Head("127.0.0.1:1", noted, ()).save(ray_head.note_path(settings))
    yield parent, child
    for pid in (child, parent.pid):
        if psutil.pid_exists(pid):
            psutil.Process(pid).kill()
    parent.wait()
    parent.stdout.close()


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_what_a_killed_head_started_is_found_and_stopped(
    settings: Settings, leader: tuple[subprocess.Popen[str], int]
) -> None:
    parent, child = leader
    parent.kill()
    parent.wait()
    assert ray_head.left(settings)
    assert ray_head.stop(settings)
    assert eventually(lambda: is_gone(child), bool)
    assert not ray_head.left(settings)
    assert not ray_head.stop(settings), "there is nothing any more"


def test_a_head_without_its_gcs_and_raylet_does_not_run(
    settings: Settings, leader: tuple[subprocess.Popen[str], int]
) -> None:
    assert ray_head.running(settings) is None
    assert ray_head.left(settings)
    assert ray_head.stop(settings)
    assert eventually(lambda: is_gone(leader[1]), bool)


def test_a_number_that_went_to_another_process_is_left_alone(
    settings: Settings, leader: tuple[subprocess.Popen[str], int]
) -> None:
    parent, child = leader
    Head("127.0.0.1:1", Process(parent.pid, 1.0), ()).save(ray_head.note_path(settings))
    assert not ray_head.stop(settings)
    assert parent.poll() is None and not is_gone(child)


def test_the_ports_of_ray_are_all_different() -> None:
    assert len(set(ray_head.free_ports(200, ()))) == 200
    taken = range(1024, 60_000)
    assert not set(ray_head.free_ports(3, taken)) & set(taken)


# Listens at the port that it is given, says why and ends, as Ray does whose raylet never came.
FAILING = "import socket, sys, time; port = next(int(one[7:]) for one in sys.argv if one.startswith('--port=')); \
server = socket.create_server(('127.0.0.1', port)); time.sleep(0.3); print('its raylet did not come')"


def test_a_head_that_ends_while_it_starts_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port, dashboard = ray_head.free_ports(2)
    ports = {"KHELMERCH_RAY_PORT": str(port), "KHELMERCH_RAY_DASHBOARD_PORT": str(dashboard)}
    token = {"KHELMERCH_RAY_TOKEN_FILE": str(tmp_path / "token")}
    settings = load(environ={"KHELMERCH_STORAGE_DATA_DIR": str(tmp_path), **ports, **token}, cwd=tmp_path)
    monkeypatch.setattr(ray_head, "prepare_ray_environment", lambda _token: None)
    monkeypatch.setattr(ray_head, "RAY_START", (sys.executable, "-c", FAILING))
    monkeypatch.setattr(ray_head, "_is_registered", lambda _address: False)
    with pytest.raises(ClusterError, match="Ray did not start: its raylet did not come"):
        ray_head.start(settings, lambda _line: None)
    assert not ray_head.left(settings)


def test_a_head_that_dies_before_we_are_connected_is_not_asked_for_a_quarter_of_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[str | None] = []

    def init(**_options: object) -> None:
        tries.append(os.environ.get(up.CONNECT_TRIES_VARIABLE))
        raise ConnectionError("Failed to connect to Ray cluster at 192.0.2.1:1\nand more")

    monkeypatch.setattr("ray.is_initialized", lambda: False)
    monkeypatch.setattr("ray.init", init)
    with pytest.raises(ClusterError, match=r"No Ray cluster answers at 192\.0\.2\.1:1: Failed to connect[^\n]*$"):
        up._connect("192.0.2.1:1")
    assert tries == ["2"] and up.CONNECT_TRIES_VARIABLE not in os.environ


def test_an_address_that_is_not_this_machines_is_refused_with_those_it_has() -> None:
    ray_head.require_own("")
    for address in ("127.0.0.1", "::1", "198.51.100.9", "head.example"):
        with pytest.raises(ClusterError, match=r"NODE_ADDRESS = \S+ is no address .*it has "):
            ray_head.require_own(address)
    mine = [one.address for some in psutil.net_if_addrs().values() for one in some if one.family == socket.AF_INET]
    for address in mine:
        if not address.startswith("127."):
            ray_head.require_own(address)
