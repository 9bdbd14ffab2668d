"""Lists of terms: .csv, .tsv and .tbx in, and out again. Each line that cannot be used is an error that names it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from documents.characters import without_unwritable
from documents.encodings import detect
from documents.errors import BadTerms, DocumentError
from documents.exchange import tbx
from documents.exchange.languages import code_of

MAX_ENTRIES = 20_000
MAX_TERM_CHARS = 200
_SOURCE_HEADS = frozenset({"source", "term", "src", "source term", "原文", "эх"})
_TARGET_HEADS = frozenset({"target", "translation", "tgt", "target term", "译文", "орчуулга"})
_CASE_HEADS = frozenset({"match_case", "case", "case_sensitive"})
_YES = frozenset({"1", "true", "yes", "x"})


@dataclass(frozen=True)
class TermRow:
    """target None: not to be translated. line: where it stands in its file, 0 if that is not known."""

    source: str
    target: str | None
    match_case: bool = False
    line: int = 0


def read(name: str, path: Path, source_lang: str, target_lang: str) -> list[TermRow]:
    """The terms of the file at `path`, which its owner calls `name`, from `source_lang` into `target_lang`.

    Of two entries with the same source the later counts. Raises BadTerms, with the line.
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".tbx":
        rows: Iterable[TermRow] = (
            TermRow(*entry, line=line) for entry, line in tbx.read(path, source_lang, target_lang)
        )
    elif suffix in (".csv", ".tsv", ".txt"):
        rows = _table(path, "," if suffix == ".csv" else "\t", source_lang, target_lang)
    else:
        raise BadTerms(f"{name} is no list of terms: use .csv, .tsv or .tbx.", name=name)
    return checked(rows)


def checked(rows: Iterable[TermRow]) -> list[TermRow]:
    """Without spaces around them, each source once. Raises BadTerms."""
    found: dict[str, TermRow] = {}
    for row in rows:
        source, target = " ".join(row.source.split()), None if row.target is None else " ".join(row.target.split())
        where = f"Line {row.line}" if row.line else f"Entry {len(found) + 1}"
        if not source:
            raise BadTerms(f"{where} has no source term.", line=row.line)
        if without_unwritable(written := f"{source}{target or ''}") != written:
            raise BadTerms(
                f"{where} has a character that stands in no text, such as a control character: take it out.",
                line=row.line,
            )
        if max(len(source), len(target or "")) > MAX_TERM_CHARS:
            raise BadTerms(f"{where} has a term of more than {MAX_TERM_CHARS} characters.", line=row.line)
        if not any(character.isalnum() for character in source):
            raise BadTerms(f"{where}: {source!r} has no letter and no digit, so it is no term.", line=row.line)
        found[source] = TermRow(source, target or None, row.match_case, row.line)
        if len(found) > MAX_ENTRIES:
            raise BadTerms(f"The list has more than {MAX_ENTRIES} terms: make several of it.", limit=MAX_ENTRIES)
    if not found:
        raise BadTerms("The list has no terms.")
    return list(found.values())


def _table(path: Path, delimiter: str, source_lang: str, target_lang: str) -> Iterator[TermRow]:
    """Two columns, source and target, maybe a third (match_case); or any number, with languages in the first line. A line
    without a target, or with the source itself as one, is a term that is not translated."""
    try:
        codec = detect(path).codec
        text = path.read_text(encoding=codec, errors="strict").removeprefix("\ufeff")
    except (DocumentError, UnicodeDecodeError) as error:
        raise BadTerms(f"The list cannot be read as text: {error}") from error
    if delimiter == "," and text.partition("\n")[0].count(";") > text.partition("\n")[0].count(","):
        delimiter = ";"  # as Excel writes where a comma is in numbers
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: tuple[int, int, int | None] = (0, 1, 2)
    first = True
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if first:
                first = False
                headed = _headed(row, source_lang, target_lang)
                if headed is not None:
                    columns = headed
                    continue
            yield _row(row, columns, reader.line_num)
    except csv.Error as error:
        raise BadTerms(f"Line {reader.line_num} cannot be read: {error}.", line=reader.line_num) from error


def _row(row: Sequence[str], columns: tuple[int, int, int | None], line: int) -> TermRow:
    source_at, target_at, case_at = columns
    if source_at >= len(row):
        raise BadTerms(
            f"Line {line} has {len(row)} columns; the source is looked for in column {source_at + 1}.", line=line
        )
    target = row[target_at] if target_at < len(row) else ""
    case = case_at is not None and case_at < len(row) and row[case_at].strip().casefold() in _YES
    return TermRow(row[source_at], target if target.strip() else None, case, line)


def _headed(row: Sequence[str], source_lang: str, target_lang: str) -> tuple[int, int, int | None] | None:
    """-> the columns of source, target and match_case when the first line names them. Raises BadTerms when it names
    languages, and not ours."""
    heads = [cell.strip().casefold() for cell in row]
    codes = [code_of(head) for head in heads]
    case = next((n for n, head in enumerate(heads) if head in _CASE_HEADS), None)
    if source_lang in codes and target_lang in codes:
        return codes.index(source_lang), codes.index(target_lang), case
    named = [code for code in codes if code]
    if len(named) > 1:
        raise BadTerms(f"Line 1 names the languages {', '.join(named)}, not {source_lang} and {target_lang}.", line=1)
    source = next((n for n, head in enumerate(heads) if head in _SOURCE_HEADS), None)
    target = next((n for n, head in enumerate(heads) if head in _TARGET_HEADS), None)
    return (source, target, case) if source is not None and target is not None else None


def write(kind: str, rows: Iterable[TermRow], source_lang: str, target_lang: str) -> bytes:
    """The list as csv, tsv or tbx; what `read` reads again is the same."""
    if kind == "tbx":
        return tbx.write(((row.source, row.target, row.match_case) for row in rows), source_lang, target_lang)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter="," if kind == "csv" else "\t", lineterminator="\r\n")
    writer.writerow(("source", "target", "match_case"))
    for row in rows:
        writer.writerow((row.source, row.target or "", "true" if row.match_case else ""))
    return ("\ufeff" + out.getvalue()).encode()
