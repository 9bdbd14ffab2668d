"""Questions about the server itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from khelmerch_client._sync.http import Http
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


class System:
    def __init__(self, http: Http) -> None:
        self._http = http

    def live(self) -> Live:
        """Does the server run? Asked once."""
        return cast(Live, self._http.json("GET", "/health/live", timeout_s=_LIVE_TIMEOUT_S, retries=NO_RETRIES))

    def ready(self) -> Ready:
        """`ready`, and the `reasons` why not: not being ready is an answer here, not an error."""
        return cast(Ready, self._http.json("GET", "/health/ready", good=frozenset({503})))

    def languages(self) -> Languages:
        """Languages, pairs, the model, file types: what can be translated now."""
        return cast(Languages, self._http.json("GET", "/languages"))

    def formats(self) -> Sequence[FormatInfo]:
        return cast(Sequence[FormatInfo], self._http.json("GET", "/formats"))

    def models(self) -> Models:
        return cast(Models, self._http.json("GET", "/models"))

    def usage(self, client_id: str | None = None) -> Usage:
        """What a client used and may use; with an API key, its own."""
        params = {"client_id": client_id} if client_id else None
        return cast(Usage, self._http.json("GET", "/usage", params=params))

    def queue_status(self) -> QueueStatus:
        return cast(QueueStatus, self._http.json("GET", "/queue_status"))

    def task_metrics(self) -> TaskMetrics:
        return cast(TaskMetrics, self._http.json("GET", "/task_metrics"))

    def gpu_status(self) -> Sequence[GpuRow]:
        return cast(Sequence[GpuRow], self._http.json("GET", "/gpu_status"))

    def system_info(self) -> SystemInfo:
        return cast(SystemInfo, self._http.json("GET", "/system_info"))
