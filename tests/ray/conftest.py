"""A scheduler of its own for every test, in a namespace of its own, with translators that hold the fake engine."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.client import SchedulerClient
from benchmarks.figures import house
from storage.blobs import BlobStore
from storage.task_store import NewTask


class House(house.House):
    """One running scheduler and what a test does with it."""

    async def submit(
        self,
        *texts: str,
        client: str = "user123",
        priority: int = 5,
        target: str = "cmn_Hans",
        not_before: str | None = None,
        via_eng: bool = False,
        model: str | None = None,
        source: str = "mon_Cyrl",
    ) -> str:
        """-> the id of a task of one .txt file for each text."""
        task = NewTask(str(uuid.uuid4()), client, source, target, via_eng, priority, not_before, model)
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

    def make(model: str = "fake", instances: int = 1, batch_tokens: int = 256, **changes: Any) -> House:
        config = house.config_in(
            tmp_path,
            model,
            instances,
            batch_tokens=batch_tokens,
            **{"max_queue": 50, "monitor_interval_seconds": 1.0, **changes},
        )
        ensure_scheduler(config)
        made = House(config, SchedulerClient(config.namespace))
        houses.append(made)
        return made

    yield make
    for made in houses:
        house.end(made.config)
