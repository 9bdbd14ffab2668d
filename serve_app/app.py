"""Builds the FastAPI application: routes, errors, and the console behind them."""

from __future__ import annotations

from fastapi import FastAPI

from serve_app import errors
from serve_app.console import ServiceConsoleClient
from serve_app.routes import results, system, tasks, text, uploads
from serve_app.services import ServeConfig, Services
from ui.mount import mount

DESCRIPTION = """
Translates documents between Mongolian, Chinese and English on your own GPUs.

Upload files, make a task of them, follow it, download the results. Every error is an RFC 9457 problem document whose
`code` is stable.
"""


def build_app(config: ServeConfig, *, console: bool = True) -> FastAPI:
    """-> the application. Called in the replica: an application with Gradio in it cannot be pickled."""
    services = Services.of(config)
    app = FastAPI(title="Khelmerch", version=config.version, description=DESCRIPTION)
    errors.install(app)
    for module in (uploads, tasks, results, text, system):
        app.include_router(module.router(services))
    if console:
        mount(app, ServiceConsoleClient(services), max_file_size=config.limits.max_file_bytes)
    return app
