from __future__ import annotations

from collections.abc import Callable

from tests.unit.gated_engine import EN, MN, WAIT_SECONDS, ZH, Gated, no_flags, result_of, texts_of, work_of
from translation.engine import Decoding
from translation.runner import Item, Runner, Work


def test_every_item_gets_its_answer_in_order(start: Callable[..., Runner], engine: Gated) -> None:
    texts = ["one", "a much longer sentence than the others", "two words", "one two three"]
    result = result_of(start(), work_of(*texts))
    alone = [engine._translate(engine.encode([text], EN, MN)[0], MN).text for text in texts]
    assert texts_of(result) == alone
    assert result.id == "w" and result.source_chars == sum(map(len, texts)) and result.tokens > 0


def test_repeated_sentences_are_translated_once(start: Callable[..., Runner], engine: Gated) -> None:
    result = result_of(start(), work_of("same", "other one", "same", "same"))
    assert sorted(text for batch in engine.batches for text in batch) == ["other one", "same"]
    assert len(set(texts_of(result))) == 2


def test_batches_stay_within_their_tokens_and_begin_with_the_longest(
    start: Callable[..., Runner], engine: Gated
) -> None:
    texts = [" ".join("abcdefghij"[i % 10] * (i % 3 + 1) for i in range(n)) for n in range(1, 12)]
    result_of(start(batch_tokens=24), work_of(*texts))
    sizes = [[len(text.split()) + 1 for text in batch] for batch in engine.batches]
    assert all(len(rows) * max(rows) <= 24 or len(rows) == 1 for rows in sizes)
    longest = [max(rows) for rows in sizes]
    assert longest == sorted(longest, reverse=True) and len(sizes) > 2


def test_text_without_letters_comes_back_untouched_without_the_model(
    start: Callable[..., Runner], engine: Gated
) -> None:
    result = result_of(start(), work_of("2026-11-23", "42 %", "—", ""))
    assert texts_of(result) == ["2026-11-23", "42 %", "—", ""]
    assert engine.batches == [] and all(answer and answer.flags == () for answer in result.answers)


def test_white_space_around_a_sentence_is_kept(start: Callable[..., Runner]) -> None:
    text = texts_of(result_of(start(), work_of("  hello there\n")))[0]
    assert text is not None and text.startswith("  ") and text.endswith("\n") and text.strip()


def test_urgent_work_goes_first_even_inside_a_running_chunk(start: Callable[..., Runner], engine: Gated) -> None:
    runner = start(batch_tokens=4)
    engine.gate.clear()
    slow = runner.submit(work_of("aa bb cc", "dd ee ff", "gg hh ii", id="slow"))
    engine.wait_for_a_batch()
    quick = runner.submit(work_of("urgent", id="quick", urgent=True))
    engine.gate.set()
    slow.result(WAIT_SECONDS)
    assert quick.done()
    assert engine.batches[1] == ["urgent"] and len(engine.batches) == 4


def test_cancelled_items_come_back_as_none_and_the_others_are_done(start: Callable[..., Runner], engine: Gated) -> None:
    runner = start(batch_tokens=4)
    engine.gate.clear()
    items = (Item("aa bb cc", "t1"), Item("dd ee", "t1"), Item("ff gg", "t2"), Item("both", "t1"), Item("both", "t2"))
    future = runner.submit(Work("w", EN, MN, False, False, items))
    engine.wait_for_a_batch()
    runner.cancel("t1")
    engine.gate.set()
    texts = texts_of(future.result(WAIT_SECONDS))
    assert texts[0] is not None, "it was already in the engine"
    assert texts[1] is None
    assert None not in texts[2:]
    assert not any("dd ee" in batch for batch in engine.batches)


def test_cancelling_reaches_queued_work_but_not_what_comes_later(start: Callable[..., Runner], engine: Gated) -> None:
    runner = start()
    engine.gate.clear()
    runner.submit(work_of("first"))
    engine.wait_for_a_batch()
    queued = runner.submit(work_of("second", tag="t"))
    runner.cancel("t")
    retried = runner.submit(work_of("second", tag="t"))
    engine.gate.set()
    assert texts_of(queued.result(WAIT_SECONDS)) == [None]
    assert texts_of(retried.result(WAIT_SECONDS)) != [None]


def test_two_hops_go_through_english_and_keep_their_places(start: Callable[..., Runner]) -> None:
    engine = Gated({(MN, EN), (EN, ZH)})
    runner = Runner(engine, Decoding(), 1000, check=no_flags)
    work = Work("w", MN, ZH, True, False, (Item("нэг хоёр", align=True), Item("гурав")))
    answer, other = result_of(runner, work).answers
    runner.close()
    assert len(engine.batches) == 2 and not set(engine.batches[0]) & set(engine.batches[1])
    assert answer and answer.alignment and [source for source, _ in answer.alignment] == [0, 4]
    assert other and other.alignment is None


def test_progress_tells_of_the_runningwork_of(start: Callable[..., Runner], engine: Gated) -> None:
    ticks = iter(range(1000))
    runner = start(batch_tokens=4, clock=lambda: float(next(ticks)))
    assert (runner.progress().work_id, runner.progress().queued) == (None, 0)
    engine.gate.clear()
    future = runner.submit(work_of("aa bb cc", "dd ee ff", "12", id="first"))
    engine.wait_for_a_batch()
    later = runner.submit(work_of("x", id="later"))
    now = runner.progress()
    assert (now.work_id, now.done, now.total, now.queued) == ("first", 1, 3, 1)
    engine.gate.set()
    future.result(WAIT_SECONDS)
    later.result(WAIT_SECONDS)
    assert runner.progress().chars_per_second > 0
    assert runner.progress().last_step_at > now.last_step_at
