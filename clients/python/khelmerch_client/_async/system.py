"""Questions about the server itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from khelmerch_client._async.http import AsyncHttp
from khelmerch_client.models import (
    FormatInfo,
    GpuRow,
    Languages,
    Live,
    Models,
    QueueStatus,
    Ready,
    SystemInfo,
    TaskMetrics,
    Usage,
)
from khelmerch_client.retrying import NO_RETRIES

_LIVE_TIMEOUT_S = 2.0
"""A live server answers this at once; what takes longer is not ours, or hangs."""


class AsyncSystem:
    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def live(self) -> Live:
        """Does the server run? Asked once."""
        return cast(Live, await self._http.json("GET", "/health/live", timeout_s=_LIVE_TIMEOUT_S, retries=NO_RETRIES))

    async def ready(self) -> Ready:
        """`ready`, and the `reasons` why not: not being ready is an answer here, not an error."""
        return cast(Ready, await self._http.json("GET", "/health/ready", good=frozenset({503})))

    async def languages(self) -> Languages:
        """Languages, pairs, the model, file types: what can be translated now."""
        return cast(Languages, await self._http.json("GET", "/languages"))

    async def formats(self) -> Sequence[FormatInfo]:
        return cast(Sequence[FormatInfo], await self._http.json("GET", "/formats"))

    async def models(self) -> Models:
        return cast(Models, await self._http.json("GET", "/models"))

    async def usage(self, client_id: str | None = None) -> Usage:
        """What a client used and may use; with an API key, its own."""
        params = {"client_id": client_id} if client_id else None
        return cast(Usage, await self._http.json("GET", "/usage", params=params))

    async def queue_status(self) -> QueueStatus:
        return cast(QueueStatus, await self._http.json("GET", "/queue_status"))

    async def task_metrics(self) -> TaskMetrics:
        return cast(TaskMetrics, await self._http.json("GET", "/task_metrics"))

    async def gpu_status(self) -> Sequence[GpuRow]:
        return cast(Sequence[GpuRow], await self._http.json("GET", "/gpu_status"))

    async def system_info(self) -> SystemInfo:
        return cast(SystemInfo, await self._http.json("GET", "/system_info"))
