"""The door: every request passes it, and comes in with an identity (`serve_app.identity`) or not at all.

Without keys it is open to this machine only. From the first key on everything but the health of the process, the log-in and
files that are the same for everybody needs one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from common.errors import KhelmerchError
from serve_app import console_paths, credentials, sessions
from serve_app.errors import nothing_at
from serve_app.fronts.libretranslate.places import is_libretranslate
from serve_app.fronts.shapes import refuse_as
from serve_app.gradio_files import GradioFiles
from serve_app.identity import OPEN, SCOPE_KEY, Forbidden, Identity, Unauthorised
from serve_app.keyring import Keyring
from serve_app.negotiation import wants_html
from serve_app.rates import Rates
from serve_app.security_headers import secured
from serve_app.slow_bodies import paced
from serve_app.versions import SAFE, bare
from ui.document import ACCOUNT, ROLE

LOGIN, LOGOUT = "/login", "/logout"
_WITHOUT_KEY = frozenset({"/health/live", LOGIN, LOGOUT})


def needs_key(path: str) -> bool:
    """Of calls and pages; files that are the same for everybody are `console_paths.is_public`."""
    return bare(path) not in _WITHOUT_KEY


@dataclass(frozen=True)
class DoorConfig:
    """must_have_key: no request without one, even while no key exists (the server listens to other machines).
    any_host: others than this machine may come without a key (ALLOW_UNAUTHENTICATED). origins: other web sites whose
    scripts may call."""

    must_have_key: bool = False
    any_host: bool = False
    origins: tuple[str, ...] = ()


CLOSED_TO_OTHERS = DoorConfig()


class Door:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, config: DoorConfig, keyring: Keyring, files: GradioFiles) -> None:
        self._app = app
        self._config = config
        self._keyring = keyring
        self._files = files
        self._rates = Rates()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # nothing of ours speaks over web sockets
            await send({"type": "websocket.close", "code": 1008})
            return
        path: str = scope["path"]
        receive = paced(receive)
        public = console_paths.is_public(path)
        send = secured(send, cors=bool(self._config.origins), static=public)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            if scope["method"] not in SAFE:
                self._same_site(headers)
            if not public and needs_key(path):
                identity, receive = await self._identity(scope, headers, receive)
                if not console_paths.is_console(scope):
                    self._rates.take(identity)
                scope[SCOPE_KEY] = identity
                scope[ROLE] = identity.role.value
        except KhelmerchError as error:
            await self._refusal(scope, error)(scope, receive, send)
            return
        if console_paths.is_closed(path):
            await nothing_at(path)(scope, receive, send)
            return
        if path == console_paths.UPLOAD:
            send = self._files.noting(send, scope[SCOPE_KEY])
        await self._app(scope, receive, send)

    async def _identity(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> tuple[Identity, Receive]:
        """-> who it is, and what the request goes on with.

        Raises Unauthorised, Forbidden, SchedulerUnavailable, StorageError.
        """
        if not await self._keyring.keys() and not self._config.must_have_key:
            if not self._config.any_host:
                _this_machine(headers)
            return OPEN, receive
        key = credentials.given_key(headers)
        if key is None and is_libretranslate(scope):
            key = credentials.key_in_query(scope["query_string"])
            if key is None:
                key, receive = await credentials.key_in_body(headers, receive)
        if key is not None:
            return await self._keyring.check(key), receive
        cookie = SimpleCookie(headers.get("cookie", "")).get(sessions.COOKIE)
        if cookie is not None:
            key_id = sessions.read(cookie.value, self._keyring.secret())
            if key_id is None:
                raise Unauthorised("The log-in is over. Log in again at /login.")
            identity = await self._keyring.holder(key_id)
            scope[ACCOUNT] = identity.name
            return identity, receive
        raise Unauthorised(
            "This needs an API key: send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`. "
            "The operator makes one with `khelmerch keys create`."
        )

    def _same_site(self, headers: Mapping[str, str]) -> None:
        """A page of another site must not change anything in the name of who looks at it. Raises Forbidden."""
        origin = headers.get("origin")
        if origin is not None and origin in self._config.origins:
            return
        told = headers.get("sec-fetch-site")
        if told is not None:
            ours = told in ("same-origin", "none")
        else:
            ours = origin is None or urlsplit(origin).netloc == headers.get("host", "")
        if not ours:
            raise Forbidden("A page of another web site asked for this; [SERVER] CORS_ORIGINS says which ones may.")

    @staticmethod
    def _refusal(scope: Scope, error: KhelmerchError) -> Response:
        if isinstance(error, Unauthorised) and scope["method"] == "GET" and wants_html(scope):
            query = scope["query_string"].decode("latin-1")
            back = scope["path"] + (f"?{query}" if query else "")
            answer = RedirectResponse(f"{LOGIN}?next={quote(back, safe='')}", 303)
            answer.delete_cookie(sessions.COOKIE)
            return answer
        return refuse_as(scope)(error)


def _this_machine(headers: Mapping[str, str]) -> None:
    """Without keys, a browser elsewhere must not come in under another name of this machine (DNS rebinding), nor a proxy
    that lets in everybody. Raises Forbidden."""
    host = urlsplit(f"//{headers['host']}").hostname if headers.get("host") else None
    if host is None or host == "localhost" or host.endswith(".localhost"):
        return
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        raise Forbidden(
            f"Without an API key this server answers its own machine only, and {host} is another name. Make a key: "
            "`khelmerch keys create`."
        )
