"""Tasks that wait for one of the MAX_TASKS places: whose turn it is, who starts later, what place each has. Pure."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import replace

from actors.alarms import Alarms
from actors.fair_queue import FairQueue
from actors.job import TaskFacts


class WaitingRoom:
    """starting: tasks that were told to start and have not been heard of since; they hold a place already."""

    def __init__(self, ageing_seconds: float) -> None:
        self.starting: dict[str, TaskFacts] = {}
        self._tasks: dict[str, TaskFacts] = {}
        self._queue = FairQueue(ageing_seconds)
        self._later = Alarms()
        self._ranking: list[tuple[int, float, str]] = []
        self._by_client: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, task_id: str) -> bool:
        return task_id in self._tasks

    def __getitem__(self, task_id: str) -> TaskFacts:
        """Raises KeyError when the task does not wait."""
        return self._tasks[task_id]

    @property
    def may_start(self) -> int:
        """Tasks that wait for nothing but a place."""
        return len(self._queue)

    @property
    def later(self) -> int:
        """Tasks whose time has not come."""
        return len(self._later)

    def of_client(self, client: str) -> int:
        return self._by_client.get(client, 0)

    def add(self, task: TaskFacts, now: float) -> None:
        """A task that is there already is taken with its new facts."""
        self.remove(task.task_id)
        self._tasks[task.task_id] = task
        self._by_client[task.client] = self._by_client.get(task.client, 0) + 1
        if task.not_before is not None and task.not_before > now:
            self._later.set(task.task_id, task.not_before)
        else:
            self._enter(task, now)

    def remove(self, task_id: str) -> None:
        """Unknown tasks are ignored."""
        self.starting.pop(task_id, None)
        task = self._tasks.pop(task_id, None)
        if task is None:
            return
        self._by_client[task.client] -= 1
        if not self._by_client[task.client]:
            del self._by_client[task.client]
        self._later.cancel(task_id)
        if task_id in self._queue:
            self._queue.remove(task_id)
            del self._ranking[bisect.bisect_left(self._ranking, _rank(task))]

    def reprioritise(self, task_id: str, priority: int, now: float) -> None:
        """Raises KeyError when the task does not wait."""
        self.add(replace(self._tasks[task_id], priority=priority), now)

    def wake(self, now: float) -> None:
        """Let those in whose time has come."""
        for task_id in self._later.due(now):
            self._enter(self._tasks[task_id], now)

    def next_time(self) -> float | None:
        return self._later.next_time()

    def peek(self, now: float) -> str | None:
        return self._queue.peek(now)

    def ordered(self, now: float) -> Iterator[TaskFacts]:
        """The next task of every client and priority, best first."""
        return (self._tasks[task_id] for task_id in self._queue.ordered(now))

    def start(self, task_id: str, now: float) -> None:
        """The task is told to start; it keeps the place that it takes."""
        task = self._tasks[task_id]
        self._queue.charge(task_id, max(1, sum(file.size for file in task.files)), now)
        self.remove(task_id)
        self.starting[task_id] = task

    def not_started(self, task_id: str, now: float) -> None:
        """The start came to nothing: it waits again. Unknown tasks are ignored (cancelled meanwhile)."""
        task = self.starting.pop(task_id, None)
        if task is not None:
            self.add(task, now)

    def position(self, task_id: str) -> int | None:
        """-> about how many tasks go first, plus one: those of higher priority, and the older ones of the same.

        An estimate for people: fair sharing may let a later client's first task pass. None when the task does not
        wait, or waits for its time.
        """
        if task_id not in self._queue:
            return None
        return bisect.bisect_left(self._ranking, _rank(self._tasks[task_id])) + 1

    def _enter(self, task: TaskFacts, now: float) -> None:
        self._queue.push(task.task_id, task.client, task.priority, task.created_at, now)
        bisect.insort(self._ranking, _rank(task))


def _rank(task: TaskFacts) -> tuple[int, float, str]:
    return -task.priority, task.created_at, task.task_id
