"""A glossary's terms in a text: longest match, inflected forms of Mongolian nouns, plurals of English ones. Pure.

Chinese has no word boundaries: a term stands wherever its characters do. In other languages it is whole words, of which in
Mongolian the last may be inflected (`translation.mongolian_forms`) and in English be a plural or a possessive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from translation import mongolian_forms
from translation.protected import spans

FLAG = "glossary"
"""The flag of a translation that lacks a term of the glossary."""

MONGOLIAN, ENGLISH = "mon_Cyrl", "eng_Latn"
_CHINESE = frozenset({"cmn_Hans", "cmn_Hant"})
# Words, and each other visible sign by itself, so that "C++" and "e-mail" are terms as well.
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")
# An abbreviation in capitals means itself only: US is not us, ХХК not ххк. Longer words in capitals may be headings.
_MAX_ABBREVIATION = 6


@dataclass(frozen=True)
class Term:
    """An entry of a glossary. target None: not to be translated. match_case: only as it is written."""

    source: str
    target: str | None
    match_case: bool = False


class TermMatch(NamedTuple):
    """A term in a text: characters `start` to `end`, the entry's source, and what its translation must have."""

    start: int
    end: int
    term: str
    target: str


class Occurrence(NamedTuple):
    """What became of a term. start, end: its place in the source; place: that of its translation, None when it lacks it."""

    term: str
    target: str
    start: int
    end: int
    place: tuple[int, int] | None

    @property
    def used(self) -> bool:
        return self.place is not None


class _Entry(NamedTuple):
    rank: int
    term: Term
    tokens: tuple[str, ...]
    exact: bool


class Matcher:
    """Finds terms in texts of `language`. Of two with the same source the first counts."""

    def __init__(self, terms: Iterable[Term], language: str) -> None:
        self._language = language
        self._by_first: dict[str, list[_Entry]] = {}
        self._by_stem: dict[str, list[_Entry]] = {}
        for rank, term in enumerate(terms):
            if language in _CHINESE:
                if term.source:
                    entry = _Entry(rank, term, (), _is_exact(term))
                    self._by_first.setdefault(term.source[0].casefold(), []).append(entry)
                continue
            tokens = tuple(match.group() for match in _TOKEN.finditer(term.source))
            if not tokens:
                continue
            entry = _Entry(rank, term, tokens, _is_exact(term))
            if len(tokens) > 1:
                self._by_first.setdefault(tokens[0].casefold(), []).append(entry)
            else:
                for stem in _stems(tokens[0].casefold(), language):
                    self._by_stem.setdefault(stem, []).append(entry)

    def find(self, text: str) -> list[TermMatch]:
        """The terms in `text` in order, none over another: the longest first, of equally long ones the first. None is a part of
        what must stay as it is: "bank" is no term in https://bank.mn, nor "name" in {name}."""
        candidates = list(self._chinese(text) if self._language in _CHINESE else self._words(text))
        if not candidates:
            return []
        candidates.sort(key=lambda one: (one[0] - one[1], one[0], one[2].rank))
        taken = bytearray(len(text))
        kept = spans(text)
        found = []
        for start, end, entry in candidates:
            if any(taken[start:end]) or any(a < end and start < b and (a < start or end < b) for a, b in kept):
                continue
            taken[start:end] = b"\1" * (end - start)
            target = entry.term.target
            found.append(TermMatch(start, end, entry.term.source, text[start:end] if target is None else target))
        return sorted(found)

    def _chinese(self, text: str) -> Iterator[tuple[int, int, _Entry]]:
        folded = [character.casefold() for character in text]
        for start, first in enumerate(folded):
            for entry in self._by_first.get(first, ()):
                end = start + len(entry.term.source)
                same = text[start:end] == entry.term.source
                if same or (not entry.exact and text[start:end].casefold() == entry.term.source.casefold()):
                    if _cuts_a_word(text, start, end):
                        continue
                    yield start, end, entry

    def _words(self, text: str) -> Iterator[tuple[int, int, _Entry]]:
        tokens = [(match.start(), match.end(), match.group()) for match in _TOKEN.finditer(text)]
        for number, (start, end, word) in enumerate(tokens):
            folded = word.casefold()
            for stem, ending in _cuts(folded, self._language):
                for entry in self._by_stem.get(stem, ()):
                    lemma = entry.tokens[0]
                    if _takes(stem, ending, lemma.casefold(), self._language) and _case_fits(entry, (word,)):
                        yield start, end, entry
            for entry in self._by_first.get(folded, ()):
                last = number + len(entry.tokens) - 1
                if last >= len(tokens):
                    continue
                words = tuple(token[2] for token in tokens[number : last + 1])
                if self._fits(words, entry):
                    yield start, tokens[last][1], entry

    def _fits(self, words: tuple[str, ...], entry: _Entry) -> bool:
        *before, tail = [word.casefold() for word in words]
        *wanted, lemma = [token.casefold() for token in entry.tokens]
        return before == wanted and is_form(tail, lemma, self._language) and _case_fits(entry, words)


