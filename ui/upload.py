"""The file field, and the checks that a visitor learns at once rather than after the upload."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from ui.format import size
from ui.text import Text

Chosen = list[tuple[str, Path]]


def file_field(**options: Any) -> gr.File:
    """gr.File for many files whose value is `Chosen`: it keeps the visitor's own names, as Gradio's paths do not.

    Gradio has checked before that each path lies in its own upload folder. Not a subclass: Gradio would write a
    .pyi file beside this one when it is imported.
    """
    field = gr.File(file_count="multiple", **options)
    field.preprocess = _named
    return field


def _named(payload: Any) -> Chosen:
    return [(str(f.orig_name or Path(f.path).name), Path(f.path)) for f in payload or ()]


def complaints(files: Sequence[tuple[str, Path]], formats: Sequence[str], limit: int | None, t: Text) -> list[str]:
    """One sentence for each file that the service would refuse."""
    found: list[str] = []
    listed = ", ".join(formats)
    for name, path in files:
        weight = path.stat().st_size
        if Path(name).suffix.lower() not in formats:
            found.append(t("check_type", name=name, formats=listed))
        elif weight == 0:
            found.append(t("check_empty", name=name))
        elif limit and weight > limit:
            found.append(t("check_size", name=name, size=size(weight), limit=size(limit)))
    return found
