"""Figures of the queue, the GPUs and the machine; languages and models; health."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from actors.errors import SchedulerUnavailable
from serve_app.identity import identity_of
from serve_app.schemas import problems
from serve_app.services import Services
from serve_app.system_schemas import (
    GpuRow,
    Languages,
    Live,
    Models,
    QueueStatus,
    Ready,
    SystemInfo,
    TaskMetrics,
)
from translation.catalogue import CATALOGUE


def living(services: Services) -> APIRouter:
    """Apart from the others: the application looks here first, since it is asked most often, and by whoever has no patience."""
    routes = APIRouter(tags=["system"])

    @routes.get("/health/live", summary="Is the server running")
    async def live() -> Live:
        return Live(status="live", version=services.config.version)

    return routes


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["system"])
    scheduler = services.scheduler

    @routes.get("/task_metrics", summary="Success rate, times, throughput", responses=problems(503))
    async def task_metrics() -> TaskMetrics:
        return TaskMetrics.model_validate(await scheduler.task_metrics())

    @routes.get("/queue_status", summary="Tasks by state, oldest age, limits", responses=problems(503))
    async def queue_status() -> QueueStatus:
        return QueueStatus.model_validate(await scheduler.queue_status())

    @routes.get("/gpu_status", summary="The last sample of every GPU", responses=problems(503))
    async def gpu_status(request: Request) -> list[GpuRow]:
        """Memory in MiB, utilisation per cent, temperature in Celsius. One row for the CPU of a node without GPUs."""
        return [GpuRow.model_validate(row) for row in await services.gpus(identity_of(request))]

    @routes.get("/system_info", summary="Facts of the machine and the translators", responses=problems(503))
    async def system_info() -> SystemInfo:
        return SystemInfo.model_validate(await scheduler.system_info())

    @routes.get("/languages", summary="What can be translated now", responses=problems(503))
    async def languages() -> Languages:
        return Languages.model_validate(await services.languages())

    @routes.get("/models", summary="Models that can be used", responses=problems(503))
    async def models() -> Models:
        """`resident` says which are loaded; `current` is what MODEL, or the last POST /admin/models, wants; `fleet` says
        where each model is resident and how far a change is."""
        info, fleet = await scheduler.system_info(), await scheduler.serving()
        resident = {row["model"] for row in info["translators"] if row["state"] == "ready"}
        listed = [{**spec.as_row(), "resident": name in resident} for name, spec in CATALOGUE.items()]
        answer = {"models": listed, "current": fleet["models"], "resident": sorted(resident), "fleet": fleet}
        return Models.model_validate(answer)

    @routes.get(
        "/health/ready",
        summary="Can the server do its work",
        response_model=Ready,
        responses={503: {"model": Ready, "description": "Not ready; `reasons` says why"}},
    )
    async def ready() -> JSONResponse:
        """503 with the reasons when storage, the scheduler or every translator is gone."""
        try:
            health = await scheduler.health()
        except SchedulerUnavailable as error:
            health = {"ready": False, "reasons": [error.detail]}
        return JSONResponse(health, 200 if health["ready"] else 503)

    return routes
