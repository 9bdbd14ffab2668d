"""The visitor's tasks as they are now: asked for together, those that are over not again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from ui import cards
from ui.client import ConsoleClient, TaskDetail
from ui.errors import explain
from ui.html import ACTIVE, problem
from ui.locale import Visitor
from ui.session import Session


async def live(
    client: ConsoleClient, session: Session, over: dict[str, TaskDetail], who: Visitor
) -> tuple[Any, Any, Any, Any]:
    """(cards, notice, what is over, timer). Only tasks that can still change are asked for."""
    asked = [task_id for task_id in session.tasks if task_id not in over]
    answers = await asyncio.gather(*(client.task(task_id) for task_id in asked), return_exceptions=True)
    found: dict[str, TaskDetail | None] = {k: v for k, v in over.items() if k in session.tasks}
    trouble: BaseException | None = None
    for task_id, got in zip(asked, answers, strict=True):
        if not isinstance(got, BaseException):
            found[task_id] = got
        elif getattr(got, "code", None) in ("task_not_found", "not_found"):
            found[task_id] = None
        else:
            trouble = got
    if trouble is not None:
        # What is shown stays; the timer goes on, so the page heals when the service does.
        return gr.update(), problem(explain(trouble, who.text)), over, gr.Timer(active=True)
    rows = [(task_id, found[task_id]) for task_id in session.tasks]
    ended = {k: v for k, v in found.items() if v is not None and v["status"] not in ACTIVE}
    active = any(row is not None and row["status"] in ACTIVE for _, row in rows)
    return cards.cards(rows, who, datetime.now(UTC)), "", ended, gr.Timer(active=active)
