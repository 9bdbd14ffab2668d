"""Sentences and their translations: the checkpoints of a task."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from storage.database import Database
from storage.errors import NotTogether
from storage.segment_statements import (
    ALL_CURRENT,
    CLEAR,
    COUNT_IN_FILE,
    COUNT_IN_TASK,
    CURRENT,
    FIND_REPEATED,
    FIND_REPEATED_IN,
    INSERT,
    MISSING,
    OF_FILES,
    SAVE_FIRST,
    SAVE_REPEATED,
    STORED,
)
from storage.tables import segments, task_files

ITERATE_ROWS = 2_000
"""Rows held at a time while a file is read out: about half a megabyte of text."""


@dataclass(frozen=True)
class NewSegment:
    """A sentence of a parsed file. same_as: position of the first equal one; target: set where nothing is to be translated, or
    the memory knows the translation (origin says so); the rest as in `storage.tables.Segment`."""

    position: int
    unit: int
    lead: str
    source: str
    wants_alignment: bool = False
    same_as: int | None = None
    target: str | None = None
    language: str | None = None
    notes: str | None = None
    context: str | None = None
    terms: str | None = None
    flags: str | None = None
    alignment: str | None = None
    origin: str | None = None
    suggestion: str | None = None


@dataclass(frozen=True)
class MissingSegment:
    """A sentence that waits for its translation."""

    file_id: int
    position: int
    source: str
    wants_alignment: bool
    language: str = ""
    terms: str | None = None


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
    notes: tuple[str, ...] = ()
    context: str | None = None
    terms: str | None = None
    origin: str | None = None
    suggestion: str | None = None
    language: str | None = None


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
        rows = [{"file_id": file_id, **vars(item)} for file_id, batch in batches for item in batch]
        with self._database.transaction(durable=False) as connection:
            INSERT(connection, rows)

    def flag_counts(self, file_ids: Sequence[int]) -> dict[int, dict[str, int]]:
        """-> of each file that has any: {flag: sentences with it}."""
        query = (
            select(segments.c.file_id, segments.c.flags, func.count())
            .where(segments.c.file_id.in_(list(file_ids)), segments.c.flags.is_not(None))
            .group_by(segments.c.file_id, segments.c.flags)
        )
        found: dict[int, dict[str, int]] = {}
        with self._database.transaction(durable=False) as connection:
            rows = connection.execute(query).all()
        for file_id, flags, count in rows:
            mine = found.setdefault(file_id, {})
            for flag in flags.split():
                mine[flag] = mine.get(flag, 0) + count
        return found

    def page(
        self, file_id: int, after: int, limit: int, flag: str | None = None, note: str | None = None
    ) -> list[StoredSegment]:
        """-> sentences of a file by position, after position `after` (-1: from the start); only those with `flag`, `note`."""
        query = select(*STORED).where(segments.c.file_id == file_id, segments.c.position > after)
        for column, wanted in ((segments.c.flags, flag), (segments.c.notes, note)):
            if wanted is not None:
                query = query.where((" " + column + " ").contains(f" {wanted} ", autoescape=True))
        with self._database.transaction(durable=False) as connection:
            rows = connection.execute(query.order_by(segments.c.position).limit(limit)).all()
        return [_stored(*row) for row in rows]

    def missing(self, file_id: int, after: int, limit: int) -> list[MissingSegment]:
        """-> the next sentences to be sent, by position, after position `after` (-1: from the start)."""
        query = (
            select(*MISSING)
            .where(segments.c.target.is_(None), segments.c.same_as.is_(None))
            .where(segments.c.file_id == file_id, segments.c.position > after)
            .order_by(segments.c.position)
            .limit(limit)
        )
        with self._database.transaction(durable=False) as connection:
            return [MissingSegment(*row) for row in connection.execute(query)]

    def languages(self, task_id: str) -> set[str]:
        """-> those from which sentences of a task are still to be translated, other than the task's own."""
        mine = select(task_files.c.id).where(task_files.c.task_id == task_id)
        query = (
            select(segments.c.language)
            .where(segments.c.file_id.in_(mine), segments.c.target.is_(None), segments.c.language.is_not(None))
            .distinct()
        )
        with self._database.transaction(durable=False) as connection:
            return set(connection.execute(query).scalars())

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
                COUNT_IN_FILE(connection, [counts])
            COUNT_IN_TASK(connection, [{"b_task": task_id, "b_done": sum(done.values())}])
        return done

    def save_all(self, answered: Sequence[tuple[str, int, Sequence[Translated]]]) -> list[dict[int, int] | None]:
        """As `save`, for several (task, attempt, translations): a statement a table, however many there are.

        Raises NotTogether, with nothing stored, when a sentence had its translation before: each is to be saved alone.
        """
        if len(answered) == 1:
            return [self.save(*answered[0])]
        with self._database.transaction(durable=False) as connection:
            asked = {"b_tasks": sorted({task_id for task_id, _attempt, _results in answered})}
            current = {(row.task_id, row.attempt) for row in connection.execute(ALL_CURRENT, asked)}
            taken = [number for number, one in enumerate(answered) if (one[0], one[1]) in current]
            rows = [(number, _values(result)) for number in taken for result in answered[number][2]]
            if rows and SAVE_FIRST(connection, [row for _number, row in rows]) != len(rows):
                raise NotTogether("Some of these sentences are translated already.")
            repeated = self._repeated(connection, [row for _number, row in rows])
            # Of each answer alone: two translators may bring sentences of the same file in the same turn.
            done: list[dict[int, int] | None] = [{} if number in taken else None for number in range(len(answered))]
            flagged: dict[int, int] = {}
            for number, row in rows:
                file_id, count = row["b_file"], 1
                if (file_id, row["b_position"]) in repeated:
                    count += SAVE_REPEATED(connection, [row])
                mine = done[number]
                assert mine is not None
                mine[file_id] = mine.get(file_id, 0) + count
                flagged[file_id] = flagged.get(file_id, 0) + (count if row["b_flags"] is not None else 0)
            self._count(connection, [(one[0], of) for one, of in zip(answered, done, strict=True) if of], flagged)
        return done

    @staticmethod
    def _count(connection: Connection, done: Sequence[tuple[str, dict[int, int]]], flagged: dict[int, int]) -> None:
        """Sentences newly done, of each (task, {file: sentences}), and those of each file that are flagged."""
        in_files: Counter[int] = Counter()
        in_tasks: Counter[str] = Counter()
        for task_id, of in done:
            in_files.update(of)
            in_tasks[task_id] += sum(of.values())
        if in_files:
            files = [{"b_file": key, "b_done": one, "b_flagged": flagged[key]} for key, one in sorted(in_files.items())]
            COUNT_IN_FILE(connection, files)
            COUNT_IN_TASK(connection, [{"b_task": key, "b_done": one} for key, one in sorted(in_tasks.items())])

    @staticmethod
    def _repeated(connection: Connection, values: Sequence[dict[str, Any]]) -> set[tuple[int, int]]:
        """-> (file, position) of those whose sentence stands elsewhere in its file as well."""
        if not values:
            return set()
        asked = {
            "b_files": sorted({row["b_file"] for row in values}),
            "b_positions": sorted({row["b_position"] for row in values}),
        }
        return {(row.file_id, row.same_as) for row in connection.execute(FIND_REPEATED_IN, asked)}

    @staticmethod
    def _write(connection: Connection, file_id: int, items: Sequence[Translated]) -> int:
        if not items:
            return 0
        values = [_values(item) for item in items]
        saved = SAVE_FIRST(connection, values)
        asked = {"b_file": file_id, "b_positions": [item.position for item in items]}
        repeated = set(connection.execute(FIND_REPEATED, asked).scalars())
        if repeated:
            more = [row for row in values if row["b_position"] in repeated]
            saved += SAVE_REPEATED(connection, more)
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
                select(*STORED)
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
    position: int,
    unit: int,
    lead: str,
    source: str,
    target: str | None,
    flags: str | None,
    alignment: str | None,
    notes: str | None,
    *more: str | None,
) -> StoredSegment:
    pairs = tuple((a, b) for a, b in json.loads(alignment)) if alignment else None
    return StoredSegment(position, unit, lead, source, target, _words(flags), pairs, _words(notes), *more)


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(text.split()) if text else ()
