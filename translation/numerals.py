"""Numbers in Mongolian, Chinese and English text, written in digits or in words, compared by value."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from translation.edits import Edit

_GROUPED = re.compile(r"\d{1,3}(?:([,. '’\u00a0\u202f])\d{3})(?:\1\d{3}){0,8}(?![\d])")
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?")
_NUMBER = re.compile(r"\d+(?:[.,'’ \u00a0\u202f]\d+)*")
_CHINESE = re.compile(r"[零〇一二两兩三四五六七八九十百千万萬亿億]+")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_SMALL_UNITS = {"十": 10, "百": 100, "千": 1_000}
_LARGE_UNITS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_MULTIPLIERS = (
    ("万亿", 10**12),
    ("萬億", 10**12),
    ("千亿", 10**11),
    ("千億", 10**11),
    ("百亿", 10**10),
    ("百億", 10**10),
    ("十亿", 10**9),
    ("十億", 10**9),
    ("千万", 10**7),
    ("千萬", 10**7),
    ("百万", 10**6),
    ("百萬", 10**6),
    ("十万", 10**5),
    ("十萬", 10**5),
    ("千", 10**3),
    ("百", 10**2),
    ("万", 10**4),
    ("萬", 10**4),
    ("亿", 10**8),
    ("億", 10**8),
    ("兆", 10**12),
    ("thousand", 10**3),
    ("million", 10**6),
    ("billion", 10**9),
    ("trillion", 10**12),
    ("hundred", 10**2),
    ("dozen", 12),
    ("мянг", 10**3),
    ("мянган", 10**3),
    ("сая", 10**6),
    ("тэрбум", 10**9),
    ("их наяд", 10**12),
    ("зуу", 10**2),
    ("бум", 10**5),
    ("түм", 10**4),
)
_MULTIPLYING = tuple(name for name, _factor in _MULTIPLIERS)
# These say nothing else: 千 also begins a unit (千克), зуу a century, 兆 is a million or more.
_SURE = frozenset(
    "万亿 萬億 千亿 千億 百亿 百億 十亿 十億 千万 千萬 百万 百萬 十万 十萬 万 萬 亿 億 million billion trillion сая тэрбум".split()
) | {"их наяд"}
_FACTORS = {name: factor for name, factor in _MULTIPLIERS if name in _SURE}
_MOST_TOLD = 10**15
_WORDS: dict[str, int] = {}
for _value, _names in (
    (0, "zero тэг"),
    (1, "one first once january jan single нэг анх"),
    (2, "two second twice february feb half both хоёр хагас"),
    (3, "three third march mar гурав гурван гуравд"),
    (4, "four fourth april apr дөрөв дөрвөн дөрөвд"),
    (5, "five fifth may тав таван тавд"),
    (6, "six sixth june jun зургаа"),
    (7, "seven seventh july jul долоо"),
    (8, "eight eighth august aug найм"),
    (9, "nine ninth september sep sept ес ес есөн есд"),
    (10, "ten tenth october oct арав арван аравд"),
    (11, "eleven november nov"),
    (12, "twelve december dec dozen"),
    (13, "thirteen"),
    (14, "fourteen"),
    (15, "fifteen"),
    (16, "sixteen"),
    (17, "seventeen"),
    (18, "eighteen"),
    (19, "nineteen"),
    (20, "twenty хорь хорин"),
    (30, "thirty гуч гучин"),
    (40, "forty дөч дөчин"),
    (50, "fifty тавь тавин"),
    (60, "sixty жар жаран"),
    (70, "seventy дал далан"),
    (80, "eighty ная наян"),
    (90, "ninety ер ерэн"),
    (100, "hundred century зуу зуун"),
    (1000, "thousand мянга мянган"),
):
    for _name in _names.split():
        _WORDS.setdefault(_name, _value)
_WORD = re.compile(r"[^\W\d_]+")
_ROMAN = re.compile(r"\b[IVXLC]{1,7}\b")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_CLOCK = re.compile(r"\d:\d\d|\d ?[ap]\.?m\b|цаг|点|點|时|時", re.IGNORECASE)
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


def _chinese_value(numeral: str) -> int | None:
    """三千二百 is 3200, 一九九五 is 1995. None for 百 or 十万 cut off from its digits in a way that means nothing."""
    if all(char in _DIGITS for char in numeral):
        return int("".join(str(_DIGITS[char]) for char in numeral))
    total, section, digit = 0, 0, 0
    for char in numeral:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _SMALL_UNITS:
            section += (digit or 1) * _SMALL_UNITS[char]
            digit = 0
        else:
            total = (total + section + digit or 1) * _LARGE_UNITS[char]
            section, digit = 0, 0
    return total + section + digit


def _roman_value(numeral: str) -> int:
    values = [_ROMAN_VALUES[char] for char in numeral]
    return sum(
        -value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True)
    )


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
        for name, factor in _MULTIPLIERS:
            if after.casefold().startswith(name):
                values |= {value * factor for value in values}
                end += len(rest) - len(after) + len(name)
                is_large = name in _SURE
                break
        found.append(Amount(match.group(), match.start(), end, values, is_large))
    return found


def _in_words(text: str) -> set[Fraction]:
    """Values of numbers in words, Han characters or Roman letters."""
    words: set[Fraction] = set()
    for match in _CHINESE.finditer(text):
        value = _chinese_value(match.group()[:24])
        if value is not None:
            words.add(Fraction(value))
    told = 0  # three hundred million, so far
    for word in map(str.casefold, _WORD.findall(text)):
        factor = next((factor for name, factor in _FACTORS.items() if word.startswith(name)), None)
        value = factor or _WORDS.get(word, _stem_value(word))
        if value is None or told > _MOST_TOLD:
            told = told if word == "and" else 0
            continue
        if factor or (value in (100, 1000) and 0 < told < value):
            told = max(told, 1) * value
        else:
            told = told + value if told % 100 == 0 or (told % 100 >= 10 and told % 10 == 0 and value < 10) else value
        words |= {Fraction(value), Fraction(told)}
    return words | {Fraction(_roman_value(match.group())) for match in _ROMAN.finditer(text)}


def _stem_value(word: str) -> int | None:
    """Inflected Mongolian numerals: хоёрдугаар, долоон, тавин."""
    for size in (6, 5, 4, 3):
        if len(word) > size and "\u0400" <= word[0] <= "\u052f":
            value = _WORDS.get(word[:size])
            if value is not None:
                return value
    return None


def missing_numbers(source: str, target: str) -> list[str]:
    """Numbers in digits of `source` that `target` has in no form: digits, words, another unit (万, сая), another
    clock.
    """
    if not has_digits(source):
        return []
    wanted = amounts(_plain_digits(source))
    if not wanted:
        return []
    target = _plain_digits(target)
    have = amounts(target)
    values = set[Fraction]().union(*(one.values for one in have))
    missing = _not_among(wanted, have, values, source)
    # Words are looked at last: few numbers are written out, and it costs more than all the rest.
    return missing and _not_among(wanted, have, values | _in_words(target), source)


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
