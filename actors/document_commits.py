"""What the steps of files read and store, for all files of one turn at once."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from actors.document_pool import SMALL_BYTES
from actors.errors import ClientQuota
from actors.recall import Filled, Recall
from storage.errors import TaskNotFound
from storage.extra_results import ExtraResult
from storage.read_files import Read
from storage.repository import Repository
from storage.segment_store import NewSegment, StoredSegment
from storage.task_store import Completed
from storage.upload_store import StoredFile

FEW_SENTENCES = 500
"""Of a small file with more sentences (a packed one may hold many) the worker reads them from a file."""

Found = tuple[dict[str, Any], dict[str, Any], list[StoredSegment] | None]


@dataclass(frozen=True)
class Wanted:
    task_id: str
    file_id: int
    with_segments: bool = False


@dataclass(frozen=True)
class Parsed:
    """A file that was read. batch: its sentences, or the last of them; more: others are stored already; filled: what the
    memory did for those. How many of them need no translator is counted when they are stored."""

    task: dict[str, Any]
    attempt: int
    file: dict[str, Any]
    read: Read
    batch: list[NewSegment]
    more: bool
    filled: Filled


@dataclass(frozen=True)
class Result:
    """A file whose document is written. terms: of the glossary, see `Completed`; learnt: its sentences, where the memory has
    not seen them yet."""

    task: dict[str, Any]
    attempt: int
    file: dict[str, Any]
    result: StoredFile
    extra: tuple[ExtraResult, ...] = ()
    terms: Mapping[str, int] = field(default_factory=dict)
    learnt: Sequence[StoredSegment] = ()


class DocumentCommits:
    """Each method runs in one transaction. chars_per_day: those that a client may have, 0 for no limit."""

    def __init__(self, repository: Repository, chars_per_day: Callable[[str], int], recall: Recall) -> None:
        self._repository = repository
        self._recall = recall
        self._chars_per_day = chars_per_day

    def looked_up(self, wanted: Sequence[Wanted]) -> list[Found]:
        """-> (the file, its task, its sentences if asked for and few). Raises TaskNotFound, FileNotInTask."""
        task_ids = list(dict.fromkeys(one.task_id for one in wanted))
        tasks, files = self._repository.tasks.get_all(task_ids), self._repository.tasks.files_of(task_ids)
        by_id = {file["id"]: file for mine in files.values() for file in mine}
        for one in wanted:
            if one.task_id not in tasks or one.file_id not in by_id:
                raise TaskNotFound(f"There is no task {one.task_id}.", task_id=one.task_id)
        few = [
            one.file_id
            for one in wanted
            if one.with_segments
            and by_id[one.file_id]["size"] <= SMALL_BYTES
            and by_id[one.file_id]["segments_total"] <= FEW_SENTENCES
        ]
        segments = self._repository.segments.of_files(few) if few else {}
        return [(by_id[one.file_id], tasks[one.task_id], segments.get(one.file_id)) for one in wanted]

    def add(self, task: Mapping[str, Any], file_id: int, batch: list[NewSegment], filled: Filled) -> None:
        """Store sentences of a file; what an earlier try left is removed with the first of them."""
        if not batch[0].position:
            self._repository.segments.clear(file_id)
        self._repository.segments.add(file_id, self._recall.fill(task, batch, filled))

    def prepared(self, parsed: Sequence[Parsed]) -> list[list[NewSegment]]:
        """-> the sentences of each, with what the memory knows. Raises ClientQuota."""
        fresh = [one.file["id"] for one in parsed if not one.batch or not one.batch[0].position]
        if fresh:
            self._repository.segments.clear_all(fresh)
        batches = [self._recall.fill(one.task, one.batch, one.filled) for one in parsed]
        if any(batches):
            self._repository.segments.add_all([(one.file["id"], b) for one, b in zip(parsed, batches, strict=True)])
        chars: dict[str, int] = defaultdict(int)
        for one in parsed:
            chars[one.task["client_ip"]] += one.read.chars
        self._charge(chars)
        rows = []
        for one, batch in zip(parsed, batches, strict=True):
            done = sum(segment.target is not None for segment in batch)
            if one.more:
                _total, done = self._repository.tasks.segment_counts(one.file["id"])
            rows.append(replace(one.read, done=done, recalled=one.filled.known))
        self._repository.tasks.prepared_all(rows)
        now = time.time()
        for one in parsed:
            self._repository.events.note(
                one.task["task_id"], one.attempt, "prepared", now, file=one.file["n"], segments=one.read.segments
            )
        self._repository.events.flush()
        return batches

    def _charge(self, asked: Mapping[str, int]) -> None:
        """Count characters on the day of each client. Raises ClientQuota when that would be too much of one."""
        now = time.time()
        for client, chars in asked.items():
            most = self._chars_per_day(client)
            if most and (used := self._repository.usage.of(client, now)) + chars > most:
                advice = "Try the task again after midnight UTC." if chars <= most else "Split the file."
                raise ClientQuota(
                    f"The file has {chars} characters, and {used} of the {most} of today are used. {advice}"
                )
        self._repository.usage.add_all(asked, now)

    def completed(self, results: Sequence[Result]) -> list[None]:
        flagged = [one.file["id"] for one in results if one.file["segments_flagged"] or one.file["recalled"]]
        flags = self._repository.segments.flag_counts(flagged) if flagged else {}
        self._repository.tasks.complete_files(
            [
                Completed(one.file["id"], one.attempt, one.result, one.extra, flags.get(one.file["id"], {}), one.terms)
                for one in results
            ]
        )
        now = time.time()
        for one in results:
            self._recall.learn(one.task, one.learnt)
            self._repository.events.note(one.task["task_id"], one.attempt, "file_completed", now, file=one.file["n"])
        self._repository.events.flush()
        return [None] * len(results)
