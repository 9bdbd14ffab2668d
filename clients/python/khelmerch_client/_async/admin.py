"""Calls for the operator: hold work back, other models, more or fewer translators, limits, keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast
from urllib.parse import quote

from khelmerch_client._async.http import AsyncHttp
from khelmerch_client.models import Key, NewKey, ServerState, Serving, SettingsInForce

_STOP_TIMEOUT_S = 6.0


class AsyncAdmin:
    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def operate(self, what: Literal["pause", "resume", "drain"]) -> ServerState:
        return cast(ServerState, await self._http.json("POST", f"/admin/{what}"))

    async def prepare_stop(self) -> bool:
        """Tell a server that it will be stopped; -> whether everything that was out came back."""
        found = await self._http.json("POST", "/admin/prepare-stop", timeout_s=_STOP_TIMEOUT_S)
        return bool(found.get("idle"))

    async def set_models(self, models: str) -> Serving:
        """-> the wanted models and where each is resident, as `Client.models` has it under `fleet`."""
        return cast(Serving, await self._http.json("POST", "/admin/models", json={"models": models}))

    async def scale(self, translators: int | None) -> Serving:
        """translators None: as config.ini says."""
        return cast(Serving, await self._http.json("POST", "/admin/scale", json={"translators": translators}))

    async def settings(self) -> SettingsInForce:
        """Limits and ages in force, and what config.ini says."""
        return cast(SettingsInForce, await self._http.json("GET", "/admin/settings"))

    async def change_settings(self, wanted: Mapping[str, float | None]) -> SettingsInForce:
        """Those that are named change at once, all or none; None goes back to config.ini. Sizes are bytes, ages seconds."""
        return cast(SettingsInForce, await self._http.json("POST", "/admin/settings", json=dict(wanted)))

    async def keys(self) -> Sequence[Key]:
        return cast(Sequence[Key], await self._http.json("GET", "/admin/keys"))

    async def create_key(self, wanted: Mapping[str, Any]) -> NewKey:
        """wanted: name, and if wanted role, client_id, limits, expires_at; the answer's `key` is shown this once."""
        return cast(NewKey, await self._http.json("POST", "/admin/keys", json=dict(wanted)))

    async def revoke_key(self, key_id: str) -> Key:
        return cast(Key, await self._http.json("POST", f"/admin/keys/{quote(key_id, safe='')}/revoke"))

    async def rotate_key(self, key_id: str, grace_seconds: int = 0) -> NewKey:
        """-> a new key in its place, which is shown this once."""
        asked = {"grace_seconds": grace_seconds}
        return cast(NewKey, await self._http.json("POST", f"/admin/keys/{quote(key_id, safe='')}/rotate", json=asked))
