"""The ingress's copy of the limits that it keeps itself: an operator may change them while uploads come in.

Asked for anew when it is older than two seconds; while the scheduler does not answer, the copy stays.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from actors.oversight_client import OversightClient
from common.errors import KhelmerchError

log = logging.getLogger("khelmerch.api")

FRESH_SECONDS = 2.0

PATIENCE_SECONDS = 1.0
"""How long a request waits for a newer copy; there is always an older one."""


@dataclass(frozen=True)
class IntakeLimits:
    """max_files: of one request, and of one task."""

    max_file_bytes: int
    max_files: int
    max_text_chars: int = 20_000


class LimitsInForce:
    """configured: as config.ini says, until the scheduler was asked. on_change: hears of others than before."""

    def __init__(self, oversight: OversightClient, configured: IntakeLimits) -> None:
        self.on_change: Callable[[IntakeLimits], None] = lambda _limits: None
        self._oversight = oversight
        self._limits = configured
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def now(self) -> IntakeLimits:
        if time.monotonic() - self._asked_at >= FRESH_SECONDS:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            await asyncio.wait({self._asking}, timeout=PATIENCE_SECONDS)
        return self._limits

    def forget(self) -> None:
        """They were changed: the next request asks anew."""
        self._asked_at = float("-inf")

    async def _ask(self) -> None:
        try:
            found = (await self._oversight.settings())["limits"]
        except KhelmerchError as error:
            log.warning("the limits in force are not known; those known before count", extra={"reason": error.detail})
        else:
            limits = IntakeLimits(found["max_file_size"], found["max_files_per_task"], found["max_text_chars"])
            if limits != self._limits:
                self._limits = limits
                self.on_change(limits)
        self._asked_at = time.monotonic()
