"""Punctuation as Chinese sets it: full width, its own quotation marks, no space between Han characters. Pure.

After GB/T 15834-2011 (simplified) and 重訂標點符號手冊 of 2008 (traditional, which quotes with 「」). Only marks beside
Chinese text change; what must be carried over letter by letter does not. Doing it twice changes nothing. Other languages
are left as they are.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from translation.edits import Edit, edited
from translation.engine import Output
from translation.protected import spans

_HAN = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]")
_LATIN = re.compile("[A-Za-z]+")
_LOOK = re.compile(r"[ ,;:?!.(\"«„“‘<]")
_FULL = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！", ".": "。"}
# These hold their own space, on whatever side of them.
_WIDE = frozenset("，。；：？！、（）《》〈〉「」『』【】")
_CURLY = frozenset("“”‘’…")
_PAIR = re.compile(
    r"\((?P<round>[^()\n]{1,200})\)|(?<!\")\"(?P<straight>[^\s\"](?:[^\"\n]{0,400}[^\s\"])?)\"(?!\")|«(?P<guillemet>[^«»\n]{1,400})»"
    r"|„(?P<low>[^„“”\"\n]{1,400})[“”\"]|<<(?P<title>[^<>\n]{1,200})>>|“(?P<double>[^“”\n]{1,400})”"
    r"|‘(?P<single>[^‘’\n]{1,200})’"
)
_QUOTES = {"cmn_Hans": ("“", "”", "‘", "’"), "cmn_Hant": ("「", "」", "『", "』")}
# Marks within marks within marks; what needs more is no text.
_MOST_ROUNDS = 8
_CLOSING = " ）」』】》”’)\"'"
# Their full stop is part of the word, also at the end of a sentence.
_SHORT = re.compile(r"(?:\b[A-Za-z]|\.\w+|\b(?:Inc|Ltd|Co|Corp|etc|al|St|vs|No|Jr|Sr|Dr|Mr|Mrs|Ms))$")


def chinese(text: str, target: str = "cmn_Hans") -> str:
    """`text` as it should be set in `target`, cmn_Hans or cmn_Hant; in any other language as it is."""
    return typeset(Output(text, None, 0), target).text


def typeset(output: Output, target: str) -> Output:
    """A translation as it should be set; its alignment follows."""
    for _round in range(_MOST_ROUNDS):
        edits = edits_of(output.text, target)
        if not edits:
            break
        output = edited(output, edits)
    return output


def edits_of(text: str, target: str) -> list[Edit]:
    """What must change; a mark within another may need another look when these are made."""
    if target not in _QUOTES or not _LOOK.search(text) or not _HAN.search(text):
        return []
    return _Setting(text, target).edits()


class _Setting:
    """One text, and what is to be changed in it, by the place where that begins."""

    def __init__(self, text: str, target: str) -> None:
        self._text = text
        self._quotes = _QUOTES[target]
        self._kept = spans(text)
        self._starts = [start for start, _end in self._kept]
        self._new: dict[int, Edit] = {}
        self._mostly_chinese = 2 * len(_HAN.findall(text)) >= sum(map(len, _LATIN.findall(text)))

    def edits(self) -> list[Edit]:
        text = self._text
        places = [match.start() for match in _LOOK.finditer(text)]
        pairs = list(_PAIR.finditer(text))
        before = -1
        while before < len(self._new):  # one mark makes what stands beside it Chinese
            before = len(self._new)
            for pair in pairs:
                self._pair(pair)
            for place in places:
                if text[place] in _FULL and place not in self._new:
                    self._mark(place)
        for place in places:
            if text[place] == " ":
                self._space(place)
        return sorted(self._new.values())

    def _is_kept(self, place: int) -> bool:
        at = bisect_right(self._starts, place) - 1
        return at >= 0 and self._kept[at][1] > place

    def _set(self, start: int, end: int, new: str) -> None:
        if self._text[start:end] != new:
            self._new[start] = (start, end, new)

    def _at(self, place: int) -> str:
        """The character at a place, as it is set now; '' outside the text."""
        if not 0 <= place < len(self._text):
            return ""
        edit = self._new.get(place)
        return edit[2][:1] if edit is not None else self._text[place]

    def _near(self, place: int, step: int) -> str:
        """The next character on one side, over one space."""
        return self._at(place + 2 * step) if self._at(place + step) == " " else self._at(place + step)

    def _pair(self, pair: re.Match[str]) -> None:
        kind = pair.lastgroup
        start, end = pair.span()
        width = 2 if kind == "title" else 1
        if self._is_kept(start) or self._is_kept(end - 1):
            return
        if kind == "straight" and self._at(start - 1).isdigit() and self._at(end - 2).isdigit():
            return  # inches, seconds of arc
        inside = self._text[start + width : end - width]
        outside = self._near(start, -1), self._near(end - 1, 1)
        has_han = bool(_HAN.search(inside))
        if not has_han and not any(map(_is_chinese, outside)):
            return
        if (
            kind == "round"
            and not has_han
            and start
            and self._text[start - 1].isascii()
            and self._text[start - 1].isalnum()
        ):
            return  # f(x)
        marks = {"round": "（）", "title": "《》", "single": self._quotes[2:]}.get(kind or "", self._quotes[:2])
        self._set(start, start + width, marks[0])
        self._set(end - width, end, marks[1])

    def _mark(self, place: int) -> None:
        text, mark = self._text, self._text[place]
        before, after = self._near(place, -1), self._near(place, 1)
        if self._is_kept(place) or (place and text[place - 1] == mark == "."):
            return
        if text.startswith("...", place):
            dots = re.compile(r"\.{3,6}").match(text, place)
            assert dots is not None
            if _is_chinese(before) and not text[dots.end() :].startswith("."):
                self._set(place, dots.end(), "……")
            return
        direct = text[place + 1 : place + 2]
        ends = not text[place + 1 :].strip(_CLOSING)
        if mark == ".":
            whole = (direct not in "。！？" and (direct in _CLOSING or _is_chinese(direct))) or direct == ""
            if whole and (_is_chinese(before) if not ends else self._ends(place, before)):
                self._set(place, place + 1, "。")
        elif (
            _is_chinese(before)
            or (_is_han(after) and not (mark == ":" and direct == "/"))
            or (ends and mark in "?!" and self._mostly_chinese and before != "")
        ):
            self._set(place, place + 1, _FULL[mark])

    def _ends(self, place: int, before: str) -> bool:
        """A full stop at the end: of a sentence, or of an abbreviation or an item's number."""
        if _is_chinese(before):
            return True
        head = self._text[:place]
        return self._mostly_chinese and bool(_HAN.search(head)) and not _SHORT.search(head)

    def _space(self, place: int) -> None:
        before, after = self._last(place - 1), self._at(place + 1)
        if not before or not after or before.isspace() or after.isspace() or self._is_kept(place):
            return
        if before in _WIDE or after in _WIDE or (_is_chinese(before) and _is_chinese(after)):
            self._new[place] = (place, place + 1, "")

    def _last(self, place: int) -> str:
        """The character that ends at a place, which may be that of a longer mark."""
        for start in range(place, max(-1, place - 6), -1):
            edit = self._new.get(start)
            if edit is not None and edit[1] == place + 1:
                return edit[2][-1:]
        return self._at(place)


def _is_han(char: str) -> bool:
    return bool(char) and _HAN.match(char) is not None


def _is_chinese(char: str) -> bool:
    """A Han character, or a mark that stands in Chinese text."""
    return bool(char) and (char in _WIDE or char in _CURLY or _HAN.match(char) is not None)
