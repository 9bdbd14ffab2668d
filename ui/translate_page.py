"""The Translate page: files and languages in, live cards out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import escape
from typing import Any

import gradio as gr

from ui import cards, choices, frame
from ui.choices import Catalogue
from ui.client import Console, ConsoleClient, Languages, TaskDetail
from ui.errors import Problem, explain
from ui.format import size
from ui.html import ACTIVE, CLICK_JS, PRIORITIES, clicked, problem
from ui.locale import Visitor, visitor
from ui.session import SCRAMBLE, STORAGE_KEY, Session
from ui.text import Text, everywhere, i18n
from ui.upload import Chosen, complaints, file_field

# A person sees two seconds as live; a shorter interval would only cost the server.
REFRESH_SECONDS = 2.0
QUIET: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}


class TranslatePage:
    """Builds the page inside an open Blocks context and answers its events."""

    def __init__(self, console: Console, *, starter: bool = False) -> None:
        self._console = console
        self._starter = starter

    def build(self, blocks: gr.Blocks) -> None:
        word = i18n()
        frame.header("")
        with gr.Column(elem_id="kh-page"):
            frame.title("translate_title", "translate_lead")
            # Filled from the first moment: what arrives later would push the form down under the visitor's hand.
            self.banner = _html("kh-banner", STARTER if self._starter else "")
            with gr.Row(elem_id="kh-split"):
                with gr.Column(elem_id="kh-form", min_width=0):
                    self.files = file_field(label=word("files_label"), show_label=False, elem_id="kh-files", height=150)
                    self.hint = _html("kh-hint")
                    self._languages(word)
                    with gr.Accordion(word("advanced"), open=False, elem_id="kh-advanced"):
                        self.priority = gr.Radio(
                            [(word(key), value) for value, key in PRIORITIES.items()],
                            value=5,
                            label=word("priority"),
                            info=word("priority_info"),
                        )
                    self.trouble = _html("kh-trouble")
                    self.go = gr.Button(word("translate"), variant="primary", elem_id="kh-go")
                with gr.Column(elem_id="kh-mine", min_width=0):
                    gr.HTML(f"<h2>{everywhere('your_tasks')}</h2>", js_on_load=None, apply_default_css=False)
                    self.notice = _html("kh-notice")
                    self.cards = gr.HTML(
                        "", elem_id="kh-cards", js_on_load=CLICK_JS, apply_default_css=False, min_height=96
                    )
        frame.footer()
        self.browser = gr.BrowserState(None, storage_key=STORAGE_KEY, secret=SCRAMBLE)
        self.sent = gr.State("")  # the last task; a new one empties the file field
        self.over = gr.State({})  # details of tasks that will not change any more
        self.timer = gr.Timer(REFRESH_SECONDS, active=False)
        self._wire(blocks)

    def _languages(self, word: gr.I18n) -> None:
        usual = [(word(f"lang_{code}"), code) for code in choices.USUAL]
        with gr.Row(elem_id="kh-pair"):
            self.source = gr.Dropdown(
                usual, value=choices.USUAL[0], label=word("source"), filterable=False, elem_id="kh-source", min_width=0
            )
            self.swap = gr.Button("⇄", elem_id="kh-swap", min_width=0, size="sm")
            self.target = gr.Dropdown(
                usual, value=choices.USUAL[1], label=word("target"), filterable=False, elem_id="kh-target", min_width=0
            )
        self.via = gr.Checkbox(False, label=word("via_label"), info=word("via_info"), elem_id="kh-via", container=False)

    def _wire(self, blocks: gr.Blocks) -> None:
        pair_out = [self.source, self.target, self.via]
        blocks.load(
            self.on_load,
            [self.browser],
            [self.browser, self.banner, self.hint, *pair_out, self.cards, self.notice, self.over, self.timer],
            **QUIET,
        )
        self.files.change(self.on_files, [self.files], [self.trouble], **QUIET)
        chosen = (self.source.input, self.on_pair), (self.target.input, self.on_pair), (self.swap.click, self.on_swap)
        for change, answer in chosen:
            change(answer, [self.source, self.target], [*pair_out, self.trouble], **QUIET)
        self.go.click(
            self.on_translate,
            [self.files, self.source, self.target, self.via, self.priority, self.browser],
            [self.go, self.sent, self.trouble, self.browser, self.cards, self.notice, self.over, self.timer],
            **QUIET,
        )
        # Not an output of on_translate: an update, even an empty one, makes Gradio build the field anew, without our
        # way of reading names.
        self.sent.change(lambda: None, None, [self.files], **QUIET)
        live = [self.cards, self.notice, self.over, self.timer]
        self.timer.tick(self.on_tick, [self.browser, self.over], live, queue=False, **QUIET)
        self.cards.action(self.on_action, [self.browser, self.over], [self.browser, *live], **QUIET)

    async def on_load(self, stored: Any, request: gr.Request) -> tuple[Any, ...]:
        who, session, client = visitor(request), Session.read(stored), self._console.of(request)
        t = who.text
        try:
            answer = await client.languages()
            head = (
                starter(answer, t),
                formats_hint(answer, t),
                *pair_updates(answer, session.source, session.target, t),
            )
        except Exception as error:
            head = (problem(explain(error, t)), "", gr.update(), gr.update(), gr.update())
        live = await self._live(client, session, {}, who)
        return session.write(), *head, *live

    async def on_files(self, files: Chosen, request: gr.Request) -> str:
        t = visitor(request).text
        if not files:
            return ""
        try:
            answer = await self._console.of(request).languages()
        except Exception as error:
            return problem(explain(error, t))
        return refusals(complaints(files, formats_of(answer), answer.get("max_file_size"), t), t)

    async def on_pair(self, source: str | None, target: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Any change of a pair ends on one that the model can do."""
        t = visitor(request).text
        try:
            return *pair_updates(await self._console.of(request).languages(), source, target, t), ""
        except Exception as error:
            return gr.update(), gr.update(), gr.update(), problem(explain(error, t))

    async def on_swap(self, source: str | None, target: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Nothing moves when the model cannot translate the other way round."""
        t = visitor(request).text
        try:
            answer = await self._console.of(request).languages()
        except Exception as error:
            return gr.update(), gr.update(), gr.update(), problem(explain(error, t))
        possible = (target, source) in Catalogue.of(answer).possible
        return *(pair_updates(answer, target, source, t) if possible else pair_updates(answer, source, target, t)), ""

    async def on_translate(
        self,
        files: Chosen,
        source: str,
        target: str,
        via_eng: bool,
        priority: int,
        stored: Any,
        request: gr.Request,
    ) -> AsyncIterator[tuple[Any, ...]]:
        who, session, word = visitor(request), Session.read(stored), i18n()
        client = self._console.of(request)
        t, keep = who.text, gr.update()
        ready = gr.Button(word("translate"), interactive=True)
        if not files:
            yield (
                ready,
                keep,
                problem(Problem(t("check_none"), "", code="no_files"), "hint"),
                keep,
                keep,
                keep,
                keep,
                keep,
            )
            return
        yield gr.Button(word("sending"), interactive=False), keep, "", keep, keep, keep, keep, keep
        try:
            answer = await client.languages()
            wrong = complaints(files, formats_of(answer), answer.get("max_file_size"), t)
            if wrong:
                yield ready, keep, refusals(wrong, t), keep, keep, keep, keep, keep
                return
            task_id = await client.submit(session.client_id, files, source, target, via_eng, priority)
        except Exception as error:
            yield ready, keep, problem(explain(error, t)), keep, keep, keep, keep, keep
            return
        session = Session(session.client_id, session.tasks, source, target).with_task(task_id)
        live = await self._live(client, session, {}, who)
        yield ready, task_id, "", session.write(), *live

    async def on_tick(self, stored: Any, over: dict[str, TaskDetail], request: gr.Request) -> tuple[Any, ...]:
        markup, trouble, known, timer = await self._live(
            self._console.of(request), Session.read(stored), over, visitor(request)
        )
        # An update that starts a running timer again would push its next tick away.
        return markup, trouble, known, gr.update() if timer.active else timer

    async def on_action(
        self, stored: Any, over: dict[str, TaskDetail], request: gr.Request, event: gr.EventData
    ) -> tuple[Any, ...]:
        who, session, client = visitor(request), Session.read(stored), self._console.of(request)
        action, task_id = clicked(event)
        trouble = ""
        if task_id:
            try:
                if action == "cancel":
                    await client.cancel(task_id)
                elif action == "retry":
                    await client.retry(task_id)
                elif action == "dismiss":
                    session = session.without_task(task_id)
            except Exception as error:
                trouble = problem(explain(error, who.text))
        live = await self._live(client, session, {k: v for k, v in over.items() if k != task_id}, who)
        return session.write(), live[0], trouble or live[1], *live[2:]

    async def _live(
        self, client: ConsoleClient, session: Session, over: dict[str, TaskDetail], who: Visitor
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


def _html(elem_id: str, value: str = "") -> gr.HTML:
    return gr.HTML(value, elem_id=elem_id, elem_classes=["kh-slot"], js_on_load=None, apply_default_css=False)


def formats_of(answer: Languages) -> tuple[str, ...]:
    return tuple(answer.get("formats") or choices.DEFAULT_FORMATS)


def formats_hint(answer: Languages, t: Text) -> str:
    listed, limit = ", ".join(formats_of(answer)), answer.get("max_file_size")
    words = t("files_hint_max", formats=listed, size=size(limit)) if limit else t("files_hint", formats=listed)
    return f'<p class="hint">{escape(words)}</p>'


STARTER = (
    '<div class="note note-hint" role="status" data-code="starter">'
    f"<strong>{everywhere('starter_title')}</strong><p>{everywhere('starter_body')}</p></div>"
)


def starter(answer: Languages, t: Text) -> str:
    if not answer["model"]["starter"]:
        return ""
    return problem(Problem(t("starter_title"), t("starter_body"), code="starter"), "hint")


def refusals(sentences: list[str], t: Text) -> str:
    if not sentences:
        return ""
    lines = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return (
        f'<div class="note note-error" role="alert"><strong>{escape(t("error_title"))}</strong><ul>{lines}</ul></div>'
    )


def pair_updates(answer: Languages, source: str | None, target: str | None, t: Text) -> tuple[Any, Any, Any]:
    """New state of (source, target, via English), a possible pair nearest to the wanted one."""
    catalogue = Catalogue.of(answer)
    source, target = catalogue.settle(source, target)
    if source is None or target is None:
        return gr.Dropdown([], value=None), gr.Dropdown([], value=None), gr.Checkbox(False, visible=False)
    via = catalogue.via(source, target)
    return (
        gr.Dropdown(catalogue.labels(catalogue.sources(), t), value=source),
        gr.Dropdown(catalogue.labels(catalogue.targets(source), t), value=target),
        gr.Checkbox(
            value=via.forced,
            visible=via.offered,
            interactive=not via.forced,
            info=t("via_forced") if via.forced else t("via_info"),
        ),
    )
