"""Stretches of text inside which a full stop does not end the sentence: parentheses, titles, embedded quotations."""

from __future__ import annotations

import re
from dataclasses import dataclass

from translation.characters import CONTINUING, TERMINATORS, is_han

# Longer parentheses hold whole passages; to keep them in one sentence would only make them overlong.
MAX_PARENTHESIS_CHARS = 300
# A quotation of two short sentences with its tag reads best as one; a longer one is split inside.
MAX_QUOTATION_CHARS = 120

_PARENTHESES = {"(": ")", "（": "）", "[": "]", "【": "】", "《": "》", "〈": "〉", "〔": "〕"}
_QUOTATIONS = {"“": "”", "«": "»", "「": "」", "『": "』", "„": "“", '"': '"'}
_CLOSING = frozenset(_PARENTHESES.values()) | frozenset(_QUOTATIONS.values())
_MARKS = re.compile("[" + re.escape("".join({*_PARENTHESES, *_QUOTATIONS, *_CLOSING})) + "\n\u2029]")

_SPEECH_VERBS = (
    "说|說|道|问|問|答|喊|叫|嚷|吼|写|寫|回应|回應|表示|补充|補充|解释|解釋|称|稱|指出|强调|強調|回复|回覆|评论|評論|宣布|宣佈|"
    "告诉|告訴|承认|承認|警告|建议|建議|抱怨|低语|嘟囔|提醒|念|唱|想"
)
_NO_SPEAKERS = "尽管|儘管|虽|雖|但|不过|不過|因|如果|当|當|这|這|没|沒|无|無|所以|然而"
# A speaker of at most twelve characters, a verb of saying, and then a pause: “你好。”他小声地说。
_TAG = re.compile(
    rf"(?!{_NO_SPEAKERS})[\u4e00-\u9fff·•]{{0,12}}?(?<!知)(?:{_SPEECH_VERBS})(?:道|着|著|了|过)?"
    r"(?=[，,。.：:；;！!？?、\s“「]|$)"
)
# What a sentence goes on with after an embedded quotation: “为什么？”的问题, “加油！”这个口号.
_GOING_ON = re.compile(
    r"[的地之]|这(?:个|一|种|样|句|些|类|本|部|首)|這(?:個|一|種|樣|句|些|類|本|部|首)|那(?:个|一|种|样|句)"
    r"|一(?:词|詞|语|語|句|书|書|文|事|说|說|类|類)|[和与與或及](?=[“「《])|等[的等，,。；、]|中的|是[一个個什么麼否不]"
    r"|而[不言]|作为|作為|，|、"
)


@dataclass(frozen=True)
class Stretch:
    """Characters `start` up to but not including `end`; both marks are inside."""

    start: int
    end: int
    quotation: bool


def goes_on(text: str, at: int) -> bool:
    """True when the text from `at`, the place after a closing quote, plainly belongs to the sentence before it."""
    end = len(text)
    if at < end and text[at] in " \u00a0\u202f":
        at += 1
    if at >= end:
        return False
    char = text[at]
    if char in CONTINUING or char.islower():
        return True
    return is_han(char) and bool(_GOING_ON.match(text, at, at + 4) or _TAG.match(text, at, min(end, at + 20)))


def embedded(text: str, start: int) -> bool:
    """True when the quote that opens at `start` follows a letter directly, as names and slogans in Chinese do."""
    return start > 0 and text[start - 1].isalnum()


def _is_protected(text: str, start: int, end: int) -> bool:
    if text[start] in _PARENTHESES:
        return end - start <= MAX_PARENTHESIS_CHARS
    if end - start > MAX_QUOTATION_CHARS:
        return False
    return goes_on(text, end) or (embedded(text, start) and text[start] in "“「『")


def stretches(text: str) -> list[Stretch]:
    """The outermost protected stretches in order, disjoint. Unmatched marks count for nothing. Linear time."""
    found: list[Stretch] = []
    stack: list[int] = []
    for match in _MARKS.finditer(text):
        mark, at = match.group(), match.start()
        if mark in "\n\u2029":
            stack.clear()
        elif mark == "“" and not (stack and text[stack[-1]] == "„"):
            stack.append(at)  # it closes only after „
        elif mark == '"' and not _closes(text, at, stack):
            if at + 1 < len(text) and not text[at + 1].isspace() and (at == 0 or not text[at - 1].isalnum()):
                stack.append(at)
        elif mark in _CLOSING:
            if stack and (_PARENTHESES.get(text[stack[-1]]) or _QUOTATIONS.get(text[stack[-1]])) == mark:
                _keep(found, text, stack.pop(), at + 1)
        else:
            stack.append(at)
    return found


def _closes(text: str, at: int, stack: list[int]) -> bool:
    """True for a straight quote that closes the one opened last; inch marks and strays neither open nor close."""
    return bool(stack) and text[stack[-1]] == '"' and not text[at - 1].isspace()


def _keep(found: list[Stretch], text: str, start: int, end: int) -> None:
    if not _is_protected(text, start, end) or not any(mark in TERMINATORS for mark in text[start:end]):
        return
    while found and found[-1].start >= start:
        found.pop()
    found.append(Stretch(start, end, text[start] in _QUOTATIONS))
