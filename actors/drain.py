"""When a place in the queue will be free: the rate at which tasks ended while others waited. Pure."""

from __future__ import annotations

import math
from collections import deque

DEFAULT_SECONDS = 30
MAX_SECONDS = 3_600
WINDOW_SECONDS = 600.0
"""Older ends say nothing about the work that waits now."""

REMEMBERED_ENDS = 256


class DrainMeter:
    """`ended` for each task that is over, `observe` every now and then with the number of tasks that wait."""

    def __init__(self) -> None:
        self._ends: deque[float] = deque(maxlen=REMEMBERED_ENDS)
        self._busy_since: float | None = None

    def ended(self, now: float) -> None:
        self._ends.append(now)

    def observe(self, waiting: int, now: float) -> None:
        """Idle time must not count as slowness: the measurement begins when somebody has to wait."""
        if not waiting:
            self._busy_since = None
        elif self._busy_since is None:
            self._busy_since = now

    def seconds(self, now: float) -> int:
        """-> for Retry-After: the mean time between two ends, or how long nothing has ended, whichever is longer."""
        if self._busy_since is None:
            return DEFAULT_SECONDS
        start = max(now - WINDOW_SECONDS, self._busy_since)
        if len(self._ends) == self._ends.maxlen:
            start = max(start, self._ends[0])  # earlier ones are forgotten
        ends = [end for end in self._ends if end >= start]
        if not ends:
            return max(DEFAULT_SECONDS, _whole(now - self._busy_since))
        return _whole(max((now - start) / len(ends), now - ends[-1]))


def _whole(seconds: float) -> int:
    return max(1, min(MAX_SECONDS, math.ceil(seconds)))
