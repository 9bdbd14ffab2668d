"""The page of one task: kept fresh, its sentences beside their translations, and what can be done about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import gradio as gr

from ui import frame, preview
from ui.client import Console, ConsoleClient, TaskDetail
from ui.errors import Problem, explain
from ui.html import ACTIVE, CLICK_JS, PRIORITIES, clicked, esc, is_task_id, number, problem
from ui.locale import Visitor, visitor
from ui.preview import Preview
from ui.story import Story
from ui.task_view import task_view
from ui.text_tab import QUIET

LIVE_SECONDS, IDLE_SECONDS = 3.0, 30.0
EVENTS_AT_ONCE, PAGES_AT_ONCE = 1_000, 5
"""Of a history that is longer than both together the rest comes with the next refresh."""


class TaskPage:
    """Builds the page inside an open route context and answers its events."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def build(self, blocks: gr.Blocks) -> None:
        frame.header("tasks")
        with gr.Column(elem_id="kh-page"):
            self.notice = gr.HTML(
                "", elem_id="kh-notice", elem_classes=["kh-slot"], js_on_load=None, apply_default_css=False
            )
            self.task = gr.HTML("", elem_id="kh-task", js_on_load=CLICK_JS, apply_default_css=False, min_height=420)
            self.preview = gr.HTML(
                "", elem_id="kh-preview", elem_classes=["kh-slot"], js_on_load=CLICK_JS, apply_default_css=False
            )
        frame.footer()
        self.which = gr.State("")
        self.story = gr.State(Story())
        self.looked = gr.State(None)
        self.timer = gr.Timer(LIVE_SECONDS, active=False)
        shown = [self.task, self.notice, self.timer]
        blocks.load(self.on_load, [self.story], [self.which, self.looked, self.preview, *shown], **QUIET)
        self.timer.tick(self.on_tick, [self.which, self.story], shown, queue=False, **QUIET)
        self.task.action(
            self.on_action,
            [self.which, self.story, self.looked],
            [self.looked, self.preview, *shown],
            **QUIET,
        )
        self.preview.action(self.on_preview, [self.looked], [self.looked, self.preview], **QUIET)

    async def on_load(self, story: Story, request: gr.Request) -> tuple[Any, ...]:
        wanted = request.query_params.get("id")
        task_id = wanted if isinstance(wanted, str) and is_task_id(wanted) else ""
        who, client = visitor(request), self._console.of(request)
        shown = await self._show(task_id, story, who, client)
        looked = Preview(task_id) if task_id else None
        beside = await preview.draw(client, looked, who, closable=False) if looked and shown[2].active else ""
        return task_id, looked, beside, *shown

    async def on_tick(self, task_id: str, story: Story, request: gr.Request) -> tuple[Any, ...]:
        return await self._show(task_id, story, visitor(request), self._console.of(request))

    async def on_action(
        self, task_id: str, story: Story, looked: Preview | None, request: gr.Request, event: gr.EventData
    ) -> tuple[Any, ...]:
        who, client = visitor(request), self._console.of(request)
        action, _said = clicked(event)
        told, beside = "", gr.update()
        try:
            if action == "preview" and task_id:
                looked = Preview(task_id, number(event) or 1)
                beside = await preview.draw(client, looked, who, closable=False)
            elif action == "cancel":
                await client.cancel(task_id)
            elif action == "retry":
                await client.retry(task_id)
            elif action == "priority" and number(event) in PRIORITIES:
                await self._alone(client, "priority", task_id, number(event))
            elif action == "delete":
                await self._alone(client, "delete", task_id, None)
                return None, "", _deleted(who), "", gr.Timer(active=False)
        except Exception as error:
            told = problem(explain(error, who.text))
        shown = await self._show(task_id, story, who, client)
        return looked, beside, shown[0], told or shown[1], shown[2]

    @staticmethod
    async def _alone(client: ConsoleClient, action: str, task_id: str, priority: int | None) -> None:
        """What the service does to many, to one. Raises its refusal."""
        outcome = await client.bulk(action, [task_id], priority)
        if outcome["refused"]:
            raise _Refused(outcome["refused"][0])

    async def on_preview(
        self, looked: Preview | None, request: gr.Request, event: gr.EventData
    ) -> tuple[Preview | None, Any]:
        if looked is None:
            return None, ""
        who, client = visitor(request), self._console.of(request)
        action, said = clicked(event)
        looked = await preview.act(client, looked, event, action, said, who)
        return looked, await preview.draw(client, looked, who, closable=False)

    async def _show(self, task_id: str, story: Story, who: Visitor, client: ConsoleClient) -> tuple[Any, Any, gr.Timer]:
        """(task, notice, timer) of one refresh."""
        if not task_id:
            return _missing(Problem(who.text("gone_title"), who.text("gone_body")), who), "", gr.Timer(active=False)
        try:
            row = await client.task(task_id)
            await _follow(client, task_id, story)
        except Exception as error:
            told = explain(error, who.text)
            if getattr(error, "code", "") in ("task_not_found", "not_found"):
                return _missing(told, who), "", gr.Timer(active=False)
            return gr.update(), problem(told), gr.Timer(IDLE_SECONDS, active=True)
        return task_view(row, story, who, datetime.now(UTC)), "", gr.Timer(_pace(row), active=True)


class _Refused(Exception):
    def __init__(self, told: dict[str, str]) -> None:
        super().__init__(told["detail"])
        self.code, self.detail = told["code"], told["detail"]


def _pace(row: TaskDetail) -> float:
    return LIVE_SECONDS if row["status"] in ACTIVE else IDLE_SECONDS


async def _follow(client: ConsoleClient, task_id: str, story: Story) -> None:
    for _ in range(PAGES_AT_ONCE):
        events = await client.history(task_id, story.after, EVENTS_AT_ONCE)
        story.take(events)
        if len(events) < EVENTS_AT_ONCE:
            return


def _missing(what: Problem, who: Visitor) -> str:
    t = who.text
    return (
        f'<div class="empty empty-big"><h1 id="main" tabindex="-1">{esc(t("gone_title"))}</h1>'
        f'<p>{esc(what.body or t("gone_body"))}</p><a class="btn btn-primary" href="tasks">{esc(t("to_tasks"))}</a></div>'
    )


def _deleted(who: Visitor) -> str:
    t = who.text
    return (
        f'<div class="empty empty-big"><h1 id="main" tabindex="-1">{esc(t("deleted_title"))}</h1>'
        f'<p>{esc(t("deleted_body"))}</p><a class="btn btn-primary" href="tasks">{esc(t("to_tasks"))}</a></div>'
    )
