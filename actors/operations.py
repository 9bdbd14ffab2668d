"""What operators and owners do to tasks and to the server: cancel, retry, reprioritise, in bulk; pause, drain, stop."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from actors.bulk import Bulk, Chosen
from actors.dispatch import Dispatcher
from actors.facts import task_facts
from actors.submission import Submission
from actors.workflow import Workflow
from storage.blobs import BlobStore
from storage.errors import StorageError, TaskNotFound
from storage.repository import Repository
from storage.state_store import DRAINING, PAUSED
from storage.states import TaskMove

log = logging.getLogger("khelmerch.scheduler")

Row = dict[str, Any]

STOP_PATIENCE_SECONDS = 3.0
"""How long a stopping server waits for chunks that are out: most take a second. What is not back is translated again."""

STOP_FORGOTTEN_SECONDS = 30.0
"""A server that was told to prepare for its end and still lives after this goes on working."""

POLL_SECONDS = 0.05


class Operations:
    def __init__(
        self,
        repository: Repository,
        dispatcher: Dispatcher,
        workflow: Workflow,
        submission: Submission,
        blobs: BlobStore,
    ) -> None:
        self._repository = repository
        self._dispatcher = dispatcher
        self._workflow = workflow
        self._submission = submission
        self._blobs = blobs
        self._bulk = Bulk(repository)
        self._stopping: asyncio.TimerHandle | None = None

    # ---- the server

    def restore(self, now: float) -> None:
        """Be paused or draining as before the restart."""
        self._dispatcher.draining = self._repository.state.flag(DRAINING)
        if self._repository.state.flag(PAUSED):
            self._dispatcher.pause(now)

    async def pause(self) -> Row:
        """Send nothing; tasks are accepted and wait."""
        return await self._set(paused=True, draining=self._dispatcher.draining)

    async def drain(self) -> Row:
        """Finish what runs, start and accept nothing."""
        return await self._set(paused=self._paused, draining=True)

    async def resume(self) -> Row:
        """Work as usual again."""
        return await self._set(paused=False, draining=False)

    @property
    def _paused(self) -> bool:
        """As the operator wants it: a server that prepares for its end is not paused for that."""
        return self._dispatcher.paused and self._stopping is None

    async def _set(self, *, paused: bool, draining: bool) -> Row:
        now, unpaused = time.time(), self._dispatcher.paused and not paused

        def store() -> None:
            self._repository.state.set_flag(PAUSED, paused)
            self._repository.state.set_flag(DRAINING, draining)
            if unpaused:
                self._repository.state.work_begins(now)

        await self._workflow.commits.run(store)
        self._end_stopping()
        self._dispatcher.draining = draining
        if paused:
            self._dispatcher.pause(now)
        else:
            self._dispatcher.unpause(now)
        log.info("operator", extra={"paused": paused, "draining": draining})
        self._workflow.wake()
        return self.state()

    def state(self) -> Row:
        """-> {"paused", "draining", "idle"}; idle: nothing is out or being read or written, so a stop loses no work."""
        return {"paused": self._paused, "draining": self._dispatcher.draining, "idle": self._dispatcher.idle}

    async def prepare_stop(self) -> Row:
        """Send nothing more and wait a moment for what is out; -> {"idle"}. Not stored: the next server works at once."""
        loop = asyncio.get_running_loop()
        if not self._dispatcher.paused:
            self._dispatcher.pause(time.time())
            self._stopping = loop.call_later(STOP_FORGOTTEN_SECONDS, self._forgotten)
        deadline = loop.time() + STOP_PATIENCE_SECONDS
        # Polled: the dispatcher is pure and tells nobody, and this happens once in a server's life.
        while not self._dispatcher.idle and loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        log.info("prepared to stop", extra={"idle": self._dispatcher.idle})
        return {"idle": self._dispatcher.idle}

    def _forgotten(self) -> None:
        log.warning("the stop that was announced did not come; work goes on")
        self._end_stopping()
        self._dispatcher.unpause(time.time())
        self._workflow.wake()

    def _end_stopping(self) -> None:
        if self._stopping is not None:
            self._stopping.cancel()
            self._stopping = None

    # ---- one task

    async def cancel(self, task_id: str, request: str = "") -> None:
        """request: the caller's id of this wish; told again after it was fulfilled, it changes nothing and is no error.

        Raises TaskNotFound, IllegalTransition when it is over.
        """
        if not self._was_done(task_id, "cancelled", request):
            await self._workflow.stop(task_id, TaskMove.CANCEL, **_named(request))

    async def retry(self, task_id: str, from_start: bool = False, request: str = "") -> None:
        """A new attempt. from_start: without what is translated; else with it. request: as for `cancel`.

        Raises TaskNotFound, IllegalTransition, SourceExpired, and whatever refuses a new task.
        """
        doomed: list[str] = []
        if self._was_done(task_id, "retried", request):
            return

        def retry() -> None:
            row = self._repository.tasks.get(task_id)
            row = self._repository.tasks.move(
                task_id, TaskMove.RETRY, time.time(), from_start=from_start, **_named(request)
            )
            self._repository.changes.require_sources(task_id, all_files=from_start)
            self._submission.check_room(row["client_ip"])
            if from_start:
                doomed.extend(self._repository.changes.begin_anew(task_id))
            self._dispatcher.add(task_facts(row, self._repository), time.time())

        try:
            await self._workflow.commits.run(retry)
        except Exception:
            # In the transaction for the sake of an exact limit: out again when that was undone.
            if not self._is_unfinished(task_id):
                self._dispatcher.remove(task_id)
            raise
        for key in doomed:
            await asyncio.to_thread(self._blobs.remove, key)
        log.info("task is tried again", extra={"task": task_id, "from_start": from_start})
        self._workflow.wake()

    def _was_done(self, task_id: str, kind: str, request: str) -> bool:
        """Did this very request do it, before the scheduler died and the caller asked again? Its event was stored with it."""
        return bool(request) and self._repository.events.has_request(task_id, kind, request)

    def _is_unfinished(self, task_id: str) -> bool:
        try:
            return self._repository.tasks.get(task_id)["status"] in ("pending", "processing")
        except TaskNotFound:
            return False
        except StorageError:
            return True  # unknown as long as storage fails; its start finds out

    async def reprioritise(self, task_id: str, priority: int) -> None:
        """Raises TaskNotFound, IllegalTransition when it is over."""
        now = time.time()
        await self._workflow.commits.run(lambda: self._repository.changes.set_priority(task_id, priority, now))
        # One that was told to start in this moment is read again by that step.
        self._dispatcher.reprioritise(task_id, priority, now)
        self._workflow.wake()

    def history(self, task_id: str, after: int, limit: int) -> list[Row]:
        """-> events, oldest first. Raises TaskNotFound."""
        self._repository.tasks.get(task_id)
        return self._repository.events.of_task(task_id, after, limit)

    async def delete(self, task_id: str) -> None:
        """Forget a task that is over, with its files. Raises TaskNotFound, IllegalTransition when it is not over."""
        doomed: list[str] = []
        await self._workflow.commits.run(lambda: doomed.extend(self._repository.changes.forget(task_id)))
        for key in doomed:
            await asyncio.to_thread(self._blobs.remove, key)
        log.info("task is deleted", extra={"task": task_id})

    # ---- many tasks

    async def cancel_all(self, chosen: Chosen, request: str = "") -> Row:
        """-> {"done": ids, "refused": [{"task_id", "code", "detail"}]}. request: as for `cancel`."""
        return await self._bulk.each(chosen, lambda one: self.cancel(one, request), "cancelled", request)

    async def retry_all(self, chosen: Chosen, from_start: bool, request: str = "") -> Row:
        """-> as `cancel_all`"""
        return await self._bulk.each(chosen, lambda one: self.retry(one, from_start, request), "retried", request)

    async def reprioritise_all(self, chosen: Chosen, priority: int) -> Row:
        """-> as `cancel_all`"""
        return await self._bulk.each(chosen, lambda one: self.reprioritise(one, priority))

    async def delete_all(self, chosen: Chosen) -> Row:
        """-> as `cancel_all`. Asked again after it was done, those that are gone are refused as unknown."""
        return await self._bulk.each(chosen, self.delete)


def _named(request: str) -> Row:
    """What the event says of the request."""
    return {"request": request} if request else {}
