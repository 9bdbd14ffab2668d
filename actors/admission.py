"""Which task gets one of the MAX_TASKS places, and who gives one up for a client that has none. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from actors import decisions as do
from actors.job import Job, TaskFacts
from actors.waiting_room import WaitingRoom

LOOK_SECONDS = 1.0
"""How often it is looked whether somebody without a place waits behind somebody with several."""

SPARE_SECONDS = 60.0
"""A task that gave up its place is not asked for it again so soon: it must get on as well."""


class Admission:
    def __init__(self, max_tasks: int, ageing_seconds: float) -> None:
        self.room = WaitingRoom(ageing_seconds)
        self.max_tasks = max_tasks
        self._running: dict[str, dict[str, None]] = {}
        """client -> its tasks that are processed, in the order of their start"""
        self._jobs = 0
        self._number = 0
        self._look_at = 0.0
        self._promised: str | None = None
        """The task that the next place is for."""
        self._asked: str | None = None
        """The task that was told to give up its place."""
        self._spared: dict[str, float] = {}

    # ---- events

    def enter(self, task: TaskFacts) -> Job:
        self._number += 1
        self._jobs += 1
        self._running.setdefault(task.client, {})[task.task_id] = None
        return Job.of(task, self._number)

    def leave(self, job: Job) -> None:
        task_id, client = job.facts.task_id, job.facts.client
        self._jobs -= 1
        del self._running[client][task_id]
        if not self._running[client]:
            del self._running[client]
        if task_id == self._asked:
            self._asked = None

    def not_requeued(self, task_id: str) -> None:
        """The task could not be moved back to those that wait."""
        if task_id == self._asked:
            self._asked = None
        self._spared.pop(task_id, None)

    # ---- questions

    @property
    def places(self) -> int:
        return max(0, self.max_tasks - self._jobs - len(self.room.starting))

    def waiting(self, *, may_start: bool) -> int:
        """Tasks that will still wait once every place is taken."""
        return self.room.later + max(0, self.room.may_start - (self.places if may_start else 0))

    def next_time(self, now: float) -> float | None:
        return self._look_at if self._contended and self._look_at > now else None

    def plan(self, jobs: Mapping[str, Job], now: float) -> tuple[list[do.Start], list[do.Requeue]]:
        """-> who starts, who gives up its place (at most one)."""
        started: list[do.Start] = []
        while self.places and (task_id := self._next(now)) is not None:
            self.room.start(task_id, now)
            started.append(do.Start(task_id))
        if self._contended and not self._look_at > now:
            self._look_at = now + LOOK_SECONDS
            victim = self._victim(jobs, now)
            if victim is not None:
                return started, [do.Requeue(victim)]
        return started, []

    @property
    def _contended(self) -> bool:
        return not self.places and self._asked is None and self.room.may_start > 0 and self._jobs > len(self._running)

    def _next(self, now: float) -> str | None:
        promised, self._promised = self._promised, None
        if promised is not None and promised in self.room:
            return promised
        return self.room.peek(now)

    def _victim(self, jobs: Mapping[str, Job], now: float) -> str | None:
        """-> the youngest task of the client with the most, for the first client in line that has none."""
        self._spared = {task_id: until for task_id, until in self._spared.items() if until > now}
        starting = {task.client for task in self.room.starting.values()}
        for waiting in self.room.ordered(now):
            if waiting.client in self._running or waiting.client in starting:
                continue
            for client in sorted(self._running, key=lambda name: (-len(self._running[name]), name)):
                mine = self._running[client]
                if len(mine) < 2:
                    break
                for task_id in reversed(mine):
                    job = jobs[task_id]
                    if job.facts.priority <= waiting.priority and not job.is_writing and task_id not in self._spared:
                        self._promised, self._asked = waiting.task_id, task_id
                        self._spared[task_id] = now + SPARE_SECONDS
                        return task_id
        return None
