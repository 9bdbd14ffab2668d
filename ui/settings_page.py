"""The Settings page, for operators: builds it and answers its events. It asks nothing by itself while it lies open."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gradio as gr

from ui import action_log, frame, limits_markup, settings_markup
from ui.controls import ACTION_JS, HOLDS, state_bar
from ui.errors import Problem, explain
from ui.html import clicked, problem
from ui.locale import Visitor, visitor
from ui.operator_client import OperatorClient, OperatorConsole
from ui.settings_forms import SettingsForms
from ui.text import Text, everywhere, i18n

QUIET: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}

View = dict[str, Any]
"""Of one visitor: `cursors` of the pages of the log that were turned."""


class SettingsPage:
    """Builds the page inside an open route context and answers its events."""

    def __init__(self, console: OperatorConsole) -> None:
        self._console = console

    def build(self, blocks: gr.Blocks) -> None:
        word = i18n()
        frame.header("settings")
        with gr.Column(elem_id="kh-page"):
            frame.title("st_title", "st_lead")
            self.notice = frame.slot("kh-notice", ACTION_JS, ("kh-slot",))
            with gr.Column(elem_id="kh-settings", elem_classes=["for-operators"]):
                with _panel("st_server"):
                    self.state = frame.slot("kh-state", ACTION_JS, min_height=44)
                    self.limits = frame.slot("kh-limits", ACTION_JS, min_height=256)
                forms = SettingsForms(word)
                with _panel("st_keys", "st_keys_hint"):
                    forms.key_form()
                    self.keys = frame.slot("kh-keys", ACTION_JS, min_height=140)
                with _panel("st_glossaries", "st_glossaries_hint"):
                    forms.glossary_form()
                    self.glossaries = frame.slot("kh-glossaries", ACTION_JS, min_height=110)
                with _panel("st_memory", "st_memory_hint"):
                    forms.memory_form()
                    self.memory = frame.slot("kh-memory", ACTION_JS, min_height=110)
                with _panel("st_actions", "st_actions_hint"):
                    self.actions = frame.slot("kh-actions", ACTION_JS, min_height=240)
        frame.footer()
        self.view = gr.State({"cursors": []})
        self._wire(blocks, forms)

    def _wire(self, blocks: gr.Blocks, forms: SettingsForms) -> None:
        asked = [forms.owner, self.view]
        shown = [
            self.notice,
            self.state,
            self.limits,
            self.keys,
            self.glossaries,
            self.memory,
            self.actions,
            self.view,
            forms.owner,
        ]
        blocks.load(self.on_load, asked, [*shown, forms.source, forms.target], **QUIET)
        for part in (self.state, self.limits, self.keys, self.glossaries, self.memory, self.actions):
            part.action(self.on_action, asked, shown, **QUIET)
        key = [forms.key_name, forms.key_role, forms.key_days]
        forms.key_create.click(self.on_create_key, [*key, *asked], [*shown, forms.key_name], **QUIET)
        terms = [forms.term_name, forms.source, forms.target, forms.term_owner, forms.term_file]
        forms.term_file.upload(self.on_add_glossary, [*terms, *asked], [*shown, forms.term_name], **QUIET)
        forms.owner.input(self.on_refresh, asked, shown, **QUIET)
        forms.tmx.upload(self.on_import, [forms.tmx, *asked], shown, **QUIET)

    # ---- events

    async def on_load(self, owner: Any, view: View, request: gr.Request) -> tuple[Any, ...]:
        who, client = visitor(request), self._console.of(request)
        shown = await self._show(owner, {"cursors": []}, who, client)
        try:
            spoken = (await client.languages())["languages"]
        except Exception as error:
            return problem(explain(error, who.text)), *shown[1:], gr.update(), gr.update()
        names = [(who.text.language_name(one["code"], one["native_name"]), one["code"]) for one in spoken]
        return *shown, gr.Dropdown(choices=names), gr.Dropdown(choices=names)

    async def on_refresh(self, owner: Any, view: View, request: gr.Request) -> tuple[Any, ...]:
        return await self._show(owner, view, visitor(request), self._console.of(request))

    async def on_action(self, owner: Any, view: View, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        who, client = visitor(request), self._console.of(request)
        action, target = clicked(event)
        try:
            view, notice = await self._do(client, action, target, view, who.text)
        except Exception as error:
            notice = problem(explain(error, who.text))
        return await self._show(owner, view, who, client, notice)

    async def _do(self, client: OperatorClient, action: str, target: str, view: View, t: Text) -> tuple[View, str]:
        """-> (the view, what to say)"""
        cursors = list(view["cursors"])
        if action in HOLDS:
            await client.hold(action)
        elif action == limits_markup.RESET:
            await client.change_setting(target, None)
        elif action.startswith(f"{limits_markup.SET} "):
            await client.change_setting(action.removeprefix(f"{limits_markup.SET} "), target)
        elif action == "revoke":
            await client.revoke_key(target)
        elif action == "rotate":
            return view, settings_markup.new_key(await client.rotate_key(target), t)
        elif action == "delete":
            await client.remove_glossary(target)
        elif action == "clear":
            return view, _done(t, t("me_cleared", n=await client.clear_memory(target)))
        elif action == "newer":
            return {"cursors": cursors[:-1]}, ""
        elif action == "older":
            following = (await client.actions(cursors[-1] if cursors else None))["next_cursor"]
            return {"cursors": [*cursors, following] if following else cursors}, ""
        return {"cursors": []}, ""

    async def on_create_key(
        self, name: Any, role: Any, days: Any, owner: Any, view: View, request: gr.Request
    ) -> tuple[Any, ...]:
        who, client = visitor(request), self._console.of(request)
        wanted = str(name or "").strip()
        if not wanted:
            return *await self._show(owner, view, who, client, _refused(who.text, "error_no_name")), gr.update()
        try:
            made = await client.create_key(wanted, str(role), int(days or 0) or None)
        except Exception as error:
            return *await self._show(owner, view, who, client, problem(explain(error, who.text))), gr.update()
        notice = settings_markup.new_key(made, who.text)
        return *await self._show(owner, {"cursors": []}, who, client, notice), ""

    async def on_add_glossary(
        self,
        name: Any,
        source: Any,
        target: Any,
        of_client: Any,
        file: Any,
        owner: Any,
        view: View,
        request: gr.Request,
    ) -> tuple[Any, ...]:
        who, client = visitor(request), self._console.of(request)
        wanted = str(name or "").strip()
        wrong = "error_no_name" if not wanted else "error_same_pair" if not source or source == target else ""
        if wrong:
            return *await self._show(owner, view, who, client, _refused(who.text, wrong)), gr.update()
        path = Path(str(file))
        try:
            made = await client.add_glossary(
                wanted, str(source), str(target), str(of_client or "").strip(), path.name, path
            )
        except Exception as error:
            return *await self._show(owner, view, who, client, problem(explain(error, who.text))), gr.update()
        notice = _done(who.text, who.text("gl_added", name=made["name"], n=made["entries"]))
        return *await self._show(owner, {"cursors": []}, who, client, notice), ""

    async def on_import(self, file: Any, owner: Any, view: View, request: gr.Request) -> tuple[Any, ...]:
        who, client = visitor(request), self._console.of(request)
        whose = str(owner or "").strip()
        if not whose:
            return await self._show(owner, view, who, client, _refused(who.text, "error_no_client"))
        try:
            done = await client.import_memory(whose, Path(str(file)))
        except Exception as error:
            return await self._show(owner, view, who, client, problem(explain(error, who.text)))
        notice = _done(who.text, who.text("me_imported", stored=done["stored"], read=done["read"]))
        return await self._show(owner, {"cursors": []}, who, client, notice)

    # ---- one refresh

    async def _show(
        self, owner: Any, view: View, who: Visitor, client: OperatorClient, notice: str = ""
    ) -> tuple[Any, ...]:
        """(notice, state, limits, keys, glossaries, memory, actions, view, owner)"""
        t, now = who.text, datetime.now(UTC)
        whose, cursors = str(owner or "").strip(), list(view["cursors"])
        try:
            queue, settings, keys, glossaries, owners, log = await asyncio.gather(
                client.cluster(),
                client.settings(),
                client.keys(),
                client.all_glossaries(),
                client.memory_clients(),
                client.actions(cursors[-1] if cursors else None),
            )
            remembered = await client.memory(whose) if whose else None
        except Exception as error:
            # What was just made is not lost for it: a key is shown this once.
            return notice or problem(explain(error, t)), *(gr.update() for _part in range(6)), view, gr.update()
        return (
            notice,
            state_bar(queue["queue"], t, may_change=True),
            limits_markup.limits(settings, t),
            settings_markup.keys(keys, who, now),
            settings_markup.glossaries(glossaries, who, now),
            settings_markup.memory(remembered, t),
            action_log.actions(log, settings["settings"], len(cursors), who, now),
            view,
            gr.Dropdown(choices=owners),
        )


def _refused(t: Text, key: str) -> str:
    return problem(Problem(t("error_title"), t(key), code=key.removeprefix("error_")))


def _done(t: Text, words: str) -> str:
    return problem(Problem(t("done_title"), words), "done")


def _panel(heading: str, hint: str = "") -> gr.Column:
    """A framed part of the page with its heading, to be filled in a `with` block."""
    told = f'<p class="hint">{everywhere(hint)}</p>' if hint else ""
    panel = gr.Column(elem_classes=["op-panel"])
    with panel:
        gr.HTML(
            f"<h2>{everywhere(heading)}</h2>{told}",
            elem_classes=["kh-plain"],
            js_on_load=None,
            apply_default_css=False,
        )
    return panel
