"""How the terms of a glossary get into translations: tried, looked at, tried in other ways. Pure.

A translation is looked at first: most models know most terms. Where it lacks one, the sentence is put to the model again in
two ways at once: with a mark that it copies in the place of each term, and with the translation of the term written into
the source. The best of all is kept; what lacks a term even then gets the flag `glossary`. A chat model is told the terms
in its prompt beforehand (`translation.chat`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from translation import guards
from translation.edits import Edit, applied, edited, inverse, moved
from translation.engine import Output
from translation.ladder import IN_PIECES
from translation.protected import has_letters
from translation.runner import Answer, Item, Work, WorkResult
from translation.terms import ENGLISH, FLAG, MONGOLIAN, TermMatch, lacks, occurrences, preferred
from translation.typography import typeset

_CASED = frozenset({MONGOLIAN, ENGLISH})
# Doubts that are looked for anew, on the sentence without its terms; the others are about how it was made.
_KEPT = frozenset({IN_PIECES, "unk"})


@dataclass(frozen=True)
class _Try:
    """A sentence as the model is asked again. edits: what became of the terms in it; masks: what stands for each."""

    number: int
    item: Item
    edits: tuple[Edit, ...]
    masks: tuple[tuple[str, str], ...]


def first(work: Work) -> tuple[Work, dict[int, _Try]]:
    """-> what the model is asked at first, and the items in it that are nothing but terms, with marks for them."""
    tries: dict[int, _Try] = {}
    items = list(work.items)
    for number, item in enumerate(items):
        if item.terms and (one := _masked(number, item)) is not None and not has_letters(one.item.text):
            tries[number] = one
            items[number] = one.item
    return (replace(work, items=tuple(items)), tries) if tries else (work, tries)


def settled(work: Work, result: WorkResult, tries: dict[int, _Try]) -> WorkResult:
    """The answers to `first`, with the terms back in their places, and looked at."""
    if not any(item.terms for item in work.items):
        return result
    answers = list(result.answers)
    others = dict(result.others)
    for number, item in enumerate(work.items):
        answer = answers[number]
        if answer is not None and item.terms:
            if number in tries:
                answer = _unmasked(tries[number], answer, work.target)
            answers[number] = _judged(item, answer, work)
            if number in others:
                others[number] = tuple(_judged(item, other, work) for other in others[number])
    return replace(result, answers=tuple(answers), others=others)


def again(work: Work, result: WorkResult) -> tuple[Work, list[_Try]] | None:
    """-> what the model is asked once more, since a term is lacking; None when there is nothing."""
    tries: list[_Try] = []
    for number, (item, answer) in enumerate(zip(work.items, result.answers, strict=True)):
        if answer is not None and FLAG in answer.flags:
            found = (make(number, item) for make in (_masked, _written_in))
            tries += [one for one in found if one is not None and has_letters(one.item.text)]
    if not tries:
        return None
    return replace(work, id=f"{work.id}-terms", items=tuple(one.item for one in tries), alternatives=0), tries


def best(work: Work, result: WorkResult, more: WorkResult, tries: Sequence[_Try]) -> WorkResult:
    """The first answers, or in their places those of the tries that have more of the terms and no worse doubts."""
    answers = list(result.answers)
    for one, answer in zip(tries, more.answers, strict=True):
        before = answers[one.number]
        if answer is None or before is None:
            continue
        item = work.items[one.number]
        candidate = _judged(item, _unmasked(one, answer, work.target), work)
        if _rank(item, candidate, work.target) < _rank(item, before, work.target):
            answers[one.number] = candidate
    return WorkResult(
        result.id,
        tuple(answers),
        result.seconds + more.seconds,
        result.source_chars,
        result.tokens + more.tokens,
        result.others,
    )


def _rank(item: Item, answer: Answer, target: str) -> tuple[bool, int, int]:
    """What is put together in pieces, or is seriously in doubt, is worse than a term that is lacking."""
    doubts = tuple(flag for flag in answer.flags if flag != FLAG)
    worse = IN_PIECES in doubts or bool(guards.SERIOUS.intersection(doubts))
    return worse, lacks(item.terms, answer.text, target), guards.severity(doubts)


def _masked(number: int, item: Item) -> _Try | None:
    """With marks that every model copies most often (benchmarks/masks.py) in the place of the terms."""
    many = len(item.terms) > 1 or "%s" in item.text
    masks = [f"${place}" if many else "%s" for place in range(1, len(item.terms) + 1)]
    if any(mask in item.text for mask in masks):
        return None
    return _with(number, item, masks, [preferred(term.target) for term in item.terms])


def _written_in(number: int, item: Item) -> _Try | None:
    return _with(number, item, [preferred(term.target) for term in item.terms], [])


def _with(number: int, item: Item, words: Sequence[str], targets: Sequence[str]) -> _Try:
    edits = tuple((term.start, term.end, word) for term, word in zip(item.terms, words, strict=True))
    text = applied(item.text, edits)
    masks = tuple(zip(words, targets, strict=True)) if targets else ()
    return _Try(number, replace(item, text=text, terms=()), edits, masks)


def _unmasked(one: _Try, answer: Answer, target: str) -> Answer:
    """With the terms in the place of their marks, and places in the sentence as it was."""
    original = applied(one.item.text, inverse(one.edits, one.item.text))
    alignment = answer.alignment
    if alignment is not None:
        back = inverse(one.edits, original)
        alignment = tuple((moved(place, back), there) for place, there in alignment)
    output = Output(answer.text, None, 0, alignment)
    wanted = dict(one.masks)
    edits = []
    # Not by what is protected: "$1." may be money, and here it is a mark.
    marks = re.finditer(f"(?:{'|'.join(map(re.escape, wanted))})(?![A-Za-z0-9])", answer.text) if wanted else ()
    for mark in marks:
        start, end = mark.span()
        word = wanted[mark.group()]
        if start == 0 and target in _CASED and word.islower() and original[:1] == original[:1].upper():
            word = word[:1].upper() + word[1:]
        if target in _CASED and answer.text[start - 1 : start].isalnum():
            word = f" {word}"  # a mark may be glued to the word before it, a word may not
        edits.append((start, end, word))
    done = typeset(edited(output, edits), target)
    return replace(answer, text=done.text, alignment=done.alignment)


def judged(
    text: str,
    terms: Sequence[TermMatch],
    answer: Answer,
    source: str,
    target: str,
    check: Callable[..., tuple[str, ...]],
) -> Answer:
    """`answer` with the flags that it deserves when `terms` need not look like the target's language."""
    found = occurrences(terms, answer.text, target)
    places = _apart(sorted({one.place for one in found if one.place is not None}))
    there = applied(answer.text, [(start, end, "%s") for start, end in places])
    # Once is enough for several of one term: there are as many marks in both texts.
    left: set[tuple[int, int] | None] = set(places)
    marks = []
    for one in found:
        is_marked = one.place is None or one.place in left
        marks.append((one.start, one.end, "%s" if is_marked else " "))
        left -= {one.place}
    here = applied(text, marks)
    doubts = check(here, there, source, target) if has_letters(here) else ()
    kept = [flag for flag in answer.flags if flag in _KEPT and flag not in doubts]
    missed = [FLAG] if any(not one.used for one in found) else []
    if missed:  # the marks of what is lacking count as lost
        doubts = tuple(flag for flag in doubts if flag != "placeholder" or flag in answer.flags)
    return replace(answer, flags=(*doubts, *kept, *missed))


def _judged(item: Item, answer: Answer, work: Work) -> Answer:
    return judged(item.text, item.terms, answer, work.source, work.target, guards.check)


def _apart(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in places:
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept
