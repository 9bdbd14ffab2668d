from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from tests.unit.gated_engine import EN, MN, WAIT_SECONDS, ZH, Gated, result_of, texts_of, work_of
from translation.engine import Decoding, Encoded
from translation.errors import (
    FatalDeviceError,
    OutOfDeviceMemory,
    RunnerClosed,
    ScriptUnsupported,
    TranslationError,
    UnsupportedPair,
)
from translation.runner import Runner


def test_out_of_memory_halves_the_batch_and_goes_on(start: Callable[..., Runner], engine: Gated) -> None:
    def small_memory(batch: Sequence[Encoded]) -> None:
        if len(batch) > 2:
            raise RuntimeError("CUDA failed with error out of memory")

    engine.on_batch = small_memory
    result = result_of(start(), work_of(*(f"{letter}x {letter}y" for letter in "abcdefgh")))
    assert None not in texts_of(result)
    assert [len(batch) for batch in engine.batches][:3] == [8, 4, 2]


def test_a_sentence_that_fits_alone_nowhere_is_an_error_of_its_own(start: Callable[..., Runner], engine: Gated) -> None:
    def no_memory(batch: Sequence[Encoded]) -> None:
        raise MemoryError

    engine.on_batch = no_memory
    with pytest.raises(OutOfDeviceMemory):
        result_of(start(), work_of("aa bb", "cc dd"))


def test_an_error_of_the_engine_is_the_works_own(start: Callable[..., Runner], engine: Gated) -> None:
    def fail(batch: Sequence[Encoded]) -> None:
        if batch[0].text == "poison":
            raise RuntimeError("no such token")

    engine.on_batch = fail
    runner = start()
    with pytest.raises(RuntimeError, match="no such token"):
        result_of(runner, work_of("poison"))
    assert None not in texts_of(result_of(runner, work_of("fine")))


def test_a_poisoned_device_fails_everything_and_takes_nothing_more(start: Callable[..., Runner], engine: Gated) -> None:
    def die(batch: Sequence[Encoded]) -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    engine.on_batch = die
    engine.gate.clear()
    runner = start()
    first = runner.submit(work_of("one"))
    engine.wait_for_a_batch()
    second = runner.submit(work_of("two"))
    engine.gate.set()
    for future in (first, second):
        with pytest.raises(FatalDeviceError):
            future.result(WAIT_SECONDS)
    with pytest.raises(TranslationError):
        result_of(runner, work_of("three"))
    assert len(engine.batches) == 1


def test_a_doubtful_translation_is_tried_once_more_and_the_better_is_kept(
    start: Callable[..., Runner], engine: Gated
) -> None:
    def check(source_text: str, target_text: str, source: str, target: str) -> tuple[str, ...]:
        return ("repetition",) if "bad" in target_text else ()

    engine.reply = lambda text, decoding: {
        "mended": "bad" if decoding.no_repeat_ngram == 0 else "good",
        "hopeless": "bad" if decoding.no_repeat_ngram == 0 else "bad bad",
    }.get(text)
    result = result_of(start(check=check), work_of("mended", "hopeless", "fine"))
    mended, hopeless, fine = result.answers
    assert mended and (mended.text, mended.flags) == ("good", ())
    assert hopeless and (hopeless.text, hopeless.flags) == ("bad", ("repetition",))
    assert fine and fine.flags == ()
    assert sorted(engine.batches[-1]) == ["hopeless", "mended"]
    assert engine.decodings[-1] == Decoding().stricter()


def test_a_flag_that_no_second_try_can_mend_costs_none(start: Callable[..., Runner], engine: Gated) -> None:
    result = result_of(start(check=lambda *_: ("numbers",)), work_of("page 12"))
    assert result.answers[0] and result.answers[0].flags == ("numbers",)
    assert len(engine.batches) == 1


def test_letters_that_the_model_cannot_read_are_flagged(
    start: Callable[..., Runner], engine: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = engine.encode

    def encode(texts: Sequence[str], source: str, target: str) -> list[Encoded]:
        return [
            Encoded(e.text, e.tokens, e.starts, unknown=int("𠮷" in e.text)) for e in original(texts, source, target)
        ]

    monkeypatch.setattr(engine, "encode", encode)
    first, second = result_of(start(), work_of("a 𠮷", "b")).answers
    assert first and first.flags == ("unk",)
    assert second and second.flags == ()


def test_a_sentence_too_long_for_the_model_is_cut_not_truncated(start: Callable[..., Runner], engine: Gated) -> None:
    words = [f"{a}{b}" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmnopqrst"]
    text = ", ".join(words)
    answer = result_of(start(), work_of(text, align=True)).answers[0]
    sent = [part for batch in engine.batches for part in batch]
    assert len(sent) > 1 and all(len(part.split()) < engine.max_source_tokens for part in sent)
    assert answer and answer.alignment and len(answer.alignment) == len(words)
    assert all(text[s : s + 2].isalpha() and answer.text[t].isalpha() for s, t in answer.alignment)


def test_a_direction_that_the_model_lacks_says_what_wouldwork_of(start: Callable[..., Runner]) -> None:
    engine = Gated({(MN, EN), (EN, ZH), (ZH, MN)})
    runner = Runner(engine, Decoding(), 1000)
    with pytest.raises(UnsupportedPair, match="set via_eng"):
        result_of(runner, work_of("а", source=MN, target=ZH))
    with pytest.raises(UnsupportedPair, match="leave via_eng out"):
        result_of(runner, work_of("我", source=ZH, target=MN, via_eng=True))
    with pytest.raises(ScriptUnsupported):
        result_of(runner, work_of("ᠠ", source="mon_Mong", target=ZH))
    runner.close()


def test_a_future_that_was_cancelled_before_its_turn_is_passed_over(
    start: Callable[..., Runner], engine: Gated
) -> None:
    runner = start()
    engine.gate.clear()
    runner.submit(work_of("first"))
    engine.wait_for_a_batch()
    unwanted = runner.submit(work_of("unwanted"))
    assert unwanted.cancel()
    last = runner.submit(work_of("last"))
    engine.gate.set()
    last.result(WAIT_SECONDS)
    assert ["unwanted"] not in engine.batches


def test_closing_stops_after_the_batch_and_refuses_the_rest(start: Callable[..., Runner], engine: Gated) -> None:
    runner = start(batch_tokens=4)
    engine.gate.clear()
    running = runner.submit(work_of("aa bb cc", "dd ee ff"))
    engine.wait_for_a_batch()
    queued = runner.submit(work_of("x"))
    closer = threading.Thread(target=runner.close)
    closer.start()
    with runner._state:
        assert runner._state.wait_for(lambda: runner._closing, WAIT_SECONDS)
    engine.gate.set()
    closer.join(WAIT_SECONDS)
    for future in (running, queued, runner.submit(work_of("y"))):
        with pytest.raises(RunnerClosed):
            future.result(WAIT_SECONDS)
    assert engine.closed
