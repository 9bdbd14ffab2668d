"""For the operator: hold work back, let it run out, go on."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel

from serve_app.actions import Asker
from serve_app.changes import ServerChanges
from serve_app.oversight_schemas import SettingsChange, SettingsInForce
from serve_app.schemas import ModelsRequest, ScaleRequest, ServerState, problems
from serve_app.services import Services
from serve_app.system_schemas import Serving


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/admin", tags=["admin"])

    def changes(request: Request) -> ServerChanges:
        return ServerChanges(services, Asker.of(request))

    @routes.post("/pause", summary="Send nothing to the translators", responses=problems(503))
    async def pause(request: Request) -> ServerState:
        """Tasks are accepted and wait. What is out comes back and is stored. Kept over a restart."""
        return ServerState.model_validate(await changes(request).pause())

    @routes.post("/resume", summary="Work as usual again", responses=problems(503))
    async def resume(request: Request) -> ServerState:
        """Ends a pause and a drain."""
        return ServerState.model_validate(await changes(request).resume())

    @routes.post("/drain", summary="Finish what runs, take nothing new", responses=problems(503))
    async def drain(request: Request) -> ServerState:
        """New tasks are refused (503 draining); those that wait stay where they are. Kept over a restart."""
        return ServerState.model_validate(await changes(request).drain())

    @routes.post("/prepare-stop", summary="Get ready to be stopped", responses=problems(503))
    async def prepare_stop(request: Request) -> dict[str, bool]:
        """Sends nothing more and waits up to 3 seconds for what is out; `idle` says whether all of it came back. When no
        stop comes within half a minute, work goes on. `khelmerch down` calls it."""
        answer: dict[str, bool] = await changes(request).prepare_stop()
        return answer

    @routes.post("/models", summary="Translate with other models", responses=problems(409, 422, 503))
    async def models(wanted: ModelsRequest, request: Request) -> Serving:
        """Replaces one translator after the other; running tasks finish on the model that they began with (for an hour at
        most). Kept over a restart until MODEL in config.ini changes. GET /models shows the progress in `fleet`."""
        return Serving.model_validate(await changes(request).set_models(wanted.models))

    @routes.post("/scale", summary="Run more or fewer translators", responses=problems(422, 503))
    async def scale(wanted: ScaleRequest, request: Request) -> Serving:
        """Those that are too many finish what they have. Kept over a restart; null goes back to config.ini."""
        return Serving.model_validate(await changes(request).scale(wanted.translators))

    @routes.post("/settings", summary="Change limits and ages", responses=problems(422, 503))
    async def settings(wanted: SettingsChange, request: Request) -> SettingsInForce:  # type: ignore[valid-type]
        """Holds at once and is kept over a restart; null goes back to config.ini. All that is given is changed, or nothing."""
        given: BaseModel = wanted
        found = await changes(request).change_settings(given.model_dump(exclude_unset=True))
        return SettingsInForce.model_validate(found)

    return routes
