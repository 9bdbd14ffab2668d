"""The Tasks page: filter, table, detail, kept fresh without losing the visitor's place."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from ui import board, frame
from ui.board import Content, View
from ui.client import Console, ConsoleClient, TaskDetail
from ui.errors import Problem, explain
from ui.html import ACTIVE, CLICK_JS, STATUSES, clicked, is_task_id, problem
from ui.locale import Visitor, visitor
from ui.text import i18n

PAGE_SIZE = 20
LIVE_SECONDS = 3.0  # while something on the page can change
IDLE_SECONDS = 10.0  # otherwise: only to notice new tasks
SEARCH_CHARS = 100
QUIET: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}


class TasksPage:
    """Builds the page inside an open route context and answers its events."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def build(self, blocks: gr.Blocks) -> None:
        word = i18n()
        frame.header("tasks")
        with gr.Column(elem_id="kh-page"):
            frame.title("tasks_title", "tasks_lead")
            with gr.Row(elem_id="kh-filters"):
                self.status = gr.Radio(
                    [(word("status_all"), "all"), *((word(f"status_{s}"), s) for s in STATUSES)],
                    value="all",
                    label=word("filter_status"),
                    elem_id="kh-status",
                    container=False,
                    min_width=0,
                )
                self.search = gr.Textbox(
                    label=word("search"),
                    placeholder=word("search_hint"),
                    max_lines=1,
                    max_length=SEARCH_CHARS,
                    elem_id="kh-search",
                    show_label=False,
                    container=False,
                    min_width=0,
                )
            self.notice = gr.HTML(
                "", elem_id="kh-notice", elem_classes=["kh-slot"], js_on_load=None, apply_default_css=False
            )
            self.board = gr.HTML("", elem_id="kh-board", js_on_load=CLICK_JS, apply_default_css=False, min_height=320)
        frame.footer()
        self.view = gr.State({"cursors": [], "selected": None})
        self.timer = gr.Timer(LIVE_SECONDS, active=True)
        self._wire(blocks)

    def _wire(self, blocks: gr.Blocks) -> None:
        asked = [self.status, self.search, self.view]
        shown = [self.board, self.notice, self.view, self.timer]
        blocks.load(self.on_load, asked, shown, **QUIET)
        self.status.input(self.on_filter, asked, shown, **QUIET)
        # Typing asks once it pauses: a newer letter replaces the waiting question.
        self.search.input(self.on_filter, asked, shown, trigger_mode="always_last", **QUIET)
        self.timer.tick(self.on_tick, asked, shown, queue=False, **QUIET)
        self.board.action(self.on_action, asked, [*shown, self.status, self.search], **QUIET)

    async def on_load(self, status: Any, search: Any, view: Any, request: gr.Request) -> tuple[Any, ...]:
        wanted = request.query_params.get("task")
        selected = wanted if is_task_id(wanted) else None
        return await self._show(status, search, View((), selected), visitor(request), self._console.of(request))

    async def on_filter(self, status: Any, search: Any, view: Any, request: gr.Request) -> tuple[Any, ...]:
        """Another question begins at its first page; the chosen task stays open."""
        return await self._show(
            status, search, View((), _view(view).selected), visitor(request), self._console.of(request)
        )

    async def on_tick(self, status: Any, search: Any, view: Any, request: gr.Request) -> tuple[Any, ...]:
        return await self._show(status, search, _view(view), visitor(request), self._console.of(request))

    async def on_action(
        self, status: Any, search: Any, view: Any, request: gr.Request, event: gr.EventData
    ) -> tuple[Any, ...]:
        who, now, client = visitor(request), _view(view), self._console.of(request)
        action, task_id = clicked(event)
        trouble: Problem | None = None
        if action in ("cancel", "retry") and task_id:
            try:
                await (client.cancel(task_id) if action == "cancel" else client.retry(task_id))
            except Exception as error:
                trouble = explain(error, who.text)
        elif action == "select" and task_id:
            now = View(now.cursors, None if now.selected == task_id else task_id)
        elif action == "close":
            now = View(now.cursors)
        elif action == "newer":
            now = View(now.cursors[:-1], now.selected)
        elif action == "older":
            now = await self._older(client, status, search, now)
        elif action == "show_all":
            status, search, now = "all", "", View((), now.selected)
        shown = await self._show(status, search, now, who, client, trouble)
        reset = (status, search) if action == "show_all" else (gr.update(), gr.update())
        return *shown, *reset

    async def _older(self, client: ConsoleClient, status: Any, search: Any, view: View) -> View:
        """The cursor comes from the service, not from the browser."""
        try:
            page = await client.tasks(*_question(status, search, view))
        except Exception:  # told by the refresh that follows, which asks the same
            return view
        return View((*view.cursors, page["next_cursor"]), view.selected) if page["next_cursor"] else view

    async def _show(
        self, status: Any, search: Any, view: View, who: Visitor, client: ConsoleClient, trouble: Problem | None = None
    ) -> tuple[Any, ...]:
        """(board, notice, view, timer) of one refresh."""
        asked = _question(status, search, view)
        view = View(view.cursors, view.selected, filtered=bool(asked[0] or asked[3]))
        try:
            page, queue = await asyncio.gather(client.tasks(*asked), client.queue_status())
        except Exception as error:
            return gr.update(), problem(explain(error, who.text)), _stored(view), gr.Timer(IDLE_SECONDS)
        detail: TaskDetail | None = None
        detail_trouble: Problem | None = None
        if view.selected:
            try:
                detail = await client.task(view.selected)
            except Exception as error:
                detail_trouble = explain(error, who.text)
        markup = board.board(Content(page, queue, detail, detail_trouble), view, who, datetime.now(UTC))
        live = any(row["status"] in ACTIVE for row in page["tasks"]) or bool(detail and detail["status"] in ACTIVE)
        return (
            markup,
            problem(trouble) if trouble else "",
            _stored(view),
            gr.Timer(LIVE_SECONDS if live else IDLE_SECONDS),
        )


def _view(stored: Any) -> View:
    cursors, selected = stored.get("cursors", ()), stored.get("selected")
    return View(tuple(cursors), selected)


def _stored(view: View) -> dict[str, Any]:
    return {"cursors": list(view.cursors), "selected": view.selected}


def _question(status: Any, search: Any, view: View) -> tuple[str | None, int, str | None, str | None]:
    """(status, limit, cursor, search) as the service takes them."""
    words = str(search or "").strip()[:SEARCH_CHARS]
    cursor = view.cursors[-1] if view.cursors else None
    return status if status in STATUSES else None, PAGE_SIZE, cursor, words or None
