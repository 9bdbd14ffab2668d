"""What housekeeping forgets when, each thing by its own age."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from service_kit import Service

from actors.asked import IdempotencyKey
from actors.drain import DEFAULT_SECONDS
from actors.housekeeping import KEY_SECONDS, USAGE_SECONDS, Housekeeping
from actors.words import words_of
from storage.errors import FileNotInTask, TaskNotFound
from storage.states import TaskMove
from storage.sweeping import ORPHAN_AGE_SECONDS
from storage.task_store import NewTask
from storage.times import to_iso
from storage.upload_store import StoredFile

DAY = 86_400.0


def stored(service: Service, kind: str) -> StoredFile:
    staged = service.blobs.stage()
    staged.write(b"text")
    blob = staged.commit(kind)
    return StoredFile("a.txt", blob.size, blob.sha256, blob.key)


def keeper_of(service: Service) -> Housekeeping:
    unused: Any = None
    return Housekeeping(
        service.config,
        service.rules,
        service.repository,
        service.blobs,
        service.dispatcher,
        service.workflow,
        unused,
        words_of(
            service.config, service.rules, service.repository, service.workflow, unused, service.blobs
        ).memory.retain,
    )


async def retain(service: Service) -> None:
    await keeper_of(service)._retain()


async def test_a_task_that_starts_later_does_not_make_the_server_look_slow(tmp_path: Path) -> None:
    service = Service.of(tmp_path, max_tasks=1)
    later = NewTask("t1", "anna", "mon_Cyrl", "cmn_Hans", False, 5, not_before=to_iso(time.time() + DAY))
    await service.submission.submit(later, [stored(service, "uploads")], None)
    keeper = keeper_of(service)
    assert service.dispatcher.waiting_tasks() == 1 and keeper.drain_seconds() == DEFAULT_SECONDS
    assert keeper.drain._busy_since is None
    for number in (2, 3):
        await service.submit(f"t{number}")
    keeper.drain_seconds()
    assert keeper.drain._busy_since is not None, "one waits for a place"


class Kept:
    """A task that ended `days` ago with a result, an upload without a task that is as old, and what is left of them."""

    def __init__(self, folder: Path, days: float, **ages: float) -> None:
        self.service = service = Service.of(folder, **ages)
        self.then = time.time() - days * DAY
        self.waiting, self.source, self.result = (stored(service, kind) for kind in ("uploads", "uploads", "results"))

    async def made(self) -> Kept:
        service, tasks = self.service, self.service.repository.tasks
        task = NewTask("t1", "anna", "mon_Cyrl", "cmn_Hans", False, 5)
        await service.submission.submit(task, [self.source], IdempotencyKey("key", "hash"))
        service.repository.uploads.add("anna", [self.waiting], self.then)
        tasks.move("t1", TaskMove.START, self.then)
        (file,) = tasks.files("t1")
        tasks.complete_file(file["id"], 1, self.result)
        tasks.move("t1", TaskMove.COMPLETE, self.then)
        await retain(service)
        return self

    @property
    def left(self) -> set[str]:
        """What is there, as a row and as a file."""
        repository, blobs = self.service.repository, self.service.blobs
        there = {"waiting"} if repository.uploads.count("anna") else set()
        assert blobs.path(self.waiting.blob).exists() is bool(there)
        try:
            file = repository.tasks.file("t1", 1)
        except (TaskNotFound, FileNotInTask):
            file = {"blob": "", "result_blob": None}
        else:
            there.add("row")
        for name, one, key in (("source", self.source, file["blob"]), ("result", self.result, file["result_blob"])):
            assert blobs.path(one.blob).exists() is bool(key)
            there |= {name} if key else set()
        return there


@pytest.mark.parametrize(
    ("age", "left"),
    [
        ("", {"waiting", "source", "result", "row"}),
        ("upload_retention_seconds", {"result", "row"}),
        ("result_retention_seconds", {"waiting", "source", "row"}),
        ("task_retention_seconds", {"waiting"}),
    ],
)
async def test_uploads_results_and_rows_go_each_by_its_own_age(tmp_path: Path, age: str, left: set[str]) -> None:
    ages = {age: 10 * DAY} if age else {}
    assert (await Kept(tmp_path / "old", 11.0, **ages).made()).left == left
    assert (await Kept(tmp_path / "young", 9.0, **ages).made()).left == {"waiting", "source", "result", "row"}


async def test_old_keys_and_usage_are_forgotten_in_steps_that_let_others_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service.of(tmp_path)
    await service.submit("t1")
    now = time.time()
    with service.repository.database.transaction():
        for number in range(2_500):
            service.repository.idempotency.add("anna", f"k{number}", "hash", "t1", now - KEY_SECONDS - 60)
            service.repository.usage.add(f"c{number}", 7, now - USAGE_SECONDS - DAY)
    service.repository.idempotency.add("anna", "new", "hash", "t1", now - KEY_SECONDS + 60)
    steps: list[int] = []
    for store in (service.repository.idempotency, service.repository.usage):
        prune = store.prune

        def counted(before: float, prune: Any = prune) -> int:
            steps.append(prune(before))
            return steps[-1]

        monkeypatch.setattr(store, "prune", counted)
    await retain(service)
    assert steps == [2_000, 500, 0] * 2
    assert service.repository.idempotency.find("anna", "new", "hash") == "t1"


async def test_a_blob_that_no_row_names_is_swept_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(tmp_path, 1.0)
    service = kept.service
    orphan = stored(kept.service, "results")
    now = time.time()
    await kept.made()
    assert kept.service.blobs.path(orphan.blob).exists(), "its task may just be being made"
    monkeypatch.setattr(time, "time", lambda: now + ORPHAN_AGE_SECONDS + 60)
    await retain(service)
    assert not service.blobs.path(orphan.blob).exists()
    assert kept.left == {"waiting", "source", "result", "row"}
