"""A scheduler of its own for every test, in a namespace of its own, with translators that hold the fake engine."""

from __future__ import annotations

import contextlib
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from actors.client import SchedulerClient
from actors.config import SCHEDULER_NAME, LogConfig, SchedulerConfig, TranslatorConfig
from storage.blobs import BlobStore
from storage.task_store import NewTask
from storage.upload_store import StoredFile
from translation.factory import EngineOptions


@dataclass
class House:
    """One running scheduler and what a test does with it."""

    config: SchedulerConfig
    client: SchedulerClient

    def stored(self, name: str, text: str) -> StoredFile:
        staged = BlobStore(self.config.blob_root).stage()
        staged.write(text.encode())
        staged.finish()
        blob = staged.commit("uploads")
        return StoredFile(name, blob.size, blob.sha256, blob.key)

    async def submit(
        self,
        *texts: str,
        client: str = "user123",
        priority: int = 5,
        target: str = "cmn_Hans",
        not_before: str | None = None,
    ) -> str:
        """-> the id of a task of one .txt file for each text."""
        task = NewTask(str(uuid.uuid4()), client, "mon_Cyrl", target, False, priority, not_before)
        files = [self.stored(f"file{n}.txt", text) for n, text in enumerate(texts, start=1)]
        await self.client.submit(task, files)
        return task.task_id

    async def kinds(self, task_id: str) -> list[str]:
        """-> the kinds of the task's events, oldest first."""
        return [event["kind"] for event in await self.client.history(task_id, 0, 1000)]

    async def result(self, task_id: str, n: int = 1) -> str:
        row = await self.client.result(task_id, n)
        return BlobStore(self.config.blob_root).path(row["result_blob"]).read_text(encoding="utf-8")

    async def translators(self) -> list[dict[str, Any]]:
        return (await self.client.system_info())["translators"]  # type: ignore[no-any-return]

    async def scheduler_pid(self) -> int:
        return int((await self.client.start())["pid"])


MakeHouse = Callable[..., House]


@pytest.fixture
def make_house(ray_address: str, tmp_path: Path) -> Iterator[MakeHouse]:
    """-> a function that starts a scheduler; `model` is the fake engine's, other arguments replace parts of its config."""
    from cluster.deploy import ensure_scheduler

    houses: list[House] = []

    def make(model: str = "fake", instances: int = 1, **changes: Any) -> House:
        log = LogConfig(tmp_path / "logs" / "server.log")
        engine = EngineOptions(model, "fake", "cpu", "auto", 1, tmp_path / "models")
        config = SchedulerConfig(
            version="test",
            database_url=f"sqlite:///{tmp_path / 'khelmerch.db'}",
            blob_root=tmp_path / "blobs",
            log=log,
            translator=TranslatorConfig(engine, 1, 256, gpus=1.0, cpus=0.0, log=log),
            instances=instances,
            document_workers=1,
            document_memory_bytes=1024**3,
            document_seconds=60.0,
            max_tasks=10,
            max_queue=50,
            max_files_per_task=100,
            max_text_chars=10_000,
            max_file_bytes=10 * 1024**2,
            task_timeout_seconds=600.0,
            upload_retention_seconds=0.0,
            result_retention_seconds=0.0,
            gpu_policy="",
            monitor_interval_seconds=1.0,
            namespace=f"test-{secrets.token_hex(4)}",
        )
        config = replace(config, **changes)
        ensure_scheduler(config)
        house = House(config, SchedulerClient(config.namespace))
        houses.append(house)
        return house

    yield make
    for house in houses:
        end(house)


def end(house: House) -> None:
    """Take a scheduler and its translators away."""
    import ray
    from ray.exceptions import RayError

    # A test may have killed it for good already.
    with contextlib.suppress(ValueError, RayError):
        handle = ray.get_actor(SCHEDULER_NAME, namespace=house.config.namespace)
        ray.get(handle.shutdown.remote(), timeout=10)
        ray.kill(handle, no_restart=True)
    for row in ray.util.list_named_actors(all_namespaces=True):
        if row["namespace"] == house.config.namespace:
            with contextlib.suppress(ValueError, RayError):
                ray.kill(ray.get_actor(row["name"], namespace=row["namespace"]), no_restart=True)
