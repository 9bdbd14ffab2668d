"""How the ingress asks the scheduler."""

from __future__ import annotations

from typing import Any

import pytest

from actors import request_ids
from actors.client import SchedulerClient


class Named:
    """Stands for the scheduler's handle; keeps the names under which it was asked."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.asked = self
        self.arguments: list[tuple[Any, ...]] = []

    def options(self, name: str) -> Named:
        self.names.append(name)
        return self

    async def remote(self, *arguments: Any) -> dict[str, Any]:
        self.arguments.append(arguments)
        return {}


async def test_calls_for_requests_have_few_names_in_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray keeps counts of each name for ever: with the request's id in it, ingress and scheduler grew by 10 KB a call."""
    handle = Named()
    client = SchedulerClient()
    monkeypatch.setattr(client, "_handle", handle)
    for number in range(50):
        token = request_ids.current.set(f"order-{number}")
        try:
            await client.health()
            await client.webhook(f"hook-{number}")
        finally:
            request_ids.current.reset(token)
    assert set(handle.names) == {"health", "webhooks.get"}
    assert handle.arguments[:2] == [("order-0", "health"), ("order-0", "part", "webhooks", "get", "hook-0")]
