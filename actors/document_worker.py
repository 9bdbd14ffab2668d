"""The process in which documents are parsed and written: limited in memory and time, and alone when it dies.

Started by `actors.document_pool` as `python -m actors.document_worker MEMORY_BYTES PARENT_PID [STORE [converts]]`; it ends with
that parent. With the root of the blob store it opens no other file than those of its request (`actors.document_confinement`).
One JSON request a line on standard input, one JSON answer a line on standard output: {"ok": true, ...} or
{"ok": false, "code", "detail"}. Sentences of a small document travel in those lines, of a larger one in files of JSON
lines, so that it is never held in memory at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from actors import word_files
from actors.document_confinement import CONVERTS, Confinement, ForbiddenError
from actors.document_preflight import preflight
from actors.result_kinds import REVIEW
from actors.sentences import Figures, plan_of, refuse_languages
from actors.sentences import rows as sentence_rows
from common.errors import KhelmerchError
from common.processes import end_with
from documents import libreoffice, registry
from documents.formatting import place_runs
from documents.limits import Limits
from documents.model import Options, Output, Piece, ReviewRow, Unit
from translation.segmentation import Sentence, join

Request = dict[str, Any]

READ_BYTES = 1 << 20

MAX_READ_AT_SUBMIT_BYTES = 256 * 1024
"""A file up to this size is read in some tens of milliseconds; in which language a larger one is, is seen when its turn comes."""

FEW_CHARS = 30_000
FEW_ROWS = 500
"""A document with more characters or sentences than this does not travel in one line, which has a limit."""


def check(request: Request) -> Request:
    """Is this a document that we can translate? With `source`, `target` and `sources` (as for `prepare`) the languages of a
    small one are looked at, too. Raises DocumentError, and for the languages what `refuse_languages` does."""
    path = Path(request["path"])
    found = registry.format_for(request["name"], path)
    found.check(path, Limits(**request.get("limits", {})))
    if request.get("sources") and path.stat().st_size <= MAX_READ_AT_SUBMIT_BYTES:
        options = _options(request)
        refuse_languages(lambda: found.read(path, options), request["source"], request["target"], request["sources"])
    return {"format": found.name}


def prepare(request: Request) -> Request:
    """Parse `path` into sentences (`actors.sentences.Row`), those of a small document in the answer as `rows`, of a larger one
    as JSON lines in `out`.

    `source`: a language code, or 'auto'; `sources`: from which the task's models can translate into `target`; `glossary`: a
    file of terms (`actors.word_files`), which are looked for in the sentences. The answer's `language`: what was found out,
    None where it was given. Raises DocumentError, and of TranslationError what `plan_of` and `sentences.rows` do.
    """
    path = Path(request["path"])
    kind = registry.format_for(request["name"], path)
    options = _options(request)

    def units() -> Iterator[Unit]:
        return kind.read(path, options)

    plan = plan_of(units, request["source"], request["target"], request["sources"])
    figures = Figures()
    glossary = word_files.matcher(request["glossary"], plan.source) if request.get("glossary") else None
    with _Rows(Path(request["out"])) as rows:
        for row in sentence_rows(units, plan, figures, glossary):
            rows.add(row, len(row[1]) + len(row[2]))
    return {
        "segments": figures.segments,
        "missing": figures.missing,
        "chars": figures.chars,
        "flagged": figures.flagged,
        "notes": figures.notes,
        "language": plan.source if plan.is_auto else None,
        "rows": rows.few,
    }


class _Rows:
    """few: all rows, or None when they are so many that they are in the file at `path`."""

    def __init__(self, path: Path) -> None:
        self.few: list[list[Any]] | None = []
        self._path = path
        self._file: TextIO | None = None
        self._chars = 0

    def __enter__(self) -> _Rows:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, row: list[Any], chars: int) -> None:
        self._chars += chars
        if self.few is not None:
            self.few.append(row)
            if self._chars <= FEW_CHARS and len(self.few) <= FEW_ROWS:
                return
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8")
        for one in self.few if self.few is not None else [row]:
            self._file.write(json.dumps(one, ensure_ascii=False) + "\n")
        self.few = None


def assemble(request: Request) -> Request:
    """Write the translated document to `out` and sync it, from the file at `path` and the sentences in `rows`, or of a
    larger one in the JSON lines of the file `segments`.

    A sentence: [unit, lead, source, target, alignment, flags, notes, terms, origin, suggestion]. `output`: what `out` is to be
    (`documents.model.Output`); `also`: {kind: path} of what is wanted beside it, told of in the answer's `also`; the answer's
    `terms`: how many of the glossary's were used and missed. Each file is written whole or not at all: the caller renames it
    into place.
    """
    tally = word_files.Tally(request["target"])
    answer = _written(request, request.get("output", Output.TRANSLATED), Path(request["out"]), tally)
    if terms := tally.told():
        answer["terms"] = terms
    also = {kind: _written(request, kind, Path(path)) for kind, path in request.get("also", {}).items()}
    return {**answer, "also": also} if also else answer


def _written(request: Request, output: str, out: Path, tally: word_files.Tally | None = None) -> Request:
    path = Path(request["path"])
    kind = registry.format_for(request["name"], path)
    options = _options(request)
    with _sentences(request) as sentences:
        if tally is not None:
            sentences = tally.count(sentences)
        units = zip(kind.read(path, options), _of_each_unit(sentences), strict=False)
        if output == REVIEW:
            from documents.review import write_review  # few tasks want one, and every worker would load it

            write_review(out, _review_rows(units, request["target"]))
        else:
            languages = request["source"], request["target"]
            translated = (_pieces(unit, rows, *languages) for unit, rows in units)
            kind.write(path, out, translated, request["target"], Output(output), options)
    return _sync(out)


def _of_each_unit(sentences: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    """-> the sentences of unit 0, 1, 2 and so on without end; none for those that have none."""
    number = 0
    for unit, rows in _by_unit(sentences):
        yield from ([] for _ in range(unit - number))
        yield rows
        number = unit + 1
    while True:
        yield []


def _review_rows(units: Iterable[tuple[Unit, list[list[Any]]]], target_language: str) -> Iterator[ReviewRow]:
    number = 0
    for unit, rows in units:
        for row in rows:
            number += 1
            terms = word_files.terms_for_people(word_files.of_row(row, target_language))
            known = word_files.memory_for_people(row[8], row[9])
            yield ReviewRow(number, unit.place, row[2], row[3] or "", tuple(row[5]), tuple(row[6]), terms, known)


def _options(request: Request) -> Options:
    given = request.get("options") or {}
    return Options(
        **{**given, "json_keys": tuple(given.get("json_keys", ())), "target_language": request.get("target", "")}
    )


def _sync(path: Path) -> Request:
    """-> what is told of a result, once it is on the disk."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
        size = file.tell()
        os.fsync(file.fileno())
    return {"size": size, "sha256": digest.hexdigest()}


