"""The tab for short texts: translated while one types, with what else it could be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from ui.choices import AUTO
from ui.client import Console
from ui.errors import explain
from ui.html import CLICK_JS, browser_tag, button, clicked, esc, problem
from ui.locale import visitor
from ui.pair_bar import PairBar, glossary_of
from ui.session import Session
from ui.text import Text, everywhere
from ui.work_rows import Alternative, TextResult

MAX_CHARS = 5_000
MAX_SENTENCE = 300
"""Longer texts have no alternatives: nobody compares pages."""

PAUSE_MS = 450
"""Somebody who types writes the next letter sooner."""

QUIET: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
_AFTER_PAUSE_JS = f"""
let typing;
// On the document: the tab's fields come into it when it is first opened.
document.addEventListener('input', (event) => {{
  if (!event.target.closest('#kh-text-in')) return;
  clearTimeout(typing);
  typing = setTimeout(() => document.getElementById('kh-text-go').click(), {PAUSE_MS});
}});
"""


class TextTab:
    """Builds the tab inside an open context and answers its events."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def build(self, word: gr.I18n, bar: PairBar, browser: gr.BrowserState) -> None:
        with gr.Row(elem_id="kh-text"):
            with gr.Column(elem_id="kh-text-left", min_width=0):
                self.text = gr.Textbox(
                    label=word("text_label"),
                    show_label=False,
                    placeholder=word("text_hint"),
                    lines=9,
                    max_lines=24,
                    max_length=MAX_CHARS,
                    elem_id="kh-text-in",
                )
                self.go = gr.Button(word("translate"), elem_id="kh-text-go", size="sm")
            with gr.Column(elem_id="kh-text-right", min_width=0):
                self.result = gr.HTML(
                    waiting(),
                    elem_id="kh-text-out",
                    js_on_load=CLICK_JS + _AFTER_PAUSE_JS,
                    apply_default_css=False,
                    min_height=220,
                )
        asked = [self.text, *bar.all, browser]
        # A pause that comes while an earlier text is translated asks once more afterwards.
        self.go.click(self.on_text, asked, [self.result], trigger_mode="always_last", **QUIET)
        self.result.action(self.on_action, asked, [self.result], **QUIET)

    @property
    def again(self) -> dict[str, Any]:
        """What follows a change of languages, as arguments of `then`."""
        return {"fn": self.on_text, "outputs": [self.result], **QUIET}

    async def on_text(
        self,
        text: str | None,
        source: str,
        target: str,
        via: bool,
        glossary: str | None,
        stored: Any,
        request: gr.Request,
    ) -> str:
        t = visitor(request).text
        if not (text or "").strip():
            return waiting()
        try:
            found = await self._console.of(request).translate_text(
                Session.read(stored).client_id, str(text)[:MAX_CHARS], source, target, via, glossary_of(glossary)
            )
        except Exception as error:
            return problem(explain(error, t))
        return result(str(text), found, source, target, t)

    async def on_action(
        self,
        text: str | None,
        source: str,
        target: str,
        via: bool,
        glossary: str | None,
        stored: Any,
        request: gr.Request,
        event: gr.EventData,
    ) -> Any:
        if clicked(event)[0] != "alternatives" or not (text or "").strip():
            return gr.update()
        t, client = visitor(request).text, self._console.of(request)
        asked = (Session.read(stored).client_id, str(text)[:MAX_SENTENCE])
        try:
            found = await client.translate_text(*asked, source, target, via, glossary_of(glossary))
            spoken = found["language"] if source == AUTO and found["language"] else source
            others = await client.alternatives(*asked, spoken, target, via, glossary_of(glossary))
        except Exception as error:
            return problem(explain(error, t))
        return result(str(text), found, source, target, t, others)


def waiting() -> str:
    return f'<div class="empty text-empty"><p>{everywhere("text_empty")}</p></div>'


def is_sentence(text: str) -> bool:
    return len(text) <= MAX_SENTENCE and "\n" not in text.strip()


def result(
    text: str, found: TextResult, source: str, target: str, t: Text, others: list[Alternative] | None = None
) -> str:
    """The translation, what is doubtful about it, and the alternatives where they were asked for."""
    told: list[str] = []
    if source == AUTO and found["language"]:
        told.append(f'<span class="detected">{esc(t("detected", language=t.language_name(found["language"])))}</span>')
    told.append(_doubts(found["flags"], t))
    told += [
        f'<span class="flag flag-calm">{esc(t(f"note_{one}") if f"note_{one}" in t else one)}</span>'
        for one in found["notes"]
    ]
    actions = [_copy("#kh-text-result", t)]
    if is_sentence(text) and others is None:
        actions.append(button("alternatives", "", t("alternatives"), kind="btn-small"))
    return (
        f'<div class="text-result" role="status"><p id="kh-text-result" lang="{browser_tag(target)}">{esc(found["text"])}</p>'
        f'<div class="marks">{"".join(told)}</div><div class="actions">{"".join(actions)}</div>'
        f"{_others(found['text'], others, target, t)}</div>"
    )


def _doubts(flags: Sequence[str], t: Text) -> str:
    names = (t(f"flag_{one}") if f"flag_{one}" in t else one for one in flags)
    return "".join(f'<span class="flag">{esc(name)}</span>' for name in names)


def _copy(what: str, t: Text) -> str:
    return (
        f'<button type="button" class="btn btn-small btn-copy" data-copy="{what}">'
        f"<span>{esc(t('copy'))}</span><span>{esc(t('copied'))}</span></button>"
    )


def _others(text: str, others: list[Alternative] | None, target: str, t: Text) -> str:
    """Those that say something else, each once."""
    if others is None:
        return ""
    different: dict[str, Alternative] = {}
    for one in others:
        if one["text"].strip() and one["text"] != text:
            different.setdefault(one["text"], one)
    if not different:
        return f'<p class="quiet">{esc(t("alternatives_none"))}</p>'
    rows = "".join(
        f'<li><span id="kh-other-{n}" lang="{browser_tag(target)}">{esc(one["text"])}</span>'
        f"<small>{esc(_way(one, t))}{_doubts(one['flags'], t)}</small>{_copy(f'#kh-other-{n}', t)}</li>"
        for n, one in enumerate(different.values())
    )
    return f'<h3>{esc(t("alternatives"))}</h3><ul class="others">{rows}</ul>'


def _way(one: Alternative, t: Text) -> str:
    parts = [one["model"] or "", t("via_short") if one["via_eng"] else t("direct")]
    return " · ".join(part for part in parts if part)
