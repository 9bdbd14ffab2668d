"""Sentences and their translations: the checkpoints of a task."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, bindparam, func, select

from storage.database import Database
from storage.errors import NotTogether
from storage.states import TaskStatus
from storage.tables import segments, task_files, tasks

ITERATE_ROWS = 2_000
"""Rows held at a time while a file is read out: about half a megabyte of text."""


@dataclass(frozen=True)
class NewSegment:
    """A sentence of a parsed file. same_as: position of the first equal one; target: set where nothing is to be translated."""

    position: int
    unit: int
    lead: str
    source: str
    wants_alignment: bool = False
    same_as: int | None = None
    target: str | None = None


@dataclass(frozen=True)
class MissingSegment:
    """A sentence that waits for its translation."""

    file_id: int
    position: int
    source: str
    wants_alignment: bool


@dataclass(frozen=True)
class Translated:
    """The translation of one sentence. alignment: pairs of (source character, target character)."""

    file_id: int
    position: int
    target: str
    flags: tuple[str, ...] = ()
    alignment: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True)
class StoredSegment:
    position: int
    unit: int
    lead: str
    source: str
    target: str | None
    flags: tuple[str, ...]
    alignment: tuple[tuple[int, int], ...] | None


# Built once: making a statement costs as much as running it, and these run for every chunk.
_VALUES: dict[str, BindParameter[str]] = {
    "target": bindparam("b_target"),
    "flags": bindparam("b_flags"),
    "alignment": bindparam("b_alignment"),
}
_UNTRANSLATED = (segments.c.file_id == bindparam("b_file"), segments.c.target.is_(None))
_SAVE_FIRST = segments.update().where(*_UNTRANSLATED, segments.c.position == bindparam("b_position")).values(_VALUES)
_EQUAL = segments.alias("equal")
# SQLite would look for `same_as` through all of the file: only a covering index draws it away from the primary key.
_REPEATS = select(_EQUAL.c.position).where(
    _EQUAL.c.file_id == bindparam("b_file"), _EQUAL.c.same_as == bindparam("b_position")
)
_FIND_REPEATED = (
    select(segments.c.same_as)
    .where(segments.c.file_id == bindparam("b_file"), segments.c.same_as.in_(bindparam("b_positions", expanding=True)))
    .distinct()
)
_CURRENT = select(tasks.c.task_id).where(
    tasks.c.task_id == bindparam("b_task"),
    tasks.c.attempt == bindparam("b_attempt"),
    tasks.c.status.in_((TaskStatus.PENDING, TaskStatus.PROCESSING)),
)
_COUNT_IN_FILE = (
    task_files.update()
    .where(task_files.c.id == bindparam("b_file"))
    .values(
        segments_done=task_files.c.segments_done + bindparam("b_done", type_=Integer),
        segments_flagged=task_files.c.segments_flagged + bindparam("b_flagged", type_=Integer),
    )
)
_COUNT_IN_TASK = (
    tasks.update()
    .where(tasks.c.task_id == bindparam("b_task"))
    .values(
        segments_done=tasks.c.segments_done + bindparam("b_done", type_=Integer),
        segments_flagged=select(func.sum(task_files.c.segments_flagged))
        .where(task_files.c.task_id == bindparam("b_task"))
        .scalar_subquery(),
    )
)
_SAVE_REPEATED = segments.update().where(*_UNTRANSLATED, segments.c.position.in_(_REPEATS)).values(_VALUES)


_CLEAR = segments.delete().where(segments.c.file_id.in_(bindparam("b_files", expanding=True)))
_PROCESSED = select(tasks.c.task_id, tasks.c.attempt).where(
    tasks.c.task_id.in_(bindparam("b_tasks", expanding=True)), tasks.c.status == TaskStatus.PROCESSING
)
_FIND_REPEATED_IN = (
    select(segments.c.file_id, segments.c.same_as)
    .where(segments.c.file_id.in_(bindparam("b_files", expanding=True)))
    .where(segments.c.same_as.in_(bindparam("b_positions", expanding=True)))
    .distinct()
)
_OF_FILES = (
    select(
        segments.c.file_id,
        segments.c.position,
        segments.c.unit,
        segments.c.lead,
        segments.c.source,
        segments.c.target,
        segments.c.flags,
        segments.c.alignment,
    )
    .where(segments.c.file_id.in_(bindparam("b_files", expanding=True)))
    .order_by(segments.c.file_id, segments.c.position)
)


def _values(item: Translated) -> dict[str, Any]:
    return {
        "b_file": item.file_id,
        "b_position": item.position,
        "b_target": item.target,
        "b_flags": " ".join(item.flags) or None,
        "b_alignment": json.dumps(item.alignment) if item.alignment is not None else None,
    }


class SegmentStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def clear(self, file_id: int) -> None:
        """Remove what a preparation that did not finish left behind."""
        with self._database.transaction(durable=False) as connection:
            connection.execute(segments.delete().where(segments.c.file_id == file_id))

    def clear_all(self, file_ids: Sequence[int]) -> None:
        """As `clear`, of several files."""
        with self._database.transaction(durable=False) as connection:
            connection.execute(_CLEAR, {"b_files": list(file_ids)})

    def add(self, file_id: int, batch: Sequence[NewSegment]) -> None:
        self.add_all([(file_id, batch)])

    def add_all(self, batches: Sequence[tuple[int, Sequence[NewSegment]]]) -> None:
        """Sentences of several files."""
        rows = [
            {
                "file_id": file_id,
                "position": item.position,
                "unit": item.unit,
                "lead": item.lead,
                "source": item.source,
                "wants_alignment": item.wants_alignment,
                "same_as": item.same_as,
                "target": item.target,
            }
            for file_id, batch in batches
            for item in batch
        ]
        with self._database.transaction(durable=False) as connection:
            connection.execute(segments.insert(), rows)

    def missing(self, file_id: int, after: int, limit: int) -> list[MissingSegment]:
        """-> the next sentences to be sent, by position, after position `after` (-1: from the start)."""
        query = (
            select(segments.c.file_id, segments.c.position, segments.c.source, segments.c.wants_alignment)
            .where(segments.c.target.is_(None), segments.c.same_as.is_(None))
            .where(segments.c.file_id == file_id, segments.c.position > after)
            .order_by(segments.c.position)
            .limit(limit)
        )
        with self._database.transaction(durable=False) as connection:
            return [MissingSegment(*row) for row in connection.execute(query)]

    def missing_counts(self, file_id: int) -> tuple[int, int]:
        """-> (sentences still to be sent, their characters) of one file."""
        query = select(func.count(), func.coalesce(func.sum(func.length(segments.c.source)), 0)).where(
            segments.c.file_id == file_id, segments.c.target.is_(None), segments.c.same_as.is_(None)
        )
        with self._database.transaction(durable=False) as connection:
            count, chars = connection.execute(query).one()
        return count, chars

    def save(self, task_id: str, attempt: int, results: Sequence[Translated]) -> dict[int, int] | None:
        """Checkpoint translations of one task; -> {file_id: sentences newly done, repeated ones counted}.

        None, and nothing stored, when the attempt is over. A task that gave up its place, and waits for another, takes
        what was out. A sentence that has a translation keeps it.
        """
        with self._database.transaction(durable=False) as connection:
            if connection.execute(_CURRENT, {"b_task": task_id, "b_attempt": attempt}).first() is None:
                return None
            done: dict[int, int] = {}
            for file_id in sorted({result.file_id for result in results}):
                mine = [result for result in results if result.file_id == file_id]
                # Two groups, so that the row counts tell flagged sentences from the rest without reading them back.
                clean = self._write(connection, file_id, [item for item in mine if not item.flags])
                flagged = self._write(connection, file_id, [item for item in mine if item.flags])
                done[file_id] = clean + flagged
                counts = {"b_file": file_id, "b_done": done[file_id], "b_flagged": flagged}
                connection.execute(_COUNT_IN_FILE, counts)
            connection.execute(_COUNT_IN_TASK, {"b_task": task_id, "b_done": sum(done.values())})
        return done

    def save_all(self, answered: Sequence[tuple[str, int, Sequence[Translated]]]) -> list[dict[int, int] | None]:
        """As `save`, for several (task, attempt, translations): a statement a table, however many there are.

        Raises NotTogether, with nothing stored, when a sentence had its translation before: each is to be saved alone.
        """
        if len(answered) == 1:
            return [self.save(*answered[0])]
        with self._database.transaction(durable=False) as connection:
            asked = {"b_tasks": sorted({task_id for task_id, _attempt, _results in answered})}
            current = {(row.task_id, row.attempt) for row in connection.execute(_PROCESSED, asked)}
            taken = [one for one in answered if (one[0], one[1]) in current]
            values = [_values(result) for _task, _attempt, results in taken for result in results]
            if values and connection.execute(_SAVE_FIRST, values).rowcount != len(values):
                raise NotTogether("Some of these sentences are translated already.")
            counts: dict[int, list[int]] = {}
            for row in values:
                count = counts.setdefault(row["b_file"], [0, 0])
                count[0] += 1
                count[1] += row["b_flags"] is not None
            for row in self._repeated(connection, values):
                more = connection.execute(_SAVE_REPEATED, row).rowcount
                counts[row["b_file"]][0] += more
                counts[row["b_file"]][1] += more if row["b_flags"] is not None else 0
            done = [
                {file_id: counts[file_id][0] for file_id in sorted({result.file_id for result in results})}
                for _task, _attempt, results in taken
            ]
            if counts:
                files = [{"b_file": key, "b_done": one[0], "b_flagged": one[1]} for key, one in sorted(counts.items())]
                connection.execute(_COUNT_IN_FILE, files)
                mine = [{"b_task": one[0], "b_done": sum(of.values())} for one, of in zip(taken, done, strict=True)]
                connection.execute(_COUNT_IN_TASK, mine)
        found = iter(done)
        return [next(found) if (one[0], one[1]) in current else None for one in answered]

    @staticmethod
    def _repeated(connection: Connection, values: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """-> those of the values whose sentence stands elsewhere in its file as well."""
        if not values:
            return []
        asked = {
            "b_files": sorted({row["b_file"] for row in values}),
            "b_positions": sorted({row["b_position"] for row in values}),
        }
        found = {(row.file_id, row.same_as) for row in connection.execute(_FIND_REPEATED_IN, asked)}
        return [row for row in values if (row["b_file"], row["b_position"]) in found] if found else []

    @staticmethod
    def _write(connection: Connection, file_id: int, items: Sequence[Translated]) -> int:
        if not items:
            return 0
        values = [_values(item) for item in items]
        saved = connection.execute(_SAVE_FIRST, values).rowcount
        asked = {"b_file": file_id, "b_positions": [item.position for item in items]}
        repeated = set(connection.execute(_FIND_REPEATED, asked).scalars())
        if repeated:
            more = [row for row in values if row["b_position"] in repeated]
            saved += connection.execute(_SAVE_REPEATED, more).rowcount
        return saved

    def of_files(self, file_ids: Sequence[int]) -> dict[int, list[StoredSegment]]:
        """-> every sentence of each of these (small) files by position, at once."""
        found: dict[int, list[StoredSegment]] = {file_id: [] for file_id in file_ids}
        with self._database.transaction(durable=False) as connection:
            for file_id, *columns in connection.execute(_OF_FILES, {"b_files": list(file_ids)}):
                found[file_id].append(_stored(*columns))
        return found

    def of_file(self, file_id: int) -> Iterator[StoredSegment]:
        """-> every sentence of a file by position, read in pieces."""
        after = -1
        while True:
            query = (
                select(
                    segments.c.position,
                    segments.c.unit,
                    segments.c.lead,
                    segments.c.source,
                    segments.c.target,
                    segments.c.flags,
                    segments.c.alignment,
                )
                .where(segments.c.file_id == file_id, segments.c.position > after)
                .order_by(segments.c.position)
                .limit(ITERATE_ROWS)
            )
            with self._database.transaction(durable=False) as connection:
                rows = connection.execute(query).all()
            for row in rows:
                yield _stored(*row)
            if len(rows) < ITERATE_ROWS:
                return
            after = rows[-1].position


def _stored(
    position: int, unit: int, lead: str, source: str, target: str | None, flags: str | None, alignment: str | None
) -> StoredSegment:
    pairs = tuple((a, b) for a, b in json.loads(alignment)) if alignment else None
    return StoredSegment(position, unit, lead, source, target, tuple(flags.split()) if flags else (), pairs)
