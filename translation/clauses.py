"""Sentences that no model takes whole, cut at clauses, then at spaces, then between characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# About 180 source tokens. Measured with the starter model's tokenizer (10k pieces, so shorter than NLLB's 256k) on
# FLORES dev, which is outside its domain: 2.94 characters a token for Mongolian Cyrillic, 2.89 for English, 1.15 for
# Chinese; on long interface texts, which it was made for, 4.8, 4.3 and 1.9. So 520 characters are 177 tokens at worst
# on average, and 200 Chinese characters 175. It has no traditional Mongolian; 300 leaves room for vocabularies that
# spell it out.
MAX_SENTENCE_CHARS = {"mon_Cyrl": 520, "mon_Mong": 300, "cmn_Hans": 200, "cmn_Hant": 200, "eng_Latn": 520}

# Weaker kinds of breaks are looked for only where the stronger have none. A cut is made after the match.
_KINDS = (
    re.compile(r"[;；᠄](?=\s|[^\x00-\x7f])"),
    re.compile(
        r"[,，、᠂:：](?=\s|[^\x00-\x7f\d])|[)）](?=\s|[^\x00-\x7f])|[—–](?=\s)|—(?=[^\s—])"
        r"|\s(?=[(（—–])|[^\s\x00-\x7f](?=[（])"
    ),
    re.compile(r"\s"),
)
# How far a hard cut moves back to spare a cluster of combining marks; longer clusters are not text.
_MAX_CLUSTER_CHARS = 32


def pieces(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """(start, end) of consecutive pieces of `text`, none longer than `limit` characters or with white space at an end.

    What lies between pieces is white space. Linear time: each cut looks at no more than `limit` characters.
    """
    start, total = 0, len(text)
    while total - start > limit:
        cut = _cut(text, start, limit)
        end = cut
        while text[end - 1].isspace():
            end -= 1
        yield start, end
        start = cut
        while text[start].isspace():
            start += 1
    yield start, total


def clauses(text: str, least: int) -> list[tuple[int, int]]:
    """(start, end) of the clauses of `text`: cut after semicolons, commas, colons and the like, each of at least `least`
    characters without the white space around it."""
    places = sorted({match.end() for kind in _KINDS[:2] for match in kind.finditer(text)} - {0, len(text)})
    found: list[tuple[int, int]] = []
    start = 0
    for place in places:
        if len(text[start:place].strip()) >= least and len(text[place:].strip()) >= least:
            found.append((start, place))
            start = place
    found.append((start, len(text)))
    trimmed = []
    for begin, end in found:
        core = text[begin:end].strip()
        at = text.index(core, begin)
        trimmed.append((at, at + len(core)))
    return trimmed


def _cut(text: str, start: int, limit: int) -> int:
    """A place in (start, start + limit] as near as may be to an even share of what is left."""
    left = len(text) - start
    count = -(-left // limit)
    ideal = start + left // count
    low, high = start + limit // 4, start + limit
    for kind in _KINDS:
        places = [match.end() for match in kind.finditer(text, low, high)]
        if places:
            return min(places, key=lambda place: abs(place - ideal))
    return _hard_cut(text, start, high)


def _hard_cut(text: str, start: int, high: int) -> int:
    for place in range(high, max(start, high - _MAX_CLUSTER_CHARS), -1):
        if not _joins(text[place - 1], text[place]):
            return place
    return high


def _joins(before: str, after: str) -> bool:
    """True when a cut between the two would break one written character."""
    if unicodedata.category(after) in ("Mn", "Me", "Mc") or before == "\u200d" or after in "\u200d\u200c\u2060\ufeff":
        return True
    if "\u180b" <= after <= "\u180f" or before == "\u180e" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True  # Mongolian variation selectors and the vowel separator; skin tones
    flags = "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff"
    return flags or (before.isascii() and after.isascii() and before.isalnum() and after.isalnum() and before.isdigit())
