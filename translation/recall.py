"""What tells the sentences of a translation memory apart, and how alike two are. Pure.

Exact: the same characters. Adapted: the same sentence but for its numbers, which stand in the known translation letter by
letter and can be exchanged there. Similar: the share of characters that two sentences have in common (rapidfuzz's ratio, that
is 1 - indel distance / (length + length)) is at least a threshold.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from translation.terms import ENGLISH

MAX_CHARS = 2_000
"""Longer sentences are not remembered: they are lists and tables that do not come again."""

_DIGEST_BYTES = 12
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
# Words (or Chinese characters) at either end by which similar sentences are found; of a short one half of them, so that a
# change in one half leaves the other.
_END_WORDS = 4
_MIN_WORDS = 3
_HIGHEST = 0.99


@dataclass(frozen=True)
class Probes:
    """Numbers that similar sentences share one of. skeleton: the sentence without its numbers, None without any; head and
    tail: its first and last words, None for a sentence of a word or two."""

    skeleton: int | None
    head: int | None
    tail: int | None


def digest(source: str, *more: str) -> str:
    """Of the sentence, and of what else tells it apart; the context of a unit, say."""
    text = "\0".join((source, *more))
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def normal(text: str) -> str:
    """What is compared: without case, and with one kind of space."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def probes(source: str, scope: Sequence[str]) -> Probes:
    """scope: whose sentence it is and its languages: nobody else's has the same numbers."""
    bare = _NUMBER.sub("0", normal(source))
    words = _WORD.findall(bare)
    skeleton = _number("skeleton", scope, bare) if _NUMBER.search(source) else None
    if len(words) < _MIN_WORDS:
        return Probes(skeleton, None, None)
    size = min(_END_WORDS, len(words) // 2)
    return Probes(skeleton, _number("head", scope, *words[:size]), _number("tail", scope, *words[-size:]))


def _number(kind: str, scope: Sequence[str], *words: str) -> int:
    text = "\0".join((kind, *scope, *words))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def closest(source: str, known: Sequence[str], threshold: float) -> tuple[int, float] | None:
    """-> (which of `known` is most like `source`, how much: 0 to 0.99), None when none reaches `threshold`. known: as `normal`
    writes them."""
    cutoff = max(0.0, threshold - 0.005) * 100
    best = process.extractOne(normal(source), known, scorer=fuzz.ratio, score_cutoff=cutoff)
    if best is None:
        return None
    _text, score, number = best
    return number, min(_HIGHEST, round(score / 100, 2))


def adapted(source: str, known_source: str, known_target: str, target_language: str) -> str | None:
    """The translation of `source` out of that of `known_source`, which differs from it in numbers only; None where that is not
    safe: a number of the source does not stand in the translation as it is, or what stands beside it depends on it."""
    new, old = _NUMBER.findall(source), _NUMBER.findall(known_source)
    if _NUMBER.sub("0", normal(source)) != _NUMBER.sub("0", normal(known_source)) or len(new) != len(old) or not new:
        return None
    change: dict[str, str] = {}
    for before, after in zip(old, new, strict=True):
        if change.setdefault(before, after) != after:
            return None
        # One file, two files.
        if target_language == ENGLISH and before != after and "1" in (before, after):
            return None
    there = list(_NUMBER.finditer(known_target))
    if sorted(match.group() for match in there) != sorted(old):
        return None
    for match in there:
        follows = known_target[match.end() : match.end() + 2]
        # "15-ны", "16-нд", "1st", "2nd": the ending is that of the number as it is spoken.
        if change[match.group()] != match.group() and re.match(r"[-\u2010\u2011]?[a-zа-яөүё]", follows):
            return None
    return _NUMBER.sub(lambda match: change[match.group()], known_target)
