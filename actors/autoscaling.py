"""How many translators the backlog asks for, without going up and down all the time. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

UP_SECONDS = 60.0
"""More work than this for the translators there are, and others are worth their loading."""
DOWN_SECONDS = 5.0
"""Less work than this, and one of them is too many."""
UP_AFTER_SECONDS = 10.0
DOWN_AFTER_SECONDS = 300.0
"""So long must it have been so: loading a model takes a minute, so letting one go too early costs more than keeping it."""


@dataclass(frozen=True)
class Scaling:
    """count: translators wanted now; since: when the backlog went beyond a bound, direction: 1 above, -1 below."""

    count: int
    direction: int = 0
    since: float = 0.0


def scale(was: Scaling, least: int, most: int, backlog_seconds: float, now: float) -> Scaling:
    """-> what is wanted now. backlog_seconds: waiting characters over the measured speed of the translators there are.

    Up by as many as bring the backlog below UP_SECONDS, down by one.
    """
    count = max(least, min(most, was.count))
    direction = 1 if backlog_seconds > UP_SECONDS else -1 if backlog_seconds < DOWN_SECONDS else 0
    if direction == 0 or (direction > 0 and count == most) or (direction < 0 and count == least):
        return Scaling(count)
    if direction != was.direction:
        return Scaling(count, direction, now)
    if now - was.since < (UP_AFTER_SECONDS if direction > 0 else DOWN_AFTER_SECONDS):
        return Scaling(count, direction, was.since)
    if direction < 0:
        return Scaling(count - 1, direction, now)
    return Scaling(min(most, max(count + 1, math.ceil(count * backlog_seconds / UP_SECONDS))))
