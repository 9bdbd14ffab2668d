"""For the operator: hold work back, let it run out, go on."""

from __future__ import annotations

from fastapi import APIRouter

from serve_app.schemas import ModelsRequest, ScaleRequest, ServerState, problems
from serve_app.services import Services
from serve_app.system_schemas import Serving


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/admin", tags=["admin"])
    scheduler = services.scheduler

    @routes.post("/pause", summary="Send nothing to the translators", responses=problems(503))
    async def pause() -> ServerState:
        """Tasks are accepted and wait. What is out comes back and is stored. Kept over a restart."""
        return ServerState.model_validate(await scheduler.pause())

    @routes.post("/resume", summary="Work as usual again", responses=problems(503))
    async def resume() -> ServerState:
        """Ends a pause and a drain."""
        return ServerState.model_validate(await scheduler.resume())

    @routes.post("/drain", summary="Finish what runs, take nothing new", responses=problems(503))
    async def drain() -> ServerState:
        """New tasks are refused (503 draining); those that wait stay where they are. Kept over a restart."""
        return ServerState.model_validate(await scheduler.drain())

    @routes.post("/prepare-stop", summary="Get ready to be stopped", responses=problems(503))
    async def prepare_stop() -> dict[str, bool]:
        """Sends nothing more and waits up to 3 seconds for what is out; `idle` says whether all of it came back. When no
        stop comes within half a minute, work goes on. `khelmerch down` calls it."""
        answer: dict[str, bool] = await scheduler.prepare_stop()
        return answer

    @routes.post("/models", summary="Translate with other models", responses=problems(409, 422, 503))
    async def models(request: ModelsRequest) -> Serving:
        """Replaces one translator after the other; running tasks finish on the model that they began with (for an hour at
        most). Kept over a restart until MODEL in config.ini changes. GET /models shows the progress in `fleet`."""
        return Serving.model_validate(await scheduler.set_models(request.models))

    @routes.post("/scale", summary="Run more or fewer translators", responses=problems(422, 503))
    async def scale(request: ScaleRequest) -> Serving:
        """Those that are too many finish what they have. Kept over a restart; null goes back to config.ini."""
        return Serving.model_validate(await scheduler.scale(request.translators))

    return routes
