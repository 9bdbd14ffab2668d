"""The entries of a glossary as DeepL writes them: a term and its translation in each line, no heads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from documents.exchange.terms import TermRow, checked
from serve_app.errors import RequestError
from storage.glossary_store import GlossaryTerm

FORMATS = ("tsv", "csv")
MEDIA = "text/tab-separated-values"


def read(text: Any, kind: Any) -> list[GlossaryTerm]:
    """kind: tsv (terms as they are) or csv (maybe in quotes, maybe with the two languages behind).

    Raises RequestError, BadTerms.
    """
    if kind not in FORMATS:
        raise RequestError("Value for 'entries_format' not supported.", field="entries_format")
    if not isinstance(text, str) or not text.strip():
        raise RequestError("Parameter 'entries' not specified.", field="entries")
    lines = text.splitlines()
    try:
        rows = [line.split("\t") for line in lines] if kind == "tsv" else list(csv.reader(lines, strict=True))
    except csv.Error as error:
        raise RequestError(f"The entries are no CSV: {error}.", field="entries") from error
    pairs = []
    for number, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) < 2 or not row[0].strip() or not row[1].strip():
            raise RequestError(f"Line {number} of the entries is not a term and its translation.", field="entries")
        pairs.append(TermRow(row[0], row[1], line=number))
    return [GlossaryTerm(row.source, row.target, row.match_case) for row in checked(pairs)]


def write(terms: Iterable[GlossaryTerm]) -> str:
    """As tsv. What is not translated stands for itself; of several translations the preferred one is told."""
    out = io.StringIO()
    for term in terms:
        out.write(f"{term.source}\t{(term.target or term.source).partition('|')[0].strip()}\n")
    return out.getvalue()
