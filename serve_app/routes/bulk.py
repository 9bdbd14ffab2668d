"""The same thing to many tasks: cancel, try again, another priority, delete."""

from __future__ import annotations

from fastapi import APIRouter, Request

from actors.client import Chosen
from serve_app.actions import Asker
from serve_app.bulk_schemas import BulkAnswer, BulkPriority, BulkRequest
from serve_app.changes import ServerChanges
from serve_app.errors import RequestError
from serve_app.identity import Identity, identity_of
from serve_app.routes.tasks import FromStart
from serve_app.schemas import problems
from serve_app.services import Services


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["tasks"])

    def changes(request: Request) -> ServerChanges:
        return ServerChanges(services, Asker.of(request))

    @routes.post("/tasks/cancel", summary="Cancel many tasks", responses=problems(403, 422, 503))
    async def cancel(wanted: BulkRequest, request: Request) -> BulkAnswer:
        """Those that are over already stand in `refused`."""
        return BulkAnswer.model_validate(await changes(request).cancel_all(_chosen(wanted, identity_of(request))))

    @routes.post("/tasks/retry", summary="Try many tasks again", responses=problems(403, 422, 503))
    async def retry(wanted: BulkRequest, request: Request, from_start: FromStart = False) -> BulkAnswer:
        """Those for which there is no room, or which did not fail, stand in `refused`."""
        return BulkAnswer.model_validate(
            await changes(request).retry_all(_chosen(wanted, identity_of(request)), from_start)
        )

    @routes.post("/tasks/priority", summary="Change the priority of many tasks", responses=problems(403, 422, 503))
    async def priority(wanted: BulkPriority, request: Request) -> BulkAnswer:
        """Those that are over stand in `refused`."""
        chosen = _chosen(wanted, identity_of(request))
        return BulkAnswer.model_validate(await changes(request).reprioritise_all(chosen, wanted.priority))

    @routes.post("/tasks/delete", summary="Delete many tasks", responses=problems(403, 422, 503))
    async def delete(wanted: BulkRequest, request: Request) -> BulkAnswer:
        """Those that are not over stand in `refused`."""
        return BulkAnswer.model_validate(await changes(request).delete_all(_chosen(wanted, identity_of(request))))

    return routes


def _chosen(wanted: BulkRequest, identity: Identity) -> Chosen:
    """Raises RequestError when nothing is given: that would be every task there is, which nobody means by accident.
    Raises Forbidden for a client that names another. A client means its own tasks, whatever else it gives."""
    if wanted.status is None and wanted.client_id is None and wanted.task_ids is None:
        raise RequestError(
            "Say which tasks: status, client_id, task_ids or several of them.", field="status, client_id, task_ids"
        )
    return Chosen(
        tuple(status.value for status in wanted.status) if wanted.status is not None else None,
        identity.client_for(wanted.client_id) if identity.confined_to is not None else wanted.client_id,
        tuple(wanted.task_ids) if wanted.task_ids is not None else None,
    )
