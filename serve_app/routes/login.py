"""Logging in with a browser: the page, the cookie, and out again."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from serve_app import sessions
from serve_app.door import LOGIN, LOGOUT
from serve_app.identity import Unauthorised
from serve_app.keyring import Keyring
from ui.locale import LANGUAGE_COOKIE, choose
from ui.login_page import login_page

_BACK = re.compile(r"/(?![/\\])[\x21-\x7e]{0,1000}")
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)


def router(keyring: Keyring) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get(LOGIN)
    async def page(request: Request, next: str = "/") -> HTMLResponse:
        return _page(request, next)

    @routes.post(LOGIN)
    async def log_in(
        request: Request, key: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
    ) -> Response:
        try:
            identity = await keyring.check(key.strip())
        except Unauthorised:
            return _page(request, next, refused=True)
        assert identity.key_id is not None
        answer = RedirectResponse(_inside(next), 303)
        answer.set_cookie(
            sessions.COOKIE,
            sessions.write(identity.key_id, keyring.secret()),
            max_age=sessions.SESSION_SECONDS,
            httponly=True,
            samesite="lax",
            secure=_is_tls(request),
        )
        return answer

    @routes.post(LOGOUT)
    async def log_out() -> RedirectResponse:
        answer = RedirectResponse(LOGIN, 303)
        answer.delete_cookie(sessions.COOKIE, httponly=True, samesite="lax")
        return answer

    return routes


def _page(request: Request, back: str, *, refused: bool = False) -> HTMLResponse:
    query = request.query_params.get("lang")
    language = choose(query, request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(login_page(language, _inside(back), refused=refused), 401 if refused else 200, headers)


def _inside(back: str) -> str:
    """-> a path of this server: a log-in must not lead to somebody else's page."""
    return back if _BACK.fullmatch(back) else "/"


def _is_tls(request: Request) -> bool:
    """A proxy that ends TLS says so; who lies about it harms only their own cookie."""
    return (
        request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "").split(",")[0].strip() == "https"
    )
