"""Several batches decoded at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from tests.unit.gated_engine import WAIT_SECONDS, Gated, texts_of, work_of
from translation.budget import budget_for
from translation.engine import Encoded
from translation.engines.ctranslate2_engine import split_threads
from translation.errors import FatalDeviceError, RunnerClosed
from translation.runner import Runner


@pytest.fixture
def engine() -> Gated:
    engine = Gated()
    engine.parallel = 2
    return engine


def test_two_batches_are_decoded_at_once(start: Callable[..., Runner], engine: Gated) -> None:
    both = threading.Barrier(2, timeout=WAIT_SECONDS)
    engine.on_batch = lambda batch: both.wait() and None
    runner = start(batch_tokens=1)
    result = runner.submit(work_of("aa", "bb", "cc", "dd")).result(WAIT_SECONDS)
    assert None not in texts_of(result)
    assert sorted(engine.batches) == [["aa"], ["bb"], ["cc"], ["dd"]]


def test_urgent_work_goes_ahead_while_another_batch_is_decoded(start: Callable[..., Runner], engine: Gated) -> None:
    held = threading.Event()

    def hold(batch: Sequence[Encoded]) -> None:
        if batch[0].text == "slow":
            assert held.wait(WAIT_SECONDS)

    engine.on_batch = hold
    runner = start()
    slow = runner.submit(work_of("slow", id="1"))
    engine.wait_for_a_batch()
    assert None not in texts_of(runner.submit(work_of("aa", id="2", urgent=True)).result(WAIT_SECONDS))
    assert not slow.done()
    held.set()
    assert None not in texts_of(slow.result(WAIT_SECONDS))


def test_the_time_of_a_batch_counts_as_its_share_of_the_device(start: Callable[..., Runner], engine: Gated) -> None:
    ticks = iter(range(1_000_000))
    runner = start(clock=lambda: float(next(ticks)))
    result = runner.submit(work_of("aa")).result(WAIT_SECONDS)
    assert result.seconds == 0.5  # one tick, on a device that does two batches in it


def test_closing_waits_for_every_batch_and_frees_the_device_once(start: Callable[..., Runner], engine: Gated) -> None:
    engine.gate.clear()
    runner = start(batch_tokens=1)
    future = runner.submit(work_of("aa", "bb", "cc"))
    engine.wait_for_a_batch()
    engine.wait_for_a_batch()
    closing = threading.Thread(target=runner.close)
    closing.start()
    assert not engine.closed
    engine.gate.set()
    closing.join(WAIT_SECONDS)
    assert engine.closed
    assert len(engine.batches) == 2
    with pytest.raises(RunnerClosed):
        future.result(WAIT_SECONDS)


def test_a_device_that_fails_stops_all_threads(start: Callable[..., Runner], engine: Gated) -> None:
    def die(batch: Sequence[Encoded]) -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    engine.on_batch = die
    runner = start(batch_tokens=1)
    with pytest.raises(FatalDeviceError):
        runner.submit(work_of("aa", "bb", "cc", "dd")).result(WAIT_SECONDS)
    runner.close()
    assert engine.closed


def test_a_batch_that_found_no_memory_is_taken_up_by_whoever_is_free(
    start: Callable[..., Runner], engine: Gated
) -> None:
    def small_memory(batch: Sequence[Encoded]) -> None:
        if len(batch) > 1:
            raise MemoryError

    engine.on_batch = small_memory
    result = start().submit(work_of("aa", "bb", "cc", "dd", "ee")).result(WAIT_SECONDS)
    assert None not in texts_of(result)


@pytest.mark.parametrize(
    ("device", "threads", "expected"),
    [
        ("cpu", 0, (1, 0)),
        ("cpu", 1, (1, 1)),
        ("cpu", 2, (2, 1)),
        ("cpu", 7, (4, 1)),
        ("cpu", 16, (4, 4)),
        ("cuda", 8, (1, 8)),
    ],
)
def test_threads_go_into_batches_first(device: str, threads: int, expected: tuple[int, int]) -> None:
    assert split_threads(device, threads) == expected


def test_batches_that_share_the_cpu_are_smaller() -> None:
    assert budget_for("cpu", 2, None, parallel=2).tokens < budget_for("cpu", 2, None).tokens
    assert budget_for("cpu", 2, 300, parallel=2).tokens == 300
