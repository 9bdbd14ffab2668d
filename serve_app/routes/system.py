"""Figures of the queue, the GPUs and the machine; languages and models; health."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from actors.errors import SchedulerUnavailable
from documents import registry
from serve_app.schemas import problems
from serve_app.services import Services
from translation.catalogue import CATALOGUE

Row = dict[str, Any]


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["system"])
    scheduler = services.scheduler

    @routes.get("/task_metrics", summary="Success rate, times, throughput", responses=problems(503))
    async def task_metrics() -> Row:
        return await scheduler.task_metrics()

    @routes.get("/queue_status", summary="Tasks by state, oldest age, limits", responses=problems(503))
    async def queue_status() -> Row:
        return await scheduler.queue_status()

    @routes.get("/gpu_status", summary="The last sample of every GPU", responses=problems(503))
    async def gpu_status() -> list[Row]:
        """Memory in MiB, utilisation per cent, temperature in Celsius. One row for the CPU of a node without GPUs."""
        return await scheduler.gpu_status()

    @routes.get("/system_info", summary="Facts of the machine and the translators", responses=problems(503))
    async def system_info() -> Row:
        return await scheduler.system_info()

    @routes.get("/languages", summary="What can be translated now", responses=problems(503))
    async def languages() -> Row:
        return {
            **await scheduler.languages(),
            "formats": _suffixes(),
            "max_file_size": services.config.limits.max_file_bytes,
        }

    @routes.get("/models", summary="Models that can be used", responses=problems(503))
    async def models() -> Row:
        """`resident` says which one is loaded; `current` is the setting MODEL."""
        info = await scheduler.system_info()
        resident = {row["model"] for row in info["translators"] if row["state"] == "ready"}
        listed = [{**asdict(spec), "resident": name in resident} for name, spec in CATALOGUE.items()]
        return {"models": listed, "current": services.config.model, "resident": sorted(resident)}

    @routes.get("/health/live", summary="Is the server running")
    async def live() -> Row:
        return {"status": "live", "version": services.config.version}

    @routes.get(
        "/health/ready",
        summary="Can the server do its work",
        responses={503: {"description": "Not ready; `reasons` says why"}},
    )
    async def ready() -> JSONResponse:
        """503 with the reasons when storage, the scheduler or every translator is gone."""
        try:
            health = await scheduler.health()
        except SchedulerUnavailable as error:
            health = {"ready": False, "reasons": [error.detail]}
        return JSONResponse(health, 200 if health["ready"] else 503)

    return routes


def _suffixes() -> list[str]:
    return sorted({suffix for kind in registry.formats() for suffix in kind.suffixes})
