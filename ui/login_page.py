"""The page on which a visitor gives a key. Plain HTML without a script: it is shown to people whom nobody knows yet."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from ui.frame import MARK
from ui.text import NAMES, TEXTS, Text
from ui.theme import SANS

STYLE = Path(__file__).parent / "static" / "login.css"


def login_page(language: str, back: str, *, refused: bool = False) -> str:
    """-> the document. back: the path to go to afterwards; refused: the key before was not valid."""
    t = Text(language)
    here = ' aria-current="true"'
    switch = "".join(
        f'<a href="login?{urlencode({"lang": one, "next": back})}" hreflang="{one}" lang="{one}"'
        f"{here if one == t.language else ''}>{NAMES[one]}</a>"
        for one in TEXTS
    )
    wrong = f'<p class="wrong" id="wrong" role="alert">{escape(t("login_wrong"))}</p>' if refused else ""
    described = ' aria-describedby="wrong" aria-invalid="true"' if refused else ""
    return (
        f'<!doctype html><html lang="{t.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<meta name="color-scheme" content="light dark"><link rel="icon" href="favicon.ico">'
        f"<title>{escape(t('login_title'))} · Khelmerch</title><style>{_style()}</style></head><body>"
        f'<header><span class="brand">{MARK}<span><b lang="mn">хэлмэрч</b><small>Khelmerch</small></span></span>'
        f'<nav aria-label="{escape(t("nav_language"))}">{switch}</nav></header>'
        f'<main><form method="post" action="login"><h1>{escape(t("login_title"))}</h1><p>{escape(t("login_lead"))}</p>'
        f'<label for="key">{escape(t("login_key"))}</label>'
        '<input id="key" name="key" type="password" autocomplete="current-password" required autofocus spellcheck="false" '
        f'autocapitalize="none" placeholder="kh_…"{described}>{wrong}'
        f'<input type="hidden" name="next" value="{escape(back, quote=True)}">'
        f'<button type="submit">{escape(t("login_go"))}</button></form></main>'
        f"<footer>{escape(t('footer'))}</footer></body></html>"
    )


@cache
def _style() -> str:
    fonts = ", ".join(f'"{font}"' if " " in font else font for font in SANS)
    return STYLE.read_text(encoding="utf-8").replace("FONTS", fonts)
