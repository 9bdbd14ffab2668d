"""Pause, drain, retry, priority and bulk changes, without Ray."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from service_kit import Service
from sqlalchemy import event

from actors import operations as module
from actors import result_views
from actors.bulk import Chosen
from actors.decisions import Prepare, Start
from actors.errors import QueueFull, WorkerFailed
from actors.operations import Row
from storage.blobs import Blob, Written
from storage.errors import FileNotInTask, IllegalTransition, SourceExpired, StorageError, TaskNotFound
from storage.states import TaskMove
from storage.upload_store import StoredFile


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service.of(tmp_path)


def next_start(service: Service) -> list[str]:
    return [one.task_id for one in service.dispatcher.plan(time.time()) if isinstance(one, Start)]


async def test_a_pause_is_kept_over_a_restart_and_ended_by_resume(service: Service, tmp_path: Path) -> None:
    assert await service.operations.pause() == {"paused": True, "draining": False, "idle": True}
    await service.submit("t1")
    assert next_start(service) == []
    later = Service.of(tmp_path)
    later.operations.restore(time.time())
    assert later.operations.state()["paused"]
    await later.operations.resume()
    assert not Service.of(tmp_path).repository.state.flag("paused")


async def test_a_drain_starts_nothing_and_both_states_may_hold_at_once(service: Service) -> None:
    await service.submit("t1")
    await service.operations.pause()
    assert await service.operations.drain() == {"paused": True, "draining": True, "idle": True}
    assert await service.operations.resume() == {"paused": False, "draining": False, "idle": True}
    assert next_start(service) == ["t1"]


async def test_a_server_that_prepares_to_stop_is_not_paused_for_the_next_one(service: Service, tmp_path: Path) -> None:
    await service.submit("t1")
    assert await service.operations.prepare_stop() == {"idle": True}
    assert next_start(service) == []
    assert service.operations.state()["paused"] is False
    assert not Service.of(tmp_path).repository.state.flag("paused")


async def test_work_goes_on_when_the_announced_stop_does_not_come(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_FORGOTTEN_SECONDS", 0.0)
    await service.submit("t1")
    await service.operations.prepare_stop()
    await asyncio.sleep(0.01)  # the timer is due at once; it needs a turn of the loop
    assert next_start(service) == ["t1"]


async def test_a_changed_priority_changes_whose_turn_it_is(service: Service) -> None:
    await service.operations.pause()
    await service.submit("t1")
    await service.submit("t2", "bob")
    await service.operations.reprioritise("t2", 9)
    await service.operations.resume()
    assert next_start(service) == ["t2"]


async def test_the_priority_of_a_task_that_is_over_means_nothing(service: Service) -> None:
    await service.submit("t1")
    await service.operations.cancel("t1")
    with pytest.raises(IllegalTransition) as refused:
        await service.operations.reprioritise("t1", 1)
    assert (refused.value.status, refused.value.data) == (409, {"task_status": "cancelled"})


async def test_a_priority_that_comes_while_the_task_is_told_to_start_does_no_harm(service: Service) -> None:
    await service.submit("t1")
    assert next_start(service) == ["t1"]
    await service.operations.reprioritise("t1", 9)
    assert service.repository.tasks.get("t1")["priority"] == 9


async def test_retry_from_the_start_removes_the_results(service: Service) -> None:
    await service.submit("t1")
    service.repository.tasks.move("t1", TaskMove.START, time.time())
    scratch = service.blobs.scratch()
    scratch.write_bytes(b"result")
    (blob,) = service.blobs.adopt([Written(scratch, 6, "00")], "results")
    assert isinstance(blob, Blob)
    file = service.repository.tasks.files("t1")[0]
    service.repository.tasks.complete_file(file["id"], 1, StoredFile("a", blob.size, blob.sha256, blob.key))
    await service.operations.cancel("t1")
    await service.operations.retry("t1", from_start=True)
    assert service.status("t1") == "pending"
    assert not service.blobs.path(blob.key).exists()
    assert service.repository.tasks.files("t1")[0]["status"] == "pending"
    assert service.repository.events.of_task("t1")[-1]["data"] == {"from_start": True}


async def test_a_retry_that_is_refused_changes_nothing(service: Service) -> None:
    await service.submit("t1")
    with pytest.raises(IllegalTransition):
        await service.operations.retry("t1")
    assert "t1" in service.dispatcher.pending
    await service.operations.cancel("t1")
    service.repository.retention.expire_sources(time.time() + 1)
    with pytest.raises(SourceExpired):
        await service.operations.retry("t1")
    assert service.status("t1") == "cancelled"
    assert "t1" not in service.dispatcher.pending


async def test_many_are_cancelled_at_once_and_the_others_are_named(service: Service) -> None:
    for number in range(4):
        await service.submit(f"t{number}", "anna" if number % 2 else "bob")
    await service.operations.cancel("t0")
    answer = await service.operations.cancel_all(Chosen(client_id="bob"))
    assert answer["done"] == ["t2"]
    assert [(one["task_id"], one["code"]) for one in answer["refused"]] == [("t0", "illegal_transition")]
    answer = await service.operations.cancel_all(Chosen(("pending",), None, ("t1", "t2", "nobody")))
    assert (answer["done"], [one["code"] for one in answer["refused"]]) == (["t1"], ["task_not_found"])
    assert service.status("t3") == "pending"


async def test_a_bulk_retry_stops_exactly_at_the_limit(tmp_path: Path) -> None:
    service = Service.of(tmp_path, max_queue=2)
    for number in range(6):
        await service.submit(f"t{number}")
        await service.operations.cancel(f"t{number}")
    answer = await service.operations.retry_all(Chosen(("cancelled",)), False)
    assert answer["done"] == ["t0", "t1", "t2"]
    assert {one["code"] for one in answer["refused"]} == {QueueFull.code}
    assert service.status("t3") == "cancelled"


async def test_a_deleted_task_is_gone_with_its_files_and_one_that_goes_on_is_not_deleted(service: Service) -> None:
    await service.submit("t1")
    with pytest.raises(IllegalTransition):
        await service.operations.delete("t1")
    service.repository.tasks.move("t1", TaskMove.START, time.time())
    scratch = service.blobs.scratch()
    scratch.write_bytes(b"result")
    (blob,) = service.blobs.adopt([Written(scratch, 6, "00")], "results")
    assert isinstance(blob, Blob)
    file = service.repository.tasks.files("t1")[0]
    service.repository.tasks.complete_file(file["id"], 1, StoredFile("a", blob.size, blob.sha256, blob.key))
    await service.operations.cancel("t1")
    ever = service.repository.totals.now()
    await service.operations.delete("t1")
    assert not service.blobs.path(blob.key).exists()
    assert service.repository.events.of_task("t1") == []
    assert service.repository.totals.now() == ever, "what was counted stays counted"
    with pytest.raises(TaskNotFound):
        await service.operations.delete("t1")


async def test_many_are_deleted_or_given_another_priority_of_one_client_only(service: Service) -> None:
    for number in range(4):
        await service.submit(f"t{number}", "anna" if number % 2 else "bob")
    await service.operations.cancel("t0")
    everything = ("t0", "t1", "t2", "t3")
    answer = await service.operations.reprioritise_all(Chosen(None, "bob", everything), 8)
    assert answer["done"] == ["t2"]
    assert {one["task_id"]: one["code"] for one in answer["refused"]} == {
        "t0": "illegal_transition",
        "t1": "task_not_found",
        "t3": "task_not_found",
    }
    answer = await service.operations.delete_all(Chosen(None, "bob", everything))
    assert answer["done"] == ["t0"]
    assert [service.repository.tasks.get(f"t{number}")["priority"] for number in (1, 2, 3)] == [5, 8, 5]


@pytest.mark.parametrize("fails_on", [False, True], ids=["once", "until it is repaired"])
async def test_what_could_not_be_committed_does_not_wait_either(service: Service, fails_on: bool) -> None:
    await service.submit("t1")
    await service.operations.cancel("t1")
    engine = service.repository.database.engine

    def full(_connection: object) -> None:
        if not fails_on:
            event.remove(engine, "commit", full)
        raise StorageError("The disk is full.")

    for change in (service.operations.retry("t1"), service.submit("t2")):
        event.listen(engine, "commit", full)
        with pytest.raises(StorageError):
            await change
        if fails_on:
            event.remove(engine, "commit", full)
    if fails_on:
        # Whether they were stored could not be known; trying to start them tells.
        await service.workflow.turn()
    assert (len(service.dispatcher.pending), service.dispatcher.pending.starting) == (0, {})
    assert service.status("t1") == "cancelled"


@pytest.mark.parametrize("what", ["cancel", "retry"])
async def test_a_bulk_change_that_is_asked_for_again_tells_also_what_its_first_try_did(
    service: Service, what: str
) -> None:
    """The scheduler died before it answered: by their status the tasks are not found any more."""
    for number in range(4):
        await service.submit(f"t{number}")
    await service.operations.cancel("t0", "another request")
    if what == "cancel":
        ask, statuses, refused = service.operations.cancel_all, ("pending",), "cancelled"
    else:
        for number in (1, 2, 3):
            await service.operations.cancel(f"t{number}")
        await service.operations.retry("t0", request="another request")
        statuses, refused = ("cancelled",), "pending"

        async def ask(chosen: Chosen, request: str = "") -> Row:
            return await service.operations.retry_all(chosen, False, request)

    assert (await ask(Chosen(statuses, None, ("t1", "t2")), "wish"))["done"] == ["t1", "t2"]
    assert await ask(Chosen(statuses), "wish") == {"done": ["t1", "t2", "t3"], "refused": []}
    assert {service.status(f"t{number}") for number in range(1, 4)} == {refused}
    assert (await ask(Chosen(statuses), "a new wish"))["done"] == []


@pytest.mark.parametrize("move", [TaskMove.CANCEL, TaskMove.FAIL, TaskMove.EXPIRE])
async def test_what_was_finished_before_a_task_ended_otherwise_can_be_downloaded(
    service: Service, move: TaskMove
) -> None:
    await service.submit("t1", files=2)
    service.repository.tasks.move("t1", TaskMove.START, time.time())
    first, second = service.repository.tasks.files("t1")
    service.repository.tasks.complete_file(first["id"], 1, StoredFile("a.cmn.txt", 6, "00", "results/aa/1"))
    if move is TaskMove.FAIL:
        service.repository.tasks.fail_file(second["id"], 1, "engine_error", "It broke.")
        service.repository.tasks.move("t1", move, time.time(), error_code="engine_error", error_message="It broke.")
    else:
        await service.workflow.stop("t1", move)
    assert service.status("t1") == {"cancel": "cancelled", "fail": "failed", "expire": "timeout"}[move]
    found = result_views.results(service.repository, "t1")
    assert [file["result_blob"] for file in found["files"]] == ["results/aa/1"]
    assert result_views.result(service.repository, "t1", 1)["result_name"] == "a.cmn.txt"
    with pytest.raises(FileNotInTask):
        result_views.result(service.repository, "t1", 2)


async def test_a_shutdown_uses_up_no_attempt(service: Service, tmp_path: Path) -> None:
    await service.submit("t1")
    (start,) = next_start(service)
    service.repository.tasks.move(start, TaskMove.START, time.time())
    await service.operations.prepare_stop()
    service.repository.database.close()
    later = Service.of(tmp_path)
    (row,) = later.repository.tasks.unfinished()
    assert (row["status"], row["attempt"]) == ("processing", 1)
    later.workflow.take_up(time.time())
    assert Prepare("t1", 1, later.repository.tasks.files("t1")[0]["id"]) in later.dispatcher.plan(time.time())


class Documents:
    """Document workers, each of which ends in the way that is told."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = list(reasons)

    async def run_sized(self, _op: str, _size: int, **_request: Any) -> Row:
        raise WorkerFailed("It ended.", reason=self.reasons.pop(0))


@pytest.mark.parametrize(("reason", "crashes"), [("stopped", 0), ("died", 2)])
async def test_a_document_whose_worker_is_told_to_end_has_not_crashed(
    service: Service, reason: str, crashes: int
) -> None:
    await service.submit("t1")
    service.repository.tasks.move("t1", TaskMove.START, time.time())
    (file,) = service.repository.tasks.files("t1")
    steps: Any = service.workflow.steps
    steps._documents = Documents(*[reason] * 2)
    again: list[Any] = []

    async def note(decision: Any) -> None:
        again.append(decision)

    steps._again = note
    for _ in range(2):
        await steps.prepare("t1", 1, file["id"])
    assert again == [Prepare("t1", 1, file["id"])] * 2
    assert service.repository.tasks.file("t1", 1)["crashes"] == crashes
