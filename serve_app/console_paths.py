"""What of Gradio's own paths the console needs. The others (files by path, proxies, recordings, its API) are not there."""

from __future__ import annotations

import re

from starlette.types import Scope

from serve_app.negotiation import wants_html

STATIC = ("/static/", "/assets/", "/svelte/")
"""Scripts and pictures that are the same for everybody."""

PUBLIC = frozenset({"/favicon.ico", "/robots.txt", "/theme.css", "/gradio_api/theme.css"})

UPLOAD = "/gradio_api/upload"

_PAGES = frozenset({"/", "/task", "/settings"})
_SHARED = frozenset({"/tasks", "/cluster"})
"""Pages to those who want HTML, calls of the API to others."""

_NEEDED = re.compile(
    r"/config/?|/manifest\.json|/gradio_api/(?:upload|upload_progress|queue/join|queue/data|run/predict|cancel|reset"
    r"|app_id|startup-events|login_check|heartbeat/[A-Za-z0-9]{1,64})/?"
)


def is_public(path: str) -> bool:
    return path in PUBLIC or path.startswith(STATIC)


def is_console(scope: Scope) -> bool:
    """Does this belong to the console's pages, which ask by themselves every few seconds?"""
    path: str = scope["path"]
    page = path in _PAGES or (path in _SHARED and wants_html(scope))
    return page or is_public(path) or _NEEDED.fullmatch(path) is not None


def is_closed(path: str) -> bool:
    """Is it a path of Gradio's that nobody needs, such as /gradio_api/file=/tmp/gradio/…?"""
    gradio = path.startswith(("/gradio_api", "/monitoring", "/deep_link", "/pwa_icon", "/custom_component"))
    return gradio and not is_public(path) and _NEEDED.fullmatch(path) is None
