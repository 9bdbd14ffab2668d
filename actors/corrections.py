"""Corrections that people send back: kept, remembered, and put into the documents that were written before."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from actors.document_steps import DocumentSteps
from actors.group_commit import GroupCommit
from actors.recall import Recall
from actors.result_views import segment_view
from storage.repository import Repository

Row = dict[str, Any]


class Corrections:
    def __init__(self, repository: Repository, commits: GroupCommit, steps: DocumentSteps, recall: Recall) -> None:
        self._repository = repository
        self._commits = commits
        self._steps = steps
        self._recall = recall
        self._rewriting: dict[int, asyncio.Task[None]] = {}

    async def correct(self, task_id: str, n: int, position: int, target: str) -> Row:
        """Sentence `position` (from 0) of file `n` says `target` from now on, and so do the file's other sentences that are the
        same; -> the sentence, and how many were changed.

        Raises TaskNotFound, FileNotInTask, SegmentNotFound, SegmentUntranslated.
        """

        def correct() -> Row:
            task, file = self._repository.tasks.get(task_id), self._repository.tasks.file(task_id, n)
            done = self._repository.corrections.correct(task, file, position, target, time.time())
            self._recall.corrected(task, done.source, done.context, target, done.language)
            (segment,) = self._repository.segments.page(file["id"], position - 1, 1)
            return {**segment_view(segment, task["target_lang"]), "corrected": len(done.positions)}

        return await self._commits.run(correct)

    async def rebuild(self, task_id: str) -> None:
        """The task's finished files that were corrected are written anew. Raises TaskNotFound, DocumentRefused, WorkerFailed."""
        self._repository.tasks.get(task_id)
        while files := self._repository.corrections.outdated(task_id):
            for file in files:
                await self._rewrite(task_id, file)

    async def _rewrite(self, task_id: str, file: Row) -> None:
        """Whoever asks for a file that is being written waits for the same writing."""
        writing = self._rewriting.get(file["id"])
        if writing is None:
            writing = asyncio.create_task(self._steps.rewrite(task_id, file["id"]))
            self._rewriting[file["id"]] = writing
            writing.add_done_callback(lambda _done: self._rewriting.pop(file["id"], None))
        await asyncio.shield(writing)
