"""The Translate page: documents and languages in, live cards out; beside them the tab for short texts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from ui import frame, pair_bar, preflight, preview
from ui.choices import Catalogue
from ui.client import Console, TaskDetail
from ui.document import STATIC
from ui.errors import Problem, explain
from ui.hints import STARTER, formats_hint, refusals, starter
from ui.html import CLICK_JS, PRIORITIES, clicked, number, problem
from ui.live_cards import live
from ui.locale import visitor
from ui.pair_bar import PairBar, glossary_of
from ui.preview import Preview
from ui.session import SCRAMBLE, STORAGE_KEY, Session
from ui.text import everywhere, i18n
from ui.text_tab import QUIET, TextTab
from ui.upload import Pile, drop_markup, failures
from ui.work_rows import Wishes

# A person sees two seconds as live; a shorter interval would only cost the server.
REFRESH_SECONDS = 2.0
OUTPUTS = ("translated", "bilingual", "both")


class TranslatePage:
    """Builds the page inside an open Blocks context and answers its events."""

    def __init__(self, console: Console, *, starter: bool = False) -> None:
        self._console = console
        self._starter = starter
        self.texts = TextTab(console)

    def build(self, blocks: gr.Blocks) -> None:
        word = i18n()
        frame.header("")
        self.browser = gr.BrowserState(None, storage_key=STORAGE_KEY, secret=SCRAMBLE)
        with gr.Column(elem_id="kh-page"):
            frame.title("translate_title", "translate_lead")
            # Filled from the first moment: what arrives later would push the form down under the visitor's hand.
            self.banner = _html("kh-banner", STARTER if self._starter else "")
            self.bar = PairBar(word)
            with gr.Tabs(elem_id="kh-tabs"):
                with gr.Tab(word("tab_documents"), id="documents"), gr.Row(elem_id="kh-split"):
                    self._form(word)
                    self._mine()
                with gr.Tab(word("tab_text"), id="text"):
                    self.texts.build(word, self.bar, self.browser)
            self.preview = gr.HTML(
                "",
                elem_id="kh-preview",
                elem_classes=["kh-slot"],
                js_on_load=CLICK_JS + preview.SHOW_JS,
                apply_default_css=False,
            )
        frame.footer()
        self.pile = gr.State(Pile())
        self.over = gr.State({})  # details of tasks that will not change any more
        self.looked = gr.State(None)  # the Preview that is open
        self.timer = gr.Timer(REFRESH_SECONDS, active=False)
        self._wire(blocks)

    def _form(self, word: gr.I18n) -> None:
        with gr.Column(elem_id="kh-form", min_width=0):
            drop = (STATIC / "drop.js").read_text(encoding="utf-8")
            self.drop = gr.HTML(drop_markup(), elem_id="kh-files", js_on_load=drop, apply_default_css=False)
            self.hint = _html("kh-hint")
            self.list = gr.HTML(
                "", elem_id="kh-list", elem_classes=["kh-slot"], js_on_load=CLICK_JS, apply_default_css=False
            )
            self.output = gr.Radio(
                [(word(f"output_{one}"), one) for one in OUTPUTS],
                value="translated",
                label=word("output"),
                elem_id="kh-output",
            )
            with gr.Accordion(word("advanced"), open=False, elem_id="kh-advanced"):
                self.review = gr.Checkbox(False, label=word("review"), info=word("review_info"), container=False)
                self.priority = gr.Radio(
                    [(word(key), value) for value, key in PRIORITIES.items()],
                    value=5,
                    label=word("priority"),
                    info=word("priority_info"),
                )
            self.trouble = _html("kh-trouble")
            self.go = gr.Button(word("translate"), variant="primary", elem_id="kh-go")

    def _mine(self) -> None:
        with gr.Column(elem_id="kh-mine", min_width=0):
            gr.HTML(f"<h2>{everywhere('your_tasks')}</h2>", js_on_load=None, apply_default_css=False)
            self.notice = _html("kh-notice")
            self.cards = gr.HTML("", elem_id="kh-cards", js_on_load=CLICK_JS, apply_default_css=False, min_height=96)

    def _wire(self, blocks: gr.Blocks) -> None:
        bar, cards = self.bar, [self.cards, self.notice, self.over, self.timer]
        blocks.load(self.on_load, [self.browser], [self.browser, self.banner, self.hint, *bar.all, *cards], **QUIET)
        facts = [self.pile, bar.source, self.output]
        self.drop.action(self.on_added, facts, [self.list, self.trouble], **QUIET)
        self.list.action(self.on_listed, facts, [self.list, self.trouble], **QUIET)
        self.output.input(self.on_wish, facts, [self.list], **QUIET)
        asked = [bar.source, bar.target, bar.glossary, self.browser]
        texts = [self.texts.text, *bar.all, self.browser]
        for change, answer in (
            (bar.source.input, self.on_pair),
            (bar.target.input, self.on_pair),
            (bar.swap.click, self.on_swap),
        ):
            changed = change(answer, asked, [*bar.all, self.trouble], **QUIET)
            changed.then(self.on_wish, facts, [self.list], **QUIET)
            changed.then(inputs=texts, **self.texts.again)
        for change in (bar.via.input, bar.glossary.input):
            change(inputs=texts, **self.texts.again)
        self.go.click(
            self.on_translate,
            [self.pile, *bar.all, self.output, self.review, self.priority, self.browser],
            [self.go, self.trouble, self.list, self.browser, *cards],
            **QUIET,
        )
        self.timer.tick(self.on_tick, [self.browser, self.over], cards, queue=False, **QUIET)
        opened = [self.looked, self.preview]
        self.cards.action(
            self.on_action, [self.browser, self.over, self.looked], [self.browser, *cards, *opened], **QUIET
        )
        self.preview.action(self.on_preview, [self.looked], opened, **QUIET)

    async def on_load(self, stored: Any, request: gr.Request) -> tuple[Any, ...]:
        who, session, client = visitor(request), Session.read(stored), self._console.of(request)
        t = who.text
        try:
            answer, formats = await asyncio.gather(client.languages(), client.formats())
            pair = await pair_bar.updates(
                client, session.client_id, session.source, session.target, None, t, answer=answer
            )
            head: tuple[Any, ...] = starter(answer, t), formats_hint(answer, formats, t), *pair
        except Exception as error:
            head = (problem(explain(error, t)), "", *(gr.update() for _ in pair_bar.PARTS))
        shown_now = await live(client, session, {}, who)
        return session.write(), *head, *shown_now

    # ---- files

    async def on_added(
        self, pile: Pile, source: str, output: str, request: gr.Request, event: gr.EventData
    ) -> AsyncIterator[tuple[Any, Any]]:
        """New files: listed at once, and looked at one after the other."""
        t, client = visitor(request).text, self._console.of(request)
        told = event._data if isinstance(event._data, dict) else {}
        left = pile.add(told.get("files"))
        lost = [t(f"upload_{why}", name=name) for name, why in failures(told.get("failed"))]
        if left:
            lost.append(t("too_many", n=left))
        trouble = refusals(lost, t)
        yield preflight.listing(pile, source, output, t), trouble
        try:
            async for _ in pile.look(client):
                yield preflight.listing(pile, source, output, t), trouble
        except Exception as error:
            yield gr.update(), trouble + problem(explain(error, t))

    async def on_listed(
        self, pile: Pile, source: str, output: str, request: gr.Request, event: gr.EventData
    ) -> tuple[Any, Any]:
        action, key = clicked(event)
        if action == "remove":
            pile.remove(key)
        elif action == "drop_refused":
            pile.keep_good()
        elif action == "clear":
            pile.clear()
        return preflight.listing(pile, source, output, visitor(request).text), ""

    async def on_wish(self, pile: Pile, source: str, output: str, request: gr.Request) -> str:
        """Another source or output: some files fit it and some do not."""
        return preflight.listing(pile, source, output, visitor(request).text)

    # ---- languages

    async def on_pair(
        self, source: str | None, target: str | None, glossary: str | None, stored: Any, request: gr.Request
    ) -> tuple[Any, ...]:
        """Any change of a pair ends on one that the model can do."""
        t, client = visitor(request).text, self._console.of(request)
        try:
            return *await pair_bar.updates(client, Session.read(stored).client_id, source, target, glossary, t), ""
        except Exception as error:
            return *(gr.update() for _ in pair_bar.PARTS), problem(explain(error, t))

    async def on_swap(
        self, source: str | None, target: str | None, glossary: str | None, stored: Any, request: gr.Request
    ) -> tuple[Any, ...]:
        """Nothing moves when the model cannot translate the other way round."""
        t, client = visitor(request).text, self._console.of(request)
        try:
            possible = (target, source) in Catalogue.of(await client.languages()).possible
        except Exception as error:
            return *(gr.update() for _ in pair_bar.PARTS), problem(explain(error, t))
        pair = (target, source) if possible else (source, target)
        return await self.on_pair(*pair, glossary, stored, request)

    # ---- tasks

    async def on_translate(
        self,
        pile: Pile,
        source: str,
        target: str,
        via_eng: bool,
        glossary: str | None,
        output: str,
        review: bool,
        priority: int,
        stored: Any,
        request: gr.Request,
    ) -> AsyncIterator[tuple[Any, ...]]:
        who, session, word = visitor(request), Session.read(stored), i18n()
        client = self._console.of(request)
        t, keep = who.text, gr.update()
        ready = gr.Button(word("translate"), interactive=True)
        same = (keep,) * 6
        if not pile.files:
            yield ready, problem(Problem(t("check_none"), "", code="no_files"), "hint"), *same
            return
        bad = [one.name for one in pile.files if preflight.blocks(one, source, output)]
        if bad:
            # What is wrong with each stands beside it already.
            yield ready, refusals([t("check_refused", names=", ".join(bad[:3]), n=len(bad))], t), *same
            return
        yield gr.Button(word("sending"), interactive=False), "", *same
        wishes: Wishes = {"output": output, "review": bool(review), "glossary": glossary_of(glossary)}
        try:
            task_id = await client.submit(
                session.client_id, pile.chosen, source, target, bool(via_eng), priority, wishes
            )
        except Exception as error:
            yield ready, problem(explain(error, t)), *same
            return
        pile.clear()
        session = Session(session.client_id, session.tasks, source, target).with_task(task_id)
        shown_now = await live(client, session, {}, who)
        yield ready, "", "", session.write(), *shown_now

    async def on_tick(self, stored: Any, over: dict[str, TaskDetail], request: gr.Request) -> tuple[Any, ...]:
        markup, trouble, known, timer = await live(
            self._console.of(request), Session.read(stored), over, visitor(request)
        )
        # An update that starts a running timer again would push its next tick away.
        return markup, trouble, known, gr.update() if timer.active else timer

    async def on_action(
        self,
        stored: Any,
        over: dict[str, TaskDetail],
        looked: Preview | None,
        request: gr.Request,
        event: gr.EventData,
    ) -> tuple[Any, ...]:
        who, session, client = visitor(request), Session.read(stored), self._console.of(request)
        action, task_id = clicked(event)
        trouble, shown = "", gr.update()
        if action == "preview" and task_id:
            looked = Preview(task_id, number(event) or 1)
            shown = await preview.draw(client, looked, who, closable=True)
        elif task_id:
            try:
                if action == "cancel":
                    await client.cancel(task_id)
                elif action == "retry":
                    await client.retry(task_id)
                elif action == "dismiss":
                    session = session.without_task(task_id)
            except Exception as error:
                trouble = problem(explain(error, who.text))
        shown_now = await live(client, session, {k: v for k, v in over.items() if k != task_id}, who)
        return session.write(), shown_now[0], trouble or shown_now[1], *shown_now[2:], looked, shown

    async def on_preview(
        self, looked: Preview | None, request: gr.Request, event: gr.EventData
    ) -> tuple[Preview | None, Any]:
        action, said = clicked(event)
        if looked is None or action == "close":
            return None, ""
        who, client = visitor(request), self._console.of(request)
        looked = await preview.act(client, looked, event, action, said, who)
        return looked, await preview.draw(client, looked, who, closable=True)


def _html(elem_id: str, value: str = "") -> gr.HTML:
    return gr.HTML(value, elem_id=elem_id, elem_classes=["kh-slot"], js_on_load=None, apply_default_css=False)
