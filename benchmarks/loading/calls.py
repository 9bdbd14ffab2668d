"""Counts and times of calls, by kind."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, field

BROKEN = 0
"""In the place of a status: the connection broke."""


@dataclass
class Kind:
    """milliseconds: of calls that were answered. statuses: how often each; BROKEN for no answer."""

    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        """-> milliseconds; nan without any."""
        if len(self.milliseconds) < 2:
            return self.milliseconds[0] if self.milliseconds else float("nan")
        return statistics.quantiles(self.milliseconds, n=1000, method="inclusive")[min(998, int(share * 1000) - 1)]

    @property
    def errors(self) -> int:
        """Broken connections and every refusal but 429, which says when to come again."""
        return sum(
            count for status, count in self.statuses.items() if status == BROKEN or (status >= 400 and status != 429)
        )

    @property
    def faults(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500)


class Calls:
    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}

    def note(self, kind: str, status: int, seconds: float) -> None:
        found = self.kinds.setdefault(kind, Kind())
        found.statuses[status] += 1
        if status != BROKEN:
            found.milliseconds.append(1000 * seconds)

    @property
    def faults(self) -> int:
        """5xx of all kinds."""
        return sum(kind.faults for kind in self.kinds.values())

    def table(self) -> list[str]:
        """-> lines of Markdown."""
        lines = ["| call | count | errors | 5xx | p50 (ms) | p99 (ms) |", "|---|---|---|---|---|---|"]
        for name, kind in sorted(self.kinds.items()):
            count = sum(kind.statuses.values())
            middle, high = kind.percentile(0.5), kind.percentile(0.99)
            lines.append(f"| {name} | {count} | {kind.errors} | {kind.faults} | {middle:.1f} | {high:.1f} |")
        return lines
