"""The fields of the Settings page: a new key, a new glossary, whose memory."""

from __future__ import annotations

import gradio as gr

ROLES = ("client", "viewer", "operator")
MAX_DAYS = 3_650


class SettingsForms:
    """Each method draws one form where it is called; the fields are attributes afterwards."""

    def __init__(self, word: gr.I18n) -> None:
        self._word = word

    def key_form(self) -> None:
        word = self._word
        with gr.Row(elem_classes=["op-form"]):
            self.key_name = gr.Textbox(
                label=word("key_name"),
                placeholder=word("key_name_hint"),
                max_lines=1,
                max_length=128,
                min_width=180,
                elem_id="kh-key-name",
            )
            self.key_role = gr.Dropdown(
                [(word(f"role_{role}"), role) for role in ROLES],
                value=ROLES[0],
                label=word("key_role"),
                min_width=200,
                elem_id="kh-key-role",
            )
            self.key_days = gr.Number(
                0,
                label=word("key_days"),
                minimum=0,
                maximum=MAX_DAYS,
                precision=0,
                min_width=120,
                elem_id="kh-key-days",
            )
            self.key_create = gr.Button(word("key_create"), variant="primary", min_width=140, elem_id="kh-key-create")

    def glossary_form(self) -> None:
        word = self._word
        with gr.Row(elem_classes=["op-form"]):
            self.term_name = gr.Textbox(
                label=word("gl_name"), max_lines=1, max_length=100, min_width=150, elem_id="kh-term-name"
            )
            self.source = gr.Dropdown([], label=word("source"), min_width=150, elem_id="kh-term-source")
            self.target = gr.Dropdown([], label=word("target"), min_width=150, elem_id="kh-term-target")
            self.term_owner = gr.Textbox(
                label=word("gl_owner"),
                placeholder=word("gl_owner_hint"),
                max_lines=1,
                max_length=128,
                min_width=150,
                elem_id="kh-term-owner",
            )
            self.term_file = gr.UploadButton(
                word("gl_add"),
                file_types=[".csv", ".tsv", ".tbx"],
                min_width=200,
                elem_id="kh-term-file",
            )

    def memory_form(self) -> None:
        word = self._word
        with gr.Row(elem_classes=["op-form"]):
            self.owner = gr.Dropdown(
                [],
                value=None,
                label=word("me_owner"),
                info=word("me_owner_hint"),
                allow_custom_value=True,
                min_width=240,
                elem_id="kh-owner",
            )
            self.tmx = gr.UploadButton(word("me_import"), file_types=[".tmx"], min_width=200, elem_id="kh-tmx")
