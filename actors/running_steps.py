"""Steps of tasks that run beside the scheduler's turns. One that fails is not lost: its task is taken up again from storage."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from actors.dispatch import Dispatcher
from actors.facts import task_facts
from actors.failures import MAX_CRASHES
from storage.errors import IllegalTransition, StaleEpoch, StorageError, TaskNotFound, ValueRefused
from storage.repository import Repository

log = logging.getLogger("khelmerch.scheduler")

STORAGE_RETRY_SECONDS = 1.0


class RunningSteps:
    """`trouble`: storage failed; `on_stale`: another scheduler has taken over; `wake`: there may be something to decide;
    `give_up`: end a task that no try brings further."""

    def __init__(
        self,
        repository: Repository,
        dispatcher: Dispatcher,
        trouble: Callable[[StorageError], None],
        on_stale: Callable[[], None],
        wake: Callable[[], None],
        give_up: Callable[[str], Awaitable[object]],
    ) -> None:
        self._repository = repository
        self._dispatcher = dispatcher
        self._trouble = trouble
        self._on_stale = on_stale
        self._wake = wake
        self._give_up = give_up
        self._surprises: Counter[str] = Counter()
        """task -> steps of it that failed as nobody foresaw"""
        self._running: dict[str, set[asyncio.Task[None]]] = defaultdict(set)

    def start(self, task_id: str, work: Coroutine[Any, Any, None]) -> None:
        running = asyncio.create_task(self._guarded(task_id, work))
        self._running[task_id].add(running)
        running.add_done_callback(lambda done: self._ended(task_id, done))

    def _ended(self, task_id: str, done: asyncio.Task[None]) -> None:
        self._running[task_id].discard(done)
        if not self._running[task_id]:
            del self._running[task_id]

    async def _guarded(self, task_id: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StaleEpoch:
            self._on_stale()
        except (IllegalTransition, TaskNotFound) as error:
            # Cancelled, timed out or removed in the same moment: that was first.
            log.info("a step came too late", extra={"task": task_id, "reason": error.detail})
        except ValueRefused:
            log.exception("a step has what the database does not take", extra={"task": task_id})
            await self._surprised(task_id)
        except StorageError as error:
            # The step is not lost: the job is taken up again from storage, as after a restart.
            self._trouble(error)
            await asyncio.sleep(STORAGE_RETRY_SECONDS)
            self._take_up_again(task_id)
        except Exception:
            log.exception("a step failed unexpectedly", extra={"task": task_id})
            await self._surprised(task_id)
        self._wake()

    async def _surprised(self, task_id: str) -> None:
        """Once more from storage, since it may have been chance; a task that fails so again and again must not go on for ever."""
        self._surprises[task_id] += 1
        if self._surprises[task_id] >= MAX_CRASHES:
            del self._surprises[task_id]
            try:
                await self._give_up(task_id)
            except (IllegalTransition, TaskNotFound):
                return  # it ended in the same moment
            except StaleEpoch:
                self._on_stale()
                return
            except StorageError as error:
                self._trouble(error)
            else:
                return
        await asyncio.sleep(STORAGE_RETRY_SECONDS)
        self._take_up_again(task_id)

    def _take_up_again(self, task_id: str) -> None:
        if task_id not in self._dispatcher.jobs:
            return
        try:
            row = self._repository.tasks.get(task_id)
            facts = task_facts(row, self._repository)
        except TaskNotFound:
            self._dispatcher.remove(task_id)
            return
        except StorageError as error:
            self._trouble(error)
            asyncio.get_running_loop().call_later(STORAGE_RETRY_SECONDS, self._take_up_again, task_id)
            return
        for other in self._running.get(task_id, set()) - {asyncio.current_task()}:
            other.cancel()
        self._dispatcher.remove(task_id)
        if row["status"] == "processing":
            self._dispatcher.resume(facts, time.time())
        self._wake()

    def cancel(self, task_id: str) -> None:
        """The task is over, waits again or goes on otherwise."""
        for running in self._running.get(task_id, set()) - {asyncio.current_task()}:
            running.cancel()
