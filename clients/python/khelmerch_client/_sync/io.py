"""What waiting is here: for a while, and for the disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import TypeVar

T = TypeVar("T")
Flow = Generator[T, None, None]
"""What comes bit by bit, and can be closed."""


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def in_thread(call: Callable[..., T], *arguments: object) -> T:
    """-> what a blocking call returns."""
    return call(*arguments)
