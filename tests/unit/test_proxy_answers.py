"""Serve's own 404 must not look as if a task did not exist."""

from __future__ import annotations

import httpx
import pytest
from ray.serve._private.http_util import convert_object_to_asgi_messages
from starlette.types import Message, Receive, Scope, Send

from serve_app.proxy_answers import middlewares


def client(messages: list[Message]) -> httpx.AsyncClient:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    wrapped = app
    for middleware in middlewares():
        wrapped = middleware.cls(wrapped, *middleware.args, **middleware.kwargs)
    return httpx.AsyncClient(transport=httpx.ASGITransport(wrapped), base_url="http://server")


def answer(status: int, text: str) -> list[Message]:
    return list(convert_object_to_asgi_messages(text, status_code=status))


async def test_a_path_that_the_proxy_does_not_know_yet_is_a_server_that_starts() -> None:
    own = answer(404, "Path '/tasks/1' not found. Ping http://.../-/routes for available routes.")
    async with client(own) as http:
        found = await http.get("/tasks/1")
    assert found.status_code == 503
    assert found.headers["retry-after"] == "1"
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["code"] == "starting"


@pytest.mark.parametrize(("status", "text"), [(404, "There is no task 1."), (200, "Path '"), (500, "broken")])
async def test_every_other_answer_passes_as_it_is(status: int, text: str) -> None:
    async with client(answer(status, text)) as http:
        found = await http.get("/tasks/1")
    assert (found.status_code, found.text) == (status, text)
