"""All text of the console, in three languages with the same keys."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Any

import gradio as gr

from ui.operator_text_en import OPERATOR_EN
from ui.operator_text_mn import OPERATOR_MN
from ui.operator_text_zh import OPERATOR_ZH
from ui.text_en import EN
from ui.text_mn import MN
from ui.text_work_en import EN_WORK
from ui.text_work_mn import MN_WORK
from ui.text_work_zh import ZH_WORK
from ui.text_zh import ZH

DEFAULT = "en"
TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "zh-CN": {**ZH, **ZH_WORK, **OPERATOR_ZH},
        "mn": {**MN, **MN_WORK, **OPERATOR_MN},
        "en": {**EN, **EN_WORK, **OPERATOR_EN},
    }
)
# What the switch shows: each language in its own words.
NAMES: Mapping[str, str] = MappingProxyType({"zh-CN": "中文", "mn": "Монгол", "en": "English"})

# Gradio's own words that a visitor can meet, by Gradio's key. It has no Mongolian, and its Chinese lacks some.
BUILTIN: Mapping[str, str] = MappingProxyType(
    {
        "upload_text.drop_file": "drop_file",
        "upload_text.click_to_upload": "drop_click",
        "common.or": "drop_or",
        "common.loading": "loading",
        "common.error": "error_title",
        "common.clear": "drop_clear",
        "common.upload": "drop_more",
        "common.remove": "drop_remove",
        "file.uploading": "drop_uploading",
    }
)


class Text:
    """The words of one language: ``t("eta", time="3 min")``. A missing key is an error, never shown as a key."""

    def __init__(self, language: str) -> None:
        self.language = language if language in TEXTS else DEFAULT
        self._words = TEXTS[self.language]

    def __call__(self, key: str, **values: object) -> str:
        return self._words[key].format(**values) if values else self._words[key]

    def __contains__(self, key: str) -> bool:
        return key in self._words

    def language_name(self, code: str, native: str = "") -> str:
        """The name of a translation language in the visitor's words; its native name when we have none."""
        key = f"lang_{code}"
        return self._words.get(key, native or code)


def i18n() -> gr.I18n:
    """The dictionaries for Gradio's front end (labels, buttons)."""
    return gr.I18n(**{language: dict(words) for language, words in TEXTS.items()})


def builtin(language: str) -> dict[str, Any]:
    """Gradio's own words in `language`, nested as Gradio nests them."""
    tree: dict[str, Any] = {}
    for path, key in BUILTIN.items():
        group, word = path.split(".")
        tree.setdefault(group, {})[word] = TEXTS[language][key]
    return tree


def everywhere(key: str, tag: str = "span") -> str:
    """HTML with all three languages, of which the page shows one: for markup made before we know who reads it."""
    return "".join(
        f'<{tag} class="tri" lang="{language}">{escape(words[key])}</{tag}>' for language, words in TEXTS.items()
    )
