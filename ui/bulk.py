"""The bar that does something to all marked tasks, what it may ask for, and what came of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ui.errors import explain_code
from ui.html import PRIORITIES, esc, is_task_id
from ui.text import Text, everywhere
from ui.work_rows import Bulk

ACTIONS = ("cancel", "retry", "priority", "delete")
MAX_TASKS = 500


@dataclass(frozen=True)
class Wish:
    action: str
    tasks: tuple[str, ...]
    priority: int | None = None


def bulk_bar() -> str:
    """In all three languages: static/bulk.js counts what is marked and asks before anything is done."""
    buttons = "".join(
        f'<button type="button" class="btn btn-small" data-bulk="{one}" disabled>{everywhere(f"bulk_{one}")}</button>'
        for one in ACTIONS
    )
    choices = "".join(
        f'<label><input type="radio" name="priority" value="{value}"{" checked" if value == 5 else ""}>{everywhere(key)}</label>'
        for value, key in PRIORITIES.items()
    )
    said = {"back": everywhere("back"), "choices": f'<div class="dialog-choices">{choices}</div>'}
    for one in ACTIONS:
        said |= {
            f"{one}-title": everywhere(f"bulk_{one}_ask"),
            f"{one}-body": everywhere(f"bulk_{one}_body"),
            f"{one}-ok": everywhere(f"bulk_{one}"),
        }
    words = "".join(f'<div data-words="{name}">{inner}</div>' for name, inner in said.items())
    return (
        f'<div class="bulk" role="toolbar"><label class="bulk-mark"><input type="checkbox" class="bulk-all" disabled>'
        f'<span>{everywhere("bulk_marked")} <b class="bulk-count num">0</b></span></label>'
        f'<div class="actions">{buttons}</div></div><div hidden>{words}</div>'
    )


def bulk_wish(event: Any) -> Wish | None:
    """-> what the bar asks for; None for anything that it would not."""
    data = event._data if isinstance(event._data, dict) else {}
    action, given = data.get("action"), data.get("tasks")
    tasks = tuple(one for one in given if is_task_id(one))[:MAX_TASKS] if isinstance(given, list) else ()
    if action not in ACTIONS or not tasks:
        return None
    if action != "priority":
        return Wish(action, tasks)
    level = {str(value): value for value in PRIORITIES}.get(str(data.get("priority")))
    return Wish(action, tasks, level) if level is not None else None


def bulk_told(action: str, outcome: Bulk, t: Text) -> str:
    """How many were changed; for the others each reason once."""
    done, refused = len(outcome["done"]), outcome["refused"]
    lines = [t(f"bulk_{action}_done", n=done)] if done or not refused else []
    reasons: dict[str, int] = {}
    for one in refused:
        body = explain_code(one["code"], one["detail"], t).body
        reasons[body] = reasons.get(body, 0) + 1
    items = "".join(f"<li>{esc(t('bulk_refused', n=count, reason=body))}</li>" for body, count in reasons.items())
    kind = "note-hint" if refused else "note-done"
    title = f"<strong>{esc(lines[0])}</strong>" if lines else f"<strong>{esc(t('error_title'))}</strong>"
    return f'<div class="note {kind}" role="status">{title}{f"<ul>{items}</ul>" if items else ""}</div>'
