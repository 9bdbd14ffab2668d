"""The steps of one file: parsed into sentences before translating, written as a document after."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from actors import decisions as do
from actors.bursts import Burst
from actors.decisions import Item
from actors.dispatch import Dispatcher
from actors.document_commits import SMALL_BYTES, DocumentCommits, Parsed, Result, Wanted
from actors.document_pool import DocumentPool, DocumentRefused
from actors.errors import ClientQuota, WorkerFailed
from actors.failures import MAX_CRASHES
from actors.group_commit import GroupCommit
from actors.lanes import LOW_WATER_CHARS
from actors.result_kinds import kinds_of, name_of
from documents.model import Output
from storage.blobs import WORK, Blob, BlobStore, Written
from storage.errors import IllegalTransition, StorageError
from storage.extra_results import ExtraResult
from storage.repository import Repository
from storage.segment_store import NewSegment, StoredSegment
from storage.upload_store import StoredFile

log = logging.getLogger("khelmerch.scheduler")

INSERT_ROWS = 2_000
"""Segments stored in one transaction: the loop answers others in between."""


class DocumentSteps:
    """`again` carries out a decision once more (after a worker died). chars_per_day: of a client, 0 for no limit."""

    def __init__(
        self,
        repository: Repository,
        dispatcher: Dispatcher,
        documents: DocumentPool,
        blobs: BlobStore,
        commits: GroupCommit,
        again: Callable[[do.Decision], Awaitable[None]],
        chars_per_day: Callable[[str], int] = lambda _client: 0,
    ) -> None:
        self._repository = repository
        self._dispatcher = dispatcher
        self._documents = documents
        self._blobs = blobs
        self._commits = commits
        self._again = again
        self._stored = DocumentCommits(repository, chars_per_day)
        self._adoptions: Burst[Written, Blob] = Burst(self._adopt)

    async def prepare(self, task_id: str, attempt: int, file_id: int) -> None:
        file, task, _segments = await self._commits.run_together(
            self._stored.looked_up, Wanted(task_id, file_id), durable=False
        )
        out = self._blobs.scratch(WORK)
        try:
            answer = await self._run(
                "prepare",
                file,
                path=str(await self._source(file)),
                name=file["name"],
                source=task["source_lang"],
                out=str(out),
                **_options(task),
            )
            if answer["rows"] is not None:
                batch, more = [_segment(position, row) for position, row in enumerate(answer["rows"])], False
            else:
                batch, more = await self._insert(file_id, out), True
        except DocumentRefused as error:
            await self.fail(task_id, attempt, file_id, error.code, error.detail)
            return
        except WorkerFailed as error:
            await self._worker_failed(task_id, attempt, file, error, do.Prepare(task_id, attempt, file_id))
            return
        finally:
            out.unlink(missing_ok=True)
        parsed = Parsed(task, attempt, file, answer["segments"], answer["chars"], batch, more)
        try:
            await self._commits.run_together(self._stored.prepared, parsed)
        except ClientQuota as error:
            self._repository.segments.clear(file_id)
            await self.fail(task_id, attempt, file_id, error.code, error.detail)
            return
        now = time.time()
        self._dispatcher.prepared(task_id, attempt, file_id, answer["missing"], answer["chars"], now)
        job = self._dispatcher.jobs.get(task_id)
        if job is not None and job.facts.attempt == attempt and not more and answer["chars"] <= LOW_WATER_CHARS:
            # It would be read at once: so little is always kept ready.
            last = len(job.ready) == 1
            items = [
                Item(task_id, attempt, file_id, one.position, one.source, one.wants_alignment, last)
                for one in batch
                if one.target is None and one.same_as is None
            ]
            self._dispatcher.loaded(task_id, file_id, items, True, now)

    async def _source(self, file: dict[str, Any]) -> Path:
        """-> the uploaded document, on this machine's disk."""
        path = self._blobs.path(file["blob"])
        return path if path.exists() else await asyncio.to_thread(self._blobs.fetch, file["blob"])

    async def _run(self, op: str, file: dict[str, Any], **request: Any) -> dict[str, Any]:
        run = self._documents.run_small if file["size"] <= SMALL_BYTES else self._documents.run
        return await run(op, **request)

    async def _insert(self, file_id: int, listing: Path) -> list[NewSegment]:
        """Store the sentences of a large document; -> the last of them, which go with the row that says so."""
        batch: list[NewSegment] = []
        with listing.open(encoding="utf-8") as lines:
            for position, line in enumerate(lines):
                if len(batch) == INSERT_ROWS:
                    await self._commits.run(lambda batch=batch: self._stored.add(file_id, batch), durable=False)  # type: ignore[misc]
                    batch = []
                batch.append(_segment(position, json.loads(line)))
        return batch

    async def assemble(self, task_id: str, attempt: int, file_id: int) -> None:
        file, task, segments = await self._commits.run_together(
            self._stored.looked_up, Wanted(task_id, file_id, with_segments=True), durable=False
        )
        listing, out = self._blobs.scratch(WORK), self._blobs.scratch(WORK)
        kinds = kinds_of(task["output"], task["review"])
        also = {kind: self._blobs.scratch(WORK) for kind in kinds[1:]}
        wishes = _options(task)
        if kinds != [Output.TRANSLATED]:
            wishes |= {"output": kinds[0], "also": {kind: str(path) for kind, path in also.items()}}
        try:
            sentences: dict[str, Any] = {"segments": str(listing)}
            if segments is not None:
                sentences = {"rows": [_row(segment) for segment in segments]}
            else:
                await self._list(file_id, listing)
            answer = await self._run(
                "assemble",
                file,
                path=str(await self._source(file)),
                name=file["name"],
                source=task["source_lang"],
                target=task["target_lang"],
                out=str(out),
                **wishes,
                **sentences,
            )
            blob = await self._adoptions.ask(Written(out, answer["size"], answer["sha256"]))
            told = answer.get("also", {})
            extra = [
                await self._adoptions.ask(Written(path, told[kind]["size"], told[kind]["sha256"]))
                for kind, path in also.items()
            ]
        except DocumentRefused as error:
            await self.fail(task_id, attempt, file_id, error.code, error.detail)
            return
        except WorkerFailed as error:
            await self._worker_failed(task_id, attempt, file, error, do.Assemble(task_id, attempt, file_id))
            return
        finally:
            for path in (listing, out, *also.values()):
                path.unlink(missing_ok=True)
        names = [name_of(kind, file["name"], task["source_lang"], task["target_lang"]) for kind in kinds]
        result = StoredFile(names[0], blob.size, blob.sha256, blob.key)
        beside = tuple(
            ExtraResult(kind, name, one.size, one.sha256, one.key)
            for kind, name, one in zip(kinds[1:], names[1:], extra, strict=True)
        )
        try:
            await self._commits.run_together(self._stored.completed, Result(task_id, attempt, file, result, beside))
        except IllegalTransition:
            for one in (blob, *extra):
                self._blobs.remove(one.key)  # nobody will ever ask for it
            raise
        self._dispatcher.file_over(task_id, attempt, file_id, failed=False)

    async def _list(self, file_id: int, listing: Path) -> None:
        with listing.open("w", encoding="utf-8") as lines:
            for number, segment in enumerate(self._repository.segments.of_file(file_id)):
                lines.write(json.dumps(_row(segment), ensure_ascii=False) + "\n")
                if number % INSERT_ROWS == 0:
                    await asyncio.sleep(0)

    async def _adopt(self, written: list[Written]) -> list[Blob | StorageError]:
        return await asyncio.to_thread(self._blobs.adopt, written, "results")

    async def _worker_failed(
        self, task_id: str, attempt: int, file: dict[str, Any], error: WorkerFailed, again: do.Prepare | do.Assemble
    ) -> None:
        if error.data.get("reason") == "stopped":
            # A shutdown is no crash of the document: the next scheduler, or this one if it lives on, reads it again.
            log.info("a document worker was told to end", extra={"task": task_id, "file": file["n"]})
            await self._again(again)
            return
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


def _segment(position: int, row: list[Any]) -> NewSegment:
    unit, lead, source, align, same_as, target = row
    return NewSegment(position, unit, lead, source, align, same_as, target)


def _row(segment: StoredSegment) -> list[Any]:
    return [segment.unit, segment.lead, segment.source, segment.target, segment.alignment, segment.flags]


def _options(task: dict[str, Any]) -> dict[str, Any]:
    """-> what a worker's request has beside the usual."""
    return {"options": json.loads(task["options"])} if task["options"] else {}
