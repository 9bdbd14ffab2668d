from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.unit.gated_engine import Gated, result_of, work_of
from translation.budget import TokenBudget, first_tokens
from translation.device_memory import free_bytes
from translation.engine import Encoded
from translation.runner import Runner

GIB = 1 << 30


def test_more_free_memory_and_a_narrower_search_begin_with_larger_batches() -> None:
    assert (
        first_tokens("cuda:0", 4, 8 * GIB) < first_tokens("cuda:0", 4, 70 * GIB) < first_tokens("cuda:0", 1, 70 * GIB)
    )
    assert first_tokens("cuda:0", 4, 0) > 0
    assert first_tokens("cpu", 2, 500 * GIB) == first_tokens("cuda:0", 2, None) == 2048


def test_a_failure_halves_the_budget_and_full_batches_bring_it_back_below_what_failed() -> None:
    budget = TokenBudget(1000, 4000)
    budget.failed(800)
    assert budget.tokens == 400
    for _ in range(500):
        budget.succeeded(budget.tokens)
    assert budget.tokens == 799
    for _ in range(1500):
        budget.succeeded(budget.tokens)
    assert budget.tokens == 4000


def test_small_batches_do_not_say_that_there_is_room() -> None:
    budget = TokenBudget(1000, 4000)
    for _ in range(500):
        budget.succeeded(10)
    assert budget.tokens == 1000


def test_a_runner_that_ran_out_of_memory_grows_its_batches_again(start: Callable[..., Runner], engine: Gated) -> None:
    full = True

    def memory(batch: Sequence[Encoded]) -> None:
        if full and len(batch) > 2:
            raise RuntimeError("CUDA failed with error out of memory")

    engine.on_batch = memory
    runner = start(batch_tokens=24)
    texts = [f"{a}x {b}y" for a in "abcdefgh" for b in "abcdefghijklmnopqrstuvwxyz"]
    result_of(runner, work_of(*texts))
    assert {len(batch) for batch in engine.batches[3:]} <= {1, 2, 3}
    full = False
    for turn in range(30):
        result_of(runner, work_of(*(f"{text} {turn}" for text in texts)))
    assert len(engine.batches[-2]) > 3


def test_free_memory_is_asked_of_the_driver_in_the_context_that_is_there() -> None:
    class Driver:
        def __init__(self, failing: str = "") -> None:
            self.calls: list[str] = []
            self._failing = failing

        def __getattr__(self, name: str) -> Callable[..., int]:
            def call(*arguments: object) -> int:
                self.calls.append(name)
                if name == "cuMemGetInfo_v2":
                    arguments[0]._obj.value = 7 * GIB  # type: ignore[attr-defined]
                return int(name == self._failing)

            return call

    good = Driver()
    assert free_bytes("cuda:0", lambda: good) == 7 * GIB
    assert good.calls[-1] == "cuDevicePrimaryCtxRelease_v2" and "cuCtxPopCurrent_v2" in good.calls
    assert free_bytes("cuda:0", lambda: Driver("cuMemGetInfo_v2")) is None
    assert free_bytes("cuda:0", lambda: Driver("cuInit")) is None
    assert (free_bytes("cpu") or 0) > 0

    def missing() -> object:
        raise OSError

    assert free_bytes("cuda:0", missing) is None
