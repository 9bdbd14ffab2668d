"""The documents that every format is tried with: a line a format. A new format gets a line here, or the tests fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from documents.registry import by_name
from tests.corpus import archives, office, old, open_document, pdf, readers, texts

Maker = Callable[[Path], object]
"""Writes a document to a path. What is to be translated in it is Cyrillic, and nothing else is (`words`)."""

Reader = Callable[[Path], str]
"""The text that people see in a document, found without our own code. Raises when the document is broken."""

LEAST = 3
"""Documents of each format."""

MAKERS: dict[str, list[Maker]] = {
    "ass": [*texts.ASS],
    "csv": [*texts.CSV],
    "doc": old.makers(".doc"),
    "docx": [office.docx_letter, office.docx_table, office.docx_sections, office.docx_runs],
    "eml": [*texts.EML],
    "epub": [*texts.EPUB],
    "html": [*texts.HTML],
    "json": [*texts.JSON],
    "markdown": [*texts.MARKDOWN],
    "odp": [*open_document.ODP],
    "ods": [*open_document.ODS],
    "odt": [*open_document.ODT],
    "pdf": [*pdf.PDF],
    "po": [*texts.PO],
    "ppt": old.makers(".ppt"),
    "pptx": [office.pptx_bullets, office.pptx_table, office.pptx_chart, office.pptx_plain],
    "rtf": old.makers(".rtf"),
    "srt": [*texts.SRT],
    "tsv": [*texts.TSV],
    "txt": [*texts.TXT],
    "vtt": [*texts.VTT],
    "xliff": [*texts.XLIFF],
    "xls": old.makers(".xls"),
    "xlsx": [office.xlsx_table, office.xlsx_rich, office.xlsx_chart, office.xlsx_columns],
    "zip": [*archives.ZIP],
}


def _reader_of(name: str) -> Reader | None:
    form = by_name(name)
    return None if form is None else READERS.get(form.name, readers.plain)


READERS: dict[str, Reader] = {
    **dict.fromkeys(("docx", "epub", "odp", "ods", "odt", "pptx", "xlsx"), readers.package),
    # As what they become.
    **dict.fromkeys(("doc", "ppt", "rtf", "xls"), readers.package),
    "eml": readers.mail,
    "json": readers.values,
    "pdf": readers.pages,
    "po": readers.catalogue,
    "xliff": readers.targets,
    "zip": readers.archive(_reader_of),
}
"""Formats that are not here are text."""

LIBREOFFICE = frozenset(
    {"csv", "doc", "docx", "html", "odp", "ods", "odt", "pdf", "ppt", "pptx", "rtf", "tsv", "txt", "xls", "xlsx"}
)
"""Formats that LibreOffice opens."""
