"""What all pages share: header with the switch of languages, footer."""

from __future__ import annotations

import gradio as gr

from ui.text import NAMES, TEXTS, everywhere

MARK = (
    '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8"/>'
    '<path d="M8 10.5h10M13 8v2.5M10 '
    '17c3.5-1 6-3.4 6.4-6.5M10.2 13.2c1.3 2 3.4 3.4 6 4M16.5 25l4.2-10.5L25 25M18 21.6h5.4"/></svg>'
)
ENTRIES = (
    ("", "nav_translate", ""),
    ("tasks", "nav_tasks", ""),
    ("cluster", "nav_cluster", "for-viewers"),
    ("settings", "nav_settings", "for-operators"),
    ("docs", "nav_api", ""),
)
"""(page, words, class that hides it from whom it is not for, see ui/document.py)."""

_MARK_CURRENT_JS = """
const here = document.documentElement.dataset.lang;
element.querySelectorAll('[data-switch]').forEach((a) => {
  if (a.dataset.switch === here) a.setAttribute('aria-current', 'true');
});
element.querySelector('.kh-account b').textContent = document.documentElement.dataset.account || '';
"""


def header(page: str) -> None:
    """`page` is '' (Translate) or one of ENTRIES; links are relative so that a proxy may add a prefix."""
    here = page or "./"
    current = {page: ' aria-current="page"'}
    links = "".join(
        f'<a href="{name or "./"}" class="{audience}"{current.get(name, "")}>{everywhere(key)}</a>'
        for name, key, audience in ENTRIES
    )
    switch = "".join(
        f'<a href="{here}?lang={language}" hreflang="{language}" lang="{language}" data-switch="{language}">'
        f"{NAMES[language]}</a>"
        for language in TEXTS
    )
    gr.HTML(
        f'<a class="skip" href="{here}#main">{everywhere("skip")}</a><header class="kh-header">'
        f'<a class="brand" href="./">{MARK}<span><b lang="mn">хэлмэрч</b><small>Khelmerch</small></span></a>'
        f'<nav class="kh-nav">{links}</nav><form class="kh-account" method="post" action="logout"><b></b>'
        f'<button type="submit">{everywhere("logout")}</button></form><nav class="kh-switch">{switch}</nav></header>',
        elem_id="kh-header",
        js_on_load=_MARK_CURRENT_JS,
        apply_default_css=False,
    )


def title(heading: str, lead: str) -> None:
    gr.HTML(
        f'<h1 id="main" tabindex="-1">{everywhere(heading)}</h1><p class="lead">{everywhere(lead)}</p>',
        elem_id="kh-title",
        js_on_load=None,
        apply_default_css=False,
    )


def slot(
    name: str, script: str | None = None, classes: tuple[str, ...] = ("kh-plain",), min_height: int | None = None
) -> gr.HTML:
    """A place for markup that comes with the first refresh. min_height: pixels that are its own from the beginning."""
    return gr.HTML(
        "",
        elem_id=name,
        elem_classes=list(classes),
        js_on_load=script,
        apply_default_css=False,
        min_height=min_height,
    )


def footer() -> None:
    gr.HTML(
        f'<footer class="kh-footer"><span>{everywhere("footer")}</span>'
        '<span><b lang="mn">хэлмэрч</b> · Khelmerch</span></footer>',
        elem_id="kh-footer",
        js_on_load=None,
        apply_default_css=False,
    )
