"""Text around an automatic number ("Зүйл %1."): translated with numbers in it, which are then taken out again. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

# A model writes 第一条 as well as 第1条.
_CHINESE = "〇一二三四五六七八九"


def shown(template: str, codes: re.Pattern[str]) -> tuple[str, Mapping[str, str]]:
    """`template` with a number for each of its `codes`, of which group 1 is that number; -> (the text, {number: code})."""
    found = {match.group(1): match.group() for match in codes.finditer(template)}
    return codes.sub(lambda match: match.group(1), template), found


def hidden(text: str, codes: Mapping[str, str]) -> str | None:
    """`text` with the codes in the places of the numbers; None where one of them does not stand there exactly once, so that
    nobody knows where it belongs."""
    places: list[tuple[int, int, str]] = []
    for number, code in codes.items():
        found = _places(text, number) or _places(text, _CHINESE[int(number)])
        if len(found) != 1:
            return None
        places.append((*found[0], code))
    return _replaced(text, sorted(places))


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
