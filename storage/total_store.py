"""Running totals that never go back: what the tasks in the database add up to, and what forgotten ones added before."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, func, select, true

from storage.database import Database
from storage.state_store import StateStore
from storage.states import TaskStatus
from storage.tables import tasks

FORGOTTEN = "totals_of_forgotten_tasks"


@dataclass(frozen=True)
class Totals:
    """segments: sentences that have a translation; flagged: those of them with a doubt; completed: tasks; chars: source
    characters of these tasks; milliseconds: their time in processing.

    Whole numbers: sums of fractions differ by their order, and a counter that goes back by a hair counts as started anew.
    """

    segments: int = 0
    flagged: int = 0
    completed: int = 0
    chars: int = 0
    milliseconds: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


class TotalStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._state = StateStore(database)

    def now(self) -> Totals:
        with self._database.transaction(durable=False):
            return self._kept() + self._sum(true())

    def keep(self, which: ColumnElement[bool]) -> None:
        """Call it in the transaction that forgets the tasks (or what they have done): their figures stay in the totals."""
        with self._database.transaction():
            self._state.set_text(FORGOTTEN, json.dumps(asdict(self._kept() + self._sum(which))))

    def _kept(self) -> Totals:
        return Totals(**json.loads(self._state.text(FORGOTTEN) or "{}"))

    def _sum(self, which: ColumnElement[bool]) -> Totals:
        done = tasks.c.status == TaskStatus.COMPLETED
        milliseconds = cast(func.round(tasks.c.processing_seconds * 1000), BigInteger)
        query = select(
            func.sum(tasks.c.segments_done),
            func.sum(tasks.c.segments_flagged),
            func.count().filter(done),
            func.sum(tasks.c.source_chars).filter(done),
            func.sum(milliseconds).filter(done),
        ).where(which)
        with self._database.transaction(durable=False) as connection:
            row: Any = connection.execute(query).one()
        return Totals(*(int(figure or 0) for figure in row))
