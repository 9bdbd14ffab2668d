"""What a task's time limit does not count: a server that is down, and one that is paused."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from dispatch_kit import Shell, dispatcher, task
from service_kit import Service
from storage_kit import NOW, accept, start

from actors import decisions as do
from actors.facts import task_facts
from storage.repository import Repository
from storage.states import TaskMove


def idle(repository: Repository, task_id: str) -> float:
    return float(repository.tasks.get(task_id)["idle_seconds"])


def test_time_since_work_was_last_noted_does_not_count_for_what_is_in_work(repository: Repository) -> None:
    accept(repository, "waits")
    start(repository, "old", at=NOW + 10)
    repository.state.note_work(NOW + 100)
    start(repository, "young", at=NOW + 130)
    repository.state.work_begins(NOW + 150)
    assert [idle(repository, name) for name in ("waits", "old", "young")] == [0, pytest.approx(50), pytest.approx(20)]
    repository.state.work_begins(NOW + 160)
    assert idle(repository, "old") == pytest.approx(60)


def test_a_clock_that_was_set_back_takes_nothing_away(repository: Repository) -> None:
    start(repository)
    repository.state.note_work(NOW + 100)
    repository.state.work_begins(NOW - 500)
    assert idle(repository, "t1") == 0


def test_a_database_that_has_no_note_yet_credits_nothing(repository: Repository) -> None:
    start(repository)
    repository.state.work_begins(NOW + 5_000)
    assert idle(repository, "t1") == 0


def test_what_was_idle_is_no_time_of_work_and_a_retry_begins_without_it(repository: Repository) -> None:
    start(repository)
    repository.state.note_work(NOW + 10)
    repository.state.work_begins(NOW + 70)
    assert task_facts(repository.tasks.get("t1"), repository).idle_seconds == pytest.approx(60)
    assert repository.tasks.move("t1", TaskMove.FAIL, NOW + 90)["processing_seconds"] == pytest.approx(30)
    repository.tasks.move("t1", TaskMove.RETRY, NOW + 91)
    assert idle(repository, "t1") == 0


def test_a_task_expires_after_its_limit_and_what_was_idle() -> None:
    shell = Shell(dispatcher(timeout=100.0))
    shell.core.resume(replace(task("t"), idle_seconds=1_000.0), 1_050.0)
    shell.known["t"] = task("t")
    assert do.Expire("t") not in shell.run(1_099.0)
    assert do.Expire("t") in shell.run(1_101.0)


async def test_a_pause_is_idle_time_over_a_restart_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service.of(tmp_path)
    await service.submit("t1")
    began = time.time()
    service.repository.tasks.move("t1", TaskMove.START, began)
    service.repository.state.note_work(began)
    await service.operations.pause()
    monkeypatch.setattr(time, "time", lambda: began + 300)
    later = Service.of(tmp_path)
    later.repository.state.work_begins(began + 300)
    later.operations.restore(began + 300)
    monkeypatch.setattr(time, "time", lambda: began + 500)
    await later.operations.resume()
    assert idle(later.repository, "t1") == pytest.approx(500, abs=1)
