"""For those who watch over the server: the cluster, figures over time, settings in force, the action log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from serve_app.identity import identity_of
from serve_app.negotiation import JsonOnlyRoute
from serve_app.oversight_schemas import ActionPage, Cluster, Samples, SettingsInForce, SpanName
from serve_app.schemas import problems
from serve_app.services import Services


def router(services: Services) -> APIRouter:
    routes = APIRouter()

    @routes.get("/samples", tags=["system"], summary="Figures over time", responses=problems(403, 422, 503))
    async def samples(span: Annotated[SpanName, Query(description="How far back")] = "hour") -> Samples:
        """Load, characters per second, queue, oldest wait and success rate, from readings that are kept for a week."""
        return Samples.model_validate(await services.overview.samples(span))

    # A browser that asks for HTML on this path gets the console's page, which is mounted behind the API.
    page = APIRouter(route_class=JsonOnlyRoute)

    @page.get("/cluster", tags=["system"], summary="Devices and translators", responses=problems(403, 503))
    async def cluster(request: Request) -> Cluster:
        """As one picture: devices with their last reading, translators with what they work at, the queue, the models."""
        return Cluster.model_validate(await services.cluster(identity_of(request)))

    @routes.get("/admin/settings", tags=["admin"], summary="Limits and ages in force", responses=problems(403, 503))
    async def settings() -> SettingsInForce:
        """What config.ini says, until an operator changes it."""
        return SettingsInForce.model_validate(await services.oversight.settings())

    @routes.get("/admin/actions", tags=["admin"], summary="Who changed what", responses=problems(403, 422, 503))
    async def actions(
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        cursor: Annotated[str | None, Query(description="next_cursor of the page before", max_length=200)] = None,
        what: Annotated[
            str | None, Query(description="Only this kind, or with a dot at its end this family (keys.)", max_length=64)
        ] = None,
    ) -> ActionPage:
        """Newest first: changes of the server, its models and translators, keys, glossaries, memories, and of many tasks."""
        return ActionPage.model_validate(await services.oversight.actions(limit, cursor, what))

    routes.include_router(page)
    return routes
