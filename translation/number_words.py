"""Numbers in words of Mongolian, Chinese and English, in Han characters and in Roman letters, and the words that multiply."""

from __future__ import annotations

import re
from fractions import Fraction

_CHINESE = re.compile(r"[零〇一二两兩三四五六七八九十百千万萬亿億]+")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_SMALL_UNITS = {"十": 10, "百": 100, "千": 1_000}
_LARGE_UNITS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
MULTIPLIERS = (
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
    ("bn", 10**9),
    ("mln", 10**6),
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
# 千 also begins a unit (千克), зуу a century, 兆 is a million or more; the others say nothing else, and are large.
_NOT_SURE = frozenset(
    {"千", "百", "兆", "bn", "mln", "thousand", "hundred", "dozen", "мянг", "мянган", "зуу", "бум", "түм"}
)
SURE = frozenset(name for name, _factor in MULTIPLIERS if name not in _NOT_SURE)
_FACTORS = {name: factor for name, factor in MULTIPLIERS if name in SURE}
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
_HALF_PAST = re.compile("[点點时時]半|half past|цаг хагас", re.IGNORECASE)


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


def in_words(text: str) -> set[Fraction]:
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
    if _HALF_PAST.search(text):
        words.add(Fraction(30))
    return words | {Fraction(_roman_value(match.group())) for match in _ROMAN.finditer(text)}


def _stem_value(word: str) -> int | None:
    """Inflected Mongolian numerals: хоёрдугаар, долоон, тавин."""
    for size in (6, 5, 4, 3):
        if len(word) > size and "\u0400" <= word[0] <= "\u052f":
            value = _WORDS.get(word[:size])
            if value is not None:
                return value
    return None
