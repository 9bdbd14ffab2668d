"""Things that are due at a time, by key: deadlines of leases, timeouts of tasks, tasks that start later. Pure."""

from __future__ import annotations

import heapq

SLACK_ENTRIES = 64
"""Outdated heap entries are swept out when they outnumber the valid ones by this many."""


class Alarms:
    """One time per key. Setting, cancelling and taking what is due are O(log n); nothing scans all keys."""

    def __init__(self) -> None:
        self._times: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._times)

    def __contains__(self, key: str) -> bool:
        return key in self._times

    def set(self, key: str, time: float) -> None:
        self._times[key] = time
        heapq.heappush(self._heap, (time, key))
        if len(self._heap) > 2 * len(self._times) + SLACK_ENTRIES:
            self._heap = [(due, name) for name, due in self._times.items()]
            heapq.heapify(self._heap)

    def cancel(self, key: str) -> None:
        """Unknown keys are ignored (it rang already)."""
        self._times.pop(key, None)

    def due(self, now: float) -> list[str]:
        """Take out the keys whose time is before `now` or at it, earliest first."""
        keys: list[str] = []
        while (first := self.next_time()) is not None and first <= now:
            key = heapq.heappop(self._heap)[1]
            del self._times[key]
            keys.append(key)
        return keys

    def next_time(self) -> float | None:
        while self._heap and self._times.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def postpone(self, seconds: float) -> None:
        """Every alarm rings that much later."""
        self._times = {key: time + seconds for key, time in self._times.items()}
        self._heap = [(time, key) for key, time in self._times.items()]
        heapq.heapify(self._heap)
