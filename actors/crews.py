"""A few tasks that carry away what waits, started when something does and gone when nothing does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Crew:
    """At most `most` of them run `carry`, which returns when nothing waits any more. Belongs to one event loop."""

    def __init__(self, most: int, carry: Callable[[], Awaitable[None]]) -> None:
        self._most = most
        self._carry = carry
        self._at_work: set[asyncio.Task[None]] = set()

    def call(self) -> None:
        """Something waits: whoever is at work will find it, or one more begins."""
        if len(self._at_work) < self._most:
            member = asyncio.create_task(self._work())
            self._at_work.add(member)
            member.add_done_callback(self._at_work.discard)  # of one that was cancelled before it began

    async def _work(self) -> None:
        try:
            await self._carry()
        finally:
            # Now, and not only when the loop tells that the task is done: whoever calls in between would count on
            # one that looks for nothing more, and wait for ever.
            member = asyncio.current_task()
            assert member is not None
            self._at_work.discard(member)

    async def close(self) -> None:
        """What is being carried is cancelled."""
        members = list(self._at_work)
        for member in members:
            member.cancel()
        await asyncio.gather(*members, return_exceptions=True)
