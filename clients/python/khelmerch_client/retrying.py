"""When a call is made again, and after how long: decided here, done by whoever calls."""

from __future__ import annotations

import random
from dataclasses import dataclass

from khelmerch_client.errors import ClientError, NoConnection, Refused, Unreachable

_BUSY = frozenset({429, 502, 503, 504})
_IN_PROGRESS = "idempotency_in_progress"


@dataclass(frozen=True)
class Retries:
    """attempts: of one call, the first one included. Pauses grow from first_pause_s to longest_pause_s, each with chance in
    it, so that many clients do not come back together. A `Retry-After` of more than longest_retry_after_s is not waited for:
    the caller is told. connecting: whether an address where nobody answers is tried again."""

    attempts: int = 4
    first_pause_s: float = 0.5
    longest_pause_s: float = 8.0
    longest_retry_after_s: float = 30.0
    connecting: bool = True

    def pause(self, error: ClientError, attempt: int, *, repeatable: bool) -> float | None:
        """-> seconds to wait before the call is made again; None: it is not. attempt: how many were made. repeatable: a second
        call does no harm even when the first one was done (it changes nothing, or has an Idempotency-Key)."""
        if attempt >= self.attempts:
            return None
        if isinstance(error, NoConnection):
            return self.backoff(attempt) if self.connecting else None
        if not repeatable:
            return None
        if isinstance(error, Refused) and error.status not in _BUSY and error.code != _IN_PROGRESS:
            return None
        if not isinstance(error, Refused | Unreachable):
            return None
        if error.retry_after is None:
            return self.backoff(attempt)
        if error.retry_after > self.longest_retry_after_s:
            return None
        return error.retry_after + random.uniform(0.0, self.first_pause_s)  # noqa: S311

    def backoff(self, attempt: int) -> float:
        """-> half of the pause, and up to as much again by chance."""
        pause = min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(attempt - 1, 32))
        return pause * random.uniform(0.5, 1.0)  # noqa: S311


NO_RETRIES = Retries(attempts=1)


class Patience:
    """How long a server may be away before whoever follows a task is told. seconds: since it was last heard of."""

    def __init__(self, seconds: float, retries: Retries) -> None:
        self._seconds = seconds
        self._retries = retries
        self._since: float | None = None
        self._attempt = 0

    def pause(self, error: ClientError, now: float) -> float | None:
        """-> seconds until it is asked again; None when it is no trouble that passes, or patience is over."""
        passing = isinstance(error, Unreachable) or (isinstance(error, Refused) and error.status in _BUSY)
        if self._since is None:
            self._since = now
        if not passing or now - self._since > self._seconds:
            return None
        self._attempt += 1
        return max(self._retries.backoff(self._attempt), min(error.retry_after or 0.0, self._seconds))

    @property
    def begun(self) -> bool:
        """Is this the first time that it is away?"""
        return self._attempt == 1

    def back(self) -> None:
        self._since, self._attempt = None, 0
