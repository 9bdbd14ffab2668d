"""Hang the console into the service's FastAPI application."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount

from ui.app import build_console
from ui.document import STATIC, LocalisedDocument
from ui.operator_client import OperatorConsole
from ui.text import TEXTS, builtin, i18n
from ui.theme import theme

SHEETS = ("console.css", "work.css", "operator.css")

log = logging.getLogger("khelmerch.ui")


def mount(
    app: FastAPI, service: OperatorConsole, max_file_size: int | None = None, *, starter: bool = False
) -> gr.Blocks:
    """Serve the console at the root of `app`; every route that was added to `app` before wins over it.

    `max_file_size` in bytes stops an upload while it streams in. `starter`: see `build_console`.
    """
    with warnings.catch_warnings():
        # Said of every application with several pages, though ssr_mode is off.
        warnings.filterwarnings("ignore", message="SSR mode is not supported", category=UserWarning)
        blocks = build_console(service, starter=starter)
        gr.mount_gradio_app(
            app,
            blocks,
            path="/",
            theme=theme(),
            css="\n".join((STATIC / sheet).read_text(encoding="utf-8") for sheet in SHEETS),
            head=head(),
            i18n=i18n(),
            favicon_path=str(STATIC / "favicon.png"),
            footer_links=[],
            run_history=False,
            show_error=False,
            ssr_mode=False,
            pwa=False,
            max_file_size=max_file_size,
        )
    mounted = app.router.routes[-1]
    assert isinstance(mounted, Mount), "gr.mount_gradio_app adds its mount last"
    mounted.app = LocalisedDocument(mounted.app)
    return blocks


def limit_uploads(blocks: gr.Blocks, max_file_size: int) -> None:
    """Another limit from now on: for what streams in, and for the pages that are loaded, which look before they send."""
    blocks.max_file_size = max_file_size
    config: Any = blocks.config
    config["max_file_size"] = max_file_size


def head() -> str:
    """Runs after Gradio has chosen its words and before it draws: puts ours in their place, in its messages too."""
    words = {language: builtin(language) for language in TEXTS}
    toasts = {language: {pattern: text[key] for pattern, key in _TOASTS.items()} for language, text in TEXTS.items()}
    script = (STATIC / "words.js").read_text(encoding="utf-8")
    labels = {language: {label: text[key] for label, key in _LABELS.items()} for language, text in TEXTS.items()}
    for mark, value in (("__WORDS__", words), ("__TOASTS__", toasts), ("__LABELS__", labels)):
        script = script.replace(f'"{mark}"', json.dumps(value, ensure_ascii=False).replace("</", "<\\/"))
    script += "\n" + (STATIC / "work.js").read_text(encoding="utf-8")
    core = core_script()
    if core is None:
        log.warning("this Gradio has no load_translations; its own words stay in English for Mongolian readers")
        return f"<script>{script}</script>"
    hook = f'import("./assets/{core}").then((core) => khelmerchWords(core.load_translations));'
    return f"<script>{script}\n{hook}</script>"


# What Gradio's front end says by itself, always in English, and our words for it.
_TOASTS = {
    "Connection to the server was lost": "toast_lost",
    "exceed the maximum allowed size": "toast_size",
    "Invalid file type": "toast_type",
    "File too large": "toast_size",
    "Connection errored out": "toast_busy",
    "Could not": "toast_busy",
    "application is currently busy": "toast_busy",
    "Error": "error_title",  # the title of all of them; last, because the others may hold this word
}
# What it says to screen readers only, likewise.
_LABELS = {
    "Click to upload or drop files": "drop_click",
    "File upload": "files_label",
    "Remove this file": "drop_remove",
}


def core_script() -> str | None:
    """The file of Gradio's front end that exports load_translations; its name carries a hash."""
    folder = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
    for path in sorted(folder.glob("core-*.js")):
        if "as load_translations" in path.read_text(encoding="utf-8"):
            return path.name
    return None
