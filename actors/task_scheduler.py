"""The one scheduler: a named, detached Ray actor around the dispatcher. It is the only process that writes the database.

Named and pinned to the head node; Ray restarts it when it dies. A new one takes a new epoch, adopts the translators that
still run and takes up every task from storage.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import time
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Any

import ray

from actors import errors, logs, request_ids, result_views, views
from actors.asked import Asked
from actors.config import SchedulerConfig
from actors.decisions import Lease
from actors.delivery import Delivery, work_tag
from actors.dispatch import Dispatcher, Limits
from actors.document_pool import DocumentPool
from actors.failures import Failure
from actors.feed import Feed
from actors.housekeeping import Housekeeping
from actors.keys import Keys
from actors.live_settings import LiveSettings
from actors.model_fleet import ModelFleet
from actors.node_monitors import NodeMonitors
from actors.operations import Operations
from actors.oversight import Oversight, Sources
from actors.policies import load_policy
from actors.routing import possible_pairs
from actors.rules import Rules
from actors.submission import Submission
from actors.task_traces import TaskTraces
from actors.text_service import Asked as TextsAsked
from actors.text_service import TextWishes
from actors.tracing import provider_of
from actors.translator_pool import TranslatorPool
from actors.translator_slot import Slot
from actors.webhooks import Webhooks
from actors.words import rules_of, texts_of, words_of
from actors.workflow import Workflow
from storage.database import Database
from storage.errors import StorageError
from storage.repository import Repository
from storage.shared_blobs import open_blobs
from storage.task_reading import Narrow
from storage.task_store import NewTask
from storage.upgrade import migrate
from storage.upload_store import StoredFile
from translation.languages import LANGUAGES, PIVOT

log = logging.getLogger("khelmerch.scheduler")


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
        self.blobs = open_blobs(config.blob_root, config.blob_url)
        self.blobs.sweep_work()
        rules = Rules.of(config)
        self.keys = Keys(
            self.repository,
            lambda work: self.workflow.commits.run(work),
            config.keys_dir,
            rules,
            epoch,
        )
        limits = Limits(config.max_tasks, config.task_timeout_seconds, patience=config.patience)
        self.dispatcher = Dispatcher(limits, random.Random(), epoch, load_policy(config.gpu_policy))  # noqa: S311 jitter
        self.documents = DocumentPool(
            config.document_workers, config.document_memory_bytes, config.document_seconds, self.blobs.root
        )
        self.checks = DocumentPool(1, config.document_memory_bytes, config.document_seconds, self.blobs.root)
        self.models = ModelFleet(
            config,
            self.repository,
            self.dispatcher,
            lambda work: self.workflow.commits.run(work),
            lambda task_id: self.workflow.rebind(task_id),
        )
        self.pool = TranslatorPool(
            config.translator,
            config.version,
            config.namespace,
            self.models.wanted,
            self._translator_up,
            self._translator_down,
            self.dispatcher.fleet.shut,
            self.dispatcher.fleet.is_busy,
            self.models.translator_failed,
            lambda name: self.dispatcher.progressed(name, time.time()),
            config.patience.silent_seconds,
        )
        self.models.pool = self.pool
        self.delivery = Delivery(
            self.dispatcher,
            self.pool,
            wake=lambda: self.workflow.wake(),
            on_sent=self._sent,
            on_text=lambda *told: self.texts.deliver(*told),
            on_chunk=lambda lease, answers: self.workflow.checkpoints.store(lease, answers),
            on_failed=lambda *failed: self.workflow.checkpoints.chunk_failed(*failed),
        )
        self.workflow = Workflow(
            self.repository,
            self.dispatcher,
            self.documents,
            self.blobs,
            self.delivery.send,
            self.pool.replace,
            lambda decision: self.texts.failed(decision),
            lambda task_id, attempt, names: self.delivery.stop_tag(work_tag(task_id, attempt), names),
            self._stale,
            self._task_over,
            self.keys.chars_per_day,
            self.models.bind,
            rules_of(config),
            config.default_glossary,
            self.checks,
        )
        self.words = words_of(config, rules, self.repository, self.workflow, self.checks, self.blobs)
        self.texts = texts_of(self.workflow, self.delivery.stop_tag, rules)
        self.feed = Feed(self.repository)
        self.webhooks = Webhooks(
            self.repository, self.workflow.commits, config.version, allow_private=config.allow_private_webhooks
        )
        parts = (config, rules, self.repository, self.blobs, self.dispatcher, self.workflow)
        monitors = NodeMonitors(
            config.namespace, self.pool.processes, self.pool.nodes, shrinks=config.min_instances is not None
        )
        self.housekeeping = Housekeeping(*parts, monitors, self.words.memory.retain, self.feed.progressed)
        self.submission = Submission(
            rules,
            self.repository,
            self.dispatcher,
            self.workflow.commits,
            self.models.check_pair,
            self.housekeeping.drain_seconds,
            chosen=self.workflow.glossaries.chosen,
            limits_of=self.keys.limits_of,
        )
        self.operations = Operations(self.repository, self.dispatcher, self.workflow, self.submission, self.blobs)
        self.settings = LiveSettings(config, rules, self.repository, self.workflow.commits.run, self._rules_changed)
        self.oversight = Oversight(
            self.settings,
            self.repository,
            self.dispatcher,
            Sources(
                lambda: self.delivery.characters,
                lambda: self.pool.slots,
                self.models.state,
                self.operations.state,
            ),
            self.workflow.commits.run,
        )
        self.started_at = time.time()
        self._starting = asyncio.Lock()
        self._background: list[asyncio.Task[None]] = []
        log.info("scheduler starts", extra={"epoch": epoch, "version": config.version})
        # Ray may have started this process again by itself, with nobody to call `start`. Ray runs constructors of
        # async actors on their loop; a call to oneself would go to the process that died.
        self._begun = asyncio.get_running_loop().create_task(self._begin())

    async def _begin(self) -> None:
        while not self._background:
            try:
                await self.start()
            except StorageError as error:
                log.error("storage cannot be read; trying again", extra={"reason": error.detail})
                await asyncio.sleep(1.0)
            except Exception:
                # Ray's head may be as busy as this process after a crash; without a next try nothing would ever run.
                log.exception("the scheduler could not begin; trying again")
                await asyncio.sleep(1.0)

    async def start(self) -> dict[str, Any]:
        """Take up what storage holds and begin to work; calling it again changes nothing. -> who answers."""
        async with self._starting:
            if not self._background:
                await self.pool.adopt()
                self._take_up()
        return {
            "version": self.config.version,
            "epoch": self.dispatcher.epoch,
            "config": self.config,
            "pid": os.getpid(),
        }

    def _take_up(self) -> None:
        now = time.time()
        self.repository.state.work_begins(now)
        self.settings.restore()
        self.operations.restore(now)
        self.workflow.take_up(now)
        loops = [
            self.workflow.run(),
            self.webhooks.run(),
            *self._traces(),
            *self.housekeeping.loops(self.pool.reconcile, self.models.tick, self.oversight.sample),
        ]
        self._background = [asyncio.create_task(loop) for loop in loops]
        self.workflow.wake()

    def _rules_changed(self, rules: Rules) -> None:
        self.dispatcher.set_limits(rules.max_tasks, rules.task_timeout)
        self.workflow.wake()

    def _traces(self) -> list[Coroutine[Any, Any, None]]:
        provider = provider_of(self.config.otlp_endpoint, "scheduler", self.config.version)
        return [] if provider is None else [TaskTraces(self.repository, provider).run()]

    async def asked(self, request: str, method: str, *arguments: Any) -> Any:
        """Any method, for an HTTP request with this id, which stands in the log lines that come of it."""
        request_ids.current.set(request)
        return await getattr(self, method)(*arguments)

    async def part(self, name: str, what: str, *arguments: Any) -> Any:
        """Any method of `feed`, `webhooks`, `submission` or `oversight`."""
        return await getattr(getattr(self, name), what)(*arguments)

    # ---- tasks

    async def add_uploads(self, client_id: str, files: list[StoredFile]) -> None:
        self._must_store()
        await self.workflow.commits.run(lambda: self.repository.uploads.add(client_id, files, time.time()))

    async def check_document(self, name: str, path: str, task: NewTask | None = None) -> dict[str, Any]:
        """Is the file at `path` one that we can translate, in that task? Raises DocumentRefused."""
        limits = {"max_file_bytes": self.settings.rules.max_file_size}
        request: dict[str, Any] = {"name": name, "path": path, "limits": limits}
        if task is not None:
            pair = (task.source_lang, task.target_lang, task.via_eng)
            request |= {"source": task.source_lang, "target": task.target_lang}
            request["sources"] = self.models.sources(pair, task.wanted_model)
            request["options"] = json.loads(task.options) if task.options else {}
        return await self.checks.look("check", await asyncio.to_thread(os.path.getsize, path), **request)

    async def preflight(self, name: str, path: str, source: str | None) -> dict[str, Any]:
        """-> what a task of the file at `path` would find, and the seconds it would take. Raises DocumentRefused."""
        await self.check_document(name, path)
        sources = sorted({one for one, _target, _via in possible_pairs(self.models.offers)})
        found = await self.checks.look("preflight", name=name, path=path, source=source, sources=sources)
        speed = views.measured_speed(self.dispatcher) or None
        told = {
            "estimated_seconds": views.estimate(found["characters"], self.dispatcher),
            "characters_per_second": speed,
        }
        return {**found, **told}

    async def submit_all(self, asked: list[Asked], requests: list[str] | None = None) -> list[Any]:
        """-> for each (the task's row, whether it was made by an earlier request with the same key), or what
        Submission.submit raises. requests: ids of the HTTP requests, for the log."""
        self._must_store()
        outcomes = await self.submission.submit_all(asked)
        new = [outcome[0] for outcome in outcomes if not isinstance(outcome, Exception) and not outcome[1]]
        if new:
            # One line for all: a line for each costs as much as a third of storing it.
            facts = {"tasks": [row["task_id"] for row in new], "clients": sorted({row["client_ip"] for row in new})}
            log.info("tasks accepted", extra={**facts, "requests": requests or []})
            self.workflow.wake()
        return outcomes

    async def cancel(self, task_id: str, request: str = "") -> dict[str, Any]:
        """-> the task. Raises TaskNotFound, IllegalTransition when it is over."""
        await self.operations.cancel(task_id, request)
        return await self.task(task_id)

    async def retry(self, task_id: str, from_start: bool = False, request: str = "") -> dict[str, Any]:
        """-> the task, in a new attempt; see Operations.retry."""
        await self.operations.retry(task_id, from_start, request)
        return await self.task(task_id)

    async def reprioritise(self, task_id: str, priority: int) -> dict[str, Any]:
        """-> the task. Raises TaskNotFound, IllegalTransition when it is over."""
        await self.operations.reprioritise(task_id, priority)
        return await self.task(task_id)

    async def operate(self, what: str, *arguments: Any) -> dict[str, Any]:
        """pause, resume, drain, prepare_stop, delete, and what is done to many tasks: see Operations."""
        answer: dict[str, Any] = await getattr(self.operations, what)(*arguments)
        return answer

    async def history(self, task_id: str, after: int, limit: int) -> list[dict[str, Any]]:
        return self.operations.history(task_id, after, limit)

    async def task(self, task_id: str) -> dict[str, Any]:
        row = self.repository.tasks.get(task_id)
        return views.task_detail(row, self.repository.tasks.files(task_id), self.dispatcher)

    async def tasks(
        self,
        limit: int,
        cursor: str | None,
        status: str | None,
        client_id: str | None,
        search: str | None,
        narrow: Narrow,
    ) -> dict[str, Any]:
        chosen = {"limit": limit, "cursor": cursor, "status": status, "client_id": client_id, "search": search}
        return views.tasks(self.repository, self.dispatcher, narrow=narrow, **chosen)

    async def results(self, task_id: str) -> dict[str, Any]:
        """-> {"task", "files": finished files with their blobs, as corrected}. Raises TaskNotFound."""
        await self.words.corrections.rebuild(task_id)
        return result_views.results(self.repository, task_id)

    async def result(self, task_id: str, n: int, kind: str | None = None) -> dict[str, Any]:
        """-> the row of a finished file, as corrected. Raises TaskNotFound, FileNotInTask."""
        await self.words.corrections.rebuild(task_id)
        return result_views.result(self.repository, task_id, n, kind)

    async def segments(
        self, task_id: str, n: int, after: int, limit: int, flag: str | None, note: str | None = None
    ) -> dict[str, Any]:
        """-> {"segments", "next_after"}. Raises TaskNotFound, FileNotInTask."""
        return result_views.segments(self.repository, task_id, n, after, limit, flag, note)

    async def about_words(self, part: str, what: str, *arguments: Any) -> Any:
        """part: glossaries, memory or corrections, see Words; what: one of its methods."""
        return await getattr(getattr(self.words, part), what)(*arguments)

    async def owner(self, task_id: str) -> str:
        """-> the client whose task it is. Raises TaskNotFound."""
        return str(self.repository.tasks.get(task_id)["client_ip"])

    # ---- clients and their keys

    async def api_keys(self, what: str, *arguments: Any) -> Any:
        """snapshot, all, create, revoke, rotate: see Keys."""
        return await getattr(self.keys, what)(*arguments)

    async def usage(self, client: str) -> dict[str, Any]:
        return await self.keys.usage(client, self.submission.waiting_of(client))

    # ---- short texts

    async def translate_text(
        self,
        texts: list[str],
        source: str,
        target: str,
        via_eng: bool,
        model: str | None,
        wishes: TextWishes,
        client: str | None = None,
    ) -> list[dict[str, Any]]:
        """-> {"text", "flags", "notes", "terms", "alternatives", "language"} for each text, whose characters count for
        `client`. source: our code or 'auto'. Raises UnsupportedPair, UnknownModel, ClientQuota, and as TextService.translate."""
        pair = (source, target, via_eng)
        self.models.check_pair(*pair, model)
        asked = TextsAsked(
            source,
            target,
            self.models.sources(pair, model),
            lambda language: self.models.legs((language, target, via_eng and language != PIVOT), model),
        )
        self.submission.check_open()
        if not self.pool.ready and not self.pool.slots:
            raise errors.NoTranslators("No translator is running yet. Look at /health/ready.")
        if client is None:
            return await self.texts.translate(texts, asked, wishes)
        chars = sum(map(len, texts))
        self.submission.check_quota(client, chars)
        answers = await self.texts.translate(texts, asked, wishes)
        await self.workflow.commits.run(lambda: self.repository.usage.add(client, chars, time.time()), durable=False)
        return answers

    # ---- figures

    async def queue_status(self) -> dict[str, Any]:
        return {**views.queue_status(self.repository, self.settings.rules, time.time()), **self.operations.state()}

    async def gpu_status(self) -> list[dict[str, Any]]:
        return self.repository.gpus.all()

    async def task_metrics(self) -> dict[str, Any]:
        return views.task_metrics(self.repository, self.dispatcher, time.time())

    async def totals(self) -> dict[str, Any]:
        return asdict(self.repository.totals.now())

    async def system_info(self) -> dict[str, Any]:
        return views.system_info(self.config, self.pool, self.started_at)

    async def fleet(self, what: str, *arguments: Any) -> dict[str, Any]:
        """state, set_models, scale: see ModelFleet."""
        answer: dict[str, Any] = await getattr(self.models, what)(*arguments)
        return answer

    async def languages(self) -> dict[str, Any]:
        return views.languages(LANGUAGES, self.models)

    async def health(self) -> dict[str, Any]:
        """-> {"ready", "reasons"}: not ready when storage or every translator is gone."""
        self.housekeeping.check_storage()
        return views.health(self.config, self.pool, self.workflow.storage_problem, self.dispatcher.fleet.unfit())

    def _must_store(self) -> None:
        if self.workflow.storage_problem:
            raise errors.SchedulerUnavailable(f"Nothing can be stored at present: {self.workflow.storage_problem}")

    # ---- translators

    def _translator_up(self, slot: Slot) -> None:
        self.dispatcher.translator_up(slot.translator())
        self.workflow.wake()

    def _sent(self, lease: Lease) -> None:
        self.housekeeping.assigned(lease)
        self.workflow.checkpoints.leased(lease)

    def _translator_down(self, name: str, failure: Failure) -> None:
        self.workflow.checkpoints.translator_lost(name, failure)
        self.dispatcher.translator_down(name, failure, time.time())
        self.workflow.wake()

    def _task_over(self) -> None:
        self.housekeeping.drain.ended(time.time())
        self.webhooks.wake()

    def _stale(self) -> None:
        log.error("another scheduler has taken over; this one ends")
        logging.shutdown()
        # Intended: Ray must not start it again.
        asyncio.get_running_loop().call_soon(ray.actor.exit_actor)

    async def shutdown(self) -> None:
        """Stop sending, wait a moment for what is out, end the translators, close storage. The rest stays in storage."""
        await self.operations.prepare_stop()
        for task in self._background:
            task.cancel()
        self.pool.close()
        await self.documents.close()
        await self.checks.close()
        self.repository.database.close()
        log.info("scheduler stopped")
