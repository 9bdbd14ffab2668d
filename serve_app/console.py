"""The console's client: the same calls as the HTTP API's, without the HTTP, by the same rules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from serve_app import names
from serve_app.access import Owners, check_role
from serve_app.actions import address_of
from serve_app.gradio_files import GradioFiles
from serve_app.identity import SCOPE_KEY, Forbidden, Identity
from serve_app.intake import new_task
from serve_app.keyring import Keyring
from serve_app.operator_console import OperatorCalls
from serve_app.services import Services
from ui.client import AsksFor, GpuRow, Languages, QueueStatus, TaskDetail, TaskPage, UploadedFile


class ServiceConsole:
    """Implements `ui.client.Console`: for each event the client of whoever caused it."""

    def __init__(self, services: Services, owners: Owners, files: GradioFiles, keyring: Keyring) -> None:
        self._services = services
        self._owners = owners
        self._files = files
        self._keyring = keyring

    def of(self, request: AsksFor) -> ServiceConsoleClient:
        """request: Gradio's, around the one that passed the door. Raises Forbidden for one that did not."""
        inner = request.request
        identity: Identity | None = inner.scope.get(SCOPE_KEY) if inner is not None else None
        if identity is None:
            raise Forbidden("This did not come through the door.")
        address = address_of(inner)
        return ServiceConsoleClient(self._services, identity, self._owners, self._files, self._keyring, address)


class ServiceConsoleClient(OperatorCalls):
    """Implements `ui.client.ConsoleClient` and `ui.operator_client.OperatorClient` for one identity."""

    def __init__(
        self,
        services: Services,
        identity: Identity,
        owners: Owners,
        files: GradioFiles,
        keyring: Keyring,
        address: str,
    ) -> None:
        super().__init__(services, identity, files, keyring, address)
        self._scheduler = services.scheduler
        self._owners = owners

    async def languages(self) -> Languages:
        return cast(Languages, await self._services.languages())

    async def upload(self, client_id: str, name: str, path: Path) -> UploadedFile:
        self._check("POST", "/uploadfiles")
        self._files.require([path], self._identity)
        stored = await self._services.intake.store_paths([(name, path)], self._identity)
        await self._scheduler.add_uploads(names.client_id(self._client(client_id)), stored)
        return {"name": stored[0].name, "size": stored[0].size}

    async def submit(
        self, client_id: str, files: Sequence[tuple[str, Path]], source: str, target: str, via_eng: bool, priority: int
    ) -> str:
        self._check("POST", "/translate/files")
        self._files.require([path for _name, path in files], self._identity)
        task = new_task(self._client(client_id), source, target, via_eng, priority)
        stored = await self._services.intake.store_paths(list(files), self._identity)
        row, _replayed = await self._services.submitting.take(task, stored, None)
        return str(row["task_id"])

    async def tasks(self, status: str | None, limit: int, cursor: str | None, search: str | None = None) -> TaskPage:
        mine = self._identity.confined_to
        page = await self._scheduler.tasks(limit=limit, cursor=cursor, status=status, client_id=mine, search=search)
        return cast(TaskPage, page)

    async def task(self, task_id: str) -> TaskDetail:
        await self._owners.require(self._identity, task_id)
        return cast(TaskDetail, await self._scheduler.task(task_id))

    async def cancel(self, task_id: str) -> None:
        self._check("POST", "/tasks/{task_id}/cancel")
        await self._owners.require(self._identity, task_id)
        await self._scheduler.cancel(task_id)

    async def retry(self, task_id: str) -> None:
        self._check("POST", "/tasks/{task_id}/retry")
        await self._owners.require(self._identity, task_id)
        await self._scheduler.retry(task_id)

    async def queue_status(self) -> QueueStatus:
        return cast(QueueStatus, await self._scheduler.queue_status())

    async def gpus(self) -> list[GpuRow]:
        return cast(list[GpuRow], await self._services.gpus(self._identity))

    def _check(self, method: str, path: str) -> None:
        """May this identity do what the route does? Raises Forbidden."""
        check_role(self._identity, method, path)

    def _client(self, browser: str) -> str:
        """-> whose work it is: the key's; without keys, the random id that the browser keeps."""
        return browser if self._identity.key_id is None else self._identity.client_id
