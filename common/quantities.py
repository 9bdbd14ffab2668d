"""Sizes and times as people write them: 100MB, 7d."""

from __future__ import annotations

import re
from typing import Literal

SIZE_UNITS = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
TIME_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

Unit = Literal["count", "bytes", "seconds"]


def size_of(text: str) -> int:
    """Bytes, from a number with B, KB, MB or GB (1 KB = 1024 bytes). Raises ValueError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMG]?B)?", text.strip().upper())
    if match is None:
        raise ValueError(f"{text!r} is no size such as 500KB, 100MB or 2GB")
    return int(float(match[1]) * SIZE_UNITS[match[2] or "B"])


def seconds_of(text: str) -> float:
    """From a number with ms, s, m, h or d (plain: seconds). Raises ValueError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?", text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no time such as 30s, 10m, 12h or 7d")
    return float(match[1]) * TIME_UNITS[match[2] or "s"]


def count_of(text: str) -> int:
    """Raises ValueError."""
    return int(text.strip().replace("_", ""))


def value_of(text: str, unit: Unit) -> int | float:
    """Raises ValueError."""
    if unit == "bytes":
        return size_of(text)
    return seconds_of(text) if unit == "seconds" else count_of(text)


def allowed(least: float, most: float, unit: Unit, zero: str) -> str:
    """-> 'from 1m to 3650d, or 0 (keep for ever)'. zero: what 0 stands for, empty where it is not allowed."""
    also = f", or 0 ({zero})" if zero else ""
    return f"from {written(least, unit)} to {written(most, unit)}{also}"


def written(value: float, unit: Unit) -> str:
    """Exactly, so that `value_of` gives it back: 104857600 bytes -> '100MB', 5400 seconds -> '90m'."""
    if unit == "count" or not value:
        return f"{value:.0f}" if value == int(value) else f"{value:g}"
    units = SIZE_UNITS if unit == "bytes" else TIME_UNITS
    name = next((name for name, size in reversed(units.items()) if value % size == 0), "B" if unit == "bytes" else "s")
    return f"{value / units[name]:.12g}{name}"
