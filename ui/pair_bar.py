"""The languages and the glossary: what documents and short texts have in common."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui import choices
from ui.choices import AUTO, Catalogue
from ui.client import ConsoleClient, Languages
from ui.text import Text
from ui.work_rows import Glossary

USUAL_GLOSSARY = ""
"""Of the server's settings."""

NO_GLOSSARY = "none"


PARTS = ("source", "target", "via", "glossary")
"""Of the bar, in the order in which `updates` answers."""


class PairBar:
    """Components only; the page wires them."""

    def __init__(self, word: gr.I18n) -> None:
        usual = [(word(f"lang_{code}"), code) for code in choices.USUAL]
        with gr.Row(elem_id="kh-pair"):
            self.source = gr.Dropdown(
                usual, value=choices.USUAL[0], label=word("source"), filterable=False, elem_id="kh-source", min_width=0
            )
            self.swap = gr.Button("⇄", elem_id="kh-swap", min_width=0, size="sm")
            self.target = gr.Dropdown(
                usual, value=choices.USUAL[1], label=word("target"), filterable=False, elem_id="kh-target", min_width=0
            )
            self.glossary = gr.Dropdown(
                [(word("glossary_usual"), USUAL_GLOSSARY), (word("glossary_none"), NO_GLOSSARY)],
                value=USUAL_GLOSSARY,
                label=word("glossary"),
                filterable=False,
                elem_id="kh-glossary",
                min_width=0,
            )
            self.via = gr.Checkbox(
                False, label=word("via_label"), info=word("via_info"), elem_id="kh-via", container=False
            )

    @property
    def all(self) -> list[Any]:
        """What says how a text is to be translated: its `PARTS`."""
        return [getattr(self, part) for part in PARTS]


async def updates(
    client: ConsoleClient,
    client_id: str,
    source: str | None,
    target: str | None,
    glossary: str | None,
    t: Text,
    *,
    answer: Languages | None = None,
) -> tuple[Any, Any, Any, Any]:
    """New state of (source, target, via English, glossary): a possible pair nearest to the wanted one."""
    answer = answer or await client.languages()
    catalogue = Catalogue.of(answer)
    source, target = catalogue.settle(source, target)
    if source is None or target is None:
        nothing = gr.Dropdown([], value=None)
        return nothing, nothing, gr.Checkbox(False, visible=False), gr.update()
    via = catalogue.via(source, target)
    fitting = [one for one in await client.glossaries(client_id) if fits(one, source, target)]
    offered = [(t("glossary_usual"), USUAL_GLOSSARY), (t("glossary_none"), NO_GLOSSARY)]
    offered += [(f"{one['name']} ({one['entries']})", one["glossary_id"]) for one in fitting]
    kept = glossary if glossary in {value for _label, value in offered} else USUAL_GLOSSARY
    return (
        gr.Dropdown(catalogue.labels(catalogue.sources(), t), value=source),
        gr.Dropdown(catalogue.labels(catalogue.targets(source), t), value=target),
        gr.Checkbox(
            value=via.forced,
            visible=via.offered,
            interactive=not via.forced,
            info=t("via_forced") if via.forced else t("via_info"),
        ),
        gr.Dropdown(offered, value=kept),
    )


def fits(one: Glossary, source: str, target: str) -> bool:
    """A glossary serves both directions of its languages; where the source is found out, any that ends in the target."""
    both = {one["source_lang"], one["target_lang"]}
    return target in both if source == AUTO else both == {source, target}


def glossary_of(value: str | None) -> str | None:
    """-> as the service takes it."""
    return value or None
