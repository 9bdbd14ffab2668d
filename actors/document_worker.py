"""The process in which documents are parsed and written: limited in memory and time, and alone when it dies.

Started by `actors.document_pool` as `python -m actors.document_worker MEMORY_BYTES PARENT_PID [STORE]`; it ends with that
parent. With the root of the blob store it opens no other file than those of its request (`actors.document_confinement`).
One JSON request a line on standard input, one JSON answer a line on standard output: {"ok": true, ...} or
{"ok": false, "code", "detail"}. Sentences of a small document travel in those lines, of a larger one in files of JSON
lines, so that it is never held in memory at once.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from actors.document_confinement import Confinement
from actors.document_preflight import preflight
from actors.result_kinds import REVIEW
from documents import registry
from documents.errors import DocumentError
from documents.formatting import place_runs
from documents.limits import Limits
from documents.model import Options, Output, Piece, ReviewRow, Unit
from translation.guards import has_letters
from translation.segmentation import Sentence, join, split

Request = dict[str, Any]

READ_BYTES = 1 << 20

PR_SET_PDEATHSIG = 1
"""Of Linux's <sys/prctl.h>."""

FEW_CHARS = 30_000
FEW_ROWS = 500
"""A document with more characters or sentences than this does not travel in one line, which has a limit."""


def check(request: Request) -> Request:
    """Is this a document that we can translate? Raises DocumentError."""
    path = Path(request["path"])
    found = registry.format_for(request["name"], path)
    found.check(path, Limits(**request.get("limits", {})))
    return {"format": found.name}


def prepare(request: Request) -> Request:
    """Parse `path` into sentences: [unit, lead, source, align, same_as, target], those of a small document in the answer
    as `rows`, of a larger one as JSON lines in `out`.

    A sentence without letters is its own translation. `same_as` points to the first equal sentence of the file whose unit
    has the same context.
    """
    path = Path(request["path"])
    language = request["source"]
    first: dict[tuple[str, bool, str], int] = {}
    position = chars = missing = 0
    with _Rows(Path(request["out"])) as rows:
        kind = registry.format_for(request["name"], path)
        for number, unit in enumerate(kind.read(path, _options(request))):
            align = len(unit.runs) > 1
            for sentence in split(unit.text, language):
                target = None if has_letters(sentence.text) else sentence.text
                same_as = None
                if target is None:
                    same_as = first.setdefault((sentence.text, align, unit.context), position)
                    if same_as == position:
                        same_as = None
                        missing += 1
                        chars += len(sentence.text)
                row = [number, sentence.lead, sentence.text, align, same_as, target]
                rows.add(row, len(sentence.lead) + len(sentence.text))
                position += 1
    return {"segments": position, "missing": missing, "chars": chars, "rows": rows.few}


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

    A sentence: [unit, lead, source, target, alignment, flags]. `output`: what `out` is to be (`documents.model.Output`);
    `also`: {kind: path} of what is wanted beside it, told of in the answer's `also`. Each file is written whole or not at
    all: the caller renames it into place.
    """
    answer = _written(request, request.get("output", Output.TRANSLATED), Path(request["out"]))
    also = {kind: _written(request, kind, Path(path)) for kind, path in request.get("also", {}).items()}
    return {**answer, "also": also} if also else answer


def _written(request: Request, output: str, out: Path) -> Request:
    path = Path(request["path"])
    kind = registry.format_for(request["name"], path)
    options = _options(request)
    with _sentences(request) as sentences:
        units = zip(kind.read(path, options), _of_each_unit(sentences), strict=False)
        if output == REVIEW:
            from documents.review import write_review  # few tasks want one, and every worker would load it

            write_review(out, _review_rows(units))
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


def _review_rows(units: Iterable[tuple[Unit, list[list[Any]]]]) -> Iterator[ReviewRow]:
    number = 0
    for unit, rows in units:
        for row in rows:
            number += 1
            yield ReviewRow(number, unit.place, row[2], row[3] or "", tuple(row[5]))


def _options(request: Request) -> Options:
    given = request.get("options") or {}
    return Options(**{**given, "json_keys": tuple(given.get("json_keys", ()))})


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
}


def files_of(request: Request) -> list[str]:
    """-> the files that a request is about: nothing else is opened for it."""
    named = [request.get(name) for name in ("path", "out", "segments")]
    return [path for path in (*named, *request.get("also", {}).values()) if path]


def answer(request: Request) -> Request:
    try:
        return {"ok": True, **OPERATIONS[request["op"]](request)}
    except DocumentError as error:
        return {"ok": False, "code": error.code, "status": error.status, "detail": error.detail, "data": error.data}
    except MemoryError:
        detail = "The document needs more memory than one document may take. Split it and send the parts."
        return {"ok": False, "code": "document_too_complex", "status": 422, "detail": detail, "data": {}}
    except OSError as error:
        return {"ok": False, "code": "storage_error", "status": 503, "detail": f"{error.strerror or error}", "data": {}}


def _end_with(parent: int) -> None:
    """Let the kernel kill this process when the one that started it dies: nobody would take what it goes on to write."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # it died before the kernel was asked
        os._exit(0)


def main() -> None:
    limit, parent = int(sys.argv[1]), int(sys.argv[2])
    _end_with(parent)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    confinement = Confinement(Path(sys.argv[3])) if len(sys.argv) > 3 else None
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
