"""The kinds of value a setting can have: how each is read from text, and described to someone who got it wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.quantities import SIZE_UNITS, TIME_UNITS, count_of, seconds_of, size_of
from translation import model_list


@dataclass(frozen=True)
class Kind:
    """One kind of value. `read` raises ValueError for text it does not understand; `allowed` completes "allowed: …"."""

    allowed: str
    read: Callable[[str], Any]


def whole(low: int, high: int) -> Kind:
    """A whole number from `low` to `high`, both included."""

    def read(text: str) -> int:
        value = count_of(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return Kind(f"a whole number from {low} to {high}", read)


def number(low: float, high: float) -> Kind:
    """A number from `low` to `high`, both included."""

    def read(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return Kind(f"a number from {low:g} to {high:g}", read)


def part_or_whole(low: float, high: int) -> Kind:
    """A part of one, from `low`, or several whole ones: what Ray gives of a GPU."""

    def read(text: str) -> float:
        value = float(text)
        if not low <= value <= high or (value > 1 and not value.is_integer()):
            raise ValueError
        return value

    return Kind(f"a number from {low:g} to 1, or a whole number up to {high}", read)


def size(low: int, high: int) -> Kind:
    """Bytes, from a number with B, KB, MB or GB (1 KB = 1024 bytes); `low` and `high` are bytes."""

    def read(text: str) -> int:
        value = size_of(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return Kind(f"a size from {show_size(low)} to {show_size(high)}, such as 500KB, 100MB or 2GB", read)


def duration(low: float, high: float, *, zero: str = "") -> Kind:
    """Seconds, from a number with s, m, h or d (plain: seconds). `zero`: what 0 means where it is allowed too."""

    def read(text: str) -> float:
        value = seconds_of(text)
        if not (low <= value <= high or (zero and value == 0)):
            raise ValueError
        return value

    also = f", or 0 ({zero})" if zero else ""
    return Kind(f"a time from {show_time(low)} to {show_time(high)}, such as 30s, 10m, 12h or 7d{also}", read)


def choice(*values: str) -> Kind:
    """One of a few words, in any case."""

    def read(text: str) -> str:
        for value in values:
            if value.lower() == text.lower():
                return value
        raise ValueError

    return Kind("one of " + ", ".join(values), read)


def flag() -> Kind:
    """true or false."""

    def read(text: str) -> bool:
        lowered = text.lower()
        if lowered in {"true", "yes", "on", "1"}:
            return True
        if lowered in {"false", "no", "off", "0"}:
            return False
        raise ValueError

    return Kind("true or false", read)


def folder() -> Kind:
    """A path; whether it exists is looked at when it is used."""
    return Kind("a folder", Path)


def text(allowed: str, pattern: str = r".+") -> Kind:
    """Text that wholly matches `pattern`."""

    def read(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise ValueError
        return value

    return Kind(allowed, read)


def models(allowed: str) -> Kind:
    """One model or several, with their shares: text that `translation.model_list` understands."""

    def read(value: str) -> str:
        model_list.parse(value)
        return value

    return Kind(allowed, read)


def either(word: str, other: Kind, meaning: str) -> Kind:
    """`word` (may be empty), which becomes None, or a value of another kind. `meaning` says what `word` stands for."""

    def read(value: str) -> Any:
        return None if value.lower() == word else other.read(value)

    return Kind(f"{word or 'empty'} ({meaning}) or {other.allowed}", read)


def empty_or(other: Kind, meaning: str) -> Kind:
    """An empty text, which stays one, or a value of another kind."""

    def read(value: str) -> Any:
        return "" if value == "" else other.read(value)

    return Kind(f"empty ({meaning}) or {other.allowed}", read)


def show_size(count: int) -> str:
    """Bytes as people write them: 104857600 -> '100MB'."""
    for unit in ("GB", "MB", "KB"):
        if count >= SIZE_UNITS[unit]:
            return f"{count / SIZE_UNITS[unit]:.4g}{unit}"
    return f"{count}B"


def show_time(seconds: float) -> str:
    """Seconds as people write them: 5400 -> '1.5h'."""
    for unit in ("d", "h", "m", "s"):
        if seconds >= TIME_UNITS[unit]:
            return f"{seconds / TIME_UNITS[unit]:.4g}{unit}"
    return f"{seconds * 1000:.4g}ms"


def origins() -> Kind:
    """Origins of web sites, with commas between them; a tuple, empty for none."""

    def read(text: str) -> tuple[str, ...]:
        found = tuple(part for one in text.split(",") if (part := one.strip().rstrip("/")))
        if any(not re.fullmatch(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?", one) for one in found):
            raise ValueError
        return found

    return Kind("origins such as https://app.example, with commas between them", read)
