"""What happens beside the work: progress and GPU rows, retention, the look at storage, the measured drain rate."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from typing import Any

from actors import views
from actors.config import SchedulerConfig
from actors.decisions import Lease
from actors.dispatch import Dispatcher
from actors.drain import DrainMeter
from actors.feed import Progress as Moved
from actors.gpu_policy import GpuSample
from actors.node_monitors import NodeMonitors
from actors.oversight import SAMPLE_SECONDS
from actors.rules import Rules
from actors.workflow import Workflow
from storage.blobs import BlobStore
from storage.errors import StaleEpoch, StorageError
from storage.partial_uploads import PartialUploads, keep_seconds
from storage.repository import Repository
from storage.retention_store import START, Mark
from storage.sweeping import ORPHAN_AGE_SECONDS
from storage.task_store import Progress

log = logging.getLogger("khelmerch.scheduler")

PROGRESS_SECONDS = 0.5
"""How often progress is written: a console that polls each second sees it move."""

WORK_SECONDS = 5.0
"""How often it is noted that the server works: a task whose server dies is given up to this much more time."""

MODELS_SECONDS = 1.0
RETENTION_SECONDS = 600.0
STAGING_AGE_SECONDS = 3_600.0
"""Older files in `staging/` were left by a process that is gone: no upload takes an hour between two writes."""

KEY_SECONDS = 86_400.0
"""How long an Idempotency-Key is remembered: as long as a client may reasonably ask again."""

USAGE_SECONDS = 40 * 86_400.0
DELIVERY_SECONDS = 30 * 86_400.0
"""How long one can see what became of a message to a webhook."""


def tell(dispatcher: Dispatcher, rows: Iterable[dict[str, Any]], now: float) -> None:
    """The monitor's rows reach the dispatcher's views of the GPUs."""
    for row in rows:
        unfit = None if row["is_available"] else row["reason"]
        sample = GpuSample(row["memory_free"], row["utilization"], unfit, row["slowed"])
        dispatcher.fleet.sampled(row["gpu_id"], sample, now)


class Housekeeping:
    def __init__(
        self,
        config: SchedulerConfig,
        rules: Rules,
        repository: Repository,
        blobs: BlobStore,
        dispatcher: Dispatcher,
        workflow: Workflow,
        monitors: NodeMonitors,
        retain_memory: Callable[[], Awaitable[None]],
        on_progress: Callable[[list[Moved], set[str]], None] = lambda _changed, _running: None,
    ) -> None:
        self._config = config
        self._rules = rules
        self._repository = repository
        self._blobs = blobs
        self._dispatcher = dispatcher
        self._workflow = workflow
        self._monitors = monitors
        self._retain_memory = retain_memory
        self._on_progress = on_progress
        self._assigned: dict[str, str] = {}
        self._current: dict[str, str | None] = {}
        self._progress: dict[str, Progress] = {}
        self.drain = DrainMeter()

    def loops(
        self,
        reconcile_translators: Callable[[], Awaitable[None]],
        tend_models: Callable[[], Awaitable[None]],
        sample: Callable[[], Awaitable[None]],
    ) -> list[Coroutine[Any, Any, None]]:
        """-> what runs for ever beside the work; none of it ends because of an error."""
        return [
            self._every(self._config.monitor_interval_seconds, reconcile_translators),
            self._every(MODELS_SECONDS, tend_models),
            self._every(PROGRESS_SECONDS, self._write_progress),
            self._every(self._config.monitor_interval_seconds, self._sample_gpus),
            self._every(WORK_SECONDS, self._note_work),
            self._every(SAMPLE_SECONDS, sample),
            self._every(RETENTION_SECONDS, self._retain),
        ]

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except StaleEpoch:
                return
            except StorageError as error:
                log.warning("housekeeping waits for storage", extra={"reason": error.detail})
            except Exception:
                log.exception("housekeeping failed; it goes on")
            await asyncio.sleep(seconds)

    def assigned(self, lease: Lease) -> None:
        """A lease went out: remembered, and written with the next progress."""
        translator = self._dispatcher.fleet.translators.get(lease.translator)
        if translator is not None and lease.items[0].file_id != 0:
            for item in lease.items:
                self._assigned[item.task_id] = translator.gpu_id

    async def _write_progress(self) -> None:
        self.drain.observe(self._held_up(), time.time())
        assigned, self._assigned = self._assigned, {}
        files = self._repository.tasks.files_of(list(self._dispatcher.jobs))
        progress = [
            Progress(task_id, job.facts.attempt, views.progress_of(job, files[task_id]), views.stage_of(job))
            for task_id, job in self._dispatcher.jobs.items()
        ]
        changed = [one for one in progress if self._progress.get(one.task_id) != one]
        self._progress = {one.task_id: one for one in progress}
        jobs = self._dispatcher.jobs
        moving = [Moved(one.task_id, jobs[one.task_id].facts.client, one.percent, one.stage) for one in changed]
        self._on_progress(moving, set(self._progress))
        current: dict[str, str | None] = {}
        for translator in self._dispatcher.fleet.translators.values():
            documents = [task_id for task_id in translator.tasks if task_id in self._dispatcher.jobs]
            current[translator.gpu_id] = current.get(translator.gpu_id) or (documents[0] if documents else None)
        moved = {gpu: task for gpu, task in current.items() if self._current.get(gpu, "") != task}
        if not (changed or assigned or moved or self._repository.events.has_notes):
            return

        def write() -> None:
            self._repository.tasks.set_progress(changed)
            self._repository.tasks.assign(assigned, time.time())
            self._repository.gpus.set_current(moved)
            self._repository.events.flush()

        await self._workflow.commits.run(write, durable=False)
        self._current = current

    async def _note_work(self) -> None:
        if self._dispatcher.jobs and not self._dispatcher.paused:
            now = time.time()
            await self._workflow.commits.run(lambda: self._repository.state.note_work(now), durable=False)

    async def _sample_gpus(self) -> None:
        found = await self._monitors.sample()

        def write() -> None:
            for node, rows in found:
                self._repository.gpus.replace_node(node, rows, time.time())
            self._repository.gpus.remove_nodes_except([node for node, _rows in found])

        # Before anything is written: a hot GPU is left alone even when storage fails.
        tell(self._dispatcher, [row for _node, rows in found for row in rows], time.time())
        self._workflow.wake()
        await self._workflow.commits.run(write, durable=False)

    async def _retain(self) -> None:
        """In steps, each a transaction of its own, so that nobody waits for all of it."""
        now = time.time()
        retention, run = self._repository.retention, self._workflow.commits.run
        if self._rules.upload_retention:
            before = now - self._rules.upload_retention
            while doomed := await run(partial(retention.expire_uploads, before)):
                await self._remove(doomed)
            await self._forget(partial(retention.expire_sources, before))
        if self._rules.result_retention:
            await self._forget(partial(retention.expire_results, now - self._rules.result_retention))
        if self._rules.task_retention:
            expired = 1
            while expired:
                expired, doomed = await run(partial(retention.expire_tasks, now - self._rules.task_retention))
                await self._remove(doomed)
        if self._rules.action_retention:
            while await run(partial(self._repository.actions.prune, now - self._rules.action_retention)):
                pass  # one more step
        for prune in (
            partial(self._repository.idempotency.prune, now - KEY_SECONDS),
            partial(self._repository.usage.prune, now - USAGE_SECONDS),
            partial(self._repository.deliveries.prune, now - DELIVERY_SECONDS),
        ):
            while await run(prune, durable=False):
                pass  # one more step
        await self._retain_memory()
        await asyncio.to_thread(self._blobs.sweep_staging, STAGING_AGE_SECONDS)
        # The ingress tells its clients until when, by config.ini.
        unfinished = PartialUploads(self._blobs.root, keep_seconds(self._config.upload_retention_seconds))
        await asyncio.to_thread(unfinished.sweep)
        known: set[str] = set()
        for step in self._repository.uploads.known_blobs():
            known |= step
            await asyncio.sleep(0)  # others are answered in between
        await self._remove(await asyncio.to_thread(self._blobs.orphans, known, now - ORPHAN_AGE_SECONDS))

    async def _forget(self, step: Callable[[Mark], tuple[list[str], Mark | None]]) -> None:
        mark: Mark | None = START
        while mark is not None:
            doomed, mark = await self._workflow.commits.run(partial(step, mark))
            await self._remove(doomed)

    async def _remove(self, keys: list[str]) -> None:
        """After the commit: a blob without a row is swept later, a row without its blob would be a lie."""

        def remove() -> None:
            for key in keys:
                self._blobs.remove(key)

        await asyncio.to_thread(remove)

    def check_storage(self) -> None:
        """Look at storage now, so that readiness tells the truth before the next write fails."""
        try:
            self._repository.database.check()
        except StorageError as error:
            self._workflow.trouble(error)

    def _held_up(self) -> int:
        """-> tasks that wait for a place. One that starts later waits for its time: that is no slowness of ours."""
        return self._dispatcher.waiting_tasks() - self._dispatcher.pending.later

    def drain_seconds(self) -> int:
        """About when a place in the queue will be free, from the tasks that ended lately; for Retry-After."""
        now = time.time()
        self.drain.observe(self._held_up(), now)
        return self.drain.seconds(now)
