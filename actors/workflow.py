"""Carries out what the dispatcher decides: moves files, sentences and states between storage, workers and translators."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from actors import decisions as do
from actors.binding import Bind, Binding
from actors.checkpoints import Checkpoints
from actors.decisions import Lease
from actors.dispatch import Dispatcher, TaskFacts
from actors.document_pool import DocumentPool
from actors.document_rows import item_of
from actors.document_steps import DocumentSteps
from actors.facts import task_facts, waiting_facts
from actors.glossaries import Glossaries
from actors.group_commit import GroupCommit
from actors.recall import MemoryRules, Recall
from actors.running_steps import STORAGE_RETRY_SECONDS, RunningSteps
from storage.blobs import BlobStore
from storage.errors import IllegalTransition, StaleEpoch, StorageError, TaskNotFound
from storage.moves import Moving
from storage.repository import Repository
from storage.states import TaskMove, TaskStatus

log = logging.getLogger("khelmerch.scheduler")

Deliver = Callable[[Lease], None]


class Workflow:
    """One turn: ask the dispatcher, carry out, until nothing comes. All on one event loop, which is the single writer."""

    def __init__(
        self,
        repository: Repository,
        dispatcher: Dispatcher,
        documents: DocumentPool,
        blobs: BlobStore,
        deliver: Deliver,
        replace: Callable[[str], None],
        fail_text: Callable[[do.FailText], None],
        stop_work: Callable[[str, int, set[str]], None],
        on_stale: Callable[[], None],
        on_over: Callable[[], None] = lambda: None,
        chars_per_day: Callable[[str], int] = lambda _client: 0,
        bind: Bind = lambda row: row["model"] or "",
        memory: MemoryRules = MemoryRules(),  # noqa: B008 frozen
        default_glossary: str = "",
        checks: DocumentPool | None = None,
    ) -> None:
        """checks: reads lists of terms, the documents' own pool if not given."""
        self.repository = repository
        self.dispatcher = dispatcher
        self.commits = GroupCommit(repository.database)
        self.recall = Recall(repository, memory)
        self.glossaries = Glossaries(repository, self.commits, checks or documents, blobs, default_glossary)
        self.steps = DocumentSteps(
            repository,
            dispatcher,
            documents,
            blobs,
            self.commits,
            self._carry_out,
            self.glossaries,
            self.recall,
            chars_per_day,
        )
        self.storage_problem: str | None = None
        self._deliver = deliver
        self._replace = replace
        self._fail_text = fail_text
        self._stop_work = stop_work
        self._on_stale = on_stale
        self._on_over = on_over
        self._binding = Binding(repository, bind)
        self._wake = asyncio.Event()
        self.checkpoints = Checkpoints(repository, dispatcher, self.commits, self.trouble, on_stale, self.wake)
        self._running = RunningSteps(repository, dispatcher, self.trouble, on_stale, self.wake, self._give_up)

    def take_up(self, now: float) -> None:
        """What storage holds: tasks that run go on, the others wait."""
        for row in self.repository.tasks.unfinished():
            if row["status"] == TaskStatus.PROCESSING:
                self.dispatcher.resume(task_facts(row, self.repository), now)
            else:
                self.dispatcher.add(waiting_facts(row), now)

    # ---- the loop

    def wake(self) -> None:
        self._wake.set()

    async def run(self, tick_seconds: float = 1.0) -> None:
        """For ever: woken by events, and by a slow tick for timeouts and retries."""
        while True:
            try:
                await asyncio.wait_for(self._wake.wait(), tick_seconds)
            except TimeoutError:
                pass  # the tick
            self._wake.clear()
            try:
                await self.turn()
                self.storage_problem = None
            except StaleEpoch:
                self._on_stale()
                return
            except StorageError as error:
                self.trouble(error)
                await asyncio.sleep(STORAGE_RETRY_SECONDS)
                self.wake()
            except Exception:
                # One decision that cannot be carried out must not stop all the others for ever.
                log.exception("a turn of the scheduler failed; the next one comes")
                await asyncio.sleep(STORAGE_RETRY_SECONDS)
                self.wake()

    async def turn(self) -> None:
        """Carry out decisions until there are none. Raises StorageError with the rest still to be decided anew."""
        if self.storage_problem is not None:
            self.repository.database.check()
        while decided := self.dispatcher.plan(time.time()):
            starts = [decision for decision in decided if isinstance(decision, do.Start)]
            if starts:
                decided = [decision for decision in decided if not isinstance(decision, do.Start)]
                try:
                    await self._start_all(starts)
                except StorageError:
                    self.dispatcher.again(decided)
                    raise
            for number, decision in enumerate(decided):
                try:
                    await self._carry_out(decision)
                except StorageError:
                    self.dispatcher.again(decided[number:])
                    raise

    def trouble(self, error: StorageError) -> None:
        if self.storage_problem is None:
            log.error("storage fails; nothing is accepted until it works again", extra={"reason": error.detail})
        self.storage_problem = error.detail

    async def _carry_out(self, decision: do.Decision) -> None:
        match decision:
            case do.Start(task_id):
                await self._start_all([decision])
            case do.Requeue(task_id):
                await self._requeue(task_id)
            case do.Load(task_id, file_id, after, limit):
                self._load(task_id, file_id, after, limit)
            case do.Send(lease):
                self._deliver(lease)
            case do.Prepare(task_id, attempt, file_id):
                self._running.start(task_id, self.steps.prepare(task_id, attempt, file_id))
            case do.Assemble(task_id, attempt, file_id):
                self._running.start(task_id, self.steps.assemble(task_id, attempt, file_id))
            case do.FailFile(task_id, attempt, file_id, code, message):
                self._running.start(task_id, self.steps.fail(task_id, attempt, file_id, code, message))
            case do.Finish(task_id, attempt, failed_files):
                self._running.start(task_id, self._finish(task_id, attempt, failed_files))
            case do.Expire(task_id):
                await self._expire(task_id)
            case do.Replace(translator):
                self._replace(translator)
            case do.FailText():
                self._fail_text(decision)

    # ---- steps

    async def _start_all(self, starts: list[do.Start]) -> None:
        """Tasks that start together are committed together. Raises StorageError once all have been tried."""
        outcomes = await asyncio.gather(*(self._start(one.task_id) for one in starts), return_exceptions=True)
        failed = [(one, error) for one, error in zip(starts, outcomes, strict=True) if error is not None]
        self.dispatcher.again([one for one, _error in failed])
        for _one, error in failed:
            raise error

    async def _start(self, task_id: str) -> None:
        try:
            facts = await self.commits.run_together(self._binding.start_all, task_id, durable=False)
        except TaskNotFound:
            self.dispatcher.remove(task_id)  # its acceptance was refused by storage
            return
        except IllegalTransition:
            row = self.repository.tasks.get(task_id)
            self.dispatcher.remove(task_id)
            if row["status"] != TaskStatus.PROCESSING:
                return  # cancelled in the same moment
            facts = task_facts(row, self.repository)  # an earlier try was stored although it was reported as failed
        if facts is None:
            self._forget(task_id, 0)
            return
        log.info("task started", extra={"task": task_id})
        self.dispatcher.resume(facts, time.time())

    async def rebind(self, task_id: str) -> None:
        """The model of a running task is not there any more: it goes on with another, with all that is translated."""
        try:
            facts = await self.commits.run(lambda: self._binding.again(task_id))
        except IllegalTransition:
            return  # it ended in the same moment
        job = self.dispatcher.jobs.get(task_id)
        if job is None:
            return
        self._running.cancel(task_id)
        if facts is None:
            self._forget(task_id, job.facts.attempt)
        else:
            self.dispatcher.resume(facts, time.time())
            self.wake()

    async def _requeue(self, task_id: str) -> None:
        """Give the task's place to another client. What translators still have of it is stored when it comes back."""

        def requeue() -> TaskFacts:
            return task_facts(self.repository.tasks.move(task_id, TaskMove.REQUEUE, time.time()), self.repository)

        try:
            facts = await self.commits.run(requeue)
        except IllegalTransition:
            return  # it ended in the same moment, and gives its place up in that way
        self._running.cancel(task_id)
        self.dispatcher.requeued(facts, time.time())
        log.info("task waits again so that another client gets a place", extra={"task": task_id})

    async def _give_up(self, task_id: str) -> None:
        await self.stop(task_id, TaskMove.FAIL)

    async def _expire(self, task_id: str) -> None:
        try:
            await self.stop(task_id, TaskMove.EXPIRE)
        except IllegalTransition:
            return  # it ended in the same moment

    def _load(self, task_id: str, file_id: int, after: int, limit: int) -> None:
        job = self.dispatcher.jobs.get(task_id)
        if job is None:
            return
        rows = self.repository.segments.missing(file_id, after, limit)
        items = [item_of(job, file_id, row) for row in rows]
        self.dispatcher.loaded(task_id, file_id, items, len(rows) < limit, time.time())

    async def _finish(self, task_id: str, attempt: int, failed_files: int) -> None:
        def finish() -> dict[str, Any]:
            files = self.repository.tasks.files(task_id)
            failed = [file for file in files if file["status"] == "failed"]
            reasons = "; ".join(f"{file['name']}: {file['error_message']}" for file in failed[:3])
            message = reasons if len(files) == 1 else f"{len(failed)} of {len(files)} files failed. {reasons}"
            code = failed[0]["error_code"] if len({file["error_code"] for file in failed}) == 1 else "files_failed"
            return self.repository.tasks.move(
                task_id, TaskMove.FAIL, time.time(), attempt=attempt, error_code=code, error_message=message
            )

        try:
            if failed_files:
                row = await self.commits.run(finish)
            else:
                row = await self.commits.run_together(self._completed, Moving(task_id, TaskMove.COMPLETE, attempt))
        except IllegalTransition:
            return  # cancelled or timed out in the same moment: that was first
        log.info("task is over", extra={"task": task_id, "status": row["status"]})
        self._forget(task_id, attempt)

    def _completed(self, moving: Sequence[Moving]) -> list[dict[str, Any]]:
        return self.repository.tasks.move_all(moving, time.time())

    async def stop(self, task_id: str, move: TaskMove, **event: Any) -> dict[str, Any]:
        """Cancel, expire or give up; `event`: what its event says besides; -> the task's row.

        Raises IllegalTransition when it is over already, TaskNotFound.
        """
        reasons = {
            TaskMove.CANCEL: ("cancelled", "Cancelled on request."),
            TaskMove.EXPIRE: (
                "task_timeout",
                "The task ran longer than TASK_TIMEOUT allows. What was finished can be downloaded.",
            ),
            TaskMove.FAIL: (
                "internal_error",
                "Something failed several times that should not; the server's log says what. Tell the operator.",
            ),
        }
        code, message = reasons[move]
        told = {"error_code": code, "error_message": message, **event}
        row = await self.commits.run(lambda: self.repository.tasks.move(task_id, move, time.time(), **told))
        log.info("task is over", extra={"task": task_id, "status": row["status"]})
        self._running.cancel(task_id)
        self._forget(task_id, row["attempt"])
        return row

    def _forget(self, task_id: str, attempt: int) -> None:
        self._on_over()
        busy = self.dispatcher.remove(task_id)
        if busy:
            self._stop_work(task_id, attempt, busy)
        self.wake()
