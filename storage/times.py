"""Times as they are stored: ISO 8601 in UTC with microseconds, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime


def to_iso(seconds: float) -> str:
    """Unix seconds -> '2026-11-23T18:21:58.123456Z'."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_iso(text: str) -> float:
    """'2026-11-23T18:21:58.123456Z' -> Unix seconds. Raises ValueError on anything that is no ISO 8601 time."""
    return datetime.fromisoformat(text).timestamp()
