"""Numbers in Mongolian, Chinese and English text, written in digits or in words, compared by value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from translation.edits import Edit
from translation.number_words import MULTIPLIERS, SURE, in_words

_GROUPED = re.compile(r"\d{1,3}(?:([,. '’\u00a0\u202f])\d{3})(?:\1\d{3}){0,8}(?![\d])")
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?")
_NUMBER = re.compile(r"\d+(?:[.,'’ \u00a0\u202f]\d+)*")
_MULTIPLYING = tuple(name for name, _factor in MULTIPLIERS)
_CLOCK = re.compile(r"\d:\d\d|\d ?[ap]\.?m\b|цаг|点|點|时|時", re.IGNORECASE)
# Millionaires, саятан, тэрбумтан: so many people.
_RICH = re.compile("aire|тан")
_MOST_PARTS = 4
"""Of a number that is told in several: 3 тэрбум 500 сая 200 мянга."""
# Between its parts: the end of the word that multiplies the first.
_GOES_ON = re.compile(r"[^\W\d_]{0,4}[ \u00a0]?")
_DECIMAL = re.compile(r"\d+[.,]\d+")
_SQUARE = re.compile(r"[mм][23](?!\w)")
# Longer runs of digits are identifiers: compared as text.
_MAX_VALUE_DIGITS = 18


def folded(text: str) -> str:
    """`text` with the plain forms of full-width, raised and other compatibility characters."""
    return unicodedata.normalize("NFKC", text)


@lru_cache(maxsize=256)
def has_digits(text: str) -> bool:
    """Kept for a while, as each look at a translation's numbers begins with it."""
    return any(map(str.isdigit, text))


def _readings(run: str) -> set[Fraction]:
    """The values a written number may have: 1,500 is 1500 or 1.5; 12.5 is 12.5."""
    bare = re.sub(r"\D", "", run)
    if len(bare) > _MAX_VALUE_DIGITS:
        return set()
    values = set()
    if _GROUPED.fullmatch(run) or bare == run:
        values.add(Fraction(int(bare)))
    if _PLAIN.fullmatch(run):
        values.add(Fraction(run.replace(",", ".")))
    head, _, last = run.replace(",", ".").rpartition(".")
    if head and last.isdigit() and re.sub(r"\D", "", head):
        values.add(Fraction(f"{re.sub(r'[^0-9]', '', head)}.{last}"))
    return values


def _plain_digits(text: str) -> str:
    plain = folded(text)
    if plain.isascii():
        return plain
    return "".join([str(unicodedata.digit(char)) if char.isdigit() and char > "9" else char for char in plain])


@dataclass(frozen=True)
class Amount:
    """A number in digits, `run`, from `start` on. `end`: behind the word that multiplies it (million, сая, 万), if any does.
    `is_large`: what multiplies it is surely a number, so that the number alone is another one."""

    run: str
    start: int
    end: int
    values: set[Fraction]
    is_large: bool = False


def amounts(text: str) -> list[Amount]:
    """The numbers in digits with what they may be."""
    found = []
    for match in _NUMBER.finditer(text):
        values, end, is_large = _readings(match.group()), match.end(), False
        rest = text[end : end + 12]
        after = rest.lstrip(" -\u00a0+余多餘")
        for name, factor in MULTIPLIERS:
            if after.casefold().startswith(name):
                values |= {value * factor for value in values}
                end += len(rest) - len(after) + len(name)
                is_large = name in SURE and not _RICH.match(after, len(name))
                break
        found.append(Amount(match.group(), match.start(), end, values, is_large))
    return found


def _compounds(found: Sequence[Amount], text: str) -> list[tuple[list[Amount], set[Fraction]]]:
    """Numbers that are told in several: 3 тэрбум 500 сая, 3亿5000万. -> (those numbers, what they may be together)"""
    told: list[tuple[list[Amount], set[Fraction]]] = []
    for one in found:
        scaled = one.values - _readings(one.run)
        before = told[-1] if told else None
        goes_on = before and before[1] and scaled and len(before[0]) < _MOST_PARTS
        if before and goes_on and _GOES_ON.fullmatch(text, before[0][-1].end, one.start):
            sums = {large + small for large in before[1] for small in scaled if small < large}
            told[-1] = [*before[0], one], sums
        else:
            told.append(([one], scaled))
    return [(parts, sums) for parts, sums in told if len(parts) > 1]


