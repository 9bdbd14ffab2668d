"""Waiting for a condition instead of sleeping for a guess."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.05


def eventually(ask: Callable[[], T], holds: Callable[[T], object], seconds: float = 30.0) -> T:
    """Ask until the answer holds; -> that answer. Fails with the last one when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if holds(answer):
            return answer
        assert time.monotonic() < deadline, f"still not so after {seconds} s: {answer!r}"
        time.sleep(POLL_SECONDS)


async def aeventually(ask: Callable[[], Awaitable[T]], holds: Callable[[T], object], seconds: float = 30.0) -> T:
    """The same for a question that is awaited."""
    deadline = time.monotonic() + seconds
    while True:
        answer = await ask()
        if holds(answer):
            return answer
        assert time.monotonic() < deadline, f"still not so after {seconds} s: {answer!r}"
        await asyncio.sleep(POLL_SECONDS)
