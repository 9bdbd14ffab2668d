"""The steps of one file: parsed into sentences before translating, written as a document after."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from actors import decisions as do
from actors.bursts import Burst
from actors.dispatch import Dispatcher
from actors.document_commits import DocumentCommits, Parsed, Result, Wanted
from actors.document_pool import DocumentPool, DocumentRefused
from actors.document_rows import Documents, item_of, options_of, row_of, segment_of
from actors.errors import ClientQuota, WorkerFailed
from actors.failures import MAX_CRASHES
from actors.glossaries import Glossaries
from actors.group_commit import GroupCommit
from actors.lanes import LOW_WATER_CHARS
from actors.recall import Filled, Recall
from actors.result_kinds import kinds_of, name_of
from documents.model import Output
from storage.blobs import WORK, Blob, BlobStore, Written
from storage.errors import IllegalTransition, StorageError
from storage.extra_results import ExtraResult
from storage.read_files import Read
from storage.repository import Repository
from storage.segment_store import NewSegment, StoredSegment
from storage.task_store import Completed
from storage.upload_store import StoredFile
from translation.languages import AUTO

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
        glossaries: Glossaries,
        recall: Recall,
        chars_per_day: Callable[[str], int] = lambda _client: 0,
    ) -> None:
        self._repository = repository
        self._dispatcher = dispatcher
        self._documents = documents
        self._blobs = blobs
        self._commits = commits
        self._again = again
        self._glossaries = glossaries
        self._recall = recall
        self._stored = DocumentCommits(repository, chars_per_day, recall)
        self._adoptions: Burst[Written, Blob] = Burst(self._adopt)

    async def prepare(self, task_id: str, attempt: int, file_id: int) -> None:
        file, task, _segments = await self._commits.run_together(
            self._stored.looked_up, Wanted(task_id, file_id), durable=False
        )
        out = self._blobs.scratch(WORK)
        filled = Filled()
        try:
            answer = await self._run(
                "prepare",
                file,
                path=str(await self._source(file)),
                name=file["name"],
                source=task["source_lang"],
                target=task["target_lang"],
                sources=self._sources(task, attempt),
                out=str(out),
                **options_of(task),
                **await self._terms(task),
            )
            if answer["rows"] is not None:
                batch, more = [segment_of(position, row) for position, row in enumerate(answer["rows"])], False
            else:
                batch, more = await self._insert(task, file_id, out, filled), True
        except DocumentRefused as error:
            await self.fail(task_id, attempt, file_id, error.code, error.detail)
            return
        except WorkerFailed as error:
            await self._worker_failed(task_id, attempt, file, error, do.Prepare(task_id, attempt, file_id))
            return
        finally:
            out.unlink(missing_ok=True)
        read = Read(
            file_id,
            answer["segments"],
            0,
            answer["chars"],
            answer["flagged"],
            answer["language"],
            answer["notes"],
        )
        parsed = Parsed(task, attempt, file, read, batch, more, filled)
        try:
            batch = await self._commits.run_together(self._stored.prepared, parsed)
        except ClientQuota as error:
            self._repository.segments.clear(file_id)
            await self.fail(task_id, attempt, file_id, error.code, error.detail)
            return
        now = time.time()
        missing, chars = answer["missing"] - filled.sent_less, answer["chars"] - filled.chars_less
        self._dispatcher.prepared(task_id, attempt, file_id, missing, chars, now)
        job = self._dispatcher.jobs.get(task_id)
        if job is not None and job.facts.attempt == attempt and not more and chars <= LOW_WATER_CHARS:
            # It would be read at once: so little is always kept ready.
            items = [item_of(job, file_id, one) for one in batch if one.target is None and one.same_as is None]
            self._dispatcher.loaded(task_id, file_id, items, True, now)

    def _sources(self, task: dict[str, Any], attempt: int) -> list[str]:
        """-> the languages from which the models that the task is bound to can translate."""
        job = self._dispatcher.jobs.get(task["task_id"])
        if task["source_lang"] != AUTO or job is None or job.facts.attempt != attempt:
            return [task["source_lang"]]
        return list(job.paths)

    async def _source(self, file: dict[str, Any]) -> Path:
        """-> the uploaded document, on this machine's disk."""
        path = self._blobs.path(file["blob"])
        return path if path.exists() else await asyncio.to_thread(self._blobs.fetch, file["blob"])

    async def _run(self, op: str, file: dict[str, Any], **request: Any) -> dict[str, Any]:
        return await self._documents.run_sized(op, file["size"], **request)

    async def _terms(self, task: dict[str, Any]) -> dict[str, Any]:
        """-> what a worker is told of the task's glossaries."""
        if not task["glossaries"]:
            return {}
        path = await self._glossaries.listing(json.loads(task["glossaries"]), task["source_lang"])
        return {} if path is None else {"glossary": str(path)}

    async def _insert(self, task: dict[str, Any], file_id: int, listing: Path, filled: Filled) -> list[NewSegment]:
        """Store the sentences of a large document; -> the last of them, which go with the row that says so."""
        batch: list[NewSegment] = []
        with listing.open(encoding="utf-8") as lines:
            for position, line in enumerate(lines):
                if len(batch) == INSERT_ROWS:
                    await self._commits.run(partial(self._stored.add, task, file_id, batch, filled), durable=False)
                    batch = []
                batch.append(segment_of(position, json.loads(line)))
        return batch

    async def assemble(self, task_id: str, attempt: int, file_id: int) -> None:
        file, task, segments = await self._commits.run_together(
            self._stored.looked_up, Wanted(task_id, file_id, with_segments=True), durable=False
        )
        try:
            written = await self._write(task, file, segments, learn=True)
        except DocumentRefused as error:
            await self.fail(task_id, attempt, file_id, error.code, error.detail)
            return
        except WorkerFailed as error:
            await self._worker_failed(task_id, attempt, file, error, do.Assemble(task_id, attempt, file_id))
            return
        result = Result(task, attempt, file, written.result, written.extra, written.terms, segments or ())
        try:
            await self._commits.run_together(self._stored.completed, result)
        except IllegalTransition:
            self._drop(written.blobs)
            raise
        self._dispatcher.file_over(task_id, attempt, file_id, failed=False)

    async def rewrite(self, task_id: str, file_id: int) -> None:
        """Write a finished document anew, with what was corrected since. Raises DocumentRefused, WorkerFailed."""
        file, task, segments = await self._commits.run_together(
            self._stored.looked_up, Wanted(task_id, file_id, with_segments=True), durable=False
        )
        written = await self._write(task, file, segments, learn=False)
        done = Completed(file_id, task["attempt"], written.result, written.extra, terms=written.terms)
        rewritten = partial(
            self._repository.corrections.rewritten, done, file["corrections"], task_id, file["n"], time.time()
        )
        old = await self._commits.run(rewritten)
        self._drop(written.blobs if old is None else old)

    def _drop(self, keys: Sequence[str]) -> None:
        """Nobody will ask for these any more."""
        for key in keys:
            self._blobs.remove(key)

    async def _write(
        self, task: dict[str, Any], file: dict[str, Any], segments: Sequence[StoredSegment] | None, *, learn: bool
    ) -> Documents:
        """segments: all of the file's, or None where they are many; learn: those go into the memory on the way."""
        listing, out = self._blobs.scratch(WORK), self._blobs.scratch(WORK)
        source = file["source_lang"] or task["source_lang"]
        kinds = kinds_of(task["output"], task["review"])
        also = {kind: self._blobs.scratch(WORK) for kind in kinds[1:]}
        wishes = options_of(task)
        if kinds != [Output.TRANSLATED]:
            wishes |= {"output": kinds[0], "also": {kind: str(path) for kind, path in also.items()}}
        try:
            sentences: dict[str, Any] = {"segments": str(listing)}
            if segments is not None:
                sentences = {"rows": [row_of(segment) for segment in segments]}
            else:
                await self._list(task, file["id"], listing, learn=learn)
            answer = await self._run(
                "assemble",
                file,
                path=str(await self._source(file)),
                name=file["name"],
                source=source,
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
        finally:
            for path in (listing, out, *also.values()):
                path.unlink(missing_ok=True)
        names = [name_of(kind, file["name"], source, task["target_lang"]) for kind in kinds]
        beside = tuple(
            ExtraResult(kind, name, one.size, one.sha256, one.key)
            for kind, name, one in zip(kinds[1:], names[1:], extra, strict=True)
        )
        result = StoredFile(names[0], blob.size, blob.sha256, blob.key)
        return Documents(result, beside, answer.get("terms", {}), [blob.key, *(one.key for one in extra)])

    async def _list(self, task: dict[str, Any], file_id: int, listing: Path, *, learn: bool) -> None:
        batch: list[StoredSegment] = []
        with listing.open("w", encoding="utf-8") as lines:
            for segment in self._repository.segments.of_file(file_id):
                lines.write(json.dumps(row_of(segment), ensure_ascii=False) + "\n")
                batch.append(segment)
                if len(batch) == INSERT_ROWS:
                    await self._learn(task, batch, learn)
                    batch = []
        await self._learn(task, batch, learn)

    async def _learn(self, task: dict[str, Any], batch: Sequence[StoredSegment], learn: bool) -> None:
        """Into the memory, or only a pause in which others are answered."""
        if learn and batch:
            await self._commits.run(partial(self._recall.learn, task, batch), durable=False)
        else:
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
