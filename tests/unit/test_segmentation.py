"""What splitting and joining promise for every text."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translation import boundaries as boundary_rules
from translation.brackets import stretches
from translation.segmentation import MAX_SENTENCE_CHARS, Sentence, join, split, without_mark

LANGUAGES = sorted(MAX_SENTENCE_CHARS)
HOSTILE = st.one_of(
    st.text(max_size=200),
    st.text(
        alphabet=".!?…。！？．\"'“”‘’«»„「」()（）《》[] \t\n\r\x0c\u2028\u202f\u180e\u1803аБвГaBc12你他说道:;,–№",
        max_size=300,
    ),
    st.lists(
        st.sampled_from(
            [
                "г.м.",
                "Б. ",
                "проф. ",
                "1.",
                "。”",
                "他说",
                " гэж",
                "\n",
                "\t",
                "... ",
                "U.S. ",
                "👩\u200d🔬",
                "е\u0301" * 9,
                " ",
                "   ",
            ]
        ),
        max_size=250,
    ).map("".join),
)


@given(text=HOSTILE, language=st.sampled_from(LANGUAGES))
@settings(max_examples=300, deadline=None)
def test_nothing_is_lost_and_no_sentence_is_empty_padded_or_overlong(text: str, language: str) -> None:
    sentences = split(text, language)
    assert "".join(sentence.lead + sentence.text for sentence in sentences) == text
    for number, sentence in enumerate(sentences):
        assert sentence.lead.strip() == ""
        assert sentence.text.strip() == sentence.text
        assert len(sentence.text) <= MAX_SENTENCE_CHARS[language]
        assert sentence.text or number == len(sentences) - 1


@given(text=HOSTILE, language=st.sampled_from(["mon_Cyrl", "eng_Latn"]))
@settings(max_examples=150, deadline=None)
def test_an_engine_that_returns_its_input_gives_back_the_same_paragraph(text: str, language: str) -> None:
    other = "eng_Latn" if language == "mon_Cyrl" else "mon_Cyrl"
    assert join(split(text, language), language, other) == text


@pytest.mark.parametrize(
    "unit",
    [
        ".",
        '"',
        "(",
        "()",
        "。”",
        ". ",
        " .",
        "“",
        "((.",
        "1.",
        "А.",
        "!\n",
        " ",
        "\t",
        "\n",
        "„.“",
        '." ',
        "说",
        "…”他",
    ],
)
def test_hostile_repetition_is_looked_at_a_bounded_number_of_times(unit: str) -> None:
    """Work is counted in executed lines, so that the test says the same on a slow machine."""
    small, large = (_lines_run(unit * (count // len(unit))) for count in (3_000, 12_000))
    assert large < 5 * small + 1_000


def _lines_run(text: str) -> int:
    count = 0

    def trace(_frame: object, event: str, _argument: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        split(text, "mon_Cyrl")
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("unit", [".", '"', "(", "«", "\u3000"])
def test_a_million_hostile_characters_are_split(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert sum(len(sentence.lead) + len(sentence.text) for sentence in split(text, "mon_Cyrl")) == len(text)


def test_every_possible_overlong_sentence_is_cut_at_clauses_first() -> None:
    clause = "тэрээр урт өгүүлбэр бичсээр байв"
    text = "; ".join([clause] * 40) + "."
    pieces = [sentence.text for sentence in split(text, "mon_Cyrl")]
    assert len(pieces) == -(-len(text) // MAX_SENTENCE_CHARS["mon_Cyrl"])
    assert all(piece.endswith((";", ".")) for piece in pieces)


def test_an_overlong_chinese_sentence_is_cut_after_its_commas() -> None:
    text = "，".join(["我们在这个非常长的句子里写了很多很多的字"] * 30) + "。"
    pieces = [sentence.text for sentence in split(text, "cmn_Hans")]
    assert all(piece[-1] in "，。" for piece in pieces)


def test_a_hard_cut_keeps_a_letter_with_its_marks() -> None:
    text = "е\u0301" * 1_000
    assert all(sentence.text[0] == "е" for sentence in split(text, "mon_Cyrl"))


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="no sentence rules"):
        split("text", "tlh")


@pytest.mark.parametrize(
    ("text", "lead", "rest"),
    [
        ("- Тийм.", "- ", "Тийм."),
        ("— Тийм — гэв.", "— ", "Тийм — гэв."),
        ("•\u00a0▪ нэг", "•\u00a0▪ ", "нэг"),
        ("-5 хэм", "", "-5 хэм"),
        ("2 - 1", "", "2 - 1"),
        ("1. нэг", "", "1. нэг"),
        ("*тод* үг", "", "*тод* үг"),
        ("— ", "", "— "),
    ],
)
def test_the_mark_of_a_list_or_a_speaker_is_no_part_of_the_sentence(text: str, lead: str, rest: str) -> None:
    assert without_mark(Sentence(" ", text)) == Sentence(f" {lead}", rest)


def test_a_dash_stays_where_it_was_between_chinese_sentences() -> None:
    marked = [without_mark(one) for one in split("Нэг. — Хоёр.", "mon_Cyrl")]
    assert [one.text for one in marked] == ["Нэг.", "Хоёр."]
    assert (
        join([Sentence(one.lead, text) for one, text in zip(marked, "一二", strict=True)], "mon_Cyrl", "cmn_Hans")
        == "一 — 二"
    )


def test_white_space_alone_is_a_tail_and_nothing_is_nothing() -> None:
    assert split(" \n", "eng_Latn") == [Sentence(" \n", "")]
    assert split("", "eng_Latn") == []


def test_leads_and_tail_keep_their_white_space() -> None:
    assert split("  One.  Two.\n", "eng_Latn") == [Sentence("  ", "One."), Sentence("  ", "Two."), Sentence("\n", "")]


def test_chinese_sentences_are_joined_without_a_space() -> None:
    assert join([Sentence("", "你好。"), Sentence(" ", "再见。")], "mon_Cyrl", "cmn_Hans") == "你好。再见。"


def test_line_breaks_tabs_and_wide_gaps_survive_in_chinese() -> None:
    sentences = [
        Sentence("", "一。"),
        Sentence("\n", "二。"),
        Sentence("\t", "三。"),
        Sentence("    ", "四。"),
        Sentence(" ", ""),
    ]
    assert join(sentences, "mon_Cyrl", "cmn_Hans") == "一。\n二。\t三。    四。 "


def test_the_two_spaces_of_typists_are_none_in_chinese() -> None:
    assert join([Sentence("", "你好。"), Sentence("  ", "再见。")], "eng_Latn", "cmn_Hans") == "你好。再见。"
    assert join([Sentence("", "Hello."), Sentence("  ", "World.")], "eng_Latn", "cmn_Hans") == "Hello.  World."


def test_text_left_in_another_script_keeps_its_space_in_chinese() -> None:
    assert join([Sentence("", "Hello."), Sentence(" ", "World.")], "eng_Latn", "cmn_Hans") == "Hello. World."


def test_a_space_comes_in_between_sentences_from_chinese() -> None:
    assert join([Sentence("", "Сайн уу."), Sentence("", "Баяртай.")], "cmn_Hans", "mon_Cyrl") == "Сайн уу. Баяртай."


def test_no_space_comes_in_after_an_opening_bracket() -> None:
    assert join([Sentence("", "See ("), Sentence("", "below.")], "cmn_Hans", "eng_Latn") == "See (below."


def test_an_empty_translation_does_not_glue_its_neighbours() -> None:
    assert join([Sentence("", "A."), Sentence("", ""), Sentence("", "B.")], "cmn_Hans", "eng_Latn") == "A. B."


def test_boundaries_are_apart_by_white_space_only() -> None:
    text = "Нэг.  Хоёр.\nГурав."
    assert [text[end:start] for end, start in boundary_rules.boundaries(text)] == ["  ", "\n"]


def test_protected_stretches_are_in_order_and_disjoint() -> None:
    found = stretches("а (б. (в.) г.) д (е.)")
    assert [(item.start, item.end) for item in found] == [(2, 14), (17, 21)]


def test_the_splitter_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'transformers', 'ctranslate2', 'numpy'}"
    code = f"import sys, translation.segmentation, translation.guards; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("mark", ["😀 ", "👩‍👩‍👧 ", "★★★ ", "✓ ", "- 🎉 "])
def test_a_picture_before_a_sentence_is_not_shown_to_the_model(mark: str) -> None:
    (sentence,) = split(f"{mark}Сайн байна уу?", "mon_Cyrl")
    assert without_mark(sentence).text == "Сайн байна уу?"
    assert without_mark(sentence).lead == mark
