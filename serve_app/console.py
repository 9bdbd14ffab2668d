"""The console's client: the same calls as the HTTP API's, without the HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from serve_app import names
from serve_app.intake import new_task
from serve_app.services import Services
from ui.client import GpuRow, Languages, QueueStatus, TaskDetail, TaskPage, UploadedFile


class ServiceConsoleClient:
    """Implements `ui.client.ConsoleClient`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._scheduler = services.scheduler

    async def languages(self) -> Languages:
        return cast(Languages, await self._services.languages())

    async def upload(self, client_id: str, name: str, path: Path) -> UploadedFile:
        stored = await self._services.intake.store_paths([(name, path)])
        await self._scheduler.add_uploads(names.client_id(client_id), stored)
        return {"name": stored[0].name, "size": stored[0].size}

    async def submit(
        self, client_id: str, files: Sequence[tuple[str, Path]], source: str, target: str, via_eng: bool, priority: int
    ) -> str:
        task = new_task(client_id, source, target, via_eng, priority)
        stored = await self._services.intake.store_paths(list(files))
        row, _replayed = await self._services.submitting.take(task, stored, None)
        return str(row["task_id"])

    async def tasks(self, status: str | None, limit: int, cursor: str | None, search: str | None = None) -> TaskPage:
        return cast(TaskPage, await self._scheduler.tasks(limit=limit, cursor=cursor, status=status, search=search))

    async def task(self, task_id: str) -> TaskDetail:
        return cast(TaskDetail, await self._scheduler.task(task_id))

    async def cancel(self, task_id: str) -> None:
        await self._scheduler.cancel(task_id)

    async def retry(self, task_id: str) -> None:
        await self._scheduler.retry(task_id)

    async def queue_status(self) -> QueueStatus:
        return cast(QueueStatus, await self._scheduler.queue_status())

    async def gpus(self) -> list[GpuRow]:
        return cast(list[GpuRow], await self._scheduler.gpu_status())
