"""Figures over time: each reading goes into a bucket of every length at once, so nothing is ever summed up afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Database
from storage.oversight_tables import samples
from storage.states import TaskStatus
from storage.tables import tasks
from storage.times import to_iso

Row = dict[str, Any]


@dataclass(frozen=True)
class Span:
    """A time to look back on: so many seconds, in buckets of `step` seconds."""

    seconds: int
    step: int

    @property
    def points(self) -> int:
        return self.seconds // self.step


SPANS: Mapping[str, Span] = MappingProxyType(
    {"hour": Span(3_600, 30), "day": Span(86_400, 300), "week": Span(604_800, 1_800)}
)
"""120, 288 and 336 points: a plot is some 500 pixels wide. All of them are 744 rows, about 60 kB in SQLite."""


@dataclass(frozen=True)
class Reading:
    """The server at one moment. seconds: since the reading before; load: mean utilisation of all devices, per cent, None when
    none tells; characters, completed, failed: of these seconds; oldest: seconds that the oldest waiting task has waited."""

    seconds: float
    load: float | None
    characters: int
    waiting: int
    running: int
    oldest: float
    completed: int
    failed: int


def _adding(insert: Any) -> Any:
    add = insert(samples)
    sums = {
        column.name: samples.c[column.name] + add.excluded[column.name]
        for column in samples.c
        if column.name not in ("step", "at", "oldest")
    }
    longer = case((add.excluded.oldest > samples.c.oldest, add.excluded.oldest), else_=samples.c.oldest)
    return add.on_conflict_do_update(index_elements=["step", "at"], set_={**sums, "oldest": longer})


_ADD_SQLITE, _ADD_POSTGRESQL = _adding(sqlite.insert), _adding(postgresql.insert)


class SampleStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, reading: Reading, now: float) -> None:
        """Put a reading into its buckets, and forget those that no span shows any more."""
        sums = {
            "readings": 1,
            "seconds": reading.seconds,
            "load_sum": reading.load or 0.0,
            "load_readings": int(reading.load is not None),
            "characters": reading.characters,
            "waiting_sum": reading.waiting,
            "running_sum": reading.running,
            "oldest": reading.oldest,
            "completed": reading.completed,
            "failed": reading.failed,
        }
        rows = [{"step": span.step, "at": _begin(now, span.step), **sums} for span in SPANS.values()]
        with self._database.transaction(durable=False) as connection:
            connection.execute(_ADD_SQLITE if self._database.is_sqlite else _ADD_POSTGRESQL, rows)
            for span in SPANS.values():
                old = _begin(now, span.step) - span.seconds
                connection.execute(samples.delete().where(samples.c.step == span.step, samples.c.at <= old))

    def of(self, span: Span, now: float) -> list[Row]:
        """-> the buckets of the last `span.seconds` that there are, oldest first: `at` (Unix seconds), `utilization` (per cent,
        None when no device told), `characters_per_second`, `waiting`, `running`, `oldest_seconds`, `completed`, `failed`,
        `success_rate` (0 to 1, None when no task ended)."""
        since = _begin(now, span.step) - span.seconds
        query = select(samples).where(samples.c.step == span.step, samples.c.at > since).order_by(samples.c.at)
        with self._database.transaction(durable=False) as connection:
            return [_figures(dict(row)) for row in connection.execute(query).mappings()]

    def ended(self, since: float, until: float) -> tuple[int, int]:
        """-> (tasks that were completed, that failed or timed out) from `since` to before `until`, Unix seconds."""
        bad = tasks.c.status.in_((TaskStatus.FAILED, TaskStatus.TIMEOUT))
        query = select(func.count().filter(tasks.c.status == TaskStatus.COMPLETED), func.count().filter(bad)).where(
            tasks.c.completed_at >= to_iso(since), tasks.c.completed_at < to_iso(until)
        )
        with self._database.transaction(durable=False) as connection:
            row = connection.execute(query).one()
        return row[0], row[1]


def _begin(moment: float, step: int) -> int:
    return int(moment // step) * step


def _figures(row: Row) -> Row:
    readings, ended = row["readings"], row["completed"] + row["failed"]
    return {
        "at": row["at"],
        "utilization": round(row["load_sum"] / row["load_readings"], 1) if row["load_readings"] else None,
        "characters_per_second": round(row["characters"] / row["seconds"], 1) if row["seconds"] else 0.0,
        "waiting": round(row["waiting_sum"] / readings, 1),
        "running": round(row["running_sum"] / readings, 1),
        "oldest_seconds": round(row["oldest"], 1),
        "completed": row["completed"],
        "failed": row["failed"],
        "success_rate": round(row["completed"] / ended, 4) if ended else None,
    }
