"""What went wrong with a piece of work, and what is done about it. Pure: error and history in, verdict out."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

MAX_CRASHES = 3
"""A document that took its worker down this often fails alone. One crash may be the machine's fault, three are not."""

BACKOFF_BASE_SECONDS = 1.0
BACKOFF_MAX_SECONDS = 60.0

ISOLATION_PARTS = 16
"""Into how many parts a chunk is cut after its second crash, so that the third names the place closely."""


class Failure(StrEnum):
    TRANSLATOR_DIED = "translator_died"
    """The process that held the model is gone; what it was doing may be the cause."""
    TRANSLATOR_LOST = "translator_lost"
    """The translator cannot be reached (node gone, network); what it was doing is not to blame."""
    ENGINE_ERROR = "engine_error"
    """The model answered with an error; the process is well."""


@dataclass(frozen=True)
class Verdict:
    """delay_seconds: how long to wait before the next try; parts: into how many leases to cut; give_up: no next try."""

    delay_seconds: float
    parts: int
    give_up: bool


def backoff_seconds(tries: int, rng: random.Random) -> float:
    """Full jitter (Brooker, 'Exponential Backoff and Jitter', 2015): uniform up to base x 2^(tries-1), capped."""
    return rng.uniform(0, min(BACKOFF_MAX_SECONDS, BACKOFF_BASE_SECONDS * 2 ** max(0, tries - 1)))


def judge(failure: Failure, crashes: int, items: int, rng: random.Random) -> Verdict:
    """crashes: how often these very sentences were in work when something failed, this time included.

    Losing contact blames nobody: the same sentences go out again at once.
    """
    if failure is Failure.TRANSLATOR_LOST:
        return Verdict(0.0, 1, False)
    if crashes >= MAX_CRASHES:
        return Verdict(0.0, 1, True)
    delay = 0.0 if failure is Failure.TRANSLATOR_DIED else backoff_seconds(crashes, rng)
    parts = 2 if crashes == 1 else ISOLATION_PARTS
    return Verdict(delay, min(parts, items), False)
