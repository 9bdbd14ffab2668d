"""Formatting carried from a source text to its translation."""

from __future__ import annotations

import re
import tracemalloc
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.anchors import anchors
from documents.formatting import place_runs
from documents.model import Piece, Span, Unit


def unit(*runs: str) -> Unit:
    ends = list(accumulate(len(run) for run in runs))
    spans = tuple(Span(end - len(run), end) for run, end in zip(runs, ends, strict=True))
    return Unit("".join(runs), spans if len(runs) > 1 else ())


def words(source: str, target: str, *pairs: tuple[str, str]) -> list[tuple[int, int]]:
    """An alignment from pairs of words, in the order of the target."""
    return sorted(((source.index(one), target.index(other)) for one, other in pairs), key=lambda pair: pair[1])


def test_a_unit_with_one_formatting_gives_one_piece() -> None:
    assert place_runs(Unit("Файл нээх"), "打开文件", [(5, 0), (0, 2)]) == [Piece("打开文件", 0)]


def test_a_link_gets_a_word_where_the_alignment_knows_fewer_words_than_there_are_formattings() -> None:
    source = unit("Зүүлт", " ба ", "лавлах", ".")
    pieces = place_runs(source, "脚注与目录。", [(0, 0)])
    assert "".join(piece.text for piece in pieces) == "脚注与目录。"
    assert [piece.run for piece in pieces if any(map(str.isalnum, piece.text))] == [0, 2]


