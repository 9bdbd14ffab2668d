"""Tasks: their state, cancelling, trying again."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from serve_app import conditional
from serve_app.identity import identity_of
from serve_app.intake import moment
from serve_app.negotiation import JsonOnlyRoute
from serve_app.schemas import Event, History, Priority, SegmentPage, TaskDetail, TaskPage, problems
from serve_app.services import Services
from storage import cursors
from storage.states import TaskStatus
from storage.task_reading import Narrow
from translation.languages import AUTO, normalise

TaskId = Annotated[str, Path(max_length=64, examples=["0b8e5f0e-3c0a-4b7e-9a53-6a1f7c2f9d10"])]

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "As it was when the client got this ETag"}}

FromStart = Annotated[bool, Query(description="Throw away what is translated and begin anew")]


Moment = Annotated[str | None, Query(max_length=64, description="ISO 8601 with its zone")]
Lang = Annotated[str | None, Query(max_length=32)]


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["tasks"])
    scheduler, access = services.scheduler, services.access

    @routes.get(
        "/task_status",
        summary="State of a task",
        response_model=TaskDetail,
        responses={**UNCHANGED, **problems(404, 422, 503)},
    )
    async def task_status(request: Request, task_id: Annotated[str, Query(max_length=64)]) -> Response:
        """All that is known of a task: its columns, stage, place in the queue, remaining seconds, files."""
        return conditional.answer(request, TaskDetail.model_validate(await access.task(request, task_id)))

    @routes.get(
        "/tasks/{task_id}",
        summary="A task in detail",
        response_model=TaskDetail,
        responses={**UNCHANGED, **problems(404, 422, 503)},
    )
    async def task(request: Request, task_id: TaskId) -> Response:
        """With an ETag: sent back as If-None-Match, it is answered with 304 as long as nothing has changed."""
        return conditional.answer(request, TaskDetail.model_validate(await access.task(request, task_id)))

    @routes.post("/tasks/{task_id}/cancel", summary="Cancel a task", responses=problems(404, 409, 503))
    async def cancel(task_id: TaskId) -> TaskDetail:
        """Takes effect within one chunk. What was finished stays and can be downloaded. 409 when the task is over."""
        return TaskDetail.model_validate(await scheduler.cancel(task_id))

    @routes.post("/tasks/{task_id}/retry", summary="Try a task again", responses=problems(404, 409, 422, 429, 503))
    async def retry(task_id: TaskId, from_start: FromStart = False) -> TaskDetail:
        """A failed, cancelled or timed-out task goes on where it stopped. 409 for any other."""
        return TaskDetail.model_validate(await scheduler.retry(task_id, from_start))

    @routes.post(
        "/tasks/{task_id}/priority", summary="Change a task's priority", responses=problems(404, 409, 422, 503)
    )
    async def priority(task_id: TaskId, wanted: Priority) -> TaskDetail:
        """Of one that waits or is processed; 409 when it is over."""
        return TaskDetail.model_validate(await scheduler.reprioritise(task_id, wanted.priority))

    @routes.delete("/tasks/{task_id}", summary="Delete a task", status_code=204, responses=problems(404, 409, 422, 503))
    async def delete(task_id: TaskId) -> None:
        """One that is over: its row, its files, its sentences and its history are gone. 409 for one that is not."""
        await scheduler.delete(task_id)

    @routes.get("/tasks/{task_id}/history", summary="What happened to a task", responses=problems(404, 422, 503))
    async def history(
        task_id: TaskId,
        after: Annotated[int, Query(ge=0, description="Only events with a larger id")] = 0,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
    ) -> History:
        """accepted, start, prepared, leased, checkpointed, file_completed, completed, retried and so on, oldest first."""
        rows = await scheduler.history(task_id, after, limit + 1)
        events = [Event.model_validate(row) for row in rows[:limit]]
        return History(events=events, next_after=events[-1].id if events else after, more=len(rows) > limit)

    @routes.get("/tasks/{task_id}/segments", summary="A file's sentences", responses=problems(404, 422, 503))
    async def segments(
        task_id: TaskId,
        file: Annotated[int, Query(ge=1, le=1_000_000, description="Its number in the task")] = 1,
        flag: Annotated[str | None, Query(max_length=64, description="Only sentences with this doubt")] = None,
        note: Annotated[str | None, Query(max_length=64, description="Only sentences with this note")] = None,
        after: Annotated[int, Query(ge=0, description="next_after of the page before")] = 0,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    ) -> SegmentPage:
        """Source, translation and doubts, in the order of the document. Gone with the upload, see UPLOAD_RETENTION."""
        return SegmentPage.model_validate(await scheduler.segments(task_id, file, after - 1, limit, flag, note))

    # A browser that asks for HTML on this path gets the console's page, which is mounted behind the API.
    listing = APIRouter(route_class=JsonOnlyRoute, tags=["tasks"])

    @listing.get("/tasks", summary="Tasks", responses=problems(403, 422, 503))
    async def tasks(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        status: Annotated[TaskStatus | None, Query()] = None,
        cursor: Annotated[str | None, Query(description="next_cursor of the page before", max_length=200)] = None,
        client_id: Annotated[str | None, Query(max_length=128)] = None,
        search: Annotated[
            str | None, Query(description="Part of a task id, client or file name", max_length=200)
        ] = None,
        source_lang: Lang = None,
        target_lang: Lang = None,
        created_after: Moment = None,
        created_before: Moment = None,
        sort: Annotated[
            Literal["newest", "oldest", "priority", "largest", "longest"],
            Query(description="longest: by the time that translating took. A cursor holds for one order"),
        ] = "newest",
    ) -> TaskPage:
        """Those that fit all that is given; `source_lang` also auto."""
        narrow = narrowed(source_lang, target_lang, created_after, created_before, sort)
        identity = identity_of(request)
        if identity.confined_to is not None:
            client_id = identity.client_for(client_id)
        page: dict[str, Any] = await scheduler.tasks(
            limit=limit,
            cursor=cursor,
            status=status.value if status else None,
            client_id=client_id,
            search=search,
            narrow=narrow,
        )
        return TaskPage.model_validate(page)

    routes.include_router(listing)
    return routes


def narrowed(
    source_lang: str | None, target_lang: str | None, since: str | None, before: str | None, order: str
) -> Narrow:
    """-> the conditions as storage has them. Raises UnknownLanguage, RequestError."""
    source = AUTO if source_lang == AUTO else normalise(source_lang) if source_lang else None
    return Narrow(
        source,
        normalise(target_lang) if target_lang else None,
        moment(since, "created_after") if since else None,
        moment(before, "created_before") if before else None,
        cursors.ORDERS[order].name,
    )
