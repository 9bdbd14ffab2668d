"""What the steps of files read and store, for all files of one turn at once."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actors.errors import ClientQuota
from storage.errors import TaskNotFound
from storage.extra_results import ExtraResult
from storage.repository import Repository
from storage.segment_store import NewSegment, StoredSegment
from storage.task_store import Completed
from storage.upload_store import StoredFile

SMALL_BYTES = 32_768
"""A file up to this size travels to a document worker with others, in one round trip."""

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
    """A file that was read. batch: its sentences, or the last of them; more: others are stored already."""

    task: dict[str, Any]
    attempt: int
    file: dict[str, Any]
    segments: int
    chars: int
    batch: list[NewSegment]
    more: bool


@dataclass(frozen=True)
class Result:
    """A file whose document is written."""

    task_id: str
    attempt: int
    file: dict[str, Any]
    result: StoredFile
    extra: tuple[ExtraResult, ...] = ()


class DocumentCommits:
    """Each method runs in one transaction. chars_per_day: those that a client may have, 0 for no limit."""

    def __init__(self, repository: Repository, chars_per_day: Callable[[str], int]) -> None:
        self._repository = repository
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

    def add(self, file_id: int, batch: list[NewSegment]) -> None:
        """Store sentences of a file; what an earlier try left is removed with the first of them."""
        if not batch[0].position:
            self._repository.segments.clear(file_id)
        self._repository.segments.add(file_id, batch)

    def prepared(self, parsed: Sequence[Parsed]) -> list[None]:
        """Raises ClientQuota."""
        fresh = [one.file["id"] for one in parsed if not one.batch or not one.batch[0].position]
        if fresh:
            self._repository.segments.clear_all(fresh)
        if any(one.batch for one in parsed):
            self._repository.segments.add_all([(one.file["id"], one.batch) for one in parsed])
        chars: dict[str, int] = defaultdict(int)
        for one in parsed:
            chars[one.task["client_ip"]] += one.chars
        self._charge(chars)
        rows = []
        for one in parsed:
            done = sum(segment.target is not None for segment in one.batch)
            if one.more:
                _total, done = self._repository.tasks.segment_counts(one.file["id"])
            rows.append((one.file["id"], one.segments, done, one.chars))
        self._repository.tasks.prepared_all(rows)
        now = time.time()
        for one in parsed:
            self._repository.events.note(
                one.task["task_id"], one.attempt, "prepared", now, file=one.file["n"], segments=one.segments
            )
        self._repository.events.flush()
        return [None] * len(parsed)

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
        flagged = [one.file["id"] for one in results if one.file["segments_flagged"]]
        flags = self._repository.segments.flag_counts(flagged) if flagged else {}
        self._repository.tasks.complete_files(
            [
                Completed(one.file["id"], one.attempt, one.result, one.extra, flags.get(one.file["id"], {}))
                for one in results
            ]
        )
        now = time.time()
        for one in results:
            self._repository.events.note(one.task_id, one.attempt, "file_completed", now, file=one.file["n"])
        self._repository.events.flush()
        return [None] * len(results)
