"""Text of Mongolian PDFs in encodings of their own: Cyrillic bytes under fonts that call themselves Western, so that "Монгол"
reads "Ìîíãîë", and traditional Mongolian in Menksoft's private codes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from common.menksoft import has_menksoft, is_menksoft
from documents.pdf_pages.fonts import Kind
from documents.pdf_pages.marks import Glyph
from documents.scripts import score_cyrillic

_ENOUGH_LETTERS = 12
_CONVINCING = 0.75
_SHARE = 0.6


def repair(lines: Iterable[list[Glyph]]) -> None:
    """Gives such glyphs the letters that they show. Judged by page: the words must be common Mongolian or Russian."""
    suspects = [glyph for line in lines for glyph in line if len(glyph.text) == 1]
    letters = [glyph for glyph in suspects if glyph.text.isalpha()]
    high = [glyph for glyph in letters if "\u00c0" <= glyph.text <= "\u00ff" or glyph.text in "¨¸¯¿ªº"]
    if len(high) < _ENOUGH_LETTERS or len(high) < _SHARE * len(letters):
        return
    text = "".join(glyph.text for glyph in suspects)
    if score_cyrillic("".join(map(_cyrillic, text))) < _CONVINCING:
        return
    for glyph in suspects:
        glyph.text = _cyrillic(glyph.text)


def reveal(lines: Iterable[list[Glyph]]) -> None:
    """Makes text of the signs of private use that are words of Menksoft's, and takes the codes of all others away."""
    for line in lines:
        side_by_side = itertools.groupby(line, key=lambda glyph: glyph.kind is Kind.SYMBOL)
        words = any(is_sign and has_menksoft("".join(sign.text for sign in group)) for is_sign, group in side_by_side)
        for glyph in line:
            if glyph.kind is Kind.SYMBOL and words and is_menksoft(glyph.text):
                glyph.kind = Kind.TEXT
            elif glyph.kind is Kind.SYMBOL:
                glyph.text = ""


def _cyrillic(character: str) -> str:
    """As windows-1251 reads the byte that windows-1252 writes."""
    if character.isascii():
        return character
    try:
        return character.encode("cp1252").decode("cp1251")
    except UnicodeError:
        return character