def is_form(word: str, lemma: str, language: str) -> bool:
    """Is `word` an inflected form of `lemma`, as far as `language` is known here? Both casefolded."""
    if word == lemma:
        return True
    return any(
        stem in _stems(lemma, language) and _takes(stem, ending, lemma, language)
        for stem, ending in _cuts(word, language)
    )


def _stems(lemma: str, language: str) -> tuple[str, ...]:
    if language == MONGOLIAN:
        return mongolian_forms.stems(lemma)
    if language == ENGLISH and lemma.endswith("y"):
        return lemma, lemma[:-1]
    return (lemma,)


def _cuts(word: str, language: str) -> Iterable[tuple[str, str]]:
    if language == MONGOLIAN:
        return mongolian_forms.splits(word)
    if language == ENGLISH:
        return [(word, "")] + [(word[:-cut], word[-cut:]) for cut in (1, 2, 3) if len(word) > cut]
    return [(word, "")]


def _takes(stem: str, ending: str, lemma: str, language: str) -> bool:
    if language == MONGOLIAN:
        return mongolian_forms.has_ending(stem, ending, lemma)
    if not ending:
        return stem == lemma
    if stem != lemma:
        return ending == "ies" and len(lemma) > 2 and lemma[-2] not in "aeiou"
    if lemma.endswith(("s", "x", "z", "ch", "sh", "o")) and ending == "es":
        return True
    return ending == "s" and len(lemma) > 2 and not lemma.endswith("s")


def _is_exact(term: Term) -> bool:
    letters = term.source.replace(" ", "")
    return term.match_case or (len(letters) <= _MAX_ABBREVIATION and len(letters) > 1 and letters.isupper())


def _case_fits(entry: _Entry, words: Sequence[str]) -> bool:
    """Where case counts, what is not an ending must be as the entry has it."""
    if not entry.exact:
        return True
    *before, tail = words
    *wanted, lemma = entry.tokens
    shared = min(len(tail), len(lemma))
    kept = next((n for n in range(shared) if tail[n].casefold() != lemma[n].casefold()), shared)
    return before == wanted and tail[:kept] == lemma[:kept]


def _cuts_a_word(text: str, start: int, end: int) -> bool:
    """Is the piece the beginning or the end of a longer word in letters that have word boundaries? (IT in ITEM)"""
    return any(
        0 < at < len(text) and all(side.isascii() and side.isalnum() for side in (text[at - 1], text[at]))
        for at in (start, end)
    )


@lru_cache(maxsize=4096)
def _finder(target: str, language: str) -> Callable[[str], list[TermMatch]]:
    return Matcher([Term(target, target)], language).find


def occurrences(terms: Sequence[TermMatch], translation: str, language: str) -> list[Occurrence]:
    """What became of each term in `translation`, which is in `language`. Once is enough for a term that stands in the source
    several times: a translation may say "it"."""
    found = []
    for term in terms:
        places = [match for one in alternatives(term.target) for match in _finder(one, language)(translation)]
        literal = translation.find(term.target)
        place = (places[0].start, places[0].end) if places else None
        if place is None and literal >= 0 and language not in (MONGOLIAN, ENGLISH):
            place = literal, literal + len(term.target)
        found.append(Occurrence(term.term, term.target, term.start, term.end, place))
    return found


def alternatives(target: str) -> tuple[str, ...]:
    """The translations that an entry allows, the preferred one first: "合同|协议"."""
    return tuple(part.strip() for part in target.split("|") if part.strip()) or (target,)


def preferred(target: str) -> str:
    return alternatives(target)[0]


def lacks(terms: Sequence[TermMatch], translation: str, language: str) -> int:
    """How many different terms `translation` lacks."""
    return len({one.term for one in occurrences(terms, translation, language) if not one.used})


def to_json(terms: Sequence[TermMatch]) -> str | None:
    return json.dumps(terms, ensure_ascii=False) if terms else None


def from_json(column: str | None) -> tuple[TermMatch, ...]:
    return from_rows(json.loads(column)) if column else ()


def from_rows(rows: Iterable[Iterable[Any]]) -> tuple[TermMatch, ...]:
    """From what JSON makes of them."""
    return tuple(TermMatch(*row) for row in rows)
