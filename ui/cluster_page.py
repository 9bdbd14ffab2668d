"""The Cluster page: what the devices do now, and plots of how it was. Viewers look, operators also scale and hold."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from ui import cluster_cards, frame
from ui.controls import ACTION_JS, HOLDS
from ui.errors import Problem, explain
from ui.html import clicked, problem
from ui.locale import Visitor, visitor
from ui.operator_client import SPANS, OperatorClient, OperatorConsole
from ui.plots import READ_JS, plots
from ui.text import everywhere, i18n

LIVE_SECONDS = 5.0
IDLE_SECONDS = 15.0
"""After something went wrong, and where nothing may be seen."""

PLOT_SECONDS = 30
"""The plots are sent again when so much time has passed: their shortest bucket."""

QUIET: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}


class ClusterPage:
    """Builds the page inside an open route context and answers its events."""

    def __init__(self, console: OperatorConsole) -> None:
        self._console = console

    def build(self, blocks: gr.Blocks) -> None:
        word = i18n()
        frame.header("cluster")
        with gr.Column(elem_id="kh-page"):
            frame.title("cl_title", "cl_lead")
            self.notice = frame.slot("kh-notice", classes=("kh-slot",))
            self.head = frame.slot("kh-cluster-head", ACTION_JS, min_height=150)
            self.body = frame.slot("kh-cluster", min_height=420)
            with gr.Row(elem_id="kh-plots-head"):
                gr.HTML(f"<h2>{everywhere('pl_title')}</h2>", js_on_load=None, apply_default_css=False)
                self.span = gr.Radio(
                    [(word(f"span_{span}"), span) for span in SPANS],
                    value=SPANS[0],
                    label=word("span_label"),
                    elem_id="kh-span",
                    elem_classes=["kh-pills"],
                    container=False,
                    min_width=0,
                )
            self.plots = frame.slot("kh-plots", READ_JS, min_height=340)
        frame.footer()
        self.sent = gr.State("")
        self.timer = gr.Timer(LIVE_SECONDS, active=True)
        asked = [self.span, self.sent]
        shown = [self.notice, self.head, self.body, self.plots, self.sent, self.timer]
        blocks.load(self.on_load, asked, shown, **QUIET)
        self.span.input(self.on_load, asked, shown, **QUIET)
        self.timer.tick(self.on_tick, asked, shown, queue=False, **QUIET)
        self.head.action(self.on_action, asked, shown, **QUIET)

    async def on_load(self, span: Any, sent: Any, request: gr.Request) -> tuple[Any, ...]:
        return await self._show(span, "", visitor(request), self._console.of(request))

    async def on_tick(self, span: Any, sent: Any, request: gr.Request) -> tuple[Any, ...]:
        return await self._show(span, sent, visitor(request), self._console.of(request))

    async def on_action(self, span: Any, sent: Any, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        who, client = visitor(request), self._console.of(request)
        action, value = clicked(event)
        trouble: Problem | None = None
        try:
            if action in HOLDS:
                await client.hold(action)
            elif action == "scale_auto":
                await client.scale(None)
            elif action == "scale":
                await client.scale(int(value) if value.isascii() and value.isdigit() else 0)
        except Exception as error:
            trouble = explain(error, who.text)
        return await self._show(span, sent, who, client, trouble)

    async def _show(
        self, span: Any, sent: Any, who: Visitor, client: OperatorClient, trouble: Problem | None = None
    ) -> tuple[Any, ...]:
        """(notice, head, body, plots, sent, timer) of one refresh."""
        span = span if span in SPANS else SPANS[0]
        try:
            me, cluster, samples = await asyncio.gather(client.me(), client.cluster(), client.samples(span))
        except Exception as error:
            still = gr.update()
            return problem(explain(error, who.text)), still, still, still, "", gr.Timer(IDLE_SECONDS)
        drawn = f"{span} {samples['until'] // PLOT_SECONDS} {len(samples['points'])}"
        return (
            problem(trouble) if trouble else "",
            cluster_cards.head(cluster, who.text, me["role"]),
            cluster_cards.body(cluster, who, datetime.now(UTC)),
            gr.update() if drawn == sent else plots(samples, who),
            drawn,
            gr.Timer(LIVE_SECONDS),
        )
