"""Our look: calm greys, one accent (deep sky), system fonts only, light and dark."""

from __future__ import annotations

import gradio as gr

SANS = (
    "Inter",
    "-apple-system",
    "BlinkMacSystemFont",
    "Segoe UI",
    "Noto Sans",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans Mongolian",
    "Mongolian Baiti",
    "DejaVu Sans",
    "sans-serif",
)
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "Noto Sans Mono", "DejaVu Sans Mono", "monospace")
# Contrast: 600 on white 5.9:1, white on 600 the same, 400 on the dark page 8.4:1.
SKY = gr.themes.Color(
    name="sky",
    c50="#eef6fb",
    c100="#d9ebf5",
    c200="#b5d6ea",
    c300="#85bcdc",
    c400="#5aa5d1",
    c500="#2d82b5",
    c600="#1a6594",
    c700="#175478",
    c800="#17455f",
    c900="#163a50",
    c950="#0d2536",
)


def theme() -> gr.themes.Base:
    """Only variables; what they cannot say is in static/console.css."""
    base = gr.themes.Base(
        primary_hue=SKY,
        secondary_hue=SKY,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        font=list(SANS),
        font_mono=list(MONO),
    )
    return base.set(
        body_background_fill="#f6f8fa",
        body_background_fill_dark="#0e141b",
        body_text_color="#17222d",
        body_text_color_dark="#e6edf3",
        body_text_color_subdued="#55636f",
        body_text_color_subdued_dark="#9aa7b4",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#161e27",
        background_fill_secondary="#f6f8fa",
        background_fill_secondary_dark="#10171f",
        block_background_fill="#ffffff",
        block_background_fill_dark="#161e27",
        border_color_primary="#d9e0e6",
        border_color_primary_dark="#2a3642",
        block_border_width="0px",
        block_shadow="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_title_text_color="#33414d",
        block_title_text_color_dark="#c4d0da",
        block_title_text_weight="600",
        block_info_text_color="#55636f",
        block_info_text_color_dark="#9aa7b4",
        input_background_fill="#ffffff",
        input_background_fill_dark="#10171f",
        input_border_width="1px",
        input_border_color="#c3ccd4",
        input_border_color_dark="#384655",
        input_border_color_focus="*primary_500",
        input_border_color_focus_dark="*primary_400",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_500",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#ffffff",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_dark="#1c2631",
        button_secondary_border_color="#c3ccd4",
        button_secondary_border_color_dark="#384655",
        checkbox_background_color_selected="*primary_600",
        checkbox_background_color_selected_dark="*primary_500",
        checkbox_border_color_selected="*primary_600",
        checkbox_label_background_fill_selected="*primary_600",
        checkbox_label_background_fill_selected_dark="*primary_600",
        checkbox_label_text_color_selected="#ffffff",
        checkbox_label_text_color_selected_dark="#ffffff",
    )
