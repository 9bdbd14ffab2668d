"""The documents that every format is tried with: a line a format. A new format gets a line here, or the tests fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.corpus import office, readers, texts

Maker = Callable[[Path], object]
"""Writes a document to a path. What is to be translated in it is Cyrillic, and nothing else is (`words`)."""

Reader = Callable[[Path], str]
"""The text that people see in a document, found without our own code. Raises when the document is broken."""

LEAST = 3
"""Documents of each format."""

MAKERS: dict[str, list[Maker]] = {
    "ass": [*texts.ASS],
    "csv": [*texts.CSV],
    "docx": [office.docx_letter, office.docx_table, office.docx_sections, office.docx_runs],
    "eml": [*texts.EML],
    "epub": [*texts.EPUB],
    "html": [*texts.HTML],
    "json": [*texts.JSON],
    "markdown": [*texts.MARKDOWN],
    "po": [*texts.PO],
    "pptx": [office.pptx_bullets, office.pptx_table, office.pptx_chart, office.pptx_plain],
    "srt": [*texts.SRT],
    "tsv": [*texts.TSV],
    "txt": [*texts.TXT],
    "vtt": [*texts.VTT],
    "xliff": [*texts.XLIFF],
    "xlsx": [office.xlsx_table, office.xlsx_rich, office.xlsx_chart, office.xlsx_columns],
}

READERS: dict[str, Reader] = {
    "docx": readers.package,
    "eml": readers.mail,
    "epub": readers.package,
    "json": readers.values,
    "po": readers.catalogue,
    "pptx": readers.package,
    "xliff": readers.targets,
    "xlsx": readers.package,
}
"""Formats that are not here are text."""

LIBREOFFICE = frozenset({"csv", "docx", "html", "pptx", "tsv", "txt", "xlsx", "odt", "odp", "ods", "pdf"})
"""Formats that LibreOffice opens."""
