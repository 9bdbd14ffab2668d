"""The dispatcher under ten thousand small random schedules, and one larger run."""

from __future__ import annotations

import pytest

from benchmarks import tail
from benchmarks.simulate import large
from benchmarks.simulation.schedules import run_schedule

SCHEDULES = 10_000


@pytest.mark.timeout(300)  # 20 s of processor time, on machines that may be busy
def test_every_promise_holds_in_ten_thousand_schedules() -> None:
    happened: dict[str, int] = {}
    for seed in range(SCHEDULES):
        for what, count in run_schedule(seed).counts.items():
            happened[what] = happened.get(what, 0) + count
    # The schedules are only worth something if these things happen in them.
    for what in (
        "completed",
        "failed",
        "cancelled",
        "timeout",
        "requeues",
        "replaced",
        "gpu deaths",
        "scheduler deaths",
    ):
        assert happened[what] > 100, what


def test_the_same_seed_gives_the_same_decisions() -> None:
    assert run_schedule(12).digest == run_schedule(12).digest != run_schedule(13).digest


def test_gpus_do_not_idle_while_work_waits_and_equal_clients_get_equal_shares() -> None:
    world, watch = large(20, 2_000, 7)
    assert watch.idle_seconds / watch.up_seconds < 0.01
    error, windows = watch.share_error()
    assert windows > 10
    assert error < 0.10
    assert not world.counts.get("files failed without being at fault")


@pytest.mark.parametrize("name", tail.FLEETS)
def test_gpus_of_unequal_speed_finish_a_large_file_together(name: str) -> None:
    found = tail.mean(tail.FLEETS[name], 3_000)
    assert found.idle < 0.05
    assert found.lost < 0.05
    assert found.stretch < 1.05
