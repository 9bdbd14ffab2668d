"""Answers that a client may have already: `ETag`, `If-None-Match`, and files in parts (`Range`, `If-Range`)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from serve_app.errors import problem

NOT_MODIFIED = 304
_TAG = re.compile(r'(?:W/)?"[^"]*"')


def matches(if_none_match: str | None, tag: str) -> bool:
    """Does the client have this version? Compared weakly, as RFC 9110 wants it for If-None-Match."""
    if if_none_match is None:
        return False
    bare = tag.removeprefix("W/")
    return if_none_match.strip() == "*" or any(
        found.removeprefix("W/") == bare for found in _TAG.findall(if_none_match)
    )


def answer(request: Request, model: BaseModel) -> Response:
    """-> the model as JSON with its ETag; 304 without it when the client has just that."""
    body = model.model_dump_json().encode()
    # Weak: the same facts may be written in another way by another version.
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def file(request: Request, path: Path, name: str, kind: str, tag: str) -> Response:
    """-> the file, a part of it (206), 304, or a problem (416) for a part that it does not have."""
    headers = {"ETag": f'"{tag}"', "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
    if matches(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    return _File(path, filename=name, media_type=kind, headers=headers)


class _File(FileResponse):
    """Starlette answers a wrong Range in plain text; one that is malformed is to be ignored (RFC 9110, 14.2)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused: Message | None = None

        async def checked(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] in (400, 416):
                refused = message
            if refused is None:
                await send(message)

        await super().__call__(scope, receive, checked)
        if refused is None:
            return
        if refused["status"] == 416:
            sizes = {"Content-Range": Headers(raw=refused["headers"])["content-range"]}
            detail = "The file has no such part; Content-Range says how long it is."
            await problem(416, "range_not_satisfiable", detail, sizes)(scope, receive, send)
            return
        whole = {**scope, "headers": [(key, value) for key, value in scope["headers"] if key.lower() != b"range"]}
        await super().__call__(whole, receive, send)
