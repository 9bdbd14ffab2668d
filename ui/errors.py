"""A refusal in the visitor's words, and a calm sentence for what nobody foresaw."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ui.format import size
from ui.text import Text

log = logging.getLogger("khelmerch.ui")

# Several codes may say the same thing to a person.
_SAME_AS = {
    "task_over": "not_cancellable",
    "not_cancelable": "not_cancellable",
    "already_finished": "not_cancellable",
    "task_is_over": "not_cancellable",
    "cannot_cancel": "not_cancellable",
    "cannot_retry": "not_retryable",
    "not_found": "task_not_found",
    "unknown_task": "task_not_found",
    "request_too_large": "file_too_large",
    "upload_too_large": "file_too_large",
    "empty_upload": "file_empty",
    "no_files": "file_empty",
    "scheduler_unavailable": "not_ready",
    "no_translators": "not_ready",
    "client_queue_full": "queue_full",
    "paused": "draining",
}
# Where the service's own sentence says more than ours: what the file is instead, where it is broken.
_TELLING = frozenset({"unsupported_type", "file_damaged", "file_unsafe", "model_not_found", "model_unusable"})


@dataclass(frozen=True)
class Problem:
    """What the page says. `extra` is the service's own sentence (English), for codes that we have no words for."""

    title: str
    body: str
    extra: str = ""
    code: str = ""


def explain(error: BaseException, t: Text) -> Problem:
    """Never a traceback: an error with `code` and `detail` is explained, any other is logged under a reference."""
    code, detail = getattr(error, "code", None), getattr(error, "detail", None)
    if isinstance(code, str) and isinstance(detail, str):
        data = getattr(error, "data", None)
        return explain_code(code, detail, t, data if isinstance(data, Mapping) else {})
    reference = secrets.token_hex(3)
    # One line: a page that is left open asks every few seconds, and an outage must not fill the log with tracebacks.
    log.error(
        "console action failed",
        extra={"reference": reference, "error": f"{type(error).__name__}: {error}", **_place(error)},
    )
    return Problem(t("error_generic_title"), t("error_generic", reference=reference), code="internal")


def _place(error: BaseException) -> dict[str, str]:
    """Where it was raised, and through which of our functions: what a traceback would be read for."""
    frames = traceback.extract_tb(error.__traceback__)
    return {"raised": " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames[-6:]))}


def explain_code(code: str, detail: str, t: Text, data: Mapping[str, Any] | None = None) -> Problem:
    """Words for a stable code; for one that is new to the console, the service's own sentence."""
    values = data or {}
    key = f"error_{_SAME_AS.get(code, code)}"
    if key not in t or key in {"error_title", "error_generic", "error_generic_title", "error_this_file"}:
        return Problem(t("error_title"), detail, code=code)
    name = next((str(values[k]) for k in ("name", "file", "filename") if values.get(k)), t("error_this_file"))
    limits = (values.get(k) for k in ("limit", "max_bytes", "limit_bytes", "max_file_size"))
    limit = next((v for v in limits if isinstance(v, int)), None)
    if code == "file_too_large" and limit and isinstance(values.get("size"), int):
        body = t("check_size", name=name, size=size(values["size"]), limit=size(limit))
    else:
        body = t(key, name=name)
        if t.language == "zh-CN":
            # Spaces set off a Latin file name; our own Chinese words need none.
            file = t("error_this_file")
            body = body.replace(f" {file}", file).replace(f"{file} ", file)
    return Problem(t("error_title"), body, extra=detail if t.language == "en" and code in _TELLING else "", code=code)
