"""Terms get into translations: looked at first, then asked for with marks and written into the source."""

from __future__ import annotations

import pytest

from translation.engine import Decoding
from translation.engines.fake import FakeEngine, FakeOptions
from translation.runner import Answer, Item, Runner, Work, WorkResult
from translation.term_tries import again, best, first, settled
from translation.terms import Matcher, Term


def work(source: str, target: str, texts: list[str], *terms: Term, via_eng: bool = False) -> Work:
    matcher = Matcher(terms, source)
    items = tuple(Item(text, "t", True, tuple(matcher.find(text))) for text in texts)
    return Work("w", source, target, via_eng, False, items)


def translated(asked: Work) -> WorkResult:
    """As the translator's actor does it."""
    runner = Runner(FakeEngine(FakeOptions()), Decoding(), None)
    try:
        start, tries = first(asked)
        result = settled(asked, runner.submit(start).result(), tries)
        more = again(asked, result)
        return result if more is None else best(asked, result, runner.submit(more[0]).result(), more[1])
    finally:
        runner.close()


def answers(asked: Work) -> list[Answer]:
    return [one for one in translated(asked).answers if one is not None]


def test_a_term_that_the_model_does_not_know_is_put_in() -> None:
    (one,) = answers(work("mon_Cyrl", "cmn_Hans", ["Бид гэрээний дагуу ажиллана."], Term("гэрээ", "合同")))
    assert "合同" in one.text
    assert one.flags == ()
    assert one.alignment is not None
    assert all(0 <= place < len(one.text) for _source, place in one.alignment)


def test_several_terms_of_one_sentence_are_put_in() -> None:
    terms = Term("гэрээ", "合同"), Term("банк", "银行"), Term("Хэлмэрч", None)
    (one,) = answers(work("mon_Cyrl", "cmn_Hans", ["Хэлмэрч банкны гэрээг орчуулна."], *terms))
    assert all(word in one.text for word in ("合同", "银行", "Хэлмэрч"))
    assert "glossary" not in one.flags


def test_terms_survive_the_way_through_english() -> None:
    (one,) = answers(work("mon_Cyrl", "cmn_Hans", ["Энэ гэрээ чухал."], Term("гэрээ", "合同"), via_eng=True))
    assert "合同" in one.text


def test_a_sentence_that_is_a_term_is_its_translation() -> None:
    (one,) = answers(work("mon_Cyrl", "cmn_Hans", ["Гэрээ"], Term("гэрээ", "合同")))
    assert (one.text, one.flags) == ("合同", ())


def test_a_term_at_the_beginning_is_written_with_a_capital() -> None:
    (one,) = answers(work("cmn_Hans", "mon_Cyrl", ["合同"], Term("合同", "гэрээ")))
    assert one.text == "Гэрээ"


def test_a_mark_that_is_glued_to_a_word_leaves_its_term_apart() -> None:
    asked = work("cmn_Hans", "mon_Cyrl", ["在该文件中嵌入字体"], Term("文件", "баримт"))
    result = settled(asked, WorkResult("w", (Answer("Энд фонтыг суулгана"),), 1.0, 10, 3), {})
    more = again(asked, result)
    assert more is not None
    tries = WorkResult("w-terms", (Answer("Энэ%s-д фонт суулгана"), Answer("Фонт суулгана")), 1.0, 10, 3)
    (one,) = best(asked, result, tries, more[1]).answers
    assert one is not None
    assert (one.text, one.flags) == ("Энэ баримт-д фонт суулгана", ())


def test_a_mark_before_a_comma_or_a_full_stop_becomes_its_term() -> None:
    terms = Term("гэрээ", "contract"), Term("хууль", "law")
    asked = work("mon_Cyrl", "eng_Latn", ["Гэрээ, хуулийг үзнэ үү."], *terms)
    result = settled(asked, WorkResult("w", (Answer("Please see the paper."),), 1.0, 10, 3), {})
    more = again(asked, result)
    assert more is not None
    tries = WorkResult("w-terms", (Answer("Please see $1, then $2."), Answer("Please see it.")), 1.0, 10, 3)
    (one,) = best(asked, result, tries, more[1]).answers
    assert one == Answer("Please see contract, then law.")


def test_a_term_that_stands_twice_may_be_said_once() -> None:
    asked = work("mon_Cyrl", "cmn_Hans", ["Гэрээ бол %s гэрээ мөн."], Term("гэрээ", "合同"))
    result = settled(asked, WorkResult("w", (Answer("这是%s合同。"),), 1.0, 10, 3), {})
    assert result.answers == (Answer("这是%s合同。"),)


def test_sentences_without_terms_are_left_alone() -> None:
    asked = work("mon_Cyrl", "cmn_Hans", ["Сайн байна уу?"], Term("гэрээ", "合同"))
    start, tries = first(asked)
    assert start is asked
    result = WorkResult("w", (Answer("你好吗？"),), 1.0, 10, 3)
    assert settled(asked, result, tries) is result
    assert again(asked, result) is None


def test_what_no_try_brings_is_flagged_and_the_better_translation_kept() -> None:
    asked = work("mon_Cyrl", "cmn_Hans", ["Бид гэрээ байгуулав."], Term("гэрээ", "合同"))
    result = settled(asked, WorkResult("w", (Answer("我们签署了协议。"),), 1.0, 10, 3), {})
    (one,) = result.answers
    assert one is not None
    assert one.flags == ("glossary",)
    more = again(asked, result)
    assert more is not None
    lost = WorkResult("w-terms", (Answer("我们。", ("placeholder",)), Answer("我们", ("in_pieces",))), 1.0, 10, 3)
    assert best(asked, result, lost, more[1]).answers == result.answers
    pieces = WorkResult("w-terms", (Answer("我们%s", ("in_pieces",)), Answer("", ("empty",))), 1.0, 10, 3)
    assert best(asked, result, pieces, more[1]).answers == result.answers


def test_a_term_in_the_sources_script_is_no_doubt_about_the_script() -> None:
    asked = work("mon_Cyrl", "cmn_Hans", ["Хэлмэрч программ ажиллаж байна."], Term("Хэлмэрч программ", None))
    result = settled(asked, WorkResult("w", (Answer("Хэлмэрч программ正在运行。", ("wrong_script",)),), 1.0, 10, 3), {})
    assert result.answers[0] is not None
    assert result.answers[0].flags == ()


@pytest.mark.parametrize("cancelled", [True, False])
def test_a_cancelled_sentence_stays_cancelled(cancelled: bool) -> None:
    asked = work("mon_Cyrl", "cmn_Hans", ["Гэрээ байна."], Term("гэрээ", "合同"))
    answer = None if cancelled else Answer("有合同。")
    result = settled(asked, WorkResult("w", (answer,), 1.0, 10, 3), {})
    assert result.answers == (answer,)
    assert again(asked, result) is None
