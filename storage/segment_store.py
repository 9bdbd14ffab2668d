"""Sentences and their translations: the checkpoints of a task."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from storage.database import Database
from storage.errors import NotTogether
from storage.segment_statements import (
    CLEAR,
    COUNT_IN_FILE,
    COUNT_IN_TASK,
    CURRENT,
    CURRENT_OF,
    FIND_REPEATED,
    FIND_REPEATED_IN,
    OF_FILES,
    SAVE_FIRST,
    SAVE_REPEATED,
)
from storage.tables import segments

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
            connection.execute(CLEAR, {"b_files": list(file_ids)})

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
            if connection.execute(CURRENT, {"b_task": task_id, "b_attempt": attempt}).first() is None:
                return None
            done: dict[int, int] = {}
            for file_id in sorted({result.file_id for result in results}):
                mine = [result for result in results if result.file_id == file_id]
                # Two groups, so that the row counts tell flagged sentences from the rest without reading them back.
                clean = self._write(connection, file_id, [item for item in mine if not item.flags])
                flagged = self._write(connection, file_id, [item for item in mine if item.flags])
                done[file_id] = clean + flagged
                counts = {"b_file": file_id, "b_done": done[file_id], "b_flagged": flagged}
                connection.execute(COUNT_IN_FILE, counts)
            connection.execute(COUNT_IN_TASK, {"b_task": task_id, "b_done": sum(done.values())})
        return done

    def save_all(self, answered: Sequence[tuple[str, int, Sequence[Translated]]]) -> list[dict[int, int] | None]:
        """As `save`, for several (task, attempt, translations): a statement a table, however many there are.

        Raises NotTogether, with nothing stored, when a sentence had its translation before: each is to be saved alone.
        """
        if len(answered) == 1:
            return [self.save(*answered[0])]
        with self._database.transaction(durable=False) as connection:
            asked = {"b_tasks": sorted({task_id for task_id, _attempt, _results in answered})}
            current = {(row.task_id, row.attempt) for row in connection.execute(CURRENT_OF, asked)}
            taken = [one for one in answered if (one[0], one[1]) in current]
            values = [_values(result) for _task, _attempt, results in taken for result in results]
            if values and connection.execute(SAVE_FIRST, values).rowcount != len(values):
                raise NotTogether("Some of these sentences are translated already.")
            saved = [(row, 1) for row in values]
            saved += [
                (row, connection.execute(SAVE_REPEATED, row).rowcount) for row in self._repeated(connection, values)
            ]
            # Two of these may be of one file: each counts what it brought itself.
            number_of = {
                (result.file_id, result.position): number
                for number, (_task, _attempt, results) in enumerate(taken)
                for result in results
            }
            done: list[dict[int, int]] = [{} for _ in taken]
            counts: dict[int, dict[str, int]] = {}
            for row, count in saved:
                file_id = row["b_file"]
                mine = done[number_of[(file_id, row["b_position"])]]
                mine[file_id] = mine.get(file_id, 0) + count
                of_file = counts.setdefault(file_id, {"b_file": file_id, "b_done": 0, "b_flagged": 0})
                of_file["b_done"] += count
                of_file["b_flagged"] += count if row["b_flags"] is not None else 0
            if counts:
                connection.execute(COUNT_IN_FILE, [of_file for _file_id, of_file in sorted(counts.items())])
                of_tasks = [{"b_task": one[0], "b_done": sum(of.values())} for one, of in zip(taken, done, strict=True)]
                connection.execute(COUNT_IN_TASK, of_tasks)
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
        found = {(row.file_id, row.same_as) for row in connection.execute(FIND_REPEATED_IN, asked)}
        return [row for row in values if (row["b_file"], row["b_position"]) in found] if found else []

    @staticmethod
    def _write(connection: Connection, file_id: int, items: Sequence[Translated]) -> int:
        if not items:
            return 0
        values = [_values(item) for item in items]
        saved = connection.execute(SAVE_FIRST, values).rowcount
        asked = {"b_file": file_id, "b_positions": [item.position for item in items]}
        repeated = set(connection.execute(FIND_REPEATED, asked).scalars())
        if repeated:
            more = [row for row in values if row["b_position"] in repeated]
            saved += connection.execute(SAVE_REPEATED, more).rowcount
        return saved

    def of_files(self, file_ids: Sequence[int]) -> dict[int, list[StoredSegment]]:
        """-> every sentence of each of these (small) files by position, at once."""
        found: dict[int, list[StoredSegment]] = {file_id: [] for file_id in file_ids}
        with self._database.transaction(durable=False) as connection:
            for file_id, *columns in connection.execute(OF_FILES, {"b_files": list(file_ids)}):
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
