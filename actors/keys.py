"""The scheduler's API keys: all of them in memory, changed in storage first, and told to the ingress when they changed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from actors.rules import Rules
from storage.api_keys import NO_LIMITS, ApiKey, KeyLimits
from storage.key_keeper import KeyKeeper, WantedKey
from storage.repository import Repository
from storage.times import from_iso, to_iso

Row = dict[str, Any]

USED_SECONDS = 600.0
"""How coarse the time of a key's last use is: one small write in ten minutes for each key that is busy."""

USAGE_DAYS = 31

Version = tuple[int, int]
"""(epoch of the scheduler, changes since its start): another one after every change, over restarts too."""


class Keys:
    """run: a piece of work in a transaction of its own. rules: the limits of a client without limits of its own."""

    def __init__(
        self,
        repository: Repository,
        run: Callable[[Callable[[], Any]], Awaitable[Any]],
        folder: Path,
        rules: Rules,
        epoch: int = 0,
    ) -> None:
        self._repository = repository
        self._run = run
        self._keeper = KeyKeeper(repository.keys, folder)
        self._known = {key.id: key for key in repository.keys.all()}
        self._version: Version = (epoch, 0)
        self._rules = rules

    # ---- for the ingress

    async def snapshot(self, seen: Version | None, used: Mapping[str, float]) -> Row | None:
        """-> {"version", "keys"}, None when that is what the caller has seen. used: {id: when it was used last}."""
        late = {key_id: at for key_id, at in used.items() if self._is_news(key_id, at)}
        if late:
            stamps = {key_id: to_iso(at // 60 * 60) for key_id, at in late.items()}
            await self._run(lambda: self._repository.keys.used(stamps))
            for key_id, stamp in stamps.items():
                self._known[key_id] = replace(self._known[key_id], last_used_at=stamp)
        if seen is not None and tuple(seen) == self._version:
            return None
        return {"version": self._version, "keys": list(self._known.values())}

    def _is_news(self, key_id: str, at: float) -> bool:
        key = self._known.get(key_id)
        return key is not None and (key.last_used_at is None or at - from_iso(key.last_used_at) >= USED_SECONDS)

    # ---- for the operator

    async def all(self) -> list[ApiKey]:
        return list(self._known.values())

    async def create(self, wanted: WantedKey) -> tuple[ApiKey, str]:
        """See KeyKeeper.create."""
        made: tuple[ApiKey, str] = await self._change(lambda: self._keeper.create(wanted, time.time()))
        return made

    async def revoke(self, key_id: str) -> ApiKey:
        """See KeyKeeper.revoke."""
        key: ApiKey = await self._change(lambda: self._keeper.revoke(key_id, time.time()))
        return key

    async def rotate(self, key_id: str, grace_seconds: float) -> tuple[ApiKey, str]:
        """See KeyKeeper.rotate."""
        made: tuple[ApiKey, str] = await self._change(lambda: self._keeper.rotate(key_id, time.time(), grace_seconds))
        return made

    async def _change(self, work: Callable[[], Any]) -> Any:
        answer = await self._run(work)
        self._known = {key.id: key for key in self._repository.keys.all()}
        self._version = (self._version[0], self._version[1] + 1)
        return answer

    # ---- for the scheduler

    def limits_of(self, client: str) -> KeyLimits:
        """-> those of the client's newest valid key, with the settings' where it has none."""
        now = time.time()
        mine = [key for key in self._known.values() if key.client_id == client and key.problem(now) is None]
        own = max(mine, key=lambda key: (key.created_at, key.id)).limits if mine else NO_LIMITS
        return replace(
            own,
            chars_per_day=own.chars_per_day or self._rules.max_chars_per_day,
            max_pending=own.max_pending or self._rules.max_pending_per_client,
        )

    def chars_per_day(self, client: str) -> int:
        return self.limits_of(client).chars_per_day

    async def usage(self, client: str, waiting: int) -> Row:
        """-> what the client used and may use. waiting: its tasks that wait."""
        limits, now = self.limits_of(client), time.time()
        days = self._repository.usage.days(client, USAGE_DAYS)
        return {
            "client_id": client,
            "characters_today": self._repository.usage.of(client, now),
            "characters_per_day": limits.chars_per_day or None,
            "pending_tasks": waiting,
            "max_pending_tasks": limits.max_pending or None,
            "requests_per_minute": limits.requests_per_minute or None,
            "days": [{"day": day, "characters": chars} for day, chars in days.items()],
        }
