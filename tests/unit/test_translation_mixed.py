"""Token batches that several works share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.unit.gated_engine import EN, WAIT_SECONDS, ZH, Gated, no_flags, texts_of, work_of
from translation.engine import Decoding, Encoded
from translation.job import Job
from translation.mixed import filled
from translation.runner import Runner, WorkResult


def _all(runner: Runner, engine: Gated, *works: object) -> list[WorkResult]:
    """-> the results of works that wait together behind a first batch, which is forgotten."""
    engine.gate.clear()
    first = runner.submit(work_of("first", id="first"))
    engine.wait_for_a_batch()
    futures = [runner.submit(work) for work in works]  # type: ignore[arg-type]
    # Encoded in order by the thread beside: when this urgent one is refused for its languages, all before it are ready.
    refused = runner.submit(work_of("x", id="x", urgent=False, source="none"))
    with pytest.raises(Exception, match="none"):
        refused.result(WAIT_SECONDS)
    engine.gate.set()
    first.result(WAIT_SECONDS)
    found = [future.result(WAIT_SECONDS) for future in futures]
    del engine.batches[0], engine.decodings[0]
    return found


def test_what_a_work_leaves_free_is_filled_with_the_next_ones_sentences(
    start: Callable[..., Runner], engine: Gated
) -> None:
    results = _all(start(), engine, work_of("aa bb", "cc dd", id="1"), work_of("ee ff", "gg", id="2"))
    assert [sorted(batch) for batch in engine.batches] == [["aa bb", "cc dd", "ee ff", "gg"]]
    assert all(None not in texts_of(result) for result in results)
    assert results[0].seconds > 0 and results[1].seconds > 0


def test_nothing_longer_rides_along(start: Callable[..., Runner], engine: Gated) -> None:
    _all(start(), engine, work_of("aa bb", id="1"), work_of("long " * 8 + "long", "cc", id="2"))
    assert [sorted(batch) for batch in engine.batches] == [["aa bb", "cc"], ["long " * 8 + "long"]]


def test_other_languages_do_not_mix(start: Callable[..., Runner], engine: Gated) -> None:
    _all(start(), engine, work_of("aa", id="1"), work_of("bb", id="2", source=ZH, target=EN))
    assert engine.batches == [["aa"], ["bb"]]


@pytest.mark.parametrize(("beam", "shared"), [(1, 2), (4, 1)])
def test_only_what_is_decoded_alike_is_decoded_together(engine: Gated, beam: int, shared: int) -> None:
    jobs = [
        Job(work_of("aa", id="1"), engine, Decoding(beam_size=1), no_flags),
        Job(work_of("bb", id="2"), engine, Decoding(beam_size=beam), no_flags),
    ]
    for job in jobs:
        job.prepare()
    batch = jobs[0].take(100)
    assert batch is not None
    assert len(filled(jobs[0], batch, jobs, 100).parts) == shared


def test_urgent_work_takes_nobody_along(start: Callable[..., Runner], engine: Gated) -> None:
    _all(start(), engine, work_of("aa", id="1"), work_of("bb", id="2", urgent=True))
    assert engine.batches == [["bb"], ["aa"]]


def test_nobody_is_blamed_for_the_sentence_of_a_work_that_shared_its_batch(
    start: Callable[..., Runner], engine: Gated
) -> None:
    def fail(batch: Sequence[Encoded]) -> None:
        if any(item.text == "poison" for item in batch):
            raise RuntimeError("no such token")

    engine.on_batch = fail
    runner = start()
    engine.gate.clear()
    first = runner.submit(work_of("first", id="first"))
    engine.wait_for_a_batch()
    good, bad = runner.submit(work_of("aa bb", id="1")), runner.submit(work_of("poison", id="2"))
    with pytest.raises(Exception, match="none"):
        runner.submit(work_of("x", id="x", source="none")).result(WAIT_SECONDS)
    engine.gate.set()
    first.result(WAIT_SECONDS)
    assert None not in texts_of(good.result(WAIT_SECONDS))
    with pytest.raises(RuntimeError, match="no such token"):
        bad.result(WAIT_SECONDS)


def test_a_shared_batch_that_is_too_large_is_halved(start: Callable[..., Runner], engine: Gated) -> None:
    def small_memory(batch: Sequence[Encoded]) -> None:
        if len(batch) > 2:
            raise MemoryError

    engine.on_batch = small_memory
    results = _all(start(), engine, work_of("aa", "bb", "cc", id="1"), work_of("dd", "ee", "ff", id="2"))
    assert all(None not in texts_of(result) for result in results)


def test_a_cancelled_work_gives_nothing_to_anothers_batch(start: Callable[..., Runner], engine: Gated) -> None:
    runner = start()
    engine.gate.clear()
    first = runner.submit(work_of("first", id="first"))
    engine.wait_for_a_batch()
    kept, gone = runner.submit(work_of("aa", id="1", tag="kept")), runner.submit(work_of("bb", id="2", tag="gone"))
    with pytest.raises(Exception, match="none"):
        runner.submit(work_of("x", id="x", source="none")).result(WAIT_SECONDS)
    runner.cancel("gone")
    engine.gate.set()
    assert first.result(WAIT_SECONDS) and texts_of(gone.result(WAIT_SECONDS)) == [None]
    assert None not in texts_of(kept.result(WAIT_SECONDS))
    assert engine.batches == [["first"], ["aa"]]
