"""Builds the FastAPI application: routes, errors, and the console behind them."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.routing import Mount

from serve_app import errors, openapi
from serve_app.console import ServiceConsoleClient
from serve_app.fallback import ProblemFallback
from serve_app.fronts.deepl import routes as deepl
from serve_app.fronts.libretranslate import routes as libretranslate
from serve_app.methods import Methods
from serve_app.request_ids import RequestIds
from serve_app.routes import admin, bulk, events, formats, results, system, tasks, text, tus, uploads, webhooks
from serve_app.services import ServeConfig, Services
from translation.specs import STARTER
from ui.mount import mount

DESCRIPTION = """
Translates documents between Mongolian, Chinese and English on your own GPUs.

Upload files, make a task of them, follow it, download the results. Every error is an RFC 9457 problem document whose
`code` is stable.
"""


MODULES = (uploads, tus, formats, tasks, bulk, events, results, webhooks, text, system, admin)
VERSION = "/v1"


def add_routes(app: FastAPI, services: Services) -> None:
    """Every call under /v1, as the document has it, and without a version, as older clients know it; and the fronts."""
    # First: GET /languages of clients that do not say what they accept is LibreTranslate's.
    for router in (deepl.router(services), *libretranslate.routers(services)):
        app.include_router(router)
    for module in MODULES:
        app.include_router(module.router(services), prefix=VERSION)
    for module in MODULES:
        app.include_router(module.router(services), include_in_schema=False)


def bare_app(config: ServeConfig, services: Services) -> FastAPI:
    """-> the API alone."""
    # FastAPI's own /docs loads its scripts from a CDN; a server without internet would show an empty page.
    app = FastAPIOffline(title="Khelmerch", version=config.version, description=DESCRIPTION)
    openapi.install(app)
    app.state.methods = Methods(app.openapi, VERSION)
    errors.install(app, app.state.methods)
    app.add_middleware(RequestIds)
    add_routes(app, services)
    return app


def build_app(config: ServeConfig, *, console: bool = True) -> FastAPI:
    """-> the application. Called in the replica: an application with Gradio in it cannot be pickled."""
    services = Services.of(config)
    app = bare_app(config, services)
    if console:
        limit, starter = config.limits.max_file_bytes, config.model == STARTER
        routes = list(app.router.routes)
        mount(app, ServiceConsoleClient(services), max_file_size=limit, starter=starter)
        mounted = app.router.routes[-1]
        assert isinstance(mounted, Mount)
        mounted.app = ProblemFallback(mounted.app, routes, app.state.methods)
    return app
