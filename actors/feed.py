"""What happens to tasks, as it happens: one long call of each ingress brings it the events and the progress of all tasks."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any

from storage.repository import Repository

Row = dict[str, Any]

MOST = 500
"""Events in one answer: about 20 ms of reading."""

WAIT_SECONDS = 10.0
"""How long a call waits for something to tell: an ingress that has gone is noticed by nobody for that long."""


@dataclass(frozen=True)
class Progress:
    """percent: 0 to 100."""

    task_id: str
    client_id: str
    percent: float
    stage: str


class Feed:
    """Events have ids that grow and are in storage; progress has numbers of this process only (`boot`) and is forgotten."""

    def __init__(self, repository: Repository) -> None:
        self._events = repository.events
        self._events.on_write = self._changed
        self._boot = uuid.uuid4().hex
        self._count = 0
        self._latest: dict[str, tuple[int, Progress]] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def progressed(self, current: list[Progress], running: set[str]) -> None:
        """current: what has changed; running: the tasks that are being worked at, the others are forgotten."""
        for progress in current:
            self._count += 1
            self._latest[progress.task_id] = (self._count, progress)
        for task_id in self._latest.keys() - running:
            del self._latest[task_id]
        if current:
            self._changed()

    def _changed(self) -> None:
        if self._waiting:
            # After this turn of the loop: what was written is committed then.
            asyncio.get_running_loop().call_soon(self._wake)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def poll(self, after: int | None, seen: int, boot: str) -> Row:
        """-> {"events", "progress", "last", "seen", "boot"}: what came after event `after` and progress `seen` of `boot`;
        waits up to WAIT_SECONDS when there is nothing. after None: answers at once with where the feed is now."""
        if after is None:
            return self._answer([], self._events.last_id(), self._count)
        if boot != self._boot:
            seen = 0
        answer = self._look(after, seen)
        if answer["events"] or answer["progress"] or boot != self._boot:
            return answer
        changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(changed)
        await asyncio.wait([changed], timeout=WAIT_SECONDS)
        if changed in self._waiting:
            self._waiting.remove(changed)
        return self._look(after, seen)

    def _look(self, after: int, seen: int) -> Row:
        events = self._events.between(after, None, MOST)
        return self._answer(events, events[-1]["id"] if events else after, seen)

    def _answer(self, events: list[Row], last: int, seen: int) -> Row:
        fresh = [vars(progress) for number, progress in self._latest.values() if number > seen]
        return {"events": events, "progress": fresh, "last": last, "seen": self._count, "boot": self._boot}

    async def past(
        self, after: int, upto: int, limit: int, task_id: str | None = None, client_id: str | None = None
    ) -> list[Row]:
        """-> events with ids after < id <= upto, oldest first."""
        return self._events.between(after, upto, limit, task_id, client_id)
