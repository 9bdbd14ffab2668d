"""Figures of a run: idle GPUs while work waits, waiting times, how equal the shares of two equal clients are."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from actors.decisions import Lease
from actors.fleet import MIN_CHUNK_CHARS
from benchmarks.simulation.scenario import TWINS
from benchmarks.simulation.world import World

WINDOW_SECONDS = 60


@dataclass
class Watch:
    """Looks on while a run goes; give `sent` to the World and call `tick` before every step."""

    waiting_seconds: float = 0.0
    idle_seconds: float = 0.0
    up_seconds: float = 0.0
    resting_seconds: float = 0.0
    sent_chars: dict[str, dict[int, int]] = field(default_factory=lambda: {twin: defaultdict(int) for twin in TWINS})
    _unready: set[int] = field(default_factory=set)
    _last: float = 0.0
    _was: tuple[int, int, int] | None = None
    client_of: dict[str, str] = field(default_factory=dict)

    def sent(self, now: float, lease: Lease) -> None:
        for item in lease.items:
            client = self.client_of[item.task_id]
            if client in self.sent_chars:
                self.sent_chars[client][int(now)] += len(item.text)

    def tick(self, world: World) -> None:
        """Account the time since the last call with the state as it was then."""
        span = world.now - self._last
        if self._was is not None and span > 0:
            idle, up, resting = self._was
            self.waiting_seconds += span
            self.idle_seconds += idle * span
            self.resting_seconds += resting * span
            self.up_seconds += up * span
        self._last = world.now
        dispatcher = world.dispatcher
        resting = dispatcher.fleet.resting
        idle = max(0, world.idle_gpus - resting)
        waiting = dispatcher.waiting_chars
        if dispatcher.pending.may_start or waiting >= 1:
            # Little work cannot keep many GPUs busy: of the idle ones those count for which there is a smallest chunk.
            usable = idle if dispatcher.pending.may_start else min(idle, math.ceil(waiting / MIN_CHUNK_CHARS))
            self._was = (usable, world.up_gpus, resting)
        else:
            self._was = None
        if span > 0:
            lacking = [twin for twin in TWINS if not self._has_work(world, twin)]
            if lacking:
                self._unready.update(range(int(world.now - span), int(world.now) + 1))

    def _has_work(self, world: World, client: str) -> bool:
        return world.dispatcher.has_ready_work(client)

    def share_error(self) -> tuple[float, int]:
        """-> (largest |share - 1/2| / (1/2) over any WINDOW_SECONDS in which both twins had work, windows looked at)."""
        first, second = (self.sent_chars[twin] for twin in TWINS)
        worst, windows = 0.0, 0
        end = max([*first, *second], default=0)
        for start in range(end - WINDOW_SECONDS):
            span = range(start, start + WINDOW_SECONDS)
            if any(second_ in self._unready for second_ in span):
                continue
            one, two = sum(first.get(at, 0) for at in span), sum(second.get(at, 0) for at in span)
            if one + two:
                windows += 1
                worst = max(worst, abs(one - two) / (one + two))
        return worst, windows


def quantiles(values: Sequence[float]) -> str:
    """-> 'median p95 max' in seconds."""
    if not values:
        return "-"
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{ordered[len(ordered) // 2]:9.1f} {p95:9.1f} {ordered[-1]:9.1f}"


def waiting_times(world: World) -> list[tuple[str, int, str]]:
    """-> (group, tasks, quantiles) of the time from acceptance to start, by priority and by kind of client."""
    groups: dict[str, list[float]] = defaultdict(list)
    for task in world.tasks.values():
        if task.first_started is not None:
            waited = task.first_started - task.created
            kind = task.client if task.client in (*TWINS, "archive") else "small clients"
            groups[f"priority {task.priority}"].append(waited)
            groups[kind].append(waited)
    return [(name, len(values), quantiles(values)) for name, values in sorted(groups.items())]
