"""Builds the FastAPI application: routes, errors, the door in front, and the console behind."""

from __future__ import annotations

from fastapi import APIRouter, Depends, FastAPI
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
    oversight,
    results,
    system,
    tasks,
    text,
    tus,
    uploads,
    webhooks,
)
from serve_app.services import ServeConfig, Services
from serve_app.traces import Traces
from serve_app.versions import VERSION
from translation.specs import STARTER
from ui.mount import limit_uploads, mount

DESCRIPTION = """
Translates documents between Mongolian, Chinese and English on your own GPUs.

Upload files, make a task of them, follow it, download the results. Every error is an RFC 9457 problem document whose
`code` is stable. Once the operator has made API keys, every call but `/health/live` needs one.
"""

CORS_SECONDS = 600
_TUS_HEADERS = ("Tus-Resumable", "Upload-Length", "Upload-Offset")
_REQUEST_HEADERS = (
    "Authorization",
    "X-API-Key",
    "X-Request-ID",
    "Content-Type",
    "Idempotency-Key",
    "Last-Event-ID",
    "Range",
    "If-Range",
    "If-None-Match",
    "Upload-Metadata",
    "Upload-Checksum",
    *_TUS_HEADERS,
)
_ANSWER_HEADERS = (
    "Retry-After",
    "Idempotency-Replayed",
    "ETag",
    "Content-Disposition",
    "Content-Range",
    "Location",
    "X-Request-ID",
    "Upload-Expires",
    "Tus-Version",
    "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Checksum-Algorithm",
    *_TUS_HEADERS,
)

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
    oversight,
    admin,
)


def _routers(services: Services) -> list[APIRouter]:
    return [*(module.router(services) for module in MODULES), keys.router(services, services.keyring)]


def add_routes(app: FastAPI, services: Services, owners: Owners) -> None:
    """Every call under /v1, as the document has it, and without a version, as older clients know it; and the fronts. All
    behind the guard but the way in.

    In this order, since FastAPI asks one route after the other, some 8 microseconds each: what is called most comes first.
    """
    guarded = [Depends(guard(owners))]
    for prefix, shown in ((VERSION, True), ("", False)):
        app.include_router(system.living(services), prefix=prefix, include_in_schema=shown)
    for router in _routers(services):
        app.include_router(router, prefix=VERSION, dependencies=guarded)
    app.include_router(login.router(services.keyring))
    # Before ours: GET /languages of clients that do not say what they accept is LibreTranslate's.
    for router in (*deepl.routers(services), *libretranslate.routers(services)):
        app.include_router(router, dependencies=guarded)
    for router in _routers(services):
        app.include_router(router, include_in_schema=False, dependencies=guarded)


def build_app(config: ServeConfig, *, console: bool = True) -> FastAPI:
    """-> the application. Called in the replica: an application with Gradio in it cannot be pickled."""
    services = Services.of(config)
    return app_of(services, console=console)


def app_of(services: Services, *, console: bool = True) -> FastAPI:
    config = services.config
    owners, files = Owners(services.scheduler), GradioFiles()
    # FastAPI's own /docs loads its scripts from a CDN; a server without internet would show an empty page.
    app = FastAPIOffline(title="Khelmerch", version=config.version, description=DESCRIPTION)
    openapi.install(app)
    methods = Methods(app.openapi, VERSION)
    errors.install(app, methods)
    add_routes(app, services, owners)
    if console:
        limit, starter = config.limits.max_file_bytes, config.model == STARTER
        routes = list(app.router.routes)
        blocks = mount(app, ServiceConsole(services, owners, files, services.keyring), limit, starter=starter)
        services.limits.on_change = lambda limits: limit_uploads(blocks, limits.max_file_bytes)
        mounted = app.router.routes[-1]
        assert isinstance(mounted, Mount)
        mounted.app = ProblemFallback(mounted.app, routes, methods)
    app.add_middleware(Door, config=config.door, keyring=services.keyring, files=files)
    if config.door.origins:
        # Outside the door: a browser asks without a key whether it may send one.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=config.door.origins,
            allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_ANSWER_HEADERS,
            max_age=CORS_SECONDS,
        )
    if (provider := tracing.provider_of(config.otlp_endpoint, "ingress", config.version)) is not None:
        app.add_middleware(Traces, provider=provider)
    # Outside of all: what the door refuses has an id, too.
    app.add_middleware(RequestIds)
    return app
