"""Text around an automatic number ("Зүйл %1.", a page): translated with numbers in it, which are then taken out again. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

# A model writes 第一条 as well as 第1条.
_CHINESE = "〇一二三四五六七八九"
_HAN_NUMERAL = "[零〇一二两三四五六七八九十百千万亿]"


def shown(template: str, codes: re.Pattern[str]) -> tuple[str, Mapping[str, str]]:
    """`template` with a number for each of its `codes`, of which group 1 is that number; -> (the text, {number: code})."""
    numbers = {match.group(1): match.group() for match in codes.finditer(template)}
    return codes.sub(lambda match: match.group(1), template), numbers


def hidden(text: str, codes: Mapping[str, str]) -> str | None:
    """`text` with the codes in the places of the numbers; None where one of them does not stand there exactly once, so that
    nobody knows where it belongs."""
    places: list[tuple[int, int, str]] = []
    for number, code in codes.items():
        seen = _places(text, number) or _places(text, _CHINESE[int(number)])
        if len(seen) != 1:
            return None
        places.append((*seen[0], code))
    return _replaced(text, sorted(places))


def found(text: str, number: str) -> Iterator[tuple[int, int]]:
    """Where `text` has `number` (7, 12.5, 2024-05-01), the likeliest places first: as it is, its parts with other signs between
    them (2024年5月1日), or in Chinese up to 99."""
    parts = re.findall(r"\d+", number)
    between = r"\D{1,3}?".join(f"0*{part.lstrip('0')}" if part.strip("0") else part for part in parts)
    ways = [rf"(?<!\d){re.escape(number)}(?!\d)"]
    if len(parts) > 1:
        ways.append(rf"(?<!\d){between}(?!\d)[日号號]?")
    elif chinese := _in_chinese(int(number)):
        ways.append(rf"(?<!{_HAN_NUMERAL}){chinese}(?!{_HAN_NUMERAL})")
    for way in ways:
        yield from (match.span() for match in re.finditer(way, text))


def _in_chinese(number: int) -> str:
    """'' from 100 on."""
    tens, ones = divmod(number, 10)
    if not 0 < number < 100:
        return ""
    ten = "十" if tens == 1 else f"{_CHINESE[tens]}十" if tens else ""
    return ten + (_CHINESE[ones] if ones else "")


def _places(text: str, number: str) -> Sequence[tuple[int, int]]:
    return [match.span() for match in re.finditer(rf"(?<!\d){number}(?!\d)", text)]


def _replaced(text: str, places: Sequence[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, code in places:
        parts += [text[at:start], code]
        at = end
    return "".join((*parts, text[at:]))


def translated(template: str, codes: re.Pattern[str], translate: Callable[[str], str | None]) -> str | None:
    """`template` translated, None where it stays. translate: a text -> its translation, None for none."""
    text, numbers = shown(template, codes)
    new = translate(text)
    return None if new is None else hidden(new, numbers)
