"""Who is next: priority first, then ageing, then an equal share for every client (see `actors.shares`). Pure.

Ageing raises a *flow* (client, priority) that is not served, not a task: a client with a thousand waiting tasks is
served all the time, so its old tasks do not push in front of another client's new one, while a starved flow rises a
level every AGEING_SECONDS and is served in bounded time whatever arrives above it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from actors.shares import Account, FlowKey, Shares

AGEING_SECONDS = 300.0
"""A flow that waits this long unserved counts as one priority level higher: 0 passes a fresh 9 in 50 min."""

SLACK_ENTRIES = 16

Rank = tuple[float, float, float, str]
"""(-level, lag, created, item): the smallest is next."""

_Heap = list[tuple[float, int, str]]


@dataclass
class _Flow:
    client: str
    priority: int
    account: Account
    serial: int
    """Tells the heap entries of this flow from those of one that the same client had before."""
    count: int = 0
    entries: list[tuple[float, int, str]] = field(default_factory=list)
    """Heap of (created, sequence, item): first come first served within a flow; removed items are skipped lazily."""


class FairQueue:
    """Items with a client, a priority (larger first) and a time of creation.

    `peek` is O(priorities x log flows); the number of waiting items does not matter.
    """

    def __init__(self, ageing_seconds: float = AGEING_SECONDS, shares: Shares | None = None) -> None:
        self._ageing = ageing_seconds
        self.shares = shares if shares is not None else Shares()
        self._flows: dict[FlowKey, _Flow] = {}
        self._where: dict[str, tuple[FlowKey, int]] = {}
        self._created: dict[str, float] = {}
        self._by_virtual: dict[int, _Heap] = {}
        self._by_since: dict[int, _Heap] = {}
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._where)

    def __contains__(self, item: str) -> bool:
        return item in self._where

    def has_client(self, client: str) -> bool:
        return any((client, priority) in self._flows for priority in self._by_virtual)

    def push(self, item: str, client: str, priority: int, created: float, now: float) -> None:
        """Add an item; one that is already there is left as it is."""
        if item in self._where:
            return
        if not self._where:
            self._by_virtual.clear()
            self._by_since.clear()
        key = (client, priority)
        account = self.shares.enter(key, now)
        self._sequence += 1
        flow = self._flows.get(key)
        if flow is None:
            flow = self._flows[key] = _Flow(client, priority, account, self._sequence)
            heapq.heappush(self._by_virtual.setdefault(priority, []), (account.virtual, flow.serial, client))
            heapq.heappush(self._by_since.setdefault(priority, []), (account.since, flow.serial, client))
        heapq.heappush(flow.entries, (created, self._sequence, item))
        flow.count += 1
        if len(flow.entries) > 2 * flow.count + SLACK_ENTRIES:
            self._where[item] = (key, self._sequence)
            flow.entries = [entry for entry in flow.entries if self._where.get(entry[2], (key, 0))[1] == entry[1]]
            heapq.heapify(flow.entries)
        self._where[item] = (key, self._sequence)
        self._created[item] = created

    def remove(self, item: str) -> None:
        """Take an item out; unknown ones are ignored (it was taken already)."""
        where = self._where.pop(item, None)
        if where is None:
            return
        key = where[0]
        del self._created[item]
        flow = self._flows[key]
        flow.count -= 1
        if not flow.count:
            del self._flows[key]
        self.shares.leave(key)

    def charge(self, item: str, cost: float, now: float) -> None:
        """The item's flow was given `cost` (characters, bytes). Call before `remove`."""
        self.shares.charge(self._where[item][0], cost, now)

    def ordered(self, now: float) -> Iterator[str]:
        """The head of each flow, best first, without changing anything: for callers that must pass some over."""
        for rank in sorted(self._rank(flow, now) for flow in self._flows.values()):
            yield rank[3]

    def peek(self, now: float) -> str | None:
        """-> the item that is next, None when empty."""
        best = self.best(now)
        return best[3] if best is not None else None

    def best(self, now: float) -> Rank | None:
        """-> the rank of the item that is next; ranks of queues that share their accounts can be compared."""
        if not self._where:
            return None
        best: Rank | None = None
        for priority, heap in self._by_virtual.items():
            fairest = self._top(heap, by_since=False, priority=priority)
            if fairest is None:
                self._by_since[priority].clear()
                continue
            oldest = self._top(self._by_since[priority], by_since=True, priority=priority)
            assert oldest is not None
            # Ageing lifts single flows out of their level; without that the smallest share decides.
            flow = oldest if self._level(oldest, now) > self._level(fairest, now) else fairest
            rank = self._rank(flow, now)
            if best is None or rank < best:
                best = rank
        return best

    def _rank(self, flow: _Flow, now: float) -> Rank:
        head = self._head(flow)
        return -self._level(flow, now), self.shares.lag(flow.account, flow.priority), self._created[head], head

    def _level(self, flow: _Flow, now: float) -> int:
        return flow.priority + max(0, int((now - flow.account.since) / self._ageing))

    def _head(self, flow: _Flow) -> str:
        """A flow that is kept has at least one valid entry."""
        while True:
            _created, sequence, item = flow.entries[0]
            where = self._where.get(item)
            if where is not None and where[1] == sequence:
                return item
            heapq.heappop(flow.entries)

    def _top(self, heap: _Heap, *, by_since: bool, priority: int) -> _Flow | None:
        """Keys only grow, so an entry is a lower bound and is put right when it comes to the top."""
        while heap:
            value, serial, client = heap[0]
            flow = self._flows.get((client, priority))
            if flow is None or flow.serial != serial:
                heapq.heappop(heap)
                continue
            current = flow.account.since if by_since else flow.account.virtual
            if current == value:
                return flow
            heapq.heapreplace(heap, (current, serial, client))
        return None