@contextmanager
def _sentences(request: Request) -> Iterator[Iterator[list[Any]]]:
    if "rows" in request:
        yield iter(request["rows"])
    else:
        with Path(request["segments"]).open(encoding="utf-8") as lines:
            yield map(json.loads, lines)


def _by_unit(sentences: Iterator[list[Any]]) -> Iterator[tuple[int, list[list[Any]]]]:
    unit = -1
    rows: list[list[Any]] = []
    for row in sentences:
        if row[0] != unit and rows:
            yield unit, rows
            rows = []
        unit = row[0]
        rows.append(row)
    if rows:
        yield unit, rows


def _pieces(unit: Unit, rows: list[list[Any]], source_language: str, target_language: str) -> list[Piece]:
    """Join the sentences of one unit and put its formatting back."""
    sentences = [Sentence(row[1], row[3]) for row in rows]
    target = join(sentences, source_language, target_language)
    alignment: list[tuple[int, int]] | None = []
    source_at = target_at = 0
    for row in rows:
        source_at += len(row[1])
        # `join` may drop or add one space between sentences: find each translation where it went.
        target_at = target.index(row[3], target_at)
        if row[4] is None:
            if len(unit.runs) > 1 and row[2] != row[3]:
                alignment = None
                break
            assert alignment is not None
            alignment.extend((source_at + i, target_at + i) for i in range(len(row[3])))
        else:
            assert alignment is not None
            alignment.extend((source_at + a, target_at + b) for a, b in row[4])
        source_at += len(row[2])
        target_at += len(row[3])
    return place_runs(unit, target, alignment)


OPERATIONS: dict[str, Callable[[Request], Request]] = {
    "check": check,
    "preflight": preflight,
    "prepare": prepare,
    "assemble": assemble,
    "read_terms": word_files.read_terms,
    "read_memory": word_files.read_memory,
}


def files_of(request: Request) -> list[str]:
    """-> the files that a request is about: nothing else is opened for it."""
    named = [request.get(name) for name in ("path", "out", "segments", "glossary")]
    return [path for path in (*named, *request.get("also", {}).values()) if path]


def answer(request: Request) -> Request:
    try:
        return {"ok": True, **OPERATIONS[request["op"]](request)}
    except KhelmerchError as error:
        return {"ok": False, "code": error.code, "status": error.status, "detail": error.detail, "data": error.data}
    except MemoryError:
        detail = "The document needs more memory than one document may take. Split it and send the parts."
        return {"ok": False, "code": "document_too_complex", "status": 422, "detail": detail, "data": {}}
    except ForbiddenError:
        raise  # ends the worker: a document's fault, over which no other waits
    except OSError as error:
        return {"ok": False, "code": "storage_error", "status": 503, "detail": f"{error.strerror or error}", "data": {}}


def main() -> None:
    limit, parent = int(sys.argv[1]), int(sys.argv[2])
    end_with(parent)
    # numpy's library reserves memory for a thread on each core, which counts against the limit. Read at its import.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    converter = libreoffice.find() if sys.argv[4:] == [CONVERTS] else None
    confinement = Confinement(Path(sys.argv[3]), converter) if len(sys.argv) > 3 else None
    for line in sys.stdin:
        request = json.loads(line)
        if confinement is not None:
            confinement.allow(files_of(request))
        sys.stdout.write(json.dumps(answer(request), ensure_ascii=False) + "\n")
        sys.stdout.flush()
    if confinement is not None:
        confinement.end()


if __name__ == "__main__":
    main()
