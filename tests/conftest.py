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


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several test processes (`make test`) all that shares a Ray goes to one of them: the actors' tests to one, those
    of the acceptance tests' server to another."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "server_url" in names:
            item.add_marker(pytest.mark.xdist_group("server"))
        elif "ray_address" in names:
            item.add_marker(pytest.mark.xdist_group("ray"))


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
