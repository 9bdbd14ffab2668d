"""Corrections of translations that people send back, and the documents that are written anew with them.

A task that is over stays in its state: what changes is what its files say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from storage import extra_results
from storage.database import Database
from storage.errors import SegmentNotFound, SegmentUntranslated
from storage.event_store import EventStore
from storage.segment_store import SegmentStore
from storage.states import FileStatus
from storage.tables import segments, task_files, tasks
from storage.task_store import Completed

CORRECTION = "correction"
FUZZY = "fuzzy"
"""A mark, no doubt: the memory has a similar sentence."""


@dataclass(frozen=True)
class Corrected:
    """positions: of all sentences of the file that were the same, from 0; language: as in `storage.tables.Segment`."""

    source: str
    context: str | None
    positions: tuple[int, ...]
    language: str | None = None


class CorrectionStore:
    def __init__(self, database: Database, events: EventStore) -> None:
        self._database = database
        self._events = events

    def correct(
        self, task: Mapping[str, Any], file: Mapping[str, Any], position: int, target: str, now: float
    ) -> Corrected:
        """The sentence and those of the file that are the same say `target` from now on, and are in doubt no more.

        Raises SegmentNotFound, and SegmentUntranslated when the sentence has no translation yet.
        """
        file_id = file["id"]
        mine = segments.c.file_id == file_id
        names = ("position", "source", "context", "target", "flags", "language")
        columns = [segments.c[name] for name in names]
        with self._database.transaction() as connection:
            row = connection.execute(select(*columns).where(mine, segments.c.position == position)).first()
            if row is None:
                raise SegmentNotFound(
                    f"File {file['n']} has no sentence {position + 1}, or its sentences were removed with the upload "
                    "(UPLOAD_RETENTION).",
                    n=position + 1,
                )
            if row.target is None:
                raise SegmentUntranslated(
                    f"Sentence {position + 1} has no translation yet. Correct it when it has one.", n=position + 1
                )
            context = segments.c.context.is_(None) if row.context is None else segments.c.context == row.context
            same = mine, segments.c.source == row.source, context, segments.c.target.is_not(None)
            translated = connection.execute(select(*columns).where(*same)).all()
            positions = [one.position for one in translated]
            changed = {"target": target, "flags": None, "alignment": None, "origin": CORRECTION, "suggestion": None}
            # Not by their positions: a sheet may say "yes" more often than a statement may have parameters.
            connection.execute(segments.update().where(*same).values(changed))
            doubtful = sum(bool(set((one.flags or "").split()) - {FUZZY}) for one in translated)
            self._recount(task["task_id"], file_id, doubtful)
            self._events.add(
                task["task_id"], task["attempt"], "corrected", now, file=file["n"], segments=len(positions)
            )
        return Corrected(row.source, row.context, tuple(positions), row.language)

    def _recount(self, task_id: str, file_id: int, doubtful: int) -> None:
        flags = SegmentStore(self._database).flag_counts([file_id]).get(file_id)
        with self._database.transaction() as connection:
            connection.execute(
                task_files.update()
                .where(task_files.c.id == file_id)
                .values(
                    corrections=task_files.c.corrections + 1,
                    segments_flagged=task_files.c.segments_flagged - doubtful,
                    flag_counts=json.dumps(flags) if flags else None,
                )
            )
            total = select(func.sum(task_files.c.segments_flagged)).where(task_files.c.task_id == task_id)
            flagged = {"segments_flagged": total.scalar_subquery()}
            connection.execute(tasks.update().where(tasks.c.task_id == task_id).values(flagged))

    def outdated(self, task_id: str) -> list[dict[str, Any]]:
        """-> the finished files that were corrected after they were written, and can still be written anew."""
        query = select(task_files).where(
            task_files.c.task_id == task_id,
            task_files.c.status == FileStatus.COMPLETED,
            task_files.c.corrections > 0,
            task_files.c.result_blob.is_not(None),
            task_files.c.blob != "",
        )
        with self._database.transaction(durable=False) as connection:
            return [dict(row) for row in connection.execute(query.order_by(task_files.c.n)).mappings()]

    def rewritten(self, done: Completed, seen: int, task_id: str, n: int, now: float) -> Sequence[str] | None:
        """The file's results are these now; seen: the corrections that are in them; -> blobs to remove once this is committed.

        None, and nothing changed, when the file was begun anew or its result removed meanwhile.
        """
        current = (
            task_files.c.id == done.file_id,
            task_files.c.status == FileStatus.COMPLETED,
            task_files.c.result_blob.is_not(None),
            select(tasks.c.task_id).where(tasks.c.task_id == task_id, tasks.c.attempt == done.attempt).exists(),
        )
        with self._database.transaction() as connection:
            old = connection.execute(
                select(task_files.c.result_blob, task_files.c.extra_results).where(*current)
            ).first()
            if old is None:
                return None
            connection.execute(
                task_files.update()
                .where(task_files.c.id == done.file_id)
                .values(
                    result_name=done.result.name,
                    result_blob=done.result.blob,
                    result_size=done.result.size,
                    result_sha256=done.result.sha256,
                    extra_results=extra_results.to_json(done.extra),
                    term_counts=json.dumps(done.terms) if done.terms else None,
                    corrections=task_files.c.corrections - seen,
                )
            )
            self._events.add(task_id, done.attempt, "file_rewritten", now, file=n)
        return [old.result_blob, *extra_results.blobs_of(old.extra_results)]
