"""One document through a format, in a process with a limit of memory: what became of it.

Checked, read, written with the translation that is the source (it must be the same document), with every word replaced
(no unit may be left as it was), and in both languages. `outcome` is passed, refused (with code and reason) or failed.
"""

from __future__ import annotations

import re
import resource
import tempfile
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.sameness import Changed, require_same
from documents.errors import DocumentError
from documents.formatting import place_runs
from documents.limits import Limits
from documents.model import Format, Output, Piece, Unit
from documents.naming import written_suffix
from documents.registry import format_for

_WORD = re.compile(r"[^\W\d_]+")
_SHOWN = 5
"""Units that were left are told up to so many."""


class Wrong(Exception):
    """The document did not come through."""


def same(unit: Unit) -> list[Piece]:
    spans = enumerate(unit.runs) if unit.runs else ()
    return [Piece(unit.text[span.start : span.end], number) for number, span in spans] or [Piece(unit.text)]


def replaced(unit: Unit) -> list[Piece]:
    """Han characters for every word, fewer than it has letters."""
    return place_runs(unit, _WORD.sub(lambda word: "译" * ((len(word.group()) + 2) // 3), unit.text), None)


def probe(path: Path, folder: Path) -> int:
    """-> the number of units. Raises DocumentError, Wrong, or what is at fault in the code."""
    form = format_for(path.name, path)
    form.check(path, Limits())
    units = list(form.read(path))
    out = folder / f"out{written_suffix(path.suffix)}"

    def write(pieces: Callable[[Unit], list[Piece]], output: Output) -> None:
        form.write(path, out, map(pieces, units), "cmn_Hans", output)

    for output in sorted(form.outputs):
        write(same, output)
        require_same(path, out, output)
        write(replaced, output)
        format_for(out.name, out).check(out, Limits())
    write(replaced, Output.TRANSLATED)
    _require_translated(format_for(out.name, out), units, out)
    return len(units)


def _require_translated(form: Format, units: list[Unit], out: Path) -> None:
    sources = {unit.text for unit in units if _WORD.search(unit.text)}
    left = [unit for unit in form.read(out) if unit.text in sources and "译" not in unit.text]
    if left:
        told = "; ".join(f"{unit.place}: {unit.text[:60]}" for unit in left[:_SHOWN])
        raise Wrong(f"{len(left)} of {len(units)} units are left as they were: {told}")


def told_of(path: Path) -> dict[str, Any]:
    """What became of the document at `path`."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            return {"outcome": "passed", "units": probe(path, Path(folder))}
    except DocumentError as error:
        return {"outcome": "refused", "code": error.code, "detail": error.detail}
    except Changed as error:
        return {"outcome": "failed", "detail": f"with the translation that is the source: {error}"}
    except Wrong as error:
        return {"outcome": "failed", "detail": str(error)}
    except MemoryError:
        return {"outcome": "failed", "detail": "needs more memory than a document worker has"}
    except Exception:
        return {"outcome": "failed", "detail": traceback.format_exc(limit=-4)}


def run(answers: Connection, path: Path, memory_bytes: int) -> None:
    """Sends what became of the document, with seconds of the processor and MiB. For a process of its own."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    began = time.process_time()
    told = told_of(path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    answers.send({**told, "seconds": round(time.process_time() - began, 2), "peak_mib": peak})
