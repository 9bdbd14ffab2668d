"""Addresses that are told when a task is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import quote

from khelmerch_client._async.http import AsyncHttp
from khelmerch_client.models import Delivery, MadeWebhook, Webhook


def _path(webhook_id: str, what: str = "") -> str:
    return f"/webhooks/{quote(webhook_id, safe='')}{what}"


class AsyncWebhooks:
    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def add(
        self,
        url: str,
        *,
        client_id: str | None = None,
        events: Sequence[str] | None = None,
        secret: str | None = None,
    ) -> MadeWebhook:
        """For all tasks of a client. The answer's `secret` is shown this once; events None: all."""
        asked: dict[str, Any] = {
            "url": url,
            "client_id": client_id,
            "events": events and list(events),
            "secret": secret,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        return cast(MadeWebhook, await self._http.json("POST", "/webhooks", json=given))

    async def list(self, client_id: str | None = None) -> Sequence[Webhook]:
        found = await self._http.json("GET", "/webhooks", params={"client_id": client_id} if client_id else None)
        return cast(Sequence[Webhook], found["webhooks"])

    async def get(self, webhook_id: str) -> Webhook:
        return cast(Webhook, await self._http.json("GET", _path(webhook_id)))

    async def remove(self, webhook_id: str) -> None:
        """With what waits to be sent."""
        await self._http.answer("DELETE", _path(webhook_id))

    async def test(self, webhook_id: str) -> Delivery:
        """Send a message of the type webhook.test."""
        return cast(Delivery, await self._http.json("POST", _path(webhook_id, "/test")))

    async def deliveries(self, webhook_id: str, limit: int | None = None) -> Sequence[Delivery]:
        """The latest messages."""
        params = {"limit": limit} if limit is not None else None
        found = await self._http.json("GET", _path(webhook_id, "/deliveries"), params=params)
        return cast(Sequence[Delivery], found["deliveries"])
