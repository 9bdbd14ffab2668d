"""What document workers do with files of terms and translation memories, and with a glossary's terms in a document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from documents.exchange import terms as term_files
from documents.exchange import tmx
from translation.terms import Matcher, Occurrence, Term, from_rows, occurrences

Request = dict[str, Any]

GLOSSARIES_HELD = 4
"""Glossaries that one process keeps ready: some 20 MB for one of 20,000 terms."""


def read_terms(request: Request) -> Request:
    """The list of terms at `path` as JSON lines in `out`: [source, target, match_case]. Raises BadTerms."""
    found = term_files.read(request["name"], Path(request["path"]), request["source"], request["target"])
    count = _write(Path(request["out"]), ([row.source, row.target, row.match_case] for row in found))
    return {"terms": count}


def read_memory(request: Request) -> Request:
    """The TMX file at `path` as JSON lines in `out`: [source language, target language, source, target, made
    by a model]. Raises BadMemory."""
    units = tmx.read(Path(request["path"]))
    count = _write(
        Path(request["out"]),
        ([unit.source_lang, unit.target_lang, unit.source, unit.target, unit.machine] for unit in units),
    )
    return {"units": count}


def _write(out: Path, rows: Iterable[list[Any]]) -> int:
    count = 0
    with out.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


@lru_cache(maxsize=GLOSSARIES_HELD)
def matcher(path: str, language: str) -> Matcher:
    """The terms in the JSON lines at `path`. A changed glossary has another path."""
    with Path(path).open(encoding="utf-8") as lines:
        return Matcher((Term(*json.loads(line)) for line in lines), language)


class Tally:
    """Counts what became of the terms in the sentences that go through it."""

    def __init__(self, target_language: str) -> None:
        self._language = target_language
        self._used = self._missed = 0

    def count(self, sentences: Iterator[list[Any]]) -> Iterator[list[Any]]:
        for row in sentences:
            for one in of_row(row, self._language):
                self._used += one.used
                self._missed += not one.used
            yield row

    def told(self) -> dict[str, int]:
        """-> {"used", "missed"}, nothing when there were no terms."""
        return {"used": self._used, "missed": self._missed} if self._used or self._missed else {}


def of_row(row: list[Any], target_language: str) -> list[Occurrence]:
    """What became of the terms of a sentence [unit, lead, source, target, alignment, flags, notes, terms, …]."""
    return occurrences(from_rows(row[7]), row[3] or "", target_language) if row[7] else []


def terms_for_people(found: Iterable[Occurrence]) -> str:
    """As the table for proof-readers says it, a line a term: used, or MISSED."""
    return "\n".join(f"{one.term} → {one.target}: {'used' if one.used else 'MISSED'}" for one in found)


def memory_for_people(origin: str | None, suggestion: str | None) -> str:
    """As the table for proof-readers says it: where the translation is from, and what the memory has that is similar."""
    parts = [origin] if origin else []
    if suggestion:
        known = json.loads(suggestion)
        parts.append(f"{known['score']:.0%}: {known['source']} → {known['target']}")
    return "\n".join(parts)
