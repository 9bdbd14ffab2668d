"""Server-sent events: what happens to a task, to a client's tasks, to all."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from serve_app import live
from serve_app.errors import RequestError
from serve_app.identity import identity_of
from serve_app.routes.tasks import TaskId
from serve_app.schemas import problems
from serve_app.services import Services
from storage.states import TERMINAL

MAX_ID = 2**63 - 1
_EXAMPLE = 'event: task\ndata: {"id": 7, "task_id": "…", "kind": "completed", "data": {}}\nid: 7\n\n'
_TEXT = {"type": "string"}
_EVENT = {
    "type": "object",
    "description": "One event; its data is JSON",
    "properties": {"event": {**_TEXT, "examples": ["task", "progress", "resume"]}, "data": _TEXT, "id": _TEXT},
    "required": ["data"],
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A stream that does not end by itself while there is something to wait for",
        "content": {"text/event-stream": {"schema": _EVENT, "example": _EXAMPLE}},
    }
}
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the second: nginx passes it on at once

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=19,
        pattern=r"^[0-9]*$",
        description="Go on after this event; browsers send it",
    ),
]
After = Annotated[
    int | None, Query(ge=0, le=MAX_ID, description="The same for clients that cannot set the header, which wins")
]


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["events"])
    scheduler, hub, access = services.scheduler, services.hub, services.access

    @routes.get(
        "/tasks/{task_id}/events",
        summary="Follow a task",
        response_class=StreamingResponse,
        responses={
            **STREAM,
            204: {"description": "The task is over and there is nothing more to tell: do not come back"},
            **problems(404, 422, 503),
        },
    )
    async def task_events(
        request: Request, task_id: TaskId, last_event_id: LastEventId = None, after: After = None
    ) -> Response:
        """All that happened to the task (`event: task`, with ids), its progress (`event: progress`, without), until it is
        over. `event: resume` asks to come back with the last id. Ends when its API key does."""
        known = _after(last_event_id, after)
        # In this order: what happens in between is in the queue.
        subscription = await hub.subscribe(task_id, None)
        try:
            row = await access.task(request, task_id)
            over = row["status"] in TERMINAL
            if over and not await scheduler.past_events(known or 0, MAX_ID, 1, task_id=task_id):
                hub.leave(subscription)
                return Response(status_code=204)
        except BaseException:
            hub.leave(subscription)
            raise
        now = {"task_id": task_id, "client_id": row["client_ip"], "percent": row["progress"], "stage": row["stage"]}
        first = live.progress(now).text
        allowed = partial(services.keyring.lets_in, identity_of(request))
        stream = live.Stream(hub, scheduler, subscription, known or 0, task_id, None, first, allowed)
        return StreamingResponse(aiter(stream), media_type="text/event-stream", headers=_HEADERS)

    @routes.get(
        "/events",
        summary="Follow many tasks",
        response_class=StreamingResponse,
        responses={**STREAM, **problems(422, 503)},
    )
    async def events(
        request: Request,
        client_id: Annotated[str | None, Query(max_length=128, description="Only tasks of this client")] = None,
        last_event_id: LastEventId = None,
        after: After = None,
    ) -> Response:
        """What happens from now on, or after the event that was named, to the tasks of a client or to all."""
        known = _after(last_event_id, after)
        client = access.clients(request, client_id)
        subscription = await hub.subscribe(None, client)
        since = subscription.since if known is None else known
        allowed = partial(services.keyring.lets_in, identity_of(request))
        stream = live.Stream(hub, scheduler, subscription, since, None, client, allowed=allowed)
        return StreamingResponse(aiter(stream), media_type="text/event-stream", headers=_HEADERS)

    return routes


def _after(last_event_id: str | None, after: int | None) -> int | None:
    """-> the id of the last event that the reader knows; None when it does not say. Raises RequestError."""
    if not last_event_id:
        return after
    number = int(last_event_id)
    if number > MAX_ID:
        raise RequestError("Last-Event-ID is the id of an event of ours.", field="Last-Event-ID")
    return number
