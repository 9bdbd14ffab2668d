"""Calls for the operator: hold work back, other models, more or fewer translators, limits, keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast
from urllib.parse import quote

from khelmerch_client._sync.http import Http
from khelmerch_client.models import Key, NewKey, ServerState, Serving, SettingsInForce

_STOP_TIMEOUT_S = 6.0


class Admin:
    def __init__(self, http: Http) -> None:
        self._http = http

    def operate(self, what: Literal["pause", "resume", "drain"]) -> ServerState:
        return cast(ServerState, self._http.json("POST", f"/admin/{what}"))

    def prepare_stop(self) -> bool:
        """Tell a server that it will be stopped; -> whether everything that was out came back."""
        found = self._http.json("POST", "/admin/prepare-stop", timeout_s=_STOP_TIMEOUT_S)
        return bool(found.get("idle"))

    def set_models(self, models: str) -> Serving:
        """-> the wanted models and where each is resident, as `Client.models` has it under `fleet`."""
        return cast(Serving, self._http.json("POST", "/admin/models", json={"models": models}))

    def scale(self, translators: int | None) -> Serving:
        """translators None: as config.ini says."""
        return cast(Serving, self._http.json("POST", "/admin/scale", json={"translators": translators}))

    def settings(self) -> SettingsInForce:
        """Limits and ages in force, and what config.ini says."""
        return cast(SettingsInForce, self._http.json("GET", "/admin/settings"))

    def change_settings(self, wanted: Mapping[str, float | None]) -> SettingsInForce:
        """Those that are named change at once, all or none; None goes back to config.ini. Sizes are bytes, ages seconds."""
        return cast(SettingsInForce, self._http.json("POST", "/admin/settings", json=dict(wanted)))

    def keys(self) -> Sequence[Key]:
        return cast(Sequence[Key], self._http.json("GET", "/admin/keys"))

    def create_key(self, wanted: Mapping[str, Any]) -> NewKey:
        """wanted: name, and if wanted role, client_id, limits, expires_at; the answer's `key` is shown this once."""
        return cast(NewKey, self._http.json("POST", "/admin/keys", json=dict(wanted)))

    def revoke_key(self, key_id: str) -> Key:
        return cast(Key, self._http.json("POST", f"/admin/keys/{quote(key_id, safe='')}/revoke"))

    def rotate_key(self, key_id: str, grace_seconds: int = 0) -> NewKey:
        """-> a new key in its place, which is shown this once."""
        asked = {"grace_seconds": grace_seconds}
        return cast(NewKey, self._http.json("POST", f"/admin/keys/{quote(key_id, safe='')}/rotate", json=asked))
