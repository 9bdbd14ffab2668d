"""The console's client: the same calls as the HTTP API's, without the HTTP, by the same rules."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from actors.client import Chosen, Row
from actors.errors import ServiceError
from actors.text_service import TextWishes
from documents import registry
from serve_app import intake, names
from serve_app.access import Owners, check_role
from serve_app.actions import address_of
from serve_app.changes import ServerChanges
from serve_app.gradio_files import GradioFiles
from serve_app.identity import SCOPE_KEY, Forbidden, Identity
from serve_app.intake import DEFAULT_WISHES, named_glossaries, new_task
from serve_app.keyring import Keyring
from serve_app.operator_console import OperatorCalls
from serve_app.routes.corrections import one_line
from serve_app.routes.tasks import narrowed
from serve_app.services import Services
from translation.errors import TranslationError
from translation.languages import AUTO, PIVOT, check_pair
from ui.client import AsksFor, GpuRow, Languages, QueueStatus, TaskDetail, TaskPage, UploadedFile
from ui.work_rows import (
    Alternative,
    Bulk,
    EventRow,
    FileReport,
    Filter,
    FormatRow,
    Glossary,
    SegmentPage,
    SegmentRow,
    TextResult,
    Wishes,
)

OFFERED = 4
"""Alternatives of the way that was asked for; other ways add theirs."""

MAX_BULK = 500
"""Tasks that one click may change: far more than a page shows."""


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
        self,
        client_id: str,
        files: Sequence[tuple[str, Path]],
        source: str,
        target: str,
        via_eng: bool,
        priority: int,
        wishes: Wishes | None = None,
    ) -> str:
        self._check("POST", "/translate/files")
        self._files.require([path for _name, path in files], self._identity)
        wanted = DEFAULT_WISHES
        if wishes is not None:
            glossaries = named_glossaries(wishes["glossary"])
            wanted = intake.Wishes(output=wishes["output"], review=wishes["review"], glossaries=glossaries)
        task = new_task(self._client(client_id), source, target, via_eng, priority, wishes=wanted)
        stored = await self._services.intake.store_paths(list(files), self._identity, task)
        row, _replayed = await self._services.submitting.take(task, stored, None)
        return str(row["task_id"])

    async def tasks(
        self,
        status: str | None,
        limit: int,
        cursor: str | None,
        search: str | None = None,
        filter: Filter | None = None,
    ) -> TaskPage:
        chosen: Row = {"status": status, "search": search, "client_id": self._identity.confined_to}
        if filter is not None:
            chosen["narrow"] = narrowed(filter["source"], filter["target"], filter["since"], None, filter["sort"])
            if self._identity.confined_to is None and filter["client"]:
                chosen["client_id"] = names.client_id(filter["client"])
        return cast(TaskPage, await self._scheduler.tasks(limit=limit, cursor=cursor, **chosen))

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

    async def formats(self) -> list[FormatRow]:
        return [
            {
                "name": one.name,
                "suffixes": list(one.suffixes),
                "outputs": sorted(output.value for output in one.outputs),
            }
            for one in registry.formats()
        ]

    async def preflight(self, name: str, path: Path, source: str | None) -> FileReport:
        self._check("POST", "/preflight")
        self._files.require([path], self._identity)
        async with self._services.intake.staging(path, self._identity) as staged:
            size = (await asyncio.to_thread(staged.stat)).st_size
            return cast(FileReport, await self._services.intake.look(name, staged, size, source))

    async def glossaries(self, client_id: str) -> list[Glossary]:
        found = await self._services.words.glossaries(names.client_id(self._client(client_id)))
        return cast(list[Glossary], found)

    async def translate_text(
        self, client_id: str, text: str, source: str, target: str, via_eng: bool, glossary: str | None
    ) -> TextResult:
        self._check("POST", "/translate/text")
        return cast(TextResult, await self._text(client_id, text, source, target, via_eng, glossary, None))

    async def alternatives(
        self, client_id: str, text: str, source: str, target: str, via_eng: bool, glossary: str | None
    ) -> list[Alternative]:
        self._check("POST", "/translate/text")
        running = [row["model"] for row in (await self._scheduler.languages()).get("models", ())]
        models = running if len(running) > 1 else [None]
        vias = (False,) if PIVOT in (source, target) else (False, True)
        own: tuple[str | None, bool] = (None, via_eng)
        others = [(model, via) for model in models for via in vias if (model, via) != own]
        asked = (client_id, text, source, target)
        first, *made = await asyncio.gather(
            self._text(*asked, via_eng, glossary, None, OFFERED),
            *(self._text(*asked, via, glossary, model) for model, via in others),
            return_exceptions=True,
        )
        if isinstance(first, BaseException):
            raise first
        found: list[Alternative] = [
            {"text": one["text"], "flags": one["flags"], "via_eng": via_eng, "model": None}
            for one in first["alternatives"]
        ]
        for (model, via), one in zip(others, made, strict=True):
            if isinstance(one, TranslationError | ServiceError):
                continue  # not every model can do every pair in every way
            if isinstance(one, BaseException):
                raise one
            found.append({"text": one["text"], "flags": one["flags"], "via_eng": via, "model": model})
        return found

    async def history(self, task_id: str, after: int, limit: int) -> list[EventRow]:
        await self._owners.require(self._identity, task_id)
        return cast(list[EventRow], await self._scheduler.history(task_id, after, limit))

    async def segments(self, task_id: str, file: int, after: int, limit: int, flag: str | None) -> SegmentPage:
        await self._owners.require(self._identity, task_id)
        return cast(SegmentPage, await self._scheduler.segments(task_id, file, after - 1, limit, flag))

    async def correct(self, task_id: str, file: int, n: int, target: str) -> SegmentRow:
        self._check("POST", "/tasks/{task_id}/segments/{n}")
        await self._owners.require(self._identity, task_id)
        return cast(SegmentRow, await self._services.words.correct(task_id, file, n - 1, one_line(target)))

    async def bulk(self, action: str, task_ids: Sequence[str], priority: int | None = None) -> Bulk:
        self._check("POST", f"/tasks/{action}")
        chosen = Chosen(None, self._identity.confined_to, tuple(task_ids)[:MAX_BULK])
        changes = ServerChanges(self._services, self._asker)
        match action:
            case "cancel":
                answer = await changes.cancel_all(chosen)
            case "retry":
                answer = await changes.retry_all(chosen, False)
            case "delete":
                answer = await changes.delete_all(chosen)
            case "priority":
                assert priority is not None
                answer = await changes.reprioritise_all(chosen, priority)
            case _:
                raise ValueError(f"There is no bulk action {action!r}.")
        return cast(Bulk, answer)

    async def _text(
        self,
        client_id: str,
        text: str,
        source: str,
        target: str,
        via_eng: bool,
        glossary: str | None,
        model: str | None,
        alternatives: int = 0,
    ) -> Row:
        source, target = check_pair(source, target)
        wishes = TextWishes(names.client_id(self._client(client_id)), named_glossaries(glossary), True, alternatives)
        via = via_eng and (source == AUTO or PIVOT not in (source, target))
        rows: list[dict[str, Any]] = await self._scheduler.translate_text(
            [text], source, target, via, model, wishes, self._identity.charged
        )
        return rows[0]

    def _check(self, method: str, path: str) -> None:
        """May this identity do what the route does? Raises Forbidden."""
        check_role(self._identity, method, path)

    def _client(self, browser: str) -> str:
        """-> whose work it is: the key's; without keys, the random id that the browser keeps."""
        return browser if self._identity.key_id is None else self._identity.client_id
