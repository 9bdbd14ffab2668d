from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.gated_engine import EN, MN, ZH, Gated, result_of, work_of
from translation.edits import applied, edited, inverse, moved
from translation.engine import Decoding, Output
from translation.guards import check
from translation.ladder import apart, by_clauses, masked
from translation.repair import repaired
from translation.runner import Runner
from translation.typography import chinese, typeset


def outputs(*texts: str) -> list[Output]:
    return [Output(text, 0.0, 1) for text in texts]


@pytest.mark.parametrize(
    ("source", "target", "wanted"),
    [
        ("Open {name} now", "打开 { name } 现在", "打开 {name} 现在"),
        ("%s-г нээх", "打开 ％ S", "打开 %s"),
        ("See https://a.mn/x?b=1 now", "见 https://a.mn/x?8=1 现在", "见 https://a.mn/x?b=1 现在"),
        ("Write to info@example.mn", "写信给 info@exampel.mn", "写信给 info@example.mn"),
        ("{count} seats", "1 {label}seat", "1 {count}seat"),
        ("Contract MN-2024", "合同 MV-2024", "合同 MN-2024"),
        ("In 1987 there were 12", "1986年有12个", "1987年有12个"),
    ],
)
def test_what_was_altered_in_one_place_is_put_back(source: str, target: str, wanted: str) -> None:
    assert repaired(source, Output(target, None, 0)).text == wanted


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("%s and %d", "%x 和 %u"),
        ("1987 and 1950", "1986 和 1951"),
        ("500 million", "600 万"),
        ("Open {name}", "打开"),
        ("<All files>", "<所有文件>"),
        ("{无}", "{None}"),
    ],
)
def test_what_is_not_certain_is_left_to_the_guards(source: str, target: str) -> None:
    assert repaired(source, Output(target, None, 0)).text == target


def test_an_alignment_follows_the_edits() -> None:
    edits = [(1, 3, "xyz"), (5, 6, "")]
    text = applied("abcdefg", edits)
    assert text == "axyzdeg" and applied(text, inverse(edits, "abcdefg")) == "abcdefg"
    assert [moved(place, edits) for place in (0, 1, 4, 6)] == [0, 1, 5, 6]
    assert edited(Output("abcdefg", None, 0, ((0, 6),)), edits).alignment == ((0, 6),)


def test_a_sentence_of_one_clause_is_not_cut_again() -> None:
    assert by_clauses("Only one clause here", EN, MN) is None
    attempt = by_clauses("The first of the clauses, and then the second one.", EN, MN)
    assert attempt is not None and [text for _at, text in attempt.texts] == [
        "The first of the clauses,",
        "and then the second one.",
    ]


def test_masks_come_back_as_what_they_stand_for() -> None:
    one, two = masked("Open {file} now", EN, ZH), masked("From {a} to {b}", EN, ZH)
    assert one is not None and two is not None
    assert one.texts == ((0, "Open %s now"),) and one.joined(outputs("现在打开 % s")).text == "现在打开 {file}"
    assert two.texts == ((0, "From #1 to #2"),) and two.joined(outputs("到 #2 从 #1")).text == "到 {b} 从 {a}"
    assert masked("Nothing to hide", EN, ZH) is None


def test_pieces_between_items_cannot_lose_an_item() -> None:
    attempt = apart("Open {file} now, {name}", EN, ZH)
    assert attempt is not None and [text for _at, text in attempt.texts] == ["Open", "now,"]
    assert attempt.joined(outputs("打开", "现在")).text == "打开 {file} 现在 {name}"


def test_an_item_that_the_model_always_drops_is_kept_by_the_last_rung_and_said(
    start: Callable[..., Runner], engine: Gated
) -> None:
    engine.reply = lambda text, decoding: "请打开这个文件" if "%s" in text or "{" in text else None
    (answer,) = result_of(start(check=check), work_of("Please open {file} now", source=EN, target=ZH)).answers
    assert answer is not None and "{file}" in answer.text and answer.flags == ("in_pieces",)


def test_a_doubtful_sentence_is_tried_clause_by_clause_after_the_stricter_decode(
    start: Callable[..., Runner], engine: Gated
) -> None:
    text = "The first of the clauses, and then the second one."
    engine.reply = lambda asked, decoding: "" if asked == text else None
    (answer,) = result_of(start(check=check), work_of(text)).answers
    assert engine.batches[:2] == [[text], [text]] and sorted(engine.batches[2]) == [
        "The first of the clauses,",
        "and then the second one.",
    ]
    assert engine.decodings[1] == Decoding().stricter() and engine.decodings[2] == Decoding()
    assert answer is not None and answer.text and answer.flags == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("你好, 世界.", "你好，世界。"),
        ('他说: "我喜欢 Python."', "他说：“我喜欢 Python。”"),
        ("请访问 https://a.b/c?d=e,f 了解", "请访问 https://a.b/c?d=e,f 了解"),
        ("价格为 3,000.50 元; 10:30 开始", "价格为 3,000.50 元；10:30 开始"),
        ("«蒙古» 国, <<红楼梦>> 很 好", "“蒙古”国，《红楼梦》很好"),
        ("版本 f(x) 和 NASA(美国)", "版本 f(x) 和 NASA（美国）"),
        ("文件.txt 已保存...", "文件.txt 已保存……"),
        ("What is this?", "What is this?"),
    ],
)
def test_chinese_is_set_with_its_own_marks_and_only_once(text: str, wanted: str) -> None:
    assert chinese(text) == wanted == chinese(wanted)


def test_traditional_chinese_quotes_with_corners_and_other_languages_are_left_alone() -> None:
    assert chinese('他說: "好"', "cmn_Hant") == "他說：「好」"
    assert chinese("你好, 世界.", MN) == "你好, 世界."
    assert typeset(Output("你 好, a", None, 0, ((0, 2),)), ZH).alignment == ((0, 1),)
