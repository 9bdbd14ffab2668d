"""The ingress's copy of the API keys: a request is checked here, without a call to the scheduler.

The copy is asked for anew when it is older than two seconds, so a key that was revoked is refused within that time plus the
answer's. While the scheduler does not answer the copy stays right: nobody else can make or revoke a key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actors.client import SchedulerClient
from actors.errors import SchedulerUnavailable
from serve_app.identity import Identity, Unauthorised
from storage.api_keys import ApiKey, id_of, opens
from storage.key_secret import read_secret

FRESH_SECONDS = 2.0

PATIENCE_SECONDS = 1.0
"""How long a request waits for a newer copy where there is an older one."""


class Keyring:
    def __init__(self, scheduler: SchedulerClient, folder: Path) -> None:
        self._scheduler = scheduler
        self._folder = folder
        self._keys: dict[str, ApiKey] = {}
        self._version: Any = None
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._used: dict[str, float] = {}
        self._secret: bytes | None = None

    async def keys(self) -> Mapping[str, ApiKey]:
        """-> every key there ever was, by id. Raises SchedulerUnavailable as long as none are known yet."""
        if time.monotonic() - self._asked_at >= FRESH_SECONDS:
            asking = self._ask()
            if self._version is None:
                await asyncio.shield(asking)
            else:
                await asyncio.wait({asking}, timeout=PATIENCE_SECONDS)
        return self._keys

    async def refresh(self) -> None:
        """Know what was changed before this call."""
        if self._asking is not None:
            await asyncio.wait({self._asking})
        await asyncio.shield(self._ask())

    async def check(self, key: str) -> Identity:
        """-> whose key it is. Raises Unauthorised."""
        row = (await self.keys()).get(id_of(key) or "")
        if row is None or not opens(row, key, self.secret()):
            raise Unauthorised("The API key is not one of this server's.")
        return self._valid(row)

    async def holder(self, key_id: str) -> Identity:
        """-> the holder of a key that was checked before. Raises Unauthorised when it is not valid any more."""
        row = (await self.keys()).get(key_id)
        if row is None:
            raise Unauthorised("The API key is not one of this server's.")
        return self._valid(row)

    async def lets_in(self, identity: Identity) -> bool:
        """Would whom the door has let in be let in again? For what lasts longer than a request."""
        try:
            if identity.key_id is None:
                return not await self.keys()
            await self.holder(identity.key_id)
        except Unauthorised:
            return False
        return True

    def secret(self) -> bytes:
        """Raises StorageError."""
        if self._secret is None:
            self._secret = read_secret(self._folder)
        return self._secret

    def _valid(self, row: ApiKey) -> Identity:
        now = time.time()
        if (problem := row.problem(now)) is not None:
            raise Unauthorised(f"The API key {row.id} is {problem}.", key_id=row.id)
        self._used[row.id] = now
        return Identity.of_key(row)

    def _ask(self) -> asyncio.Task[None]:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._fetch())
        return self._asking

    async def _fetch(self) -> None:
        used, self._used = self._used, {}
        try:
            answer = await self._scheduler.key_snapshot(self._version, used)
        except SchedulerUnavailable:
            self._used = used | self._used
            if self._version is None:
                raise
        else:
            if answer is not None:
                self._version = answer["version"]
                self._keys = {key.id: key for key in answer["keys"]}
        self._asked_at = time.monotonic()
