"""Calls of the HTTP API that change tasks and the server, for the command line. Errors are those of `ApiClient`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cluster.api_client import ApiClient

Answer = dict[str, Any]

# The server answers when every task of the call is changed; each costs about a millisecond.
_BULK_TIMEOUT_S = 600.0
_STOP_TIMEOUT_S = 6.0


@dataclass(frozen=True)
class Chosen:
    """Tasks that fit all that is given; nothing given is refused by the server."""

    status: list[str] | None = None
    client_id: str | None = None
    task_ids: list[str] | None = None

    def body(self) -> Answer:
        return {name: value for name, value in vars(self).items() if value is not None}


def _task(task_id: str, what: str) -> str:
    return f"/tasks/{quote(task_id, safe='')}/{what}"


def retry(api: ApiClient, task_id: str, *, from_start: bool = False) -> Answer:
    return api.call("POST", _task(task_id, "retry"), params={"from_start": "true"} if from_start else {})


def reprioritise(api: ApiClient, task_id: str, priority: int) -> Answer:
    return api.call("POST", _task(task_id, "priority"), json={"priority": priority})


def history(api: ApiClient, task_id: str, after: int) -> Answer:
    return api.call("GET", _task(task_id, "history"), params={"after": after})


def cancel_all(api: ApiClient, chosen: Chosen) -> Answer:
    """-> {"done": ids, "refused": [{"task_id", "code", "detail"}]}"""
    return api.call("POST", "/tasks/cancel", json=chosen.body(), timeout=_BULK_TIMEOUT_S)


def retry_all(api: ApiClient, chosen: Chosen, *, from_start: bool = False) -> Answer:
    """-> {"done": ids, "refused": [{"task_id", "code", "detail"}]}"""
    params = {"from_start": "true"} if from_start else {}
    return api.call("POST", "/tasks/retry", json=chosen.body(), params=params, timeout=_BULK_TIMEOUT_S)


def operate(api: ApiClient, what: str) -> Answer:
    """what: pause, resume or drain; -> {"paused", "draining", "idle"}."""
    return api.call("POST", f"/admin/{what}")


def set_models(api: ApiClient, models: str) -> Answer:
    """-> the wanted models and where each is resident, as GET /models has it under `fleet`."""
    return api.call("POST", "/admin/models", json={"models": models})


def scale(api: ApiClient, translators: int | None) -> Answer:
    """-> as `set_models`. translators None: as config.ini says."""
    return api.call("POST", "/admin/scale", json={"translators": translators})


def list_keys(api: ApiClient) -> list[Answer]:
    found: list[Answer] = api.listed("/admin/keys")
    return found


def create_key(api: ApiClient, wanted: Answer) -> Answer:
    """-> what is kept of the key, and `key`."""
    return api.call("POST", "/admin/keys", json=wanted)


def revoke_key(api: ApiClient, key_id: str) -> Answer:
    return api.call("POST", f"/admin/keys/{quote(key_id, safe='')}/revoke")


def rotate_key(api: ApiClient, key_id: str, grace_seconds: int) -> Answer:
    """-> as `create_key`"""
    return api.call("POST", f"/admin/keys/{quote(key_id, safe='')}/rotate", json={"grace_seconds": grace_seconds})


def prepare_stop(api: ApiClient) -> bool:
    """Tell a server that it will be stopped; -> whether everything that was out came back."""
    return bool(api.call("POST", "/admin/prepare-stop", timeout=_STOP_TIMEOUT_S).get("idle"))
