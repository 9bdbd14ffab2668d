"""Other translations of a sentence: from the beam of each engine to the answer of a short text."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from actors.decisions import Leg, Send
from actors.dispatch import Dispatcher, Limits
from actors.errors import NoText
from actors.failures import Failure
from actors.team import Translator
from actors.text_service import Asked, TextService, TextWishes
from storage.memory_store import Scope
from tests.unit.gated_engine import EN, MN, ZH, Gated, no_flags, result_of, work_of
from translation.alternatives import MOST, by_rank, says, worth_showing
from translation.engine import Decoding, Engine, Output
from translation.engines.fake import FakeEngine, FakeOptions
from translation.factory import EngineOptions, load_engine
from translation.guards import check
from translation.runner import Item, Runner, Work
from translation.term_tries import again, settled
from translation.terms import TermMatch

SEVERAL = Decoding(beam_size=2).several(3)


# ---- pure


def test_two_that_differ_in_marks_spaces_and_capitals_say_the_same() -> None:
    assert says("Save the file?") == says("save the  file") != says("Save a file?")
    assert says("—") != says("…")


def test_what_is_worth_showing_is_new_and_in_no_worse_doubt() -> None:
    found = [("Save.", ()), ("Keep", ("length",)), ("Store", ("numbers",)), ("store!", ()), ("Put", ()), ("Lay", ())]
    assert list(worth_showing(found, ("save", ()), 2)) == [("Store", ("numbers",)), ("Put", ())]
    assert next(worth_showing(found, ("save", ("length",)), 1)) == ("Keep", ("length",))


def test_the_parts_of_a_long_sentence_go_together_by_rank() -> None:
    first = Output("a", None, 1, None, (Output("b", None, 1), Output("c", None, 1)))
    second = Output("x", None, 1, None, (Output("y", None, 1),))
    texts = [[output.text for output in row] for row in by_rank([first, second])]
    assert texts == [["a", "x"], ["b", "y"], ["c", "x"]]


# ---- engines


@pytest.mark.parametrize(("kind", "target"), [("ctranslate2", ZH), ("ctranslate2", "cmn_Hant"), ("transformers", ZH)])
def test_an_engine_gives_several_hypotheses_for_each_text_in_its_order(
    tmp_path_factory: pytest.TempPathFactory, kind: str, target: str
) -> None:
    cache = tmp_path_factory.getbasetemp() / "models"
    engine = load_engine(EngineOptions("starter", engine=kind, device="cpu", compute_type="float32", cache_dir=cache))
    encoded = engine.encode(["Save the file?", "Open"], EN, target)
    outputs = list(engine.generate(encoded, EN, target, SEVERAL))
    assert [len(output.others) for output in outputs] == [SEVERAL.hypotheses - 1] * 2
    assert all(len({output.text, *(other.text for other in output.others)}) > 1 for output in outputs)
    plain = list(engine.generate(encoded, EN, target, replace(SEVERAL, hypotheses=1)))
    assert [output.text for output in plain] == [output.text for output in outputs], "each with its own"
    assert all(output.others == () for output in plain), "nothing more is made where nothing more is asked for"
    engine.close()


# ---- runner


def _asked(*texts: str, alternatives: int = 3, **more: Any) -> Work:
    return Work("w", EN, ZH, False, True, tuple(Item(text, **more) for text in texts), alternatives)


def test_alternatives_differ_from_the_translation_and_from_each_other(start: Callable[..., Runner]) -> None:
    texts = ["save the large file", " open it", "12 %", "save the large file"]
    plain, result = result_of(start(), work_of(*texts, target=ZH)), result_of(start(), _asked(*texts))
    assert [answer and answer.text for answer in result.answers] == [answer and answer.text for answer in plain.answers]
    assert plain.others == {} and sorted(result.others) == [0, 1, 3], "what has no letters has none"
    for place, others in result.others.items():
        answer = result.answers[place]
        assert answer is not None and len(others) == 3
        assert len({says(answer.text), *(says(other.text) for other in others)}) == 4
    assert all(other.text.startswith(" ") for other in result.others[1]), "white space around a sentence is kept"


def test_nothing_is_decoded_twice_unless_alternatives_are_asked_for(
    start: Callable[..., Runner], engine: Gated
) -> None:
    result_of(start(), work_of("one two"))
    assert len(engine.batches) == 1
    result_of(start(), _asked("three four"))
    assert len(engine.batches) == 3


def test_an_alternative_that_the_guards_find_worse_is_left_out(start: Callable[..., Runner]) -> None:
    first = result_of(start(check=no_flags), _asked("save the large file", alternatives=MOST)).others[0]
    bad = first[1].text

    def doubts(source_text: str, target_text: str, source: str, target: str) -> tuple[str, ...]:
        return ("repetition",) if target_text == bad else ("numbers",) if target_text == first[0].text else ()

    found = result_of(start(check=doubts), _asked("save the large file", alternatives=MOST)).others[0]
    assert bad not in [other.text for other in found] and found[0].flags == ("numbers",)


def test_by_way_of_english_the_last_hop_has_the_alternatives(start: Callable[..., Runner]) -> None:
    work = Work("w", MN, ZH, True, True, (Item("сайн байна уу"),), 2)
    result = result_of(start(), work)
    assert len(result.others[0]) == 2 and check("сайн байна уу", result.others[0][0].text, MN, ZH) == ()


def test_terms_are_looked_for_in_alternatives_too_and_are_not_asked_for_again_with_them() -> None:
    term = TermMatch(0, 4, "save", "保存")
    engine: Engine = FakeEngine(FakeOptions())
    runner = Runner(engine, Decoding(), 512)
    work = _asked("save the large file", terms=(term,))
    result = settled(work, result_of(runner, work), {})
    runner.close()
    assert all("glossary" in other.flags for other in result.others[0])
    more = again(work, result)
    assert more is not None and more[0].alternatives == 0


# ---- short texts


class Nothing:
    """No glossaries, and a memory of one sentence."""

    def ids(self, *_asked: Any) -> tuple[str, ...]:
        return ()

    def exact(self, scope: Scope, texts: list[str]) -> list[str | None]:
        assert scope.source_lang == EN
        return ["known" if text == "Save it." else None for text in texts]


async def _translated(
    texts: list[str], wishes: TextWishes, crash: bool = False, source: str = EN
) -> list[dict[str, Any]]:
    """By the real queue, dispatcher and runner; crash: the first try is lost."""
    dispatcher = Dispatcher(Limits(10), random.Random(1))
    leg = Leg(EN, ZH, False)
    dispatcher.translator_up(Translator("t", "n/0", "", frozenset({(EN, ZH)})))
    runner = Runner(FakeEngine(FakeOptions()), Decoding(), 512)
    sent: list[Any] = []

    def work() -> None:
        for decision in dispatcher.plan(float(len(sent))):
            assert isinstance(decision, Send)
            lease = decision.lease
            sent.append(lease)
            if crash and len(sent) == 1:
                dispatcher.failed(lease.lease_id, Failure.TRANSLATOR_LOST, "lost", 0.0)
                asyncio.get_running_loop().call_soon(work)
                continue
            items = tuple(Item(item.text) for item in lease.items)
            work_ = Work(lease.lease_id, *lease.leg[:3], lease.urgent, items, lease.alternatives)
            result = result_of(runner, work_)
            answers = [one and (one.text, one.flags, one.alignment) for one in result.answers]
            service.deliver(lease, cast(Any, answers), result.others)

    wake = lambda: asyncio.get_running_loop().call_soon(work)  # noqa: E731
    nothing: Any = Nothing()
    rules: Any = SimpleNamespace(max_text_chars=5_000)
    service = TextService(dispatcher, wake, lambda *_tag: None, rules, nothing, nothing)
    asked = Asked(source, ZH, [EN], lambda _language: [leg])
    try:
        return await service.translate(texts, asked, wishes)
    finally:
        runner.close()


async def test_a_text_of_several_sentences_has_alternatives_as_a_whole() -> None:
    one, several, none = await _translated(
        ["Open the door.", "Open the door. Close the window.", "12"], TextWishes(alternatives=2), crash=True
    )
    assert len(one["alternatives"]) == 2 and none["alternatives"] == []
    firsts = [other["text"] for other in one["alternatives"]]
    assert [other["text"].startswith(first) for other, first in zip(several["alternatives"], firsts, strict=True)] == [
        True,
        True,
    ]
    assert several["text"] not in [other["text"] for other in several["alternatives"]]
    (plain,) = await _translated(["Open the door."], TextWishes())
    assert (plain["text"], plain["alternatives"]) == (one["text"], [])


async def test_what_a_person_wrote_is_the_translation_and_the_models_own_an_alternative() -> None:
    (model,) = await _translated(["Save it."], TextWishes())
    (known,) = await _translated(["Save it."], TextWishes("anna", alternatives=3))
    assert known["text"] == "known"
    assert known["alternatives"][0]["text"] == model["text"] and len(known["alternatives"]) == 3


async def test_what_a_person_wrote_is_known_also_where_the_language_is_found_out() -> None:
    (known,) = await _translated(["Save it."], TextWishes("anna"), source="auto")
    assert known["text"] == "known"


async def test_half_of_a_surrogate_pair_reaches_no_model() -> None:
    with pytest.raises(NoText, match=r"U\+D83D"):
        await _translated(["Save it.", "Save \ud83d it."], TextWishes())
