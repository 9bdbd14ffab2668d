"""The scheduler's parts without Ray: storage, dispatcher, submission and operations around them, nothing to translate on."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from fresh_database import database_at

from actors.asked import IdempotencyKey
from actors.config import LogConfig, SchedulerConfig
from actors.dispatch import Dispatcher, Limits
from actors.keys import Keys
from actors.live_settings import LiveSettings
from actors.operations import Operations
from actors.rules import Rules
from actors.submission import Submission
from actors.workflow import Workflow
from storage.blobs import BlobStore
from storage.repository import Repository
from storage.task_store import NewTask
from storage.upload_store import StoredFile


@dataclass
class Service:
    config: SchedulerConfig
    repository: Repository
    dispatcher: Dispatcher
    workflow: Workflow
    submission: Submission
    operations: Operations
    blobs: BlobStore
    keys: Keys
    settings: LiveSettings

    @property
    def rules(self) -> Rules:
        return self.settings.rules

    @classmethod
    def of(
        cls, folder: Path, bind: Callable[[dict[str, Any]], str | None] = lambda _row: "", **changes: Any
    ) -> Service:
        folder.mkdir(exist_ok=True)
        config = replace(_config(folder), **changes)
        database = database_at(folder / "khelmerch.db")
        database.take_epoch()
        repository, blobs = Repository(database), BlobStore(folder / "blobs")
        dispatcher = Dispatcher(Limits(config.max_tasks), random.Random(7))
        unused = cast(Any, None)
        rules = Rules.of(config)
        keys = Keys(
            repository,
            lambda work: workflow.commits.run(work),
            folder / "keys",
            rules,
        )
        workflow = Workflow(
            repository,
            dispatcher,
            unused,
            blobs,
            deliver=unused,
            replace=unused,
            fail_text=unused,
            stop_work=lambda *_: None,
            on_stale=unused,
            chars_per_day=keys.chars_per_day,
            bind=bind,
        )
        submission = Submission(
            rules,
            repository,
            dispatcher,
            workflow.commits,
            lambda *_: None,
            lambda: 17,
            limits_of=keys.limits_of,
        )
        settings = LiveSettings(
            config,
            rules,
            repository,
            workflow.commits.run,
            lambda now: dispatcher.set_limits(now.max_tasks, now.task_timeout),
        )
        operations = Operations(repository, dispatcher, workflow, submission, blobs)
        return cls(config, repository, dispatcher, workflow, submission, operations, blobs, keys, settings)

    async def submit(
        self, task_id: str, client: str = "anna", key: IdempotencyKey | None = None, files: int = 1
    ) -> tuple[dict[str, Any], bool]:
        task = NewTask(task_id, client, "mon_Cyrl", "cmn_Hans", False, 5)
        stored = [StoredFile("a.txt", 10, "ab", f"uploads/aa/{task_id}{n}") for n in range(files)]
        return await self.submission.submit(task, stored, key)

    def status(self, task_id: str) -> str:
        return str(self.repository.tasks.get(task_id)["status"])


def _config(folder: Path) -> SchedulerConfig:
    return SchedulerConfig(
        version="test",
        database_url=f"sqlite:///{folder / 'khelmerch.db'}",
        blob_root=folder / "blobs",
        log=LogConfig(folder / "server.log"),
        translator=cast(Any, None),
        instances=1,
        document_workers=1,
        document_memory_bytes=2**30,
        document_seconds=60.0,
        max_tasks=1,
        max_queue=5,
        max_files_per_task=3,
        max_text_chars=100,
        max_file_bytes=1000,
        task_timeout_seconds=60.0,
        upload_retention_seconds=0.0,
        result_retention_seconds=0.0,
        gpu_policy="",
        monitor_interval_seconds=10.0,
    )
