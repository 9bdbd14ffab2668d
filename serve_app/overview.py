"""What everybody who looks at the cluster is shown: asked of the scheduler once a second, however many look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from actors.client import Row
from actors.oversight_client import OversightClient

FRESH_SECONDS = 1.0
"""The figures behind it move every ten seconds; a click of one's own is shown a second late at most, unless `forget` is
called."""


class Overview:
    def __init__(self, oversight: OversightClient) -> None:
        self._oversight = oversight
        self._asking: dict[str, tuple[float, asyncio.Task[Row]]] = {}

    async def cluster(self) -> Row:
        """See Oversight.cluster."""
        return await self._shared("cluster", self._oversight.cluster)

    async def samples(self, span: str) -> Row:
        """See Oversight.samples. span: hour, day or week."""
        return await self._shared(span, lambda: self._oversight.samples(span))

    def forget(self) -> None:
        """Something was changed: the next who looks asks anew."""
        self._asking.clear()

    async def _shared(self, name: str, ask: Callable[[], Awaitable[Row]]) -> Row:
        """Raises what the call raises, to all who wait for it; the next one tries again."""
        now = time.monotonic()
        known = self._asking.get(name)
        if known is None or now - known[0] >= FRESH_SECONDS or _failed(known[1]):
            known = self._asking[name] = (now, asyncio.ensure_future(_call(ask)))
        # Shielded: one who goes away must not take the answer from the others.
        return await asyncio.shield(known[1])


async def _call(ask: Callable[[], Awaitable[Row]]) -> Row:
    return await ask()


def _failed(asked: asyncio.Task[Row]) -> bool:
    return asked.done() and (asked.cancelled() or asked.exception() is not None)
