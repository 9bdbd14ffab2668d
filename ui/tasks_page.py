"""The Tasks page: filters, table, a short look at one, many at once; kept fresh without losing the visitor's place."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from ui import board, bulk, filters, frame
from ui.board import Content, View
from ui.client import Console, ConsoleClient, TaskDetail
from ui.document import STATIC
from ui.errors import Problem, explain
from ui.filters import SORTS, TIMES, Asked
from ui.html import ACTIVE, CLICK_JS, STATUSES, clicked, is_task_id, problem
from ui.locale import Visitor, visitor
from ui.text import i18n

PAGE_SIZE = 20
LIVE_SECONDS = 3.0  # while something on the page can change
IDLE_SECONDS = 10.0  # otherwise: only to notice new tasks
QUIET: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
_USUAL: tuple[Any, ...] = ("all", "", "", "", "newest")
"""State, search, languages, time, order, when nothing is chosen."""


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
                self._filters(word)
            script = (STATIC / "bulk.js").read_text(encoding="utf-8")
            self.notice = gr.HTML(
                "", elem_id="kh-notice", elem_classes=["kh-slot"], js_on_load=None, apply_default_css=False
            )
            self.board = gr.HTML("", elem_id="kh-board", js_on_load=CLICK_JS, apply_default_css=False, min_height=320)
            # Behind the table, which it watches; the style puts it before.
            self.bulk = gr.HTML(bulk.bulk_bar(), elem_id="kh-bulk", js_on_load=script, apply_default_css=False)
        frame.footer()
        self.view = gr.State(_stored(View()))
        self.timer = gr.Timer(LIVE_SECONDS, active=True)
        self._wire(blocks)

    def _filters(self, word: gr.I18n) -> None:
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
            max_length=filters.SEARCH_CHARS,
            elem_id="kh-search",
            show_label=False,
            container=False,
            min_width=0,
        )
        small: dict[str, Any] = {"filterable": False, "min_width": 0, "elem_classes": ["kh-filter"]}
        self.pair = gr.Dropdown([(word("any_pair"), "")], value="", label=word("filter_pair"), **small)
        times = [(word(f"time_{name}" if name else "any_time"), name) for name in TIMES]
        self.time = gr.Dropdown(times, value="", label=word("filter_time"), **small)
        self.sort = gr.Dropdown(
            [(word(f"sort_{one}"), one) for one in SORTS], value="newest", label=word("sort"), **small
        )

    def _wire(self, blocks: gr.Blocks) -> None:
        chosen = [self.status, self.search, self.pair, self.time, self.sort]
        asked = [*chosen, self.view]
        shown = [self.board, self.notice, self.view, self.timer]
        blocks.load(self.on_load, asked, [*shown, self.pair], **QUIET)
        for control in (self.status, self.pair, self.time, self.sort):
            control.input(self.on_filter, asked, shown, **QUIET)
        # Typing asks once it pauses: a newer letter replaces the waiting question.
        self.search.input(self.on_filter, asked, shown, trigger_mode="always_last", **QUIET)
        self.timer.tick(self.on_tick, asked, shown, queue=False, **QUIET)
        self.board.action(self.on_action, asked, [*shown, *chosen], **QUIET)
        self.bulk.action(self.on_bulk, asked, shown, **QUIET)

    async def on_load(
        self, status: Any, search: Any, pair: Any, time: Any, sort: Any, view: Any, request: gr.Request
    ) -> tuple[Any, ...]:
        asked = Asked(status, search, pair, time, sort)
        wanted, client, who = request.query_params.get("task"), self._console.of(request), visitor(request)
        selected = wanted if is_task_id(wanted) else None
        shown = await self._show(asked, View((), selected), who, client)
        try:
            pairs: Any = gr.Dropdown(filters.pairs(await client.languages(), who.text), value=asked.pair)
        except Exception:  # told by the refresh, which asks the same service
            pairs = gr.update()
        return *shown, pairs

    async def on_filter(
        self, status: Any, search: Any, pair: Any, time: Any, sort: Any, view: Any, request: gr.Request
    ) -> tuple[Any, ...]:
        """Another question begins at its first page; the chosen task and client stay."""
        before = _view(view)
        asked, now = Asked(status, search, pair, time, sort), View((), before.selected, client=before.client)
        return await self._show(asked, now, visitor(request), self._console.of(request))

    async def on_tick(
        self, status: Any, search: Any, pair: Any, time: Any, sort: Any, view: Any, request: gr.Request
    ) -> tuple[Any, ...]:
        asked = Asked(status, search, pair, time, sort)
        return await self._show(asked, _view(view), visitor(request), self._console.of(request))

    async def on_action(
        self,
        status: Any,
        search: Any,
        pair: Any,
        time: Any,
        sort: Any,
        view: Any,
        request: gr.Request,
        event: gr.EventData,
    ) -> tuple[Any, ...]:
        asked, now = Asked(status, search, pair, time, sort), _view(view)
        who, client = visitor(request), self._console.of(request)
        action, said = clicked(event)
        trouble: Problem | None = None
        if action in ("cancel", "retry") and said:
            try:
                await (client.cancel(said) if action == "cancel" else client.retry(said))
            except Exception as error:
                trouble = explain(error, who.text)
        elif action == "client":
            now = View((), now.selected, client=said)
        elif action == "older":
            now = await self._older(client, asked, now)
        elif action == "show_all":
            asked, now = Asked(*_USUAL), View((), now.selected)
        else:
            now = board.step(now, action, said)
        shown = await self._show(asked, now, who, client, problem(trouble) if trouble else "")
        reset = _USUAL if action == "show_all" else tuple(gr.update() for _ in _USUAL)
        return *shown, *reset

    async def on_bulk(
        self,
        status: Any,
        search: Any,
        pair: Any,
        time: Any,
        sort: Any,
        view: Any,
        request: gr.Request,
        event: gr.EventData,
    ) -> tuple[Any, ...]:
        """The tasks that were marked, after the visitor has confirmed it."""
        asked, now = Asked(status, search, pair, time, sort), _view(view)
        who, client = visitor(request), self._console.of(request)
        told = ""
        wish = bulk.bulk_wish(event)
        if wish is not None:
            try:
                told = bulk.bulk_told(wish.action, await client.bulk(wish.action, wish.tasks, wish.priority), who.text)
            except Exception as error:
                told = problem(explain(error, who.text))
            if wish.action == "delete" and now.selected in wish.tasks:
                now = View(now.cursors, client=now.client)
        return await self._show(asked, now, who, client, told)

    async def _older(self, client: ConsoleClient, asked: Asked, view: View) -> View:
        """The cursor comes from the service, not from the browser."""
        try:
            page = await client.tasks(*asked.question(view, PAGE_SIZE, datetime.now(UTC)))
        except Exception:  # told by the refresh that follows, which asks the same
            return view
        if not page["next_cursor"]:
            return view
        return View((*view.cursors, page["next_cursor"]), view.selected, client=view.client)

    async def _show(
        self, asked: Asked, view: View, who: Visitor, client: ConsoleClient, told: str = ""
    ) -> tuple[Any, ...]:
        """(board, notice, view, timer) of one refresh."""
        now = datetime.now(UTC)
        question = asked.question(view, PAGE_SIZE, now)
        view = View(view.cursors, view.selected, asked.narrows or bool(view.client), view.client)
        try:
            page, queue = await asyncio.gather(client.tasks(*question), client.queue_status())
        except Exception as error:
            return gr.update(), problem(explain(error, who.text)), _stored(view), gr.Timer(IDLE_SECONDS)
        detail: TaskDetail | None = None
        detail_trouble: Problem | None = None
        if view.selected:
            try:
                detail = await client.task(view.selected)
            except Exception as error:
                detail_trouble = explain(error, who.text)
        markup = board.board(Content(page, queue, detail, detail_trouble), view, who, now)
        live = any(row["status"] in ACTIVE for row in page["tasks"]) or bool(detail and detail["status"] in ACTIVE)
        return markup, told, _stored(view), gr.Timer(LIVE_SECONDS if live else IDLE_SECONDS)


def _view(stored: Any) -> View:
    return View(tuple(stored.get("cursors", ())), stored.get("selected"), client=stored.get("client", ""))


def _stored(view: View) -> dict[str, Any]:
    return {"cursors": list(view.cursors), "selected": view.selected, "client": view.client}
