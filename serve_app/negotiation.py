"""One path, two readers: JSON for programs, the console's page for browsers."""

from __future__ import annotations

from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope


def wants_html(scope: Scope) -> bool:
    """Is HTML the reader's first wish, as it is of a browser that opens a page?"""
    headers = dict(scope.get("headers", ()))
    return bool(headers.get(b"accept", b"").strip().lower().startswith(b"text/html"))


class JsonOnlyRoute(APIRoute):
    """Steps aside for a reader who wants HTML, so that a route mounted later answers."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.NONE, {}) if wants_html(scope) else super().matches(scope)
