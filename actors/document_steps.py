"""The steps of one file: parsed into sentences before translating, written as a document after."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from actors import decisions as do
from actors.dispatch import Dispatcher
from actors.document_pool import DocumentPool, DocumentRefused
from actors.errors import ClientQuota, WorkerFailed
from actors.failures import MAX_CRASHES
from actors.group_commit import GroupCommit
from documents.naming import result_name
from storage.blobs import WORK, BlobStore
from storage.errors import IllegalTransition
from storage.repository import Repository
from storage.segment_store import NewSegment
from storage.upload_store import StoredFile

log = logging.getLogger("khelmerch.scheduler")

INSERT_ROWS = 2_000
"""Segments stored in one transaction: the loop answers others in between."""


class DocumentSteps:
    """`again` carries out a decision once more (after a worker died). max_chars_per_day: of one client, 0 for no limit."""

    def __init__(
        self,
        repository: Repository,
        dispatcher: Dispatcher,
        documents: DocumentPool,
        blobs: BlobStore,
        commits: GroupCommit,
        again: Callable[[do.Decision], Awaitable[None]],
        max_chars_per_day: int = 0,
    ) -> None:
        self._repository = repository
        self._dispatcher = dispatcher
        self._documents = documents
        self._blobs = blobs
        self._commits = commits
        self._again = again
        self._max_chars_per_day = max_chars_per_day

    async def prepare(self, task_id: str, attempt: int, file_id: int) -> None:
        file, task = self._rows(task_id, file_id)
        out = self._blobs.scratch(WORK)
        try:
            answer = await self._documents.run(
                "prepare",
                path=str(self._blobs.path(file["blob"])),
                name=file["name"],
                source=task["source_lang"],
                out=str(out),
            )
            batch: list[NewSegment] = []
            with out.open(encoding="utf-8") as lines:
                for position, line in enumerate(lines):
                    unit, lead, source, align, same_as, target = json.loads(line)
                    batch.append(NewSegment(position, unit, lead, source, align, same_as, target))
                    if len(batch) == INSERT_ROWS:
                        await self._insert(file_id, batch)
                        batch = []
        except DocumentRefused as error:
            await self.fail(task_id, attempt, file_id, error.code, error.detail)
            return
        except WorkerFailed as error:
            await self._worker_failed(task_id, attempt, file, error, do.Prepare(task_id, attempt, file_id))
            return
        finally:
            out.unlink(missing_ok=True)

        def prepared() -> None:
            # With the last sentences, of a small document all of them, in one transaction.
            if batch or not answer["segments"]:
                self._add(file_id, batch)
            self._charge(task["client_ip"], answer["chars"])
            total, done = self._repository.tasks.segment_counts(file_id)
            self._repository.tasks.prepared(file_id, total, done, answer["chars"])
            self._repository.events.add(task_id, attempt, "prepared", time.time(), file=file["n"], segments=total)

        try:
            await self._commits.run(prepared)
        except ClientQuota as error:
            self._repository.segments.clear(file_id)
            await self.fail(task_id, attempt, file_id, error.code, error.detail)
            return
        self._dispatcher.prepared(task_id, attempt, file_id, answer["missing"], answer["chars"], time.time())

    def _charge(self, client: str, chars: int) -> None:
        """Count the document on the client's day. Raises ClientQuota when that would be too much."""
        now = time.time()
        used = self._repository.usage.of(client, now)
        if self._max_chars_per_day and used + chars > self._max_chars_per_day:
            advice = "Try the task again after midnight UTC." if chars <= self._max_chars_per_day else "Split the file."
            raise ClientQuota(
                f"The file has {chars} characters, and {used} of the {self._max_chars_per_day} of today are used. {advice}"
            )
        self._repository.usage.add(client, chars, now)

    async def _insert(self, file_id: int, batch: list[NewSegment]) -> None:
        await self._commits.run(lambda: self._add(file_id, batch), durable=False)

    def _add(self, file_id: int, batch: list[NewSegment]) -> None:
        """Store sentences of a file; what an earlier try left is removed with the first of them."""
        if not batch or not batch[0].position:
            self._repository.segments.clear(file_id)
        if batch:
            self._repository.segments.add(file_id, batch)

    async def assemble(self, task_id: str, attempt: int, file_id: int) -> None:
        file, task = self._rows(task_id, file_id)
        listing, out = self._blobs.scratch(WORK), self._blobs.scratch(WORK)
        try:
            with listing.open("w", encoding="utf-8") as lines:
                for number, segment in enumerate(self._repository.segments.of_file(file_id)):
                    row = [segment.unit, segment.lead, segment.source, segment.target, segment.alignment]
                    lines.write(json.dumps(row, ensure_ascii=False) + "\n")
                    if number % INSERT_ROWS == 0:
                        await asyncio.sleep(0)
            await self._documents.run(
                "assemble",
                path=str(self._blobs.path(file["blob"])),
                name=file["name"],
                source=task["source_lang"],
                target=task["target_lang"],
                segments=str(listing),
                out=str(out),
            )
            blob = await asyncio.to_thread(self._blobs.adopt, out, "results")
        except DocumentRefused as error:
            await self.fail(task_id, attempt, file_id, error.code, error.detail)
            return
        except WorkerFailed as error:
            await self._worker_failed(task_id, attempt, file, error, do.Assemble(task_id, attempt, file_id))
            return
        finally:
            listing.unlink(missing_ok=True)
            out.unlink(missing_ok=True)
        result = StoredFile(result_name(file["name"], task["target_lang"]), blob.size, blob.sha256, blob.key)

        def completed() -> None:
            self._repository.tasks.complete_file(file_id, attempt, result)
            self._repository.events.add(task_id, attempt, "file_completed", time.time(), file=file["n"])

        try:
            await self._commits.run(completed)
        except IllegalTransition:
            self._blobs.remove(blob.key)  # nobody will ever ask for it
            raise
        self._dispatcher.file_over(task_id, attempt, file_id, failed=False)

    async def _worker_failed(
        self, task_id: str, attempt: int, file: dict[str, Any], error: WorkerFailed, again: do.Prepare | do.Assemble
    ) -> None:
        crashes = file["crashes"] + 1
        await self._commits.run(lambda: self._repository.tasks.set_crashes(file["id"], crashes))
        log.warning(
            "a document worker failed",
            extra={"task": task_id, "file": file["n"], "crashes": crashes, "reason": error.detail},
        )
        if crashes >= MAX_CRASHES or error.data.get("reason") == "timeout":
            await self.fail(task_id, attempt, file["id"], error.code, f"{error.detail} ({crashes} tries)")
            return
        await self._again(again)

    async def fail(self, task_id: str, attempt: int, file_id: int, code: str, message: str) -> None:
        def failed() -> None:
            self._repository.tasks.fail_file(file_id, attempt, code, message)
            self._repository.events.add(task_id, attempt, "file_failed", time.time(), file_id=file_id, code=code)

        await self._commits.run(failed)
        log.warning("file failed", extra={"task": task_id, "code": code, "reason": message})
        self._dispatcher.file_over(task_id, attempt, file_id, failed=True)

    def _rows(self, task_id: str, file_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """-> (the file, its task). Raises TaskNotFound."""
        with self._repository.database.transaction(durable=False):
            task = self._repository.tasks.get(task_id)
            return next(file for file in self._repository.tasks.files(task_id) if file["id"] == file_id), task
