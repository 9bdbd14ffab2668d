"""`X-Request-ID`: taken from the request where it is a decent one, else made; in every answer and in the log lines.

Imported in Serve's proxy process too, so it imports little.
"""

from __future__ import annotations

import logging
import re
import time
import uuid

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from actors import request_ids
from serve_app.versions import SAFE

log = logging.getLogger("khelmerch.api")

HEADER = "X-Request-ID"
_DECENT = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def of(given: str | None) -> str:
    """-> the id that was given, or a new one when there is none, or one that has no business in a log."""
    return given if given is not None and _DECENT.fullmatch(given) else uuid.uuid4().hex


class RequestIds:
    """For the application: everything below knows the id (`actors.request_ids.current`), and what changes something leaves a
    line in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = MutableHeaders(scope=scope)
        request_id = of(headers.get(HEADER))
        scope.setdefault("state", {})["request_id"] = request_id
        token = request_ids.current.set(request_id)
        began = time.perf_counter()
        status = 500  # as the server answers when nothing else was sent

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, named)
        finally:
            # What changes nothing is logged only when it fails on our side: consoles ask every second.
            if scope["method"] not in SAFE or status >= 500:
                facts = {"method": scope["method"], "path": scope["path"], "status": status}
                log.info("request", extra={**facts, "seconds": round(time.perf_counter() - began, 3)})
            request_ids.current.reset(token)


class OneRequestId:
    """For Serve's proxy, which takes any text for an id and adds the header a second time."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = MutableHeaders(scope=scope)
        request_id = headers[HEADER] = of(headers.get(HEADER))

        async def once(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                del answer[HEADER]
                answer[HEADER] = request_id
            await send(message)

        await self._app(scope, receive, once)
