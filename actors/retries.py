"""Sentences that must go out again after a failure, cut small to find the one that is at fault. Pure."""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass

from actors.decisions import Item, Lease
from actors.failures import Failure, judge


@dataclass(frozen=True)
class Bundle:
    """Sentences of one file that are sent by themselves; crashes: failures they were part of, on `failed_on`."""

    due: float
    items: tuple[Item, ...]
    crashes: int
    failed_on: tuple[str, ...] = ()

    @property
    def chars(self) -> int:
        return sum(len(item.text) for item in self.items)


class Retries:
    """Bundles of tasks that are over are not looked for; whoever takes what is due drops them."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._heap: list[tuple[float, int, Bundle]] = []
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, lease: Lease, items: Sequence[Item], failure: Failure, now: float) -> tuple[Item, ...]:
        """Take `items`, what is still wanted of a failed lease; -> those that are given up.

        They are kept apart by file, so that a document that kills its worker takes no other with it.
        """
        blamed = failure is not Failure.TRANSLATOR_LOST
        crashes = lease.crashes + blamed
        failed_on = (*lease.failed_on, lease.translator) if blamed else lease.failed_on
        by_file: dict[tuple[str, int, int], list[Item]] = {}
        for item in items:
            by_file.setdefault((item.task_id, item.attempt, item.file_id), []).append(item)
        given_up: list[Item] = []
        for mine in by_file.values():
            verdict = judge(failure, crashes, len(mine), self._rng)
            if verdict.give_up:
                given_up += mine
                continue
            size = -(-len(mine) // verdict.parts)
            due = now + verdict.delay_seconds
            for start in range(0, len(mine), size):
                self.put_back(Bundle(due, tuple(mine[start : start + size]), crashes, failed_on))
        return tuple(given_up)

    def put_back(self, bundle: Bundle) -> None:
        self._sequence += 1
        heapq.heappush(self._heap, (bundle.due, self._sequence, bundle))

    def due(self, now: float) -> Sequence[Bundle]:
        """Take out what is due. Whoever cannot place a bundle puts it back."""
        ready: list[Bundle] = []
        while self._heap and self._heap[0][0] <= now:
            ready.append(heapq.heappop(self._heap)[2])
        return ready

    def next_time(self) -> float | None:
        return self._heap[0][0] if self._heap else None
