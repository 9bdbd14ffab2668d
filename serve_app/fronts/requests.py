"""What the fronts have in common: bodies as JSON, form or multipart, and refusals in another service's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from common.errors import KhelmerchError
from serve_app.errors import FileTooLarge, RequestError

MAX_BODY_BYTES = 4 * 2**20
"""Of a body that is held in memory; files go another way."""

Refuse = Callable[[KhelmerchError], Response]


def route_class(refuse: Refuse) -> type[APIRoute]:
    """-> routes whose refusals are written by `refuse`."""

    class FrontRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handler(request: Request) -> Response:
                try:
                    return await handle(request)
                except KhelmerchError as error:
                    return refuse(error)
                except RequestValidationError as error:
                    return refuse(RequestError("; ".join(str(one["msg"]) for one in error.errors())))

            return handler

    return FrontRoute


def is_multipart(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def fields(request: Request, *, lists: tuple[str, ...] = ()) -> dict[str, Any]:
    """-> the fields of a JSON object, a urlencoded form or the query; `lists`: those that may come several times.

    Raises RequestError, FileTooLarge.
    """
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > MAX_BODY_BYTES:
            raise FileTooLarge(f"The body is larger than {MAX_BODY_BYTES // 2**20} MB; send a document.")
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            found = json.loads(bytes(body) or b"{}")
        except ValueError as error:
            raise RequestError("The body is no JSON.") from error
        if not isinstance(found, dict):
            raise RequestError("The body must be a JSON object.")
        return found
    try:
        pairs = [*request.query_params.multi_items(), *parse_qsl(body.decode(), keep_blank_values=True)]
    except ValueError as error:
        raise RequestError("The body is no form.") from error
    answer: dict[str, Any] = dict(pairs)
    for name in lists:
        if several := [value for key, value in pairs if key == name]:
            answer[name] = several
    return answer


def text_of(given: dict[str, Any], name: str) -> str:
    """-> a field that must be there and be text. Raises RequestError."""
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise RequestError(f"Invalid request: missing {name} parameter", field=name)
    return value
