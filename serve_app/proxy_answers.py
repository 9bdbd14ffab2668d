"""What Serve's HTTP proxy answers by itself, before it knows our application or while that is being replaced.

Its own answer is a 404 for every path. A client that polls its task would read that as "there is no such task".
Ray calls `middlewares` in the proxy process, by the name that `cluster.settings.prepare_ray_environment` gives it.
"""

from __future__ import annotations

import json

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_app.request_ids import OneRequestId

RETRY_SECONDS = 1
_NO_ROUTE = (b"Path '", b"/-/routes for available routes.")
"""How the proxy's own 404 begins and ends; ours are problem documents or pages."""

_STARTING = json.dumps(
    {
        "type": "urn:khelmerch:error:starting",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The server is starting; nothing is lost. Try again in a moment.",
        "code": "starting",
    }
).encode()


def middlewares() -> list[Middleware]:
    return [Middleware(StartingInsteadOfNotFound), Middleware(OneRequestId)]


class StartingInsteadOfNotFound:
    """Turns the proxy's 404 into 503 with Retry-After; every other answer passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: Message | None = None

        async def checked(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and message["status"] == 404:
                held = message
                return
            if held is not None:
                start, held = held, None
                body = message.get("body", b"")
                if body.startswith(_NO_ROUTE[0]) and body.endswith(_NO_ROUTE[1]):
                    start, message = _starting(), {"type": "http.response.body", "body": _STARTING}
                await send(start)
            await send(message)

        await self._app(scope, receive, checked)


def _starting() -> Message:
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(_STARTING)).encode()),
        (b"retry-after", str(RETRY_SECONDS).encode()),
    ]
    return {"type": "http.response.start", "status": 503, "headers": headers}
