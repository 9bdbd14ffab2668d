"""Builds the FastAPI application: routes, errors, the door in front, and the console behind."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount

from actors import tracing
from serve_app import errors, openapi
from serve_app.access import Owners, guard
from serve_app.console import ServiceConsole
from serve_app.door import Door
from serve_app.fallback import ProblemFallback
from serve_app.fronts.deepl import routes as deepl
from serve_app.fronts.libretranslate import routes as libretranslate
from serve_app.gradio_files import GradioFiles
from serve_app.keyring import Keyring
from serve_app.methods import Methods
from serve_app.request_ids import RequestIds
from serve_app.routes import (
    admin,
    bulk,
    corrections,
    events,
    formats,
    glossaries,
    keys,
    login,
    memory,
    metrics,
    results,
    system,
    tasks,
    text,
    tus,
    uploads,
    webhooks,
)
from serve_app.schemas import problems
from serve_app.services import ServeConfig, Services
from serve_app.traces import Traces
from translation.specs import STARTER
from ui.mount import mount

DESCRIPTION = """
Translates documents between Mongolian, Chinese and English on your own GPUs.

Upload files, make a task of them, follow it, download the results. Every error is an RFC 9457 problem document whose
`code` is stable. Once the operator has made API keys, every call but `/health/live` needs one.
"""

CORS_SECONDS = 600
_REQUEST_HEADERS = (
    "Authorization",
    "X-API-Key",
    "Content-Type",
    "Idempotency-Key",
    "Range",
    "If-Range",
    "If-None-Match",
)
_ANSWER_HEADERS = ("Retry-After", "Idempotency-Replayed", "ETag", "Content-Disposition", "Content-Range")


MODULES = (
    uploads,
    tus,
    formats,
    tasks,
    bulk,
    events,
    results,
    webhooks,
    text,
    glossaries,
    memory,
    corrections,
    system,
    metrics,
    admin,
)
VERSION = "/v1"


def add_routes(app: FastAPI, services: Services, keyring: Keyring, owners: Owners) -> None:
    """Every call under /v1, as the document has it, and without a version, as older clients know it; and the fronts. All
    behind the guard but the way in."""
    guarded = [Depends(guard(owners))]
    door = problems(401, 403)
    app.include_router(login.router(keyring))
    # First: GET /languages of clients that do not say what they accept is LibreTranslate's.
    for router in (deepl.router(services), *libretranslate.routers(services)):
        app.include_router(router, dependencies=guarded)
    for prefix, shown in ((VERSION, True), ("", False)):
        for module in MODULES:
            app.include_router(
                module.router(services), prefix=prefix, include_in_schema=shown, dependencies=guarded, responses=door
            )
        app.include_router(keys.router(services, keyring), prefix=prefix, include_in_schema=shown, dependencies=guarded)


def bare_app(services: Services, keyring: Keyring, owners: Owners) -> FastAPI:
    """-> the API alone, without its door."""
    # FastAPI's own /docs loads its scripts from a CDN; a server without internet would show an empty page.
    app = FastAPIOffline(title="Khelmerch", version=services.config.version, description=DESCRIPTION)
    openapi.install(app)
    app.state.methods = Methods(app.openapi, VERSION)
    errors.install(app, app.state.methods)
    if (provider := tracing.provider_of(services.config.otlp_endpoint, "ingress", services.config.version)) is not None:
        app.add_middleware(Traces, provider=provider)
    app.add_middleware(RequestIds)
    add_routes(app, services, keyring, owners)
    return app


def build_app(config: ServeConfig, *, console: bool = True) -> FastAPI:
    """-> the application. Called in the replica: an application with Gradio in it cannot be pickled."""
    services = Services.of(config)
    return app_of(services, console=console)


def app_of(services: Services, *, console: bool = True) -> FastAPI:
    config = services.config
    keyring, owners, files = Keyring(services.scheduler, config.keys_dir), Owners(services.scheduler), GradioFiles()
    app = bare_app(services, keyring, owners)
    if console:
        limit, starter = config.limits.max_file_bytes, config.model == STARTER
        routes = list(app.router.routes)
        mount(app, ServiceConsole(services, owners, files), max_file_size=limit, starter=starter)
        mounted = app.router.routes[-1]
        assert isinstance(mounted, Mount)
        mounted.app = ProblemFallback(mounted.app, routes, app.state.methods)
    app.add_middleware(Door, config=config.door, keyring=keyring, files=files)
    if config.door.origins:
        # Outside the door: a browser asks without a key whether it may send one.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=config.door.origins,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_ANSWER_HEADERS,
            max_age=CORS_SECONDS,
        )
    return app