def test_thousands_of_numbers_that_stand_in_both_texts_take_little_memory() -> None:
    text = " ".join(map(str, range(4_000)))
    tracemalloc.start()
    try:
        found = anchors(text, text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found[1:-1] == [(end, end) for match in re.finditer(r"\d+", text) for end in match.span()]
    assert peak < 16 << 20  # a chain of its own for each number was 64 MB


def test_an_empty_translation_has_no_pieces() -> None:
    assert place_runs(unit("а", "б"), "", None) == []


def test_text_that_comes_back_unchanged_keeps_its_runs_exactly() -> None:
    source = unit("Энэ нь то", "д", " үг.", " ")
    assert place_runs(source, source.text, None) == [
        Piece("Энэ нь то", 0),
        Piece("д", 1),
        Piece(" үг.", 2),
        Piece(" ", 3),
    ]


def test_an_alignment_moves_formatting_with_its_words() -> None:
    source = unit("Энэ файлыг ", "устгах", " уу?")
    target = "删除此文件？"
    alignment = words(source.text, target, ("Энэ", "此"), ("файлыг", "文件"), ("устгах", "删除"))
    assert place_runs(source, target, alignment) == [Piece("删除", 1), Piece("此文件", 0), Piece("？", 2)]


def test_noise_of_an_alignment_is_smoothed() -> None:
    source = unit("нэг хоёр гурав дөрөв тав зургаа ", "долоо найм ес арав")
    target = "one two three four five six seven eight nine ten"
    starts = [0, *(number + 1 for number, letter in enumerate(target) if letter == " ")]
    sources = [0, 4, 40, 14, 20, 24, 33, 38, 2, 46]  # "three" and "nine" point to the wrong run
    pieces = place_runs(source, target, list(zip(sources, starts, strict=True)))
    assert pieces == [Piece("one two three four five six ", 0), Piece("seven eight nine ten", 1)]


def test_a_word_is_never_cut_by_an_alignment_of_word_pieces() -> None:
    source = unit("нууц ", "үг")
    pieces = place_runs(source, "password here", [(0, 0), (5, 4), (0, 6), (5, 9)])
    assert pieces == [Piece("password ", 0), Piece("here", 1)]


def test_a_chinese_word_that_the_model_made_in_one_piece_is_not_cut() -> None:
    source = unit("Доорх ", "сүлжээний", " нэрийг сонго")
    pieces = place_runs(source, "选择以下网络名称", [(20, 0), (0, 2), (7, 4), (17, 6)])
    assert pieces == [Piece("选择", 2), Piece("以下", 0), Piece("网络", 1), Piece("名称", 2)]


def test_a_bold_word_stays_in_one_stretch() -> None:
    source = unit("Та одоо энэ шинэ ", "файлыг", " нээж үзнэ үү")
    alignment = [(0, 0), (18, 4), (3, 9), (8, 13), (12, 18), (18, 22), (24, 27)]
    pieces = place_runs(source, "You file now this new file open it", alignment)
    assert [piece for piece in pieces if piece.run == 1] == [Piece("file ", 1)]


def test_the_full_stop_after_a_bold_word_is_not_bold() -> None:
    source = unit("Дар: ", "Нээх", ".")
    assert place_runs(source, "点击打开。", [(0, 0), (5, 2), (9, 4)]) == [
        Piece("点击", 0),
        Piece("打开", 1),
        Piece("。", 2),
    ]


def test_without_an_alignment_a_bold_label_ends_at_its_colon() -> None:
    source = unit("Анхааруулга:", " энэ үйлдлийг буцаах боломжгүй бөгөөд маш удаан үргэлжилж магадгүй.")
    assert place_runs(source, "警告：此操作无法撤消。", None) == [Piece("警告：", 0), Piece("此操作无法撤消。", 1)]


def test_without_an_alignment_names_and_numbers_keep_their_formatting() -> None:
    source = unit("Та ", "LibreOffice", " програмын ", "7.4", " хувилбарыг суулгана уу.")
    target = "请安装 7.4 版本的 LibreOffice 程序。"
    pieces = place_runs(source, target, None)
    assert "".join(piece.text for piece in pieces) == target
    assert [piece.text.strip() for piece in pieces if piece.run == 1] == ["LibreOffice"]
    assert [piece.text.strip() for piece in pieces if piece.run == 3] == ["7.4"]


def test_without_an_alignment_borders_fall_between_words() -> None:
    source = unit("Шинэ хуудас ", "үүсгэх")
    pieces = place_runs(source, "Create a new page", None)
    assert pieces[0].text.endswith(" ")
    assert [piece.run for piece in pieces] == [0, 1]


def test_a_run_with_text_is_not_lost_when_nothing_is_aligned_to_it() -> None:
    source = unit("Энд ", "дарж", " нээнэ үү")
    target = "请 点击 这里 打开"
    pieces = place_runs(source, target, [(0, 0), (0, 2), (0, 5), (9, 8)])
    assert {piece.run for piece in pieces} == {0, 1, 2}


def test_a_full_stop_run_is_found_at_the_end() -> None:
    assert place_runs(unit("Файл нээх", "."), "打开文件。", None) == [Piece("打开文件", 0), Piece("。", 1)]


@pytest.mark.parametrize("alignment", [[(-5, 2), (900, 900)], [(3, 3)], [(0, 5), (4, 0), (2, 5)], []])
def test_a_senseless_alignment_loses_no_character(alignment: list[tuple[int, int]]) -> None:
    pieces = place_runs(unit("нэг ", "хоёр"), "one two", alignment)
    assert "".join(piece.text for piece in pieces) == "one two"


ANY_TEXT = st.text(alphabet=st.sampled_from("аөү 一二。，.ab1 (:)%s{x}\u1820\u202f"), max_size=40)


@given(
    runs=st.lists(ANY_TEXT.filter(bool), min_size=1, max_size=6),
    target=ANY_TEXT,
    alignment=st.none() | st.lists(st.tuples(st.integers(0, 80), st.integers(0, 60)), max_size=30),
)
def test_no_character_is_lost_or_moved_whatever_comes(
    runs: list[str], target: str, alignment: list[tuple[int, int]] | None
) -> None:
    source = unit(*runs)
    pieces = place_runs(source, target, alignment)
    assert "".join(piece.text for piece in pieces) == target
    assert all(piece.text and 0 <= piece.run < len(runs) for piece in pieces)
    if target != source.text:
        assert all(one.run != other.run for one, other in pairwise(pieces))


@given(
    runs=st.lists(st.text(alphabet="абв ", min_size=1, max_size=12), min_size=2, max_size=5),
    target=st.text(alphabet="xyz ", min_size=1, max_size=60),
    seed=st.lists(st.integers(0, 59), max_size=60),
)
def test_formatting_is_not_scattered(runs: list[str], target: str, seed: list[int]) -> None:
    source = unit(*runs)
    alignment = [(number, position) for position, number in enumerate(seed)]
    pieces = place_runs(source, target, alignment)
    # Three stretches a run at most, and one word more for each run that would have been lost.
    assert len(pieces) <= 3 * len(runs) + 2 * len(runs)


@pytest.mark.parametrize(
    ("runs", "target", "raised"),
    [
        (("The area is 30 m", "2", " here."), "Талбай нь 30 m2 юм.", ["2"]),
        (("30 м", "2", " талбай, 5 м", "3", " ус"), "30 m2 面积，5 m3 水", ["2", "3"]),  # the letter is another one
        (("CO", "2", " ба H", "2", "O юм"), "CO2和H2O。", ["2", "2"]),
        (("about 10", "6", " cells"), "大约106个细胞", ["6"]),
        (("speed m s", "-1", " now"), "хурд m s-1 одоо", ["-1"]),
        (("30 m", "2", " here"), "这里30平方米", []),  # no word is raised instead
        (("On May 1", "st", " we go"), "Бид 5-р сарын 1-нд явна", []),
    ],
)
@pytest.mark.parametrize("is_aligned", [True, False])
def test_a_raised_sign_stands_in_the_word_that_has_it_or_nowhere(
    runs: tuple[str, ...], target: str, raised: list[str], is_aligned: bool
) -> None:
    source = unit(*runs)
    alignment = [(0, 0), (len(runs[0]), len(target) // 2)] if is_aligned else None
    pieces = place_runs(source, target, alignment)
    assert "".join(piece.text for piece in pieces) == target
    assert [piece.text for piece in pieces if piece.run % 2] == raised
