"""The scheduler's part of the service without Ray: storage, operations, feed and webhooks are the real ones; translating is
done on the spot. `api_of` puts the whole HTTP application in front of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from service_kit import Service

from actors import document_preflight, document_worker, request_ids, result_views, views
from actors.client import SchedulerClient
from actors.document_pool import DocumentPool, answered
from actors.errors import BadModels, TextTooLong
from actors.feed import Feed
from actors.oversight import Oversight, Sources
from actors.text_service import TextWishes, require_text
from actors.webhook_address import Resolve, resolve
from actors.webhooks import Webhooks
from actors.words import words_of
from serve_app import app as application
from serve_app.door import DoorConfig
from serve_app.in_force import IntakeLimits
from serve_app.services import ServeConfig, Services
from storage.states import TaskMove
from storage.task_store import NewTask
from storage.upload_store import StoredFile
from translation.languages import LANGUAGES, all_pairs

MAX_FILES = 20
MAX_TEXT_CHARS = 5_000


class DocumentsHere(DocumentPool):
    """No process: an API that is not ended leaves none behind."""

    async def run(self, op: str, **request: Any) -> dict[str, Any]:
        return answered(json.dumps(document_worker.answer({"op": op, **request})).encode())


class LocalScheduler:
    """Methods as `TaskScheduler` has them. `seen`: (id of the request, method) of each call that had one.
    `charged`: clients whose short texts were counted. A text comes back with the target before it, and the terms of a
    glossary in the place of their sources."""

    def __init__(
        self, folder: Path, *, allow_private: bool = True, lookup: Resolve = resolve, max_file_bytes: int = 2**20
    ) -> None:
        limits = {"max_file_bytes": max_file_bytes, "max_files_per_task": MAX_FILES, "max_text_chars": MAX_TEXT_CHARS}
        service = self.service = Service.of(folder, max_queue=10_000, **limits)
        self.feed = Feed(service.repository)
        self.webhooks = Webhooks(
            service.repository, service.workflow.commits, "test", allow_private=allow_private, lookup=lookup
        )
        self.submission = service.submission
        self.seen: list[tuple[str, str]] = []
        self.charged: list[str] = []
        checks = DocumentsHere(1, 2**30, 60.0)
        service.workflow.glossaries._checks = checks
        self.words = words_of(
            service.config, service.rules, service.repository, service.workflow, checks, service.blobs
        )
        sources = Sources(lambda: 0, dict, lambda: self.fleet("state"), service.operations.state)
        self.oversight = Oversight(
            service.settings, service.repository, service.dispatcher, sources, service.workflow.commits.run
        )

    async def asked(self, request: str, method: str, *arguments: Any) -> Any:
        self.seen.append((request, method))
        request_ids.current.set(request)
        return await getattr(self, method)(*arguments)

    async def part(self, name: str, what: str, *arguments: Any) -> Any:
        return await getattr(getattr(self, name), what)(*arguments)

    async def operate(self, what: str, *arguments: Any) -> Any:
        return await getattr(self.service.operations, what)(*arguments)

    async def add_uploads(self, client_id: str, files: list[StoredFile]) -> None:
        self.service.repository.uploads.add(client_id, files, time.time())

    async def check_document(self, name: str, path: str, task: NewTask | None = None) -> Any:
        return document_worker.check({"name": name, "path": path, "limits": {"max_file_bytes": 2**20}})

    async def preflight(self, name: str, path: str, source: str | None) -> Any:
        return {
            **document_preflight.preflight(
                {"name": name, "path": path, "source": source, "sources": ["mon_Cyrl", "cmn_Hans", "eng_Latn"]}
            ),
            "estimated_seconds": None,
        }

    async def submit_all(self, asked: list[Any], requests: list[str] | None = None) -> list[Any]:
        return await self.service.submission.submit_all(asked)

    async def cancel(self, task_id: str, request: str = "") -> Any:
        await self.service.operations.cancel(task_id, request)
        return await self.task(task_id)

    async def retry(self, task_id: str, from_start: bool = False, request: str = "") -> Any:
        await self.service.operations.retry(task_id, from_start, request)
        return await self.task(task_id)

    async def reprioritise(self, task_id: str, priority: int) -> Any:
        await self.service.operations.reprioritise(task_id, priority)
        return await self.task(task_id)

    async def history(self, task_id: str, after: int, limit: int) -> Any:
        return self.service.operations.history(task_id, after, limit)

    async def task(self, task_id: str) -> Any:
        repository = self.service.repository
        row = repository.tasks.get(task_id)
        return views.task_detail(row, repository.tasks.files(task_id), self.service.dispatcher)

    async def tasks(self, limit: int, cursor: str | None, status: Any, client_id: Any, search: Any, narrow: Any) -> Any:
        chosen = {"limit": limit, "cursor": cursor, "status": status, "client_id": client_id, "search": search}
        return views.tasks(self.service.repository, self.service.dispatcher, narrow=narrow, **chosen)

    async def results(self, task_id: str) -> Any:
        return result_views.results(self.service.repository, task_id)

    async def result(self, task_id: str, n: int, kind: str | None = None) -> Any:
        return result_views.result(self.service.repository, task_id, n, kind)

    async def segments(
        self, task_id: str, n: int, after: int, limit: int, flag: str | None, note: str | None = None
    ) -> Any:
        return result_views.segments(self.service.repository, task_id, n, after, limit, flag, note)

    async def about_words(self, part: str, what: str, *arguments: Any) -> Any:
        return await getattr(getattr(self.words, part), what)(*arguments)

    async def owner(self, task_id: str) -> str:
        return str(self.service.repository.tasks.get(task_id)["client_ip"])

    async def api_keys(self, what: str, *arguments: Any) -> Any:
        return await getattr(self.service.keys, what)(*arguments)

    async def usage(self, client: str) -> Any:
        return await self.service.keys.usage(client, self.submission.waiting_of(client))

    async def totals(self) -> Any:
        return asdict(self.service.repository.totals.now())

    async def translate_text(
        self,
        texts: list[str],
        source: str,
        target: str,
        via_eng: bool,
        model: str | None,
        wishes: TextWishes,
        client: str | None,
    ) -> list[dict[str, Any]]:
        if sum(map(len, texts)) > MAX_TEXT_CHARS:
            raise TextTooLong("too long")
        require_text(texts)
        if client is not None:
            self.charged.append(client)
        glossaries = self.words.glossaries
        ids = glossaries.ids(wishes.client_id, wishes.glossaries, source, target)
        for number, found in enumerate(await glossaries.find(ids, source, texts) if ids else ()):
            for term in reversed(found):
                texts[number] = texts[number][: term.start] + term.target + texts[number][term.end :]
        return [
            {
                "text": f"[{target}] {text}" if text.strip() else text,
                "flags": [],
                "notes": [],
                "terms": [],
                "alternatives": [
                    {"text": f"[{target} {n}] {text}", "flags": []} for n in range(2, wishes.alternatives + 2)
                ],
                "language": source,
            }
            for text in texts
        ]

    async def queue_status(self) -> Any:
        service = self.service
        return {
            **views.queue_status(service.repository, service.rules, time.time()),
            **service.operations.state(),
        }

    async def gpu_status(self) -> list[dict[str, Any]]:
        return self.service.repository.gpus.all()

    async def task_metrics(self) -> Any:
        return views.task_metrics(self.service.repository, self.service.dispatcher, time.time())

    async def languages(self) -> Any:
        return {
            "languages": [
                {
                    "code": language.code,
                    "bcp47": language.bcp47,
                    "english_name": language.english_name,
                    "native_name": language.native_name,
                    "available": True,
                }
                for language in LANGUAGES.values()
            ],
            "pairs": [
                {"source": source, "target": target, "via_eng": False}
                for source, target in sorted(all_pairs(frozenset(LANGUAGES)))
            ],
            "model": {"name": "fake", "starter": False, "notice": None},
        }

    async def fleet(self, what: str, *arguments: Any) -> Any:
        if what == "set_models":
            raise BadModels("only the fake one is here")
        return {
            "models": "fake",
            "replacing": None,
            "problem": None,
            "translators_wanted": 1,
            "scale": arguments[0] if what == "scale" else None,
            "serving": [],
        }

    async def system_info(self) -> Any:
        figures = "cpu_count memory_total_mib memory_available_mib disk_total_mib disk_free_mib nodes cluster_gpus cluster_cpus"
        texts = dict.fromkeys(("version", "platform", "python", "ray", "model"), "test")
        return {**texts, **dict.fromkeys(figures.split(), 1), "uptime_seconds": 1.0, "translators": []}

    async def health(self) -> Any:
        return {"ready": True, "reasons": [], "translators": 1, "version": "test"}

    # ---- the work

    async def work(self) -> None:
        """For ever: what is accepted is translated."""
        while True:
            for row in self.service.repository.tasks.unfinished():
                self.complete(row["task_id"])
            await asyncio.sleep(0.01)

    def complete(self, task_id: str) -> None:
        """Every file of the task is translated: its text in capitals."""
        service, now = self.service, time.time()
        service.repository.tasks.move(task_id, TaskMove.START, now)
        for file in service.repository.tasks.files(task_id):
            staged = service.blobs.stage()
            staged.write(service.blobs.path(file["blob"]).read_text(encoding="utf-8").upper().encode())
            blob = staged.commit("results")
            stem, _, suffix = file["name"].rpartition(".")
            result = StoredFile(f"{stem}.out.{suffix}", blob.size, blob.sha256, blob.key)
            service.repository.tasks.complete_file(file["id"], 1, result)
        service.repository.tasks.move(task_id, TaskMove.COMPLETE, now)
        service.dispatcher.remove(task_id)
        self.webhooks.wake()


class _Method:
    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def options(self, **_named: Any) -> _Method:
        return self

    async def remote(self, *arguments: Any) -> Any:
        try:
            return await self._call(*arguments)
        except ValueError as error:  # from Ray itself it would mean that there is no scheduler
            raise RuntimeError("a fault of ours") from error


class _Handle:
    def __init__(self, scheduler: LocalScheduler) -> None:
        self._scheduler = scheduler

    def __getattr__(self, name: str) -> _Method:
        return _Method(getattr(self._scheduler, name))


def client_of(scheduler: LocalScheduler) -> SchedulerClient:
    client = SchedulerClient()
    client._handle = _Handle(scheduler)
    return client


class LocalApi:
    """The application without the console over a LocalScheduler."""

    def __init__(
        self, folder: Path, max_file_bytes: int = 2**20, blob_root: Path | None = None, **scheduler: Any
    ) -> None:
        self.scheduler = LocalScheduler(folder, max_file_bytes=max_file_bytes, **scheduler)
        config = ServeConfig(
            version="test",
            namespace="test",
            blob_root=blob_root or self.scheduler.service.blobs.root,
            models_dir=folder / "models",
            model="fake",
            limits=IntakeLimits(max_file_bytes, MAX_FILES),
            log_file=folder / "server.log",
            log_level="INFO",
            keys_dir=folder / "keys",
            door=DoorConfig(any_host=True),
        )
        self.services = Services.over(config, client_of(self.scheduler))
        self.app = application.app_of(self.services, console=False)
