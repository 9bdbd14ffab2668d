"""Where sentences end: candidates found by one regular expression, each decided by the characters around it.

Time is linear in the text: every quantifier is possessive, and every look around a candidate is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from translation.abbreviations import CAPTIONS, SENTENCE_STARTERS, Reading, is_roman, read
from translation.brackets import Stretch, goes_on, stretches
from translation.characters import (
    CLOSERS,
    CONTINUING,
    DASHES,
    ELLIPSES,
    FULL_TERMINATORS,
    HARD_BREAKS,
    OPENERS,
    SOFT_BREAKS,
    STRAIGHT_QUOTES,
    TERMINATORS,
    is_cyrillic,
    is_han,
    is_mongolian,
)

# How far before a full stop its word is looked for; the longest abbreviation has 11 characters.
MAX_WORD_CHARS = 24
# How far back an opening straight quote is looked for.
MAX_STRAIGHT_QUOTE_CHARS = 400
# White space of this many characters sets columns apart and is kept; so is any tab.
LAYOUT_GAP_CHARS = 4

_BREAKS = re.escape(SOFT_BREAKS + HARD_BREAKS)
_CANDIDATE = re.compile(
    rf"(?P<marks>[{re.escape(TERMINATORS)}]++)"
    rf"(?P<closers>(?:[{re.escape(CLOSERS)}]|[ \u00a0\u202f](?=[”」』）】]))*+)(?P<straight>[\"']*+)(?P<space>\s*+)"
    rf"|(?P<gap>\s{{{LAYOUT_GAP_CHARS},}}+|[^\S\t{_BREAKS}]{{0,3}}+[\t{_BREAKS}]\s*+)"
)
_WORD_BACKWARDS = re.compile(r"(?:[^\W_\u2e80-\u9fff]|[.\-–№’'])*+")
_NEXT_WORD = re.compile(r"[^\W\d_]{1,20}+")
_LIST_ITEM = re.compile(
    r"(?:[-–—•*·▪●○■□◆➢✓]\s|[IVX]{1,5}[.)]\s|\d{1,3}(?:\.\d{1,3}){0,3}[.)、．）]|[^\W\d_][.)）](?!\w)"
    r"|[（(](?:\d{1,3}|[一二三四五六七八九十]{1,3}|[^\W\d_])[)）]|[一二三四五六七八九十]{1,3}、"
    r"|第[一二三四五六七八九十百零〇\d]{1,6}[条條章节節款项項]|[①-⑳])"
)
_NUMBER = re.compile(r"\d+(?:[.\-–]\d+)*")
_MORE_DATE = re.compile(r"\d{1,4}\.(?!\w*[^\W\d_])")
_CAMEL = re.compile(r"[^\W\d_]{1,3}[A-Z]")
# One-letter units, which are no initials after a number: 3.5 м, 77.4 K.
_UNIT_LETTERS = frozenset("мгтлсцмmgstlhKCFVW")
_SKIPPED = frozenset(OPENERS + STRAIGHT_QUOTES + DASHES)


@dataclass(frozen=True)
class _Mark:
    """One candidate: terminators at `start`, what closes after them up to `end`, then white space up to `after`."""

    text: str
    sentence: int  # where the running sentence starts
    start: int
    end: int
    after: int
    marks: str
    closed: bool
    stretch: Stretch | None  # the stretch that closes within this candidate and opened in mid-sentence

    @property
    def space(self) -> str:
        return self.text[self.end : self.after]


def boundaries(text: str) -> Iterator[tuple[int, int]]:
    """(end of a sentence, start of the next) for every boundary inside `text`, in order.

    `text` must not begin or end with white space. The characters between the two places are white space.
    """
    guarded = stretches(text)
    turn = 0
    sentence = 0
    for match in _CANDIDATE.finditer(text):
        start, after = match.span()
        if after >= len(text):
            return
        if match["marks"] is None:
            if start > sentence and _gap_is_boundary(text, sentence, start, after):
                yield start, after
                sentence = after
            continue
        end = match.start("space")
        if match["straight"]:
            end = _close_straight(text, match.start("straight"), end, after)
            after = end if end < match.start("space") else after
        while turn < len(guarded) and guarded[turn].end <= start:
            turn += 1
        around = guarded[turn] if turn < len(guarded) and guarded[turn].start < start else None
        if around is not None and around.end > end:
            continue
        stretch = around if around is not None and around.start > sentence else None
        closed = end > start + len(match["marks"])
        mark = _Mark(text, sentence, start, end, after, match["marks"], closed, stretch)
        if _mark_is_boundary(mark):
            yield end, after
            sentence = after


def _close_straight(text: str, start: int, end: int, after: int) -> int:
    """The end of the straight quotes from `start` that close; those that open the next sentence stay with it."""
    if after > end or not text[end].isalnum():
        return end
    opened = text.count(text[start], max(0, start - MAX_STRAIGHT_QUOTE_CHARS), start) % 2 == 1
    return start + 1 if opened else start


def _gap_is_boundary(text: str, sentence: int, start: int, after: int) -> bool:
    """White space without a terminator before it: a layout gap, an empty line, a heading or a list makes a boundary."""
    gap = text[start:after]
    if _is_hard(gap):
        return True
    if _LIST_ITEM.match(text, after):
        return True
    if not any(char in SOFT_BREAKS for char in gap):
        return False
    line = text[max(sentence, start - 200) : start]
    return line.isupper() and len(line) > 3 and not text[after : after + 20].split("\n", 1)[0].isupper()


def _is_hard(gap: str) -> bool:
    """Tabs and wide gaps without a line break, empty lines, form feeds."""
    lines = gap.count("\n") or gap.count("\r") or sum(gap.count(char) for char in SOFT_BREAKS[2:])
    if lines == 0:
        return "\t" in gap or len(gap) >= LAYOUT_GAP_CHARS or any(char in gap for char in HARD_BREAKS)
    return lines > 1 or any(char in gap for char in HARD_BREAKS)


def _mark_is_boundary(mark: _Mark) -> bool:
    if mark.after == mark.end:
        return _ends_without_space(mark)
    if _is_hard(mark.space):
        return True
    if any(char in SOFT_BREAKS for char in mark.space):
        return _ends_at_line_break(mark)
    return _ends_before_space(mark)


def _ends_without_space(mark: _Mark) -> bool:
    text, following = mark.text, mark.text[mark.end]
    if following in TERMINATORS or following in CONTINUING or following in CLOSERS:
        return False
    if mark.closed and (mark.stretch is not None or goes_on(text, mark.end)):
        return False
    if any(char in FULL_TERMINATORS for char in mark.marks):
        return True
    before = text[mark.start - 1] if mark.start else ""
    if mark.marks[0] in ELLIPSES or mark.marks.startswith(".."):
        return mark.closed and (is_han(following) or following in OPENERS)
    if following.isdigit() or not before:
        return False
    if is_han(before) or "．" in mark.marks:
        return not (following.isascii() and following.islower())
    word = _word_before(mark)
    if is_han(following) or (following in "“「《" and not is_cyrillic(before)):
        return mark.closed or mark.marks != "." or (len(word) > 1 and word.isalpha() and read(word) is Reading.WORD)
    opens = following in OPENERS or (following in STRAIGHT_QUOTES and not mark.closed)
    if not is_cyrillic(before) and not (mark.closed and is_cyrillic(following)):
        return is_mongolian(before)
    if opens or (is_cyrillic(following) and following.isupper()):
        return mark.closed or (len(word) > 2 and word[-1:].islower() and word.isalpha() and read(word) is Reading.WORD)
    return False


def _ends_at_line_break(mark: _Mark) -> bool:
    """The end of a line after a terminator: an end, but for abbreviations and for ellipses that go on."""
    following = mark.text[mark.after]
    if _LIST_ITEM.match(mark.text, mark.after):
        return True
    if mark.marks != "." or mark.closed:
        return not (following.islower() and (mark.closed or mark.marks[0] in ELLIPSES or mark.marks.startswith("..")))
    reading = read(_word_before(mark))
    return reading is Reading.WORD or (reading is not Reading.PREFIX and not following.islower() and _full_stop(mark))


def _ends_before_space(mark: _Mark) -> bool:
    text = mark.text
    place = mark.after
    while place < len(text) and place < mark.after + 4 and (text[place] in _SKIPPED or text[place] == " "):
        place += 1
    first = text[mark.after]
    if place >= len(text):
        return False
    following = text[place]
    if first in TERMINATORS or first in CONTINUING or first in CLOSERS:
        return False
    if following.islower() and not _CAMEL.match(text, place):
        return any(char in FULL_TERMINATORS for char in mark.marks) and not mark.closed
    if mark.closed and is_han(following) and (mark.stretch is not None or goes_on(text, mark.end)):
        return False
    if mark.marks == ".":
        return _full_stop(mark, place)
    if mark.marks[0] in ELLIPSES or mark.marks.startswith(".."):
        return not following.isdigit()
    return True


def _word_before(mark: _Mark) -> str:
    """The word the full stop stands after, without what opens before it."""
    reverse = mark.text[max(mark.sentence, mark.start - MAX_WORD_CHARS) : mark.start][::-1]
    found = _WORD_BACKWARDS.match(reverse)
    return found.group()[::-1].lstrip(".-–’'") if found else ""


def _full_stop(mark: _Mark, place: int | None = None) -> bool:
    """A plain full stop, white space, and then no lower-case letter at `place`."""
    text = mark.text
    place = mark.after if place is None else place
    following = text[place]
    word = _word_before(mark)
    if not word:
        return True
    begins = mark.start - len(word)
    opening = not text[mark.sentence : begins].strip("".join(_SKIPPED) + " ") if begins - mark.sentence < 4 else False
    if _NUMBER.fullmatch(word):
        return _number_ends(mark, word, begins, opening, place)
    if opening and not mark.closed and (is_roman(word) or len(word) == 1):
        return False
    next_word = _NEXT_WORD.match(text, place)
    starter = next_word is not None and next_word.group().casefold() in SENTENCE_STARTERS
    if (word in _UNIT_LETTERS) and begins >= 2 and text[begins - 1].isspace() and text[begins - 2].isdigit():
        return True
    reading = read(word)
    if reading is Reading.PREFIX:
        return False
    if reading is Reading.NUMERIC:
        return not following.isdigit() and following not in "№#" and not (next_word and is_roman(next_word.group()))
    if reading is Reading.WEAK:
        return starter or is_han(following)
    return True


def _number_ends(mark: _Mark, word: str, begins: int, opening: bool, place: int) -> bool:
    """A number and a full stop: an item's number, a date written with spaces, or the end of a sentence."""
    text = mark.text
    if mark.closed:
        return True
    if opening:
        return len(word) > 7
    if begins >= 2 and text[begins - 1] == " ":
        if text[mark.sentence : begins - 1].casefold() in CAPTIONS:
            return False  # Figure 2. Sales by year
        if text[begins - 2] in ":;：；" and len(word) <= 3:
            return False
        if begins >= 3 and text[begins - 2] == "." and text[begins - 3].isdigit() and len(word) <= 2:
            return False  # 2024. 05. 01
    return not (len(word) <= 4 and text[place].isdigit() and _MORE_DATE.match(text, place))