def missing_numbers(source: str, target: str) -> list[str]:
    """Numbers in digits of `source` that `target` has in no form: digits, words, another unit (万, сая), another
    clock.
    """
    if not has_digits(source):
        return []
    source = _plain_digits(source)
    wanted = amounts(source)
    if not wanted:
        return []
    target = _plain_digits(target)
    have = amounts(target)
    values = set[Fraction]().union(*(one.values for one in have), *(sums for _parts, sums in _compounds(have, target)))
    there = {one.start for parts, sums in _compounds(wanted, source) if sums & values for one in parts}
    wanted = [one for one in wanted if one.start not in there]
    missing = _not_among(wanted, have, values, source)
    # Words are looked at last: few numbers are written out, and it costs more than all the rest.
    return missing and _not_among(wanted, have, values | in_words(target), source)


def lone_change(source: str, target: str) -> Edit | None:
    """The edit of `target` that gives back a number of `source`, where it is certain which one was altered.

    One number is missing, one with as many digits is there that the source has in no form, and neither counts thousands
    or millions by a word after it.
    """
    missing = missing_numbers(source, target)
    if len(missing) != 1:
        return None
    strange = missing_numbers(target, source)
    if len(strange) != 1 or sum(map(str.isdigit, strange[0])) != sum(map(str.isdigit, missing[0])):
        return None
    found = [_alone(number, text) for number, text in ((missing[0], source), (strange[0], target))]
    if found[0] is None or found[1] is None:
        return None
    return found[1].start(), found[1].end(), missing[0]


def _alone(number: str, text: str) -> re.Match[str] | None:
    """The one place of a number in a text, without a word after it that multiplies it."""
    places = list(re.finditer(rf"(?<!\d){re.escape(number)}(?!\d)", text))
    if len(places) != 1:
        return None
    after = text[places[0].end() : places[0].end() + 12].lstrip(" -\u00a0").casefold()
    return None if after.startswith(_MULTIPLYING) else places[0]


def _not_among(wanted: list[Amount], have: list[Amount], values: set[Fraction], source: str) -> list[str]:
    runs = [re.sub(r"\D", "", one.run) for one in have]
    parts_have = {part for one in have for part in re.findall(r"\d+", one.run)}.union(runs)
    clock = bool(_CLOCK.search(source))
    missing = []
    for amount in wanted:
        run, readings = amount.run, amount.values
        bare = re.sub(r"\D", "", run)
        if amount.is_large and bare.strip("0"):
            # 3 billion is neither 3 nor 3亿.
            if not (readings - _readings(run)) & values:
                missing.append(run)
            continue
        if bare in ("2", "3") and _SQUARE.search(source):
            continue  # km2, м3
        if readings & values or not bare.strip("0"):
            continue
        # The digits of 5.50 are no 550.
        is_decimal = _DECIMAL.fullmatch(run) is not None and Fraction(int(bare)) not in readings
        if not is_decimal and (bare in parts_have or (len(bare) > 3 and any(bare in item for item in runs))):
            continue
        if any(_close(value, values, clock) for value in readings):
            continue
        parts = re.findall(r"\d+", run)
        if len(parts) > 1 and all(
            _readings(part) & values or part in parts_have or not part.strip("0") for part in parts
        ):
            continue  # 2024.05.01 and 2024年5月1日
        missing.append(run)
    return missing


def _close(value: Fraction, values: set[Fraction], clock: bool) -> bool:
    """The same moment or period told otherwise: 5 p.m. and 17:00, 1990s and 90年代, the 1800s and the 19th century."""
    if value.denominator != 1:
        return False
    if clock and (value + 12 in values if value <= 12 else value <= 24 and value - 12 in values):
        return True
    if 1000 <= value <= 2100:
        return (value % 100 in values and value % 10 == 0) or (value % 100 == 0 and value / 100 + 1 in values)
    return value % 10 == 0 and any(other % 100 == value and 1000 <= other <= 2100 for other in values)
