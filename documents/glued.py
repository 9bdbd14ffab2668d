"""Short runs inside a word: the raised 2 of "m2", the lowered one of "H2O", the raised 6 of "106". Pure.

In a translation such a run stands where the same sign stands in the same word, else nowhere: a raised word, or a raised
number, would say something else.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence

from documents.characters import has_han
from documents.model import Span, Unit
from documents.words import Word

_SHORT = re.compile(r"[-+−–]?[^\W_]{1,3}")


def glued_runs(unit: Unit) -> list[int]:
    """The runs of a few letters or digits that go on in the word of the run before."""
    return [
        number
        for number, span in enumerate(unit.runs)
        if number and _is_part(unit.text[span.start - 1]) and _is_short(unit.text[span.start : span.end])
    ]


def places(unit: Unit, target: str, runs: Sequence[int]) -> dict[int, Span]:
    """Where in `target` those of `runs` stand that stand there as often as in `unit`."""
    result: dict[int, Span] = {}
    by_sign: dict[str, list[int]] = {}
    for run in runs:
        by_sign.setdefault(_text(unit, run), []).append(run)
    for sign, own in by_sign.items():
        for find in (_same_words, _after_letters):
            starts = find(unit, target, own)
            if len(starts) == len(own):
                result |= {run: Span(start, start + len(sign)) for run, start in zip(own, starts, strict=True)}
                break
    return result


def split(words: Sequence[Word], spans: Collection[Span]) -> list[Word]:
    """`words` cut at the ends of `spans`."""
    borders = sorted({end for span in spans for end in (span.start, span.end)})
    result: list[Word] = []
    at = 0
    for word in words:
        while at < len(borders) and borders[at] <= word.start:
            at += 1
        ends = [word.start]
        while at < len(borders) and borders[at] < word.end:
            ends.append(borders[at])
            at += 1
        ends.append(word.end)
        result += [Word(start, end, word.is_text, word.opens) for start, end in itertools.pairwise(ends)]
    return result


def settled(
    words: Sequence[Word], labels: Sequence[int], runs: Collection[int], found: Mapping[int, Span]
) -> list[int]:
    """`labels` with each of `runs` at its place and nowhere else: other words there take the label of a neighbour. `words`
    were cut by `split`."""
    home = {offset: run for run, span in found.items() for offset in range(span.start, span.end)}
    result: list[int] = []
    before: int | None = None
    for number, label in enumerate(labels):
        at_home = home.get(words[number].start)
        if at_home is not None:
            result.append(at_home)
            continue
        if label in runs:
            later = (other for other in labels[number:] if other not in runs)
            # Every run of the kind follows another one.
            label = before if before is not None else next(later, min(runs) - 1)
        before = label
        result.append(label)
    return result


def _text(unit: Unit, run: int) -> str:
    return unit.text[unit.runs[run].start : unit.runs[run].end]


def _is_short(text: str) -> bool:
    return _SHORT.fullmatch(text) is not None and not has_han(text)


def _is_part(character: str) -> bool:
    return character.isalnum() and not has_han(character)


def _same_words(unit: Unit, target: str, runs: Sequence[int]) -> list[int]:
    """Where the sign stands in the words of `unit` that it stands in there."""
    inside: set[tuple[str, int]] = set()  # a word, and where the sign begins in it
    for run in runs:
        span = unit.runs[run]
        first, last = span.start, span.end
        while first and _is_part(unit.text[first - 1]):
            first -= 1
        while last < len(unit.text) and _is_part(unit.text[last]):
            last += 1
        inside.add((unit.text[first:last], span.start - first))
    starts: set[int] = set()
    for word, offset in inside:
        at = -1
        while (at := target.find(word, at + 1)) >= 0:
            end = at + len(word)
            if not (at and _is_part(target[at - 1])) and not (end < len(target) and _is_part(target[end])):
                starts.add(at + offset)
    return sorted(starts)


def _after_letters(unit: Unit, target: str, runs: Sequence[int]) -> list[int]:
    """Where the sign, if it is a number, stands behind letters: the 2 of "м2" for that of "m2"."""
    sign = _text(unit, runs[0])
    if not sign[-1].isdigit() or not unit.text[unit.runs[runs[0]].start - 1].isalpha():
        return []
    return [match.start() for match in re.finditer(rf"(?<=[^\W\d_]){re.escape(sign)}(?!\d)", target)]
