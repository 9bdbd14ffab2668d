"""Web pages (.html, .xhtml): text, titles and read attributes; all markup, scripts and styles stay byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from documents.model import Options, Output
from documents.text_file import Decoded, Slot, TextFormat, decoded
from documents.web import charset
from documents.web.page import language_edits, page_slots


class Html(TextFormat):
    """The formats `.html` and `.xhtml`."""

    name = "html"
    suffixes = (".html", ".htm", ".xhtml", ".xht")
    media_type = "text/html"

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        """One slot a block of text, or a read attribute."""
        return page_slots(text, is_xml(text), target_language)

    def relabelled(self, text: str, target_language: str, output: Output) -> Iterator[tuple[int, int, str]]:
        """`lang` of the root. A page in two languages keeps that of the source; each translation has its own."""
        return iter(()) if output is Output.BILINGUAL else language_edits(text, is_xml(text), target_language)

    def decoded(self, data: bytes, path: Path) -> Decoded:
        """By byte order mark, XML declaration or meta element, else as it reads best."""
        found = charset.declared(data)
        return decoded(data, found) if found else super().decoded(data, path)

    def as_utf8(self, text: str) -> tuple[str, bytes]:
        """The declaration corrected."""
        return charset.as_utf8(text)


def is_xml(text: str) -> bool:
    """Whether a page follows the rules of XML: <p/> is a whole element there."""
    head = text[:1000]
    return head.lstrip().startswith("<?xml") or "http://www.w3.org/1999/xhtml" in head
