"""GET /metrics, for Prometheus."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from fastapi import APIRouter, Request, Response

from actors.client import SchedulerClient
from actors.errors import SchedulerUnavailable
from serve_app.metrics import Figures, Picture, expose
from serve_app.services import Services
from storage.errors import StorageError

log = logging.getLogger("khelmerch.ingress")

SCRAPE_SECONDS = 5.0
"""The scheduler answers in milliseconds, or it is being restarted. Prometheus gives a scrape up after 10 s by default,
and would then not learn which of the two it is."""


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["system"])

    @routes.get(
        "/metrics",
        summary="Figures for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def metrics(request: Request) -> Response:
        """The text format, or OpenMetrics on request. When the scheduler or the database is gone: `khelmerch_scheduler_up`
        and `khelmerch_ready` only, and no old figures."""
        picture = await _look(services.scheduler, services.config.version)
        content, media_type = expose(picture, request.headers.get("accept", ""))
        return Response(content, media_type=media_type)

    return routes


async def _look(scheduler: SchedulerClient, version: str) -> Picture:
    try:
        async with asyncio.timeout(SCRAPE_SECONDS):
            health = await scheduler.health()
            figures = await _figures(scheduler)
    except (SchedulerUnavailable, TimeoutError) as error:
        log.warning("no figures for Prometheus: the scheduler does not answer", extra={"reason": str(error)})
        return Picture(version, scheduler_up=False, ready=False, figures=None)
    return Picture(version, scheduler_up=True, ready=health["ready"], figures=figures)


async def _figures(scheduler: SchedulerClient) -> Figures | None:
    """-> None when the database cannot be read: then readiness is false, too."""
    try:
        # One after the other: the scheduler answers them on one loop anyway.
        found: dict[str, Any] = {
            "queue_status": await scheduler.queue_status(),
            "task_metrics": await scheduler.task_metrics(),
            "totals": await scheduler.totals(),
            "gpu_status": await scheduler.gpu_status(),
            "system_info": await scheduler.system_info(),
        }
    except StorageError as error:
        log.warning("no figures for Prometheus: storage does not answer", extra={"reason": error.detail})
        return None
    return Figures(**found)
