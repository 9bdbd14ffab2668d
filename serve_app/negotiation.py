"""One path, two readers: JSON for programs, the console's page for browsers."""

from __future__ import annotations

from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope


class JsonOnlyRoute(APIRoute):
    """Steps aside for a reader whose first wish is HTML, so that a route mounted later answers."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        headers = dict(scope.get("headers", ()))
        if headers.get(b"accept", b"").strip().lower().startswith(b"text/html"):
            return Match.NONE, {}
        return super().matches(scope)
