"""Tables in text (.csv, .tsv): cells with letters; delimiters, quotes, line ends and numbers stay byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from documents.codes import Raw
from documents.model import Options, Output, Piece
from documents.program_text import is_for_programs
from documents.text_file import Slot, TextFormat, joined, lines_of

# A quote that never closes is a sign like others: else the rest of the table would be one cell.
_QUOTED = re.compile(r' *"(?:[^"]++|"")*+"')
_SAMPLE_CHARS = 20_000
# Spreadsheets compute it.
_FORMULA = re.compile(r"=(?![=\s])")
# Excel's first line, which names the delimiter and is no row.
_NAMED = re.compile(r'"?sep=(.)"?(?:\r\n|\r|\n|\Z)', re.IGNORECASE)


@dataclass(frozen=True)
class _Cell:
    start: int
    end: int
    row: int
    column: int


class Csv(TextFormat):
    """The format `.csv`."""

    name = "csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv",)
    media_type = "text/csv"

    def delimiter(self, text: str) -> str:
        """The sign that the file names, else the one that most of the first lines hold equally often."""
        named = _NAMED.match(text)
        if named is not None:
            return named[1]
        lines = [re.sub(r'"[^"]*"', "", line) for line in text[:_SAMPLE_CHARS].splitlines()[:50] if line.strip()]

        def agreement(sign: str) -> tuple[int, int]:
            counts = [line.count(sign) for line in lines]
            usual = max(set(counts), key=lambda count: (count > 0, counts.count(count), count), default=0)
            return (counts.count(usual) if usual else 0, usual)

        return max((",", ";", "\t", "|"), key=agreement)

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        """One slot a cell that holds words."""
        delimiter = self.delimiter(text)
        for cell in _cells(text, delimiter):
            slot = _slot(text, cell, delimiter)
            if slot is not None:
                yield slot

    def relabelled(self, text: str, target_language: str, output: Output) -> Iterator[tuple[int, int, str]]:
        """A column beside each that holds words, where both languages are wanted."""
        if output is Output.BILINGUAL:
            delimiter = self.delimiter(text)
            columns = {cell.column for cell in _cells(text, delimiter) if _slot(text, cell, delimiter) is not None}
            for cell in _cells(text, delimiter):
                if cell.column in columns:
                    yield cell.end, cell.end, delimiter


class Tsv(Csv):
    """The format `.tsv`."""

    name = "tsv"
    suffixes: ClassVar[tuple[str, ...]] = (".tsv", ".tab")
    media_type = "text/tab-separated-values"

    def delimiter(self, text: str) -> str:
        """The tab."""
        return "\t"


def _cells(text: str, delimiter: str) -> Iterator[_Cell]:
    plain = re.compile(f"[^{re.escape(delimiter)}\r\n]*+")
    named = _NAMED.match(text)
    at, row, column = (named.end(), 2, 0) if named else (0, 1, 0)
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        rest = plain.match(text, quoted.end() if quoted else at)
        end = rest.end() if rest else at
        if end > at or column or text[at : at + 1] == delimiter:
            yield _Cell(at, end, row, column)
        at = end
        if text.startswith(delimiter, at):
            at, column = at + 1, column + 1
            if at == len(text) or text[at] in "\r\n":
                yield _Cell(at, at, row, column)
        if at < len(text) and text[at] in "\r\n":
            at += 2 if text.startswith("\r\n", at) else 1
            row, column = row + 1, 0


def _slot(text: str, cell: _Cell, delimiter: str) -> Slot | None:
    raw_cell = text[cell.start : cell.end]
    body = raw_cell.strip(" ")
    is_quoted = len(body) > 1 and body[0] == body[-1] == '"'
    value = body[1:-1].replace('""', '"') if is_quoted else raw_cell
    lines = lines_of(value, f"row:{cell.row},column:{cell.column + 1}")
    if not lines.units or is_for_programs(value) or _FORMULA.match(value):
        return None

    def rendered(pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output) -> tuple[int, int, str]:
        new = lines.filled([joined(one) for one in pieces])
        # Quotes inside a cell without any around it are signs for every reader; quotes around it are not for all of .tsv.
        is_plain = not new.lstrip(" ").startswith('"') and '"' in raw_cell
        if is_quoted or delimiter in new or ('"' in new and not is_plain):
            new = '"' + new.replace('"', '""') + '"'
        return (cell.end, cell.end, new) if output is Output.BILINGUAL else (cell.start, cell.end, new)

    return Slot(lines.units, rendered)
