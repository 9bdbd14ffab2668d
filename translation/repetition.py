"""Loops: what decoders write when they get stuck, told from the repetitions of ordinary language by the source."""

from __future__ import annotations

import re

# A unit of up to 40 characters that stands three times in a row. Bounded work at each place.
_LOOP = re.compile(r"(\S.{0,39}?)\1{2,}", re.DOTALL)
# What loops has one of a few characters, or the few runs of four characters of its unit over and over: of the 3 n - 3 in
# three units of n characters no more than n differ. Told in a quarter of the time.
_SHORT_LOOP = re.compile(r"(\S.{0,2}?)\1{2}", re.DOTALL)
_SHORT_CHARS = 3
_LEAST_REPEATED = 2 * (_SHORT_CHARS + 1) - 3
_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
_MIN_LOOP_CHARS = 6
# Four of the same letter in a row are in no word of the three languages; three are (www, III, 哈哈哈).
_MIN_SAME_LETTERS = 4
_GRAM = 4
_MIN_REPEATED_GRAMS = 4
_MAX_REPEATED_SHARE = 0.3


def _loops(text: str) -> list[tuple[str, int]]:
    """(unit, characters in all) of every loop that holds letters or digits."""
    if not _may_loop(text):
        return []
    found = []
    for match in _LOOP.finditer(text):
        unit, size = match.group(1), len(match.group())
        if any(char.isalnum() for char in unit):
            found.append((unit, size))
    return found


def _may_loop(text: str) -> bool:
    runs = list(zip(text, text[1:], text[2:], text[3:], strict=False))
    return len(runs) - len(set(runs)) >= _LEAST_REPEATED or _SHORT_LOOP.search(text) is not None


def _is_stuck(unit: str, size: int, source_digits: str, target_digits_around: str) -> bool:
    if unit.strip("0., \u00a0") == "":
        return size > 12  # 1,000,000,000
    if unit.strip().isdigit():
        return size >= _MIN_LOOP_CHARS and target_digits_around not in source_digits
    letters = unit.strip()
    return size >= (_MIN_SAME_LETTERS if len(letters) == 1 and letters.isalpha() else _MIN_LOOP_CHARS)


def _repeated_grams(text: str) -> tuple[int, int]:
    """(4-grams of words or Han characters that were there before, 4-grams in all)."""
    tokens = _TOKEN.findall(text.casefold())
    grams = list(zip(*(tokens[start:] for start in range(_GRAM)), strict=False))
    return len(grams) - len(set(grams)), len(grams)


def is_repetitive(source: str, target: str) -> bool:
    """True when `target` loops, or repeats itself far more than `source` does."""
    loops = _loops(target)
    longest_source = max((size for _, size in _loops(source)), default=0) if loops else 0
    source_digits = re.sub(r"\D", "", source) if loops else ""
    for unit, size in loops:
        digits = re.sub(r"\D", "", unit) * (size // max(1, len(unit)))
        if _is_stuck(unit, size, source_digits, digits) and (longest_source == 0 or size > 3 * longest_source):
            return True
    repeated, total = _repeated_grams(target)
    if repeated < _MIN_REPEATED_GRAMS:
        return False
    source_repeated, source_total = _repeated_grams(source)
    return repeated / total > _MAX_REPEATED_SHARE + 2 * source_repeated / max(1, source_total)
