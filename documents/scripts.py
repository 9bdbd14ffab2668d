"""How much a decoded text looks like one of our languages: the judge between candidate encodings.

Only characters above ASCII are judged, since ASCII is the same in all candidates. Each gets 0 (cannot be) to 1 (as
expected); the score is their mean. The tables in `data/` hold what is common in Mongolian, Russian and Chinese.
"""

from __future__ import annotations

import functools
import itertools
import re
from importlib import resources

_WORD = re.compile(r"[^\W\d_]+")
# A word is lower case, capitalised or all capitals. Bytes of another encoding look like "КАЅзИЛ".
_CASED = re.compile(r"^(?:\w?[^A-ZА-ЯЁЄЇІЎҐЉЊЌЋЏЂЃЅЈ]*|[^a-zа-яёєїіўґљњќћџђѓѕј]*)$")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
# Mongolian Cyrillic lacks two letters in windows-1251; old fonts draw ө and ү in the places of є and ї.
_ALPHABET = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёєїіў")
_PUNCTUATION = frozenset("«»“”‘’„…–—№•·§©®°\u00a0±×")
_CJK_PUNCTUATION = frozenset("，。、；：？！（）《》〈〉“”‘’「」『』【】〔〕—…·～％￥\u3000")

COMMON_HAN = 1.0
LEVEL_1_HAN = 0.7  # the 3,755 common characters of GB 2312
OTHER_HAN = 0.15
PUNCTUATION = 0.9


def score_cyrillic(text: str) -> float:
    """0 to 1: the characters above ASCII form Mongolian or Russian words."""
    total, count = 0.0, 0
    for match in _WORD.finditer(text):
        word = match.group()
        high = sum(1 for character in word if character > "\x7f")
        count += high
        if high == len(word) and _CASED.match(word):
            total += high * _pair_share(word.lower())
    return _with_signs(text, total, count)


def score_latin(text: str) -> float:
    """0 to 1: the characters above ASCII are accented letters in Latin words, or typographic signs."""
    total, count = 0.0, 0
    for match in _WORD.finditer(text):
        word = match.group()
        high = sum(1 for character in word if character > "\x7f")
        count += high
        if high * 2 < len(word) and all(_LATIN.match(character) for character in word) and _CASED.match(word):
            total += high * 0.8
    return _with_signs(text, total, count)


def score_chinese(text: str) -> float:
    """0 to 1: the characters above ASCII are common Han characters and their punctuation."""
    total, count = 0.0, 0
    for character in text:
        if character <= "\x7f":
            continue
        count += 1
        if character in _common_han():
            total += COMMON_HAN
        elif character in _CJK_PUNCTUATION or "\uff01" <= character <= "\uff5e":
            total += PUNCTUATION
        elif "\u4e00" <= character <= "\u9fff":
            total += LEVEL_1_HAN if _is_level_1(character) else OTHER_HAN
    return total / count if count else 0.0


def score_any(text: str) -> float:
    """0 to 1: any script of ours. For encodings in which a wrong reading shows control or private characters."""
    good = sum(
        1
        for character in text
        if character.isspace()
        or "\x20" <= character <= "\x7e"
        or "\u0400" <= character <= "\u04ff"
        or "\u1800" <= character <= "\u18af"
        or character in _CJK_PUNCTUATION
        or character in _PUNCTUATION
        or character in _common_han()
        or "\uff01" <= character <= "\uff5e"
    )
    return good / len(text) if text else 0.0


def _with_signs(text: str, total: float, count: int) -> float:
    for character in text:
        if character > "\x7f" and not character.isalpha():
            count += 1
            total += PUNCTUATION if character in _PUNCTUATION else 0.0
    return total / count if count else 0.0


def _pair_share(word: str) -> float:
    """The share of letter pairs of `word`, with its two edges, that are common."""
    if not all(letter in _ALPHABET for letter in word):
        return 0.0
    edged = f"_{word}_"
    known = sum(1 for first, second in itertools.pairwise(edged) if first + second in _cyrillic_pairs())
    return known / (len(edged) - 1)


def _is_level_1(character: str) -> bool:
    try:
        first = character.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= first <= 0xD7


@functools.cache
def _common_han() -> frozenset[str]:
    return frozenset(_data("han_common.txt").replace("\n", ""))


@functools.cache
def _cyrillic_pairs() -> frozenset[str]:
    return frozenset(_data("cyrillic_pairs.txt").split())


def _data(name: str) -> str:
    return (resources.files("documents") / "data" / name).read_text(encoding="utf-8")
