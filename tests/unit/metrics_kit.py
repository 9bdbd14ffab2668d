"""A scheduler that answers from a real database, and GET /metrics in front of it; without Ray."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from fastapi import FastAPI

from actors import views
from serve_app import errors
from serve_app.methods import Methods
from serve_app.routes import metrics
from tests.unit.service_kit import Service

GPU = {
    "gpu_id": "box/0",
    "device_name": "NVIDIA L40S",
    "memory_total": 46_068,
    "memory_used": 9_000,
    "memory_free": 37_068,
    "utilization": 87.0,
    "temperature": 61.0,
    "is_available": True,
    "reason": None,
    "power_watts": 212.5,
    "power_limit_watts": 350.0,
    "throttling": "heat",
    "ecc_errors": 0,
    "xid": 0,
    "others_memory": 12,
    "uuid": "GPU-1",
}
UNKNOWN = dict.fromkeys(("utilization", "temperature", "power_watts", "power_limit_watts", "ecc_errors", "xid"))
SICK = GPU | UNKNOWN | {"gpu_id": "box/1", "is_available": False, "reason": "lost", "throttling": None, "uuid": None}
INFO = {
    "version": "1.2.3",
    "python": "3.11.9",
    "ray": "2.60.0",
    "memory_total_mib": 1_000,
    "memory_available_mib": 400,
    "disk_total_mib": 2_000,
    "disk_free_mib": 500,
    "nodes": 2,
    "uptime_seconds": 77.5,
    "translators": [
        {"name": "translator-0", "state": "ready", "restarts": 0},
        {"name": "translator-1", "state": "ready", "restarts": 3},
        {"name": "translator-2", "state": "failed", "restarts": 9},
    ],
}


class StoredScheduler:
    """The answers of TaskScheduler whose figures are stored; `refusal` is raised by what reads the database."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.repository = service.repository
        self.ready = True
        self.refusal: Exception | None = None
        self.health_refusal: Exception | None = None

    async def health(self) -> dict[str, Any]:
        if self.health_refusal is not None:
            raise self.health_refusal
        return {"ready": self.ready, "reasons": []}

    async def queue_status(self) -> dict[str, Any]:
        if self.refusal is not None:
            raise self.refusal
        status = views.queue_status(self.repository, self.service.rules, time.time())
        return status | self.service.operations.state()

    async def task_metrics(self) -> dict[str, Any]:
        return views.task_metrics(self.repository, self.service.dispatcher, time.time())

    async def totals(self) -> dict[str, Any]:
        return asdict(self.repository.totals.now())

    async def gpu_status(self) -> list[dict[str, Any]]:
        return self.repository.gpus.all()

    async def system_info(self) -> dict[str, Any]:
        return INFO

    def app(self) -> FastAPI:
        app = FastAPI()
        errors.install(app, Methods(app.openapi, ""))
        services = SimpleNamespace(scheduler=self, config=SimpleNamespace(version="1.2.3"))
        app.include_router(metrics.router(cast(Any, services)))
        return app


def scheduler(folder: Path) -> StoredScheduler:
    made = StoredScheduler(Service.of(folder))
    made.repository.gpus.replace_node("box", [GPU, SICK], time.time())
    return made
