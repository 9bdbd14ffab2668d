"""Requests a minute of each key: a bucket that refills steadily and holds one minute's worth."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from serve_app.identity import Identity, RateLimited

MINUTE = 60.0


class Rates:
    """Of one ingress. clock: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        """key id -> (requests that are left, when that was reckoned)"""

    def take(self, identity: Identity) -> None:
        """Count a request. Raises RateLimited, with the seconds until there is room for one."""
        most = identity.limits.requests_per_minute
        if not most or identity.key_id is None:
            return
        now = self._clock()
        left, at = self._buckets.get(identity.key_id, (float(most), now))
        left = min(float(most), left + (now - at) * most / MINUTE)
        if left < 1:
            self._buckets[identity.key_id] = left, now
            seconds = math.ceil((1 - left) * MINUTE / most)
            raise RateLimited(
                f"{most} requests a minute are allowed with this key. Try again in {seconds} s.",
                retry_after=seconds,
                limit=most,
            )
        self._buckets[identity.key_id] = left - 1, now
