"""What every client was given, and so whose turn it is: the accounts behind one or several fair queues. Pure.

Start-time fair queueing (Goyal, Vin, Cheng 1996): every flow (client, priority) has a virtual time that grows with
what it was given; among the flows of one level the one with the smallest is next. A flow that comes back from being
idle starts at the clock of its priority, so nobody saves up a claim by waiting. Each priority has a clock of its own:
what a high priority consumes must not put newcomers of a low one behind those who wait there already.

Queues of different language pairs share one `Shares`, so that a client is not given twice for using two pairs.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

FlowKey = tuple[str, int]
"""(client, priority)"""


@dataclass
class Account:
    """virtual: what the flow was given, on its priority's clock; since: when it was served last, or came."""

    virtual: float
    since: float
    items: int = 0
    idle_at: float | None = None
    """The virtual time under which it is listed as idle."""


class Shares:
    def __init__(self) -> None:
        self._accounts: dict[FlowKey, Account] = {}
        self._clock: dict[int, float] = {}
        self._finish: dict[int, float] = {}
        self._busy: dict[int, int] = {}
        self._idle: dict[int, list[tuple[float, str]]] = {}

    def __len__(self) -> int:
        """Accounts that are remembered; those of idle clients go when they would change nothing any more."""
        return len(self._accounts)

    def enter(self, key: FlowKey, now: float) -> Account:
        """One more item of the flow waits."""
        priority = key[1]
        if not self._busy.get(priority):
            # A new busy period: nobody waits, so nobody was disadvantaged by what was given before.
            self._clock[priority] = max(self._clock.get(priority, 0.0), self._finish.get(priority, 0.0))
            self._sweep(priority)
        clock = self._clock[priority]
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = Account(clock, now)
        elif not account.items:
            account.virtual = max(account.virtual, clock)
            account.since = now
        account.items += 1
        self._busy[priority] = self._busy.get(priority, 0) + 1
        return account

    def leave(self, key: FlowKey) -> None:
        client, priority = key
        account = self._accounts[key]
        account.items -= 1
        self._busy[priority] -= 1
        if account.items:
            return
        if account.virtual <= self._clock[priority]:
            del self._accounts[key]
        elif account.idle_at != account.virtual:
            account.idle_at = account.virtual
            heapq.heappush(self._idle.setdefault(priority, []), (account.virtual, client))

    def charge(self, key: FlowKey, cost: float, now: float) -> None:
        """The flow was given `cost` (characters, bytes)."""
        priority = key[1]
        account = self._accounts[key]
        self._clock[priority] = max(self._clock[priority], account.virtual)
        account.virtual += cost
        account.since = now
        self._finish[priority] = max(self._finish.get(priority, 0.0), account.virtual)
        self._sweep(priority)

    def lag(self, account: Account, priority: int) -> float:
        """How far the flow is ahead of its priority's clock: comparable between priorities."""
        return account.virtual - self._clock[priority]

    def _sweep(self, priority: int) -> None:
        idle = self._idle.get(priority)
        while idle and idle[0][0] <= self._clock[priority]:
            virtual, client = heapq.heappop(idle)
            account = self._accounts.get((client, priority))
            if account is not None and account.idle_at == virtual:
                account.idle_at = None
                if not account.items:
                    del self._accounts[(client, priority)]
