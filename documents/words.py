"""Words of a translation as the units that carry formatting, and the smoothing of their run labels. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

# Han is cut into characters; everything else into words, numbers, single signs and stretches of white space.
_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# A letter or digit that is not Han; U+180B.. and U+202F join the parts of a word in the traditional Mongolian script.
_LETTER = f"(?:(?![{_HAN}])[\\w\u180b-\u180f\u202f])"
_TOKEN = re.compile(f"[{_HAN}]|\\s+|https?://[!-~]+|{_LETTER}+(?:[-'’.@]{_LETTER}+)*|[\\s\\S]")
_IS_HAN = re.compile(f"[{_HAN}]")
_OPENING = frozenset("([{«“‘《〈「『【（")
# A gap of at most this many words inside a run is taken for noise of the alignment and filled.
_GAP_WORDS = 1
# The run that most of the text is in may stand in up to three stretches, none small beside the longest: other runs
# stand inside it. A bold word, a link stays in one.
_ISLAND_SHARE = 0.34
_MAX_STRETCHES = 3


@dataclass(frozen=True)
class Word:
    """The characters `start` to `end` of the target.

    `is_text` is False for white space and signs; `opens` is True for "(" and the like.
    """

    start: int
    end: int
    is_text: bool
    opens: bool = False


def words_of(text: str, joints: Collection[int] | None = None) -> list[Word]:
    """Words that tile `text`. Han characters are words of their own, or joined except at `joints` if that is given."""
    words = [
        Word(match.start(), match.end(), any(map(str.isalnum, match.group())), match.group() in _OPENING)
        for match in _TOKEN.finditer(text)
    ]
    if joints is None:
        return words
    joined: list[Word] = []
    for word in words:
        last = joined[-1] if joined else None
        if last and word.start not in joints and _IS_HAN.match(text, word.start) and _IS_HAN.match(text, last.start):
            joined[-1] = Word(last.start, word.end, True)
        else:
            joined.append(word)
    return joined


def fill_signs(words: Sequence[Word], labels: Sequence[int | None]) -> list[int]:
    """Words without a label take that of the word before; opening brackets and quotes that of the word after."""
    after: list[int | None] = [None] * len(words)
    following: int | None = None
    for number in range(len(words) - 1, -1, -1):
        if labels[number] is not None:
            following = labels[number]
        after[number] = following
    result: list[int] = []
    before: int | None = None
    for number, label in enumerate(labels):
        if label is not None:
            chosen: int | None = label
        elif after[number] is not None and (before is None or words[number].opens):
            chosen = after[number]
        else:
            chosen = before
        result.append(0 if chosen is None else chosen)
        before = chosen
    return result


def smooth(words: Sequence[Word], labels: Sequence[int], main_run: int) -> list[int]:
    """`labels` without the noise of an alignment: gaps filled, small islands given to their neighbours.

    A run keeps its longest stretch; `main_run` also two more that are not small beside it.
    """
    result = _fill_gaps(words, list(labels))
    stretches = _stretches(result)
    weight = {stretch: sum(words[number].is_text for number in range(*stretch)) for stretch in stretches}
    by_run: dict[int, list[tuple[int, int]]] = {}
    for stretch in stretches:
        by_run.setdefault(result[stretch[0]], []).append(stretch)
    kept: set[tuple[int, int]] = set()
    for run, own in by_run.items():
        ranked = sorted(own, key=lambda stretch: (-weight[stretch], stretch))
        longest = weight[ranked[0]]
        most = _MAX_STRETCHES if run == main_run else 1
        kept |= {stretch for stretch in ranked[:most] if weight[stretch] >= _ISLAND_SHARE * longest}
    before: int | None = None
    for position, stretch in enumerate(stretches):
        if stretch in kept:
            before = result[stretch[0]]
            continue
        label = before
        if label is None:
            label = next(result[other[0]] for other in stretches[position + 1 :] if other in kept)
        for number in range(*stretch):
            result[number] = label
    return result


def _fill_gaps(words: Sequence[Word], labels: list[int]) -> list[int]:
    totals: dict[int, int] = {}
    for word, label in zip(words, labels, strict=True):
        totals[label] = totals.get(label, 0) + word.is_text
    stretches = _stretches(labels)
    for before, gap, after in zip(stretches, stretches[1:], stretches[2:], strict=False):
        size = sum(words[number].is_text for number in range(*gap))
        around = labels[before[0]]
        # The only words of a run are no noise: they are its bold word, its link.
        if around == labels[after[0]] and size <= _GAP_WORDS and totals[labels[gap[0]]] > size:
            for number in range(*gap):
                labels[number] = around
    return labels


def _stretches(labels: Sequence[int]) -> list[tuple[int, int]]:
    stretches: list[tuple[int, int]] = []
    start = 0
    for number in range(1, len(labels) + 1):
        if number == len(labels) or labels[number] != labels[start]:
            stretches.append((start, number))
            start = number
    return stretches
