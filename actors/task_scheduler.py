"""The one scheduler: a named, detached Ray actor around the dispatcher. It is the only process that writes the database.

Named and pinned to the head node; Ray restarts it when it dies. A new one takes a new epoch, adopts the translators that
still run and takes up every task from storage.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import random
import time
from typing import Any, cast

import ray

from actors import errors, logs, views
from actors.config import SchedulerConfig
from actors.delivery import Delivery, work_tag
from actors.dispatch import Dispatcher, GpuPolicy, Limits, select_best_gpu
from actors.document_pool import DocumentPool
from actors.facts import task_facts
from actors.failures import Failure
from actors.fleet import Translator
from actors.housekeeping import Housekeeping
from actors.text_service import TextService
from actors.translator_pool import Slot, TranslatorPool
from actors.workflow import Workflow
from storage.blobs import BlobStore
from storage.database import Database, migrate
from storage.errors import FileNotInTask, TaskNotFound
from storage.repository import Repository
from storage.states import TaskMove, TaskStatus
from storage.task_store import NewTask
from storage.upload_store import StoredFile
from translation.catalogue import describe
from translation.errors import UnsupportedPair
from translation.languages import LANGUAGES, check_pair

log = logging.getLogger("khelmerch.scheduler")


def load_policy(name: str) -> GpuPolicy:
    """'module:function' -> the function; '' -> select_best_gpu. Raises ImportError, AttributeError."""
    if not name:
        return select_best_gpu
    module, _, function = name.partition(":")
    return cast(GpuPolicy, getattr(importlib.import_module(module), function))


@ray.remote
class TaskScheduler:
    """Methods are what the ingress may ask. All of them run on one event loop."""

    def __init__(self, config: SchedulerConfig) -> None:
        logs.configure(config.log)
        self.config = config
        database = Database(config.database_url)
        migrate(database)
        epoch = database.take_epoch()
        self.repository = Repository(database)
        self.blobs = BlobStore(config.blob_root)
        self.model = describe(config.translator.engine.model, config.translator.engine.cache_dir)
        limits = Limits(config.max_tasks, config.task_timeout_seconds)
        self.dispatcher = Dispatcher(limits, random.Random(), epoch, load_policy(config.gpu_policy))  # noqa: S311 jitter
        self.documents = DocumentPool(config.document_workers, config.document_memory_bytes, config.document_seconds)
        self.checks = DocumentPool(1, config.document_memory_bytes, config.document_seconds)
        self.pool = TranslatorPool(
            config.translator,
            config.version,
            config.instances,
            config.namespace,
            self._translator_up,
            self._translator_down,
        )
        self.delivery = Delivery(
            self.dispatcher,
            self.pool,
            wake=lambda: self.workflow.wake(),
            on_sent=lambda lease: self.housekeeping.assigned(lease),
            on_text=lambda lease, answers: self.texts.deliver(lease, answers),
            on_chunk=lambda lease, answers: self.workflow.store(lease, answers),
        )
        self.texts = TextService(self.dispatcher, lambda: self.workflow.wake(), self.delivery.stop_tag)
        self.workflow = Workflow(
            self.repository,
            self.dispatcher,
            self.documents,
            self.blobs,
            self.delivery.send,
            self.pool.replace,
            self.texts.failed,
            lambda task_id, attempt, names: self.delivery.stop_tag(work_tag(task_id, attempt), names),
            self._stale,
        )
        self.housekeeping = Housekeeping(config, self.repository, self.blobs, self.dispatcher, self.workflow)
        self.started_at = time.time()
        self._background: list[asyncio.Task[None]] = []
        log.info("scheduler starts", extra={"epoch": epoch, "version": config.version})
        # Ray may have started this process again by itself, with nobody to call `start`.
        ray.get_runtime_context().current_actor.start.remote()

    async def start(self) -> dict[str, Any]:
        """Take up what storage holds and begin to work; calling it again changes nothing. -> who answers."""
        if not self._background:
            now = time.time()
            for row in self.repository.tasks.unfinished():
                facts = task_facts(row, self.repository)
                if row["status"] == TaskStatus.PROCESSING:
                    self.dispatcher.resume(facts, now)
                else:
                    self.dispatcher.add(facts, now)
            loops = [self.workflow.run(), self._reconcile_pool(), *self.housekeeping.loops()]
            self._background = [asyncio.create_task(loop) for loop in loops]
            self.workflow.wake()
        return {"version": self.config.version, "epoch": self.dispatcher.epoch, "config": self.config}

    # ---- tasks

    async def add_uploads(self, client_id: str, files: list[StoredFile]) -> None:
        self._must_store()
        await self.workflow.commits.run(lambda: self.repository.uploads.add(client_id, files, time.time()))

    async def check_document(self, name: str, path: str) -> dict[str, Any]:
        """Is the file at `path` one that we can translate? Raises DocumentRefused."""
        return await self.checks.run(
            "check", name=name, path=path, limits={"max_file_bytes": self.config.max_file_bytes}
        )

    async def submit(self, task: NewTask, files: list[StoredFile] | None) -> dict[str, Any]:
        """Make a task of these files, or (None) of those that the client uploaded; -> its row, once it is on the disk.

        The same task id again gives the same task. Raises QueueFull, NoFiles, TooManyFiles, UnsupportedPair.
        """
        self._must_store()
        self._check_pair(task.source_lang, task.target_lang, task.via_eng)

        def accept() -> dict[str, Any]:
            try:
                return self.repository.tasks.get(task.task_id)
            except TaskNotFound:
                pass  # the usual case: it is new
            self._check_room()
            found = self.repository.uploads.take(task.client_ip) if files is None else files
            if not found:
                raise errors.NoFiles(
                    f"Client {task.client_ip} has no uploaded files that wait for a task. Send them to POST /uploadfiles first."
                )
            if len(found) > self.config.max_files_per_task:
                raise errors.TooManyFiles(
                    f"A task may have {self.config.max_files_per_task} files; these are {len(found)}. Make several tasks of them."
                )
            now = time.time()
            self.repository.tasks.accept(task, found, now)
            row = self.repository.tasks.get(task.task_id)
            self.dispatcher.add(task_facts(row, self.repository), now)
            return row

        try:
            row = await self.workflow.commits.run(accept)
        except Exception:
            # Added to the dispatcher inside the transaction, so that the limit is exact; taken out if that came to nothing.
            if not self._exists(task.task_id):
                self.dispatcher.remove(task.task_id)
            raise
        log.info("task accepted", extra={"task": task.task_id, "client": task.client_ip, "files": row["file_count"]})
        self.workflow.wake()
        return row

    def _exists(self, task_id: str) -> bool:
        try:
            self.repository.tasks.get(task_id)
        except TaskNotFound:
            return False
        return True

    def _check_room(self) -> None:
        if self.dispatcher.waiting_tasks() >= self.config.max_queue:
            seconds = self.housekeeping.drain_seconds()
            raise errors.QueueFull(
                f"{self.config.max_queue} tasks wait already, which is the limit. Try again in about {seconds} s.",
                retry_after=seconds,
                limit=self.config.max_queue,
            )

    def _check_pair(self, source: str, target: str, via_eng: bool) -> None:
        check_pair(source, target)
        pairs = self.model.pairs
        hops = (
            [(source, "eng_Latn"), ("eng_Latn", target)]
            if via_eng and "eng_Latn" not in (source, target)
            else [(source, target)]
        )
        for hop in hops:
            if hop not in pairs:
                raise UnsupportedPair(
                    f"The model {self.model.name} cannot translate {hop[0]} to {hop[1]}. GET /languages lists what it can.",
                    source_lang=source,
                    target_lang=target,
                )

    async def cancel(self, task_id: str) -> dict[str, Any]:
        """-> the task. Raises TaskNotFound, IllegalTransition when it is over."""
        await self.workflow.stop(task_id, TaskMove.CANCEL)
        return await self.task(task_id)

    async def retry(self, task_id: str) -> dict[str, Any]:
        """A new attempt that keeps what is translated. Raises TaskNotFound, IllegalTransition, QueueFull."""

        def retry() -> dict[str, Any]:
            self._check_room()
            row = self.repository.tasks.move(task_id, TaskMove.RETRY, time.time())
            self.dispatcher.add(task_facts(row, self.repository), time.time())
            return row

        await self.workflow.commits.run(retry)
        log.info("task is tried again", extra={"task": task_id})
        self.workflow.wake()
        return await self.task(task_id)

    async def task(self, task_id: str) -> dict[str, Any]:
        row = self.repository.tasks.get(task_id)
        return views.task_detail(row, self.repository.tasks.files(task_id), self.dispatcher)

    async def tasks(
        self, limit: int, cursor: str | None, status: str | None, client_id: str | None, search: str | None = None
    ) -> dict[str, Any]:
        rows, following = self.repository.tasks.page(
            limit=limit, cursor=cursor, status=status, client_id=client_id, search=search
        )
        files = self.repository.tasks.files_of([row["task_id"] for row in rows])
        shown = [views.task_detail(row, files[row["task_id"]], self.dispatcher) for row in rows]
        return {"tasks": shown, "next_cursor": following}

    async def results(self, task_id: str) -> dict[str, Any]:
        """-> {"task", "files": finished files with their blobs}. Raises TaskNotFound."""
        row = self.repository.tasks.get(task_id)
        done = [file for file in self.repository.tasks.files(task_id) if file["status"] == "completed"]
        return {"task": row, "files": done}

    async def result(self, task_id: str, n: int) -> dict[str, Any]:
        """-> the row of a finished file. Raises TaskNotFound, FileNotInTask."""
        file = self.repository.tasks.file(task_id, n)
        if file["status"] != "completed":
            reason = file["error_message"] or "it is not finished"
            raise FileNotInTask(
                f"File {n} ({file['name']}) cannot be downloaded: {reason}.".replace("..", "."), task_id=task_id, n=n
            )
        if file["result_blob"] is None:
            raise FileNotInTask(f"The result of file {n} was removed after its retention time.", task_id=task_id, n=n)
        return file

    # ---- short texts

    async def translate_text(self, texts: list[str], source: str, target: str, via_eng: bool) -> list[dict[str, Any]]:
        """-> {"text", "flags"} for each text. Raises TextTooLong, UnsupportedPair, TextFailed, NoTranslators."""
        self._check_pair(source, target, via_eng)
        chars = sum(map(len, texts))
        if chars > self.config.max_text_chars:
            raise errors.TextTooLong(
                f"The text has {chars} characters; {self.config.max_text_chars} are allowed here. Send it as a file."
            )
        if not self.pool.ready and not self.pool.slots:
            raise errors.NoTranslators("No translator is running yet. Look at /health/ready.")
        return await self.texts.translate(texts, (source, target, via_eng))

    # ---- figures

    async def queue_status(self) -> dict[str, Any]:
        return views.queue_status(self.repository, self.config, time.time())

    async def gpu_status(self) -> list[dict[str, Any]]:
        return self.repository.gpus.all()

    async def task_metrics(self) -> dict[str, Any]:
        return views.task_metrics(self.repository, self.dispatcher, time.time())

    async def system_info(self) -> dict[str, Any]:
        return views.system_info(self.config, self.pool, self.started_at)

    async def languages(self) -> dict[str, Any]:
        return views.languages(LANGUAGES, self.model)

    async def health(self) -> dict[str, Any]:
        """-> {"ready", "reasons"}: not ready when storage or every translator is gone."""
        self.housekeeping.check_storage()
        reasons = []
        if self.workflow.storage_problem:
            reasons.append(self.workflow.storage_problem)
        if not self.pool.ready:
            failed = [slot.error for slot in self.pool.slots.values() if slot.error]
            reasons.append(
                f"No translator is ready: {failed[0]}"
                if failed
                else "No translator is ready yet; the model is being loaded."
            )
        return {
            "ready": not reasons,
            "reasons": reasons,
            "translators": len(self.pool.ready),
            "version": self.config.version,
        }

    def _must_store(self) -> None:
        if self.workflow.storage_problem:
            raise errors.SchedulerUnavailable(f"Nothing can be stored at present: {self.workflow.storage_problem}")

    # ---- translators

    async def _reconcile_pool(self) -> None:
        while True:
            self.pool.reconcile()
            await asyncio.sleep(self.config.monitor_interval_seconds)

    def _translator_up(self, slot: Slot) -> None:
        assert slot.info is not None
        self.dispatcher.translator_up(Translator(slot.name, slot.info.gpu_id, slot.info.pairs))
        self.workflow.wake()

    def _translator_down(self, name: str, failure: Failure) -> None:
        self.dispatcher.translator_down(name, failure, time.time())
        self.workflow.wake()

    def _stale(self) -> None:
        log.error("another scheduler has taken over; this one ends")
        logging.shutdown()
        # Intended: Ray must not start it again.
        asyncio.get_running_loop().call_soon(ray.actor.exit_actor)

    async def shutdown(self) -> None:
        """Stop sending, end the translators, close storage. What was not finished stays in storage."""
        for task in self._background:
            task.cancel()
        await self.pool.close(kill=True)
        await self.documents.close()
        await self.checks.close()
        self.repository.database.close()
        log.info("scheduler stopped")
