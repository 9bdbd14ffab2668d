"""What nobody answers: the console is mounted at the root and takes every path that is no route of the API.

A person gets the console's own page for a wrong address; a program gets a problem document, with 405 where the path is
ours and only the method is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_app.errors import nothing_at, wrong_method
from serve_app.methods import Methods
from serve_app.negotiation import wants_html

NOT_FOUND = 404
METHOD_NOT_ALLOWED = 405
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class ProblemFallback:
    """Wraps the mounted console; `routes`: those of the API before it, `methods` of those in the document."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute], methods: Methods) -> None:
        self._app = app
        self._methods = methods
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or wants_html(scope):
            await self._app(scope, receive, send)
            return
        allowed = self._methods.of(scope["path"]) or self._methods_of(scope)
        if allowed:
            await wrong_method(scope["method"], allowed)(scope, receive, send)
            return
        replaced = False

        async def watch(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] in (NOT_FOUND, METHOD_NOT_ALLOWED):
                replaced = True
            if not replaced:
                await send(message)

        await self._app(scope, receive, watch)
        if replaced:
            await nothing_at(scope["path"])(scope, receive, send)

    def _methods_of(self, scope: Scope) -> list[str]:
        """-> the methods of routes with this path, when none of them takes the request's method."""
        return [
            method for method in METHODS if method != scope["method"] and self._answers({**scope, "method": method})
        ]

    def _answers(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self._routes)
