"""What waiting is here: for a while, and for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

T = TypeVar("T")
Flow = AsyncGenerator[T, None]
"""What comes bit by bit, and can be closed."""


async def sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def in_thread(call: Callable[..., T], *arguments: object) -> T:
    """-> what a blocking call returns; the event loop goes on meanwhile."""
    return await asyncio.to_thread(call, *arguments)
