from __future__ import annotations

from dataclasses import replace

from actors.dispatch import GpuView, JobView, select_best_gpu

JOB = JobView("file", 1_000, ("mon_Cyrl", "cmn_Hans", False))


def gpu(name: str, speed: float = 1_000.0, backlog: int = 0) -> GpuView:
    return GpuView(name, name, speed, backlog)


def name_of(*gpus: GpuView, job: JobView = JOB) -> str | None:
    chosen = select_best_gpu(gpus, job)
    return chosen.translator if chosen is not None else None


def test_the_gpu_that_will_be_done_first_is_chosen() -> None:
    assert name_of(gpu("slow", 500.0), gpu("fast", 4_000.0)) == "fast"
    assert name_of(gpu("idle", 1_000.0), gpu("busy", 1_000.0, 5_000)) == "idle"
    assert name_of(gpu("idle", 100.0), gpu("busy", 4_000.0, 4_000)) == "busy"


def test_no_gpu_is_chosen_when_none_is_available() -> None:
    assert name_of() is None
    assert name_of(replace(gpu("a"), is_available=False)) is None


def test_equal_gpus_are_chosen_by_name_so_that_runs_can_be_repeated() -> None:
    assert name_of(gpu("b"), gpu("a")) == name_of(gpu("a"), gpu("b")) == "a"


def test_somebody_elses_load_counts() -> None:
    assert name_of(replace(gpu("shared", 1_500.0), utilization=90.0), gpu("free")) == "free"


def test_little_memory_weighs_more_for_short_texts() -> None:
    tight, roomy = replace(gpu("tight", 2_000.0), memory_free_mib=1), gpu("roomy")
    assert name_of(tight, roomy) == "tight"
    assert name_of(tight, roomy, job=replace(JOB, kind="text")) == "roomy"


def test_a_throttled_gpu_counts_as_slower_and_more_so_for_a_text() -> None:
    throttled, slower = replace(gpu("throttled", 1_500.0), throttled=True), gpu("slower")
    assert name_of(throttled, slower) == "throttled"
    assert name_of(throttled, slower, job=replace(JOB, kind="text")) == "slower"


def test_a_document_chunk_needs_memory_for_a_second_of_work_of_that_gpu() -> None:
    tight, roomy = replace(gpu("tight", 10_000.0), memory_free_mib=30), gpu("roomy", 8_000.0)
    assert name_of(tight, roomy) == "roomy"
    assert name_of(replace(tight, memory_free_mib=40), roomy) == "tight"
