"""One Ray for a test process, on ports of its own, with four logical GPUs; the acceptance tests' server lives in it too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cluster import ray_head
from cluster.settings import Settings, prepare_ray_environment

LOGICAL_GPUS = 4

# Before anything imports Ray, which reads its environment once.
prepare_ray_environment()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The actors' tests first: they take longest, so several test processes (`make test`) end together."""
    items.sort(key=lambda item: _place(item.nodeid) != "ray")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What shares a Ray stays in one test process. By place: pytest-xdist 3.8's `loadgroup` takes no notice of marks with
    pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _place(nodeid)

    return Scheduling(config, log)


def _place(nodeid: str) -> str:
    """-> a name that tests have in common which must stay together: those of the actors, those of the server, a file's."""
    path, _, name = nodeid.partition("::")
    if name.startswith("test_a_head_that_was_killed") or path.endswith("test_crash.py"):
        return nodeid  # with a server of its own
    return "ray" if path.startswith("tests/ray/") else "server" if path.startswith("tests/acceptance/") else path


def settings_in(folder: Path, **sections: dict[str, Any]) -> Settings:
    """-> settings with everything in `folder` and free ports; `sections`: settings that differ, by section."""
    base = Settings(project_dir=folder)
    server, ray, dashboard = ray_head.free_ports(3)
    changes: dict[str, dict[str, Any]] = {
        "storage": {"data_dir": folder},
        "server": {"port": server},
        "ray": {"port": ray, "dashboard_port": dashboard, "num_gpus": LOGICAL_GPUS, "num_cpus": 2},
    }
    for name, values in sections.items():
        changes[name] = {**changes.get(name, {}), **values}
    return replace(base, **{name: replace(getattr(base, name), **values) for name, values in changes.items()})


@pytest.fixture(scope="session")
def ray_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of this process's only Ray; it is connected to it."""
    settings = settings_in(tmp_path_factory.mktemp("ray"))
    head = ray_head.start(settings, print)
    import ray

    try:
        ray.init(address=head.address, namespace="tests", log_to_driver=False, logging_level="ERROR")
        ray_head.note_children(settings, head)
        yield head.address
    finally:
        ray.shutdown()
        ray_head.stop(settings)


@pytest.fixture(scope="session")
def server_settings(ray_address: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of the acceptance tests' server: the starter model on one translator, small limits that tests can reach."""
    return settings_in(
        tmp_path_factory.mktemp("server"),
        ray={"address": ray_address},
        gpu={"gpu_instances": 1, "gpu_monitor_interval": 1.0},
        tasks={"max_file_size": 2 * 1024 * 1024, "max_files_per_task": 20},
    )


@pytest.fixture(scope="session")
def server_url(server_settings: Settings) -> Iterator[str]:
    """A running server: API and console."""
    from cluster.up import down, up

    up(server_settings, echo=print)
    yield server_settings.server.local_url
    down(server_settings, echo=print)
