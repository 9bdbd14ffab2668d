"""Uploads, events, GPU rows, figures and retention, over SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from storage_kit import HOUR, NOW, accept, finish, prepare, start, stored, translated

from storage.repository import Repository
from storage.retention_store import START, Mark
from storage.states import TaskMove


def gpu(gpu_id: str, **differs: Any) -> dict[str, Any]:
    sample = {"gpu_id": gpu_id, "device_name": "H100", "memory_total": 80_000, "memory_used": 1, "memory_free": 79_999}
    return {**sample, "utilization": None, "temperature": 40.5, "is_available": True, "reason": None, **differs}


def test_uploads_are_taken_once_in_order(repository: Repository) -> None:
    repository.uploads.add("anna", [stored("б"), stored("а")], NOW)
    repository.uploads.add("ben", [stored("в")], NOW)
    repository.uploads.add("anna", [stored("г")], NOW - 1)
    assert repository.uploads.count("anna") == 3
    assert [file.name for file in repository.uploads.take("anna")] == ["б", "а", "г"]
    assert repository.uploads.take("anna") == []
    assert repository.uploads.count("ben") == 1


def test_an_upload_that_is_announced_twice_is_kept_once(repository: Repository) -> None:
    files = [stored("а"), stored("б")]
    repository.uploads.add("anna", files, NOW)
    repository.uploads.add("anna", [*files, stored("в")], NOW)
    assert repository.uploads.take("anna") == [*files, stored("в")]


def test_known_blobs_are_those_of_uploads_tasks_and_results(repository: Repository) -> None:
    repository.uploads.add("anna", [stored(blob="uploads/aa/1")], NOW)
    file_id = start(repository, files=[stored(blob="uploads/aa/2"), stored(blob="uploads/aa/3")])
    repository.tasks.complete_file(file_id, 1, stored(blob="results/aa/4"))
    assert set().union(*repository.uploads.known_blobs()) == {
        "uploads/aa/1",
        "uploads/aa/2",
        "uploads/aa/3",
        "results/aa/4",
    }


def test_a_forgotten_blob_is_not_a_known_one(repository: Repository) -> None:
    start(repository)
    finish(repository, "t1", TaskMove.COMPLETE, NOW)
    repository.retention.expire_sources(NOW + 1)
    assert list(repository.uploads.known_blobs()) == [set()]


def test_events_are_read_from_where_one_left_off(repository: Repository) -> None:
    accept(repository, "t1")
    accept(repository, "t2")
    repository.events.add("t1", 1, "leased", NOW, gpu="н0", count=3)
    repository.events.add("t1", 1, "checkpointed", NOW)
    events = repository.events.of_task("t1")
    assert [event["kind"] for event in events] == ["accepted", "leased", "checkpointed"]
    assert events[1]["data"] == {"gpu": "н0", "count": 3}
    assert [event["kind"] for event in repository.events.of_task("t1", after=events[0]["id"], limit=1)] == ["leased"]


def test_a_sample_replaces_the_gpus_of_its_node_and_keeps_what_they_work_for(repository: Repository) -> None:
    repository.gpus.replace_node("n1", [gpu("g0"), gpu("g1")], NOW)
    repository.gpus.replace_node("n2", [gpu("g2")], NOW)
    repository.gpus.set_current({"g0": "t1", "g2": "t2", "gone": "t3"})
    repository.gpus.replace_node("n1", [gpu("g0", is_available=False, reason="hot")], NOW + 5)
    rows = {row["gpu_id"]: row for row in repository.gpus.all()}
    assert sorted(rows) == ["g0", "g2"]
    assert (rows["g0"]["current_task_id"], rows["g0"]["is_available"], rows["g0"]["reason"]) == ("t1", False, "hot")
    repository.gpus.set_current({"g0": None})
    repository.gpus.remove_nodes_except(["n1"])
    assert [(row["gpu_id"], row["current_task_id"]) for row in repository.gpus.all()] == [("g0", None)]
    repository.gpus.replace_node("n1", [], NOW)
    assert repository.gpus.all() == []


def test_a_machine_that_joins_again_as_another_node_keeps_its_gpus(repository: Repository) -> None:
    repository.gpus.replace_node("old", [gpu("g0")], NOW)
    repository.gpus.set_current({"g0": "t1"})
    repository.gpus.replace_node("new", [gpu("g0")], NOW)
    assert [(row["node"], row["current_task_id"]) for row in repository.gpus.all()] == [("new", "t1")]


def test_figures_agree_with_the_tasks(repository: Repository) -> None:
    assert set(repository.figures.counts().values()) == {0}
    assert repository.figures.oldest_pending() is None
    empty = repository.figures.of_tasks(0.0)
    assert (empty["ended"], empty["mean_processing_seconds"], empty["segments"], empty["chars"]) == (0, None, 0, 0)
    accept(repository, "waits", at=NOW + 2)
    accept(repository, "waits longer", at=NOW + 1)
    file_id = start(repository, "done")
    prepare(repository, file_id, ["aaa", "bb"])
    finish(repository, "done", TaskMove.COMPLETE, NOW + 20)
    start(repository, "failed")
    finish(repository, "failed", TaskMove.FAIL, NOW + 30)
    start(repository, "old")
    finish(repository, "old", TaskMove.COMPLETE, NOW + 3)
    assert repository.figures.counts() == {
        "pending": 2,
        "processing": 0,
        "completed": 2,
        "failed": 1,
        "cancelled": 0,
        "timeout": 0,
    }
    assert repository.figures.oldest_pending() == NOW + 1
    recent = repository.figures.of_tasks(NOW + 10)
    assert (recent["ended"], recent["completed"], recent["segments"], recent["chars"]) == (2, 1, 2, 5)
    assert recent["mean_processing_seconds"] == pytest.approx(20)
    assert {type(recent[name]) for name in ("ended", "completed", "segments", "chars")} == {int}


Step = Callable[[float, Mark], tuple[list[str], Mark | None]]


def all_steps(step: Step, before: float) -> list[str]:
    """-> the blobs of all steps, as housekeeping asks for them."""
    blobs: list[str] = []
    mark: Mark | None = START
    while mark is not None:
        doomed, mark = step(before, mark)
        blobs += doomed
    return blobs


def test_uploads_without_a_task_are_forgotten_when_they_are_old(repository: Repository) -> None:
    repository.uploads.add("anna", [stored("old")], NOW - HOUR)
    repository.uploads.add("anna", [stored("new")], NOW)
    assert repository.retention.expire_uploads(NOW - 1) == ["uploads/aa/old"]
    assert [file.name for file in repository.uploads.take("anna")] == ["new"]


def test_sources_and_results_of_tasks_that_ended_long_ago_are_forgotten_but_their_rows_stay(
    repository: Repository,
) -> None:
    for task_id, end in (("old", TaskMove.COMPLETE), ("recent", TaskMove.COMPLETE), ("runs", None)):
        file_id = start(repository, task_id, at=NOW - 2 * HOUR)
        prepare(repository, file_id, ["a"])
        repository.segments.save(task_id, 1, [translated(file_id, 0)])
        repository.tasks.complete_file(file_id, 1, stored(blob=f"results/aa/{task_id}"))
        if end is not None:
            finish(repository, task_id, end, NOW - HOUR if task_id == "old" else NOW)
    accept(repository, "waits", at=NOW - 9 * HOUR)
    assert all_steps(repository.retention.expire_sources, NOW - 60) == ["uploads/aa/old"]
    assert all_steps(repository.retention.expire_results, NOW - 60) == ["results/aa/old"]
    old = repository.tasks.file("old", 1)
    assert (old["blob"], old["result_blob"], old["result_name"], old["segments_total"]) == ("", None, "тайлан.docx", 1)
    assert list(repository.segments.of_file(old["id"])) == []
    for task_id in ("recent", "runs"):
        file = repository.tasks.file(task_id, 1)
        assert (file["blob"], file["result_blob"]) == (f"uploads/aa/{task_id}", f"results/aa/{task_id}")
        assert len(list(repository.segments.of_file(file["id"]))) == 1
    assert all_steps(repository.retention.expire_sources, NOW - 60) == []
    assert all_steps(repository.retention.expire_results, NOW - 60) == []


def test_a_task_that_is_tried_again_is_not_forgotten_for_its_first_end(repository: Repository) -> None:
    start(repository, at=NOW - 3 * HOUR)
    finish(repository, "t1", TaskMove.FAIL, NOW - 2 * HOUR)
    finish(repository, "t1", TaskMove.RETRY, NOW)
    assert all_steps(repository.retention.expire_sources, NOW) == []


def test_a_task_that_is_removed_takes_all_that_belongs_to_it_along(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["a"])
    repository.tasks.complete_file(file_id, 1, stored(blob="results/aa/1"))
    finish(repository, "t1", TaskMove.COMPLETE, NOW)
    accept(repository, "t2")
    assert repository.retention.expire_tasks(NOW + 1, 10) == (1, ["uploads/aa/t1", "results/aa/1"])
    assert repository.tasks.files("t1") == []
    assert repository.events.of_task("t1") == []
    assert list(repository.segments.of_file(file_id)) == []
    assert repository.retention.expire_tasks(NOW + 1, 10) == (0, [])
    assert [row["task_id"] for row in repository.tasks.unfinished()] == ["t2"]


def test_a_note_for_a_task_that_is_gone_does_not_fail_the_change_that_takes_it_along(repository: Repository) -> None:
    accept(repository, "t1")
    repository.events.note("gone", 1, "leased", NOW)
    repository.events.note("t1", 1, "leased", NOW)
    repository.events.add("t1", 1, "checkpointed", NOW)
    assert [event["kind"] for event in repository.events.of_task("t1")] == ["accepted", "leased", "checkpointed"]
    assert repository.events.of_task("gone") == []
