"""What the API shows of a task's files: their state, all that was written of them, their sentences. Pure reading."""

from __future__ import annotations

import json
from typing import Any

from actors.result_kinds import kinds_of
from storage import extra_results
from storage.errors import FileNotInTask
from storage.extra_results import ExtraResult
from storage.repository import Repository
from storage.segment_store import StoredSegment
from translation.languages import AUTO
from translation.terms import from_json, occurrences

Row = dict[str, Any]


def _counts(stored: str | None) -> dict[str, int]:
    return json.loads(stored) if stored else {}


def file_view(row: Row, file: Row) -> Row:
    """-> a file of the task `row`, for people and programs."""
    shown = {
        key: file[key]
        for key in (
            "n",
            "name",
            "size",
            "status",
            "result_name",
            "result_size",
            "result_sha256",
            "segments_total",
            "segments_done",
            "segments_flagged",
            "error_code",
            "error_message",
        )
    }
    done = file["status"] == "completed" and file["result_blob"] is not None
    download = f"/tasks/{row['task_id']}/files/{file['n']}"
    return {
        **shown,
        "download": download if done else None,
        "source_lang": file["source_lang"] or (None if row["source_lang"] == AUTO else row["source_lang"]),
        "flags": _counts(file["flag_counts"]),
        "notes": _counts(file["note_counts"]),
        "terms": _counts(file["term_counts"]),
        "memory_matches": file["recalled"],
        "outdated": file["corrections"] > 0,
        "results": [
            {
                "kind": one.kind,
                "name": one.name,
                "size": one.size,
                "sha256": one.sha256,
                "download": f"{download}?kind={one.kind}",
            }
            for one in (_all_results(row, file) if done else ())
        ],
    }


def _all_results(row: Row, file: Row) -> list[ExtraResult]:
    """-> what was written of a finished file, the result itself first."""
    first = kinds_of(row["output"], False)[0]
    told = (file["result_name"], file["result_size"], file["result_sha256"], file["result_blob"])
    return [ExtraResult(first, *told), *extra_results.from_json(file["extra_results"])]


def _as_row(one: ExtraResult) -> Row:
    return {
        "result_name": one.name,
        "result_size": one.size,
        "result_sha256": one.sha256,
        "result_blob": one.blob,
    }


def results(repository: Repository, task_id: str) -> Row:
    """-> {"task", "files": a row for each thing that was written of the finished files}. Raises TaskNotFound."""
    row = repository.tasks.get(task_id)
    done = [file for file in repository.tasks.files(task_id) if file["status"] == "completed"]
    return {"task": row, "files": [{**file, **_as_row(one)} for file in done for one in _all_results(row, file)]}


def result(repository: Repository, task_id: str, n: int, kind: str | None = None) -> Row:
    """-> the row of a finished file, with the result of that kind in the place of the first one. Raises TaskNotFound,
    FileNotInTask."""
    file = repository.tasks.file(task_id, n)
    if file["status"] != "completed":
        reason = file["error_message"] or "it is not finished"
        raise FileNotInTask(
            f"File {n} ({file['name']}) cannot be downloaded: {reason}.".replace("..", "."), task_id=task_id, n=n
        )
    if file["result_blob"] is None:
        raise FileNotInTask(f"The result of file {n} was removed after its retention time.", task_id=task_id, n=n)
    if kind is None:
        return file
    row = repository.tasks.get(task_id)
    there = {one.kind: one for one in _all_results(row, file)}
    if kind not in there:
        raise FileNotInTask(
            f"File {n} was not asked for as {kind}: there is {' and '.join(there)}. `output` and `review` of the task say "
            "what is written.",
            task_id=task_id,
            n=n,
            kinds=list(there),
        )
    return {**file, **_as_row(there[kind])}


def segment_view(one: StoredSegment, target_language: str) -> Row:
    """-> a sentence, for people and programs."""
    found = occurrences(from_json(one.terms), one.target or "", target_language) if one.terms else []
    return {
        "n": one.position + 1,
        "source": one.source,
        "target": one.target,
        "flags": list(one.flags),
        "notes": list(one.notes),
        "origin": one.origin or ("model" if one.target is not None and one.target != one.source else None),
        "terms": [{**term._asdict(), "used": term.used} for term in found] if one.target is not None else [],
        "suggestion": json.loads(one.suggestion) if one.suggestion else None,
    }


def segments(
    repository: Repository, task_id: str, n: int, after: int, limit: int, flag: str | None, note: str | None
) -> Row:
    """-> {"segments", "next_after": of the next call, None at the end}. Raises TaskNotFound, FileNotInTask."""
    file, target = repository.tasks.file(task_id, n), repository.tasks.get(task_id)["target_lang"]
    found = repository.segments.page(file["id"], after, limit + 1, flag, note)
    return {
        "segments": [segment_view(one, target) for one in found[:limit]],
        "next_after": found[limit - 1].position + 1 if len(found) > limit else None,
    }
