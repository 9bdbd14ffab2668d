"""How many characters each client used on each UTC day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Database
from storage.tables import client_usage
from storage.times import to_iso

STEP_ROWS = 2_000
"""Rows that one step of `prune` deletes, some 20 ms of work."""


def _adding(insert: Any) -> Any:
    add = insert(client_usage)
    return add.on_conflict_do_update(
        index_elements=["client_id", "day"], set_={"chars": client_usage.c.chars + add.excluded.chars}
    )


_ADD_SQLITE, _ADD_POSTGRESQL = _adding(sqlite.insert), _adding(postgresql.insert)


def _day(moment: float) -> str:
    return to_iso(moment)[:10]


class UsageStore:
    """A count of its own, not a sum over tasks: it outlives rows that are removed, and a retry on the next day counts then."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, client_id: str, now: float) -> int:
        """-> characters of the day that `now` is in."""
        query = select(client_usage.c.chars).where(
            client_usage.c.client_id == client_id, client_usage.c.day == _day(now)
        )
        with self._database.transaction(durable=False) as connection:
            return int(connection.execute(query).scalar() or 0)

    def days(self, client_id: str, limit: int) -> dict[str, int]:
        """-> {day: characters} of the latest days with any, newest first."""
        query = select(client_usage.c.day, client_usage.c.chars).where(client_usage.c.client_id == client_id)
        with self._database.transaction(durable=False) as connection:
            rows = connection.execute(query.order_by(client_usage.c.day.desc()).limit(limit)).all()
        return {row.day: row.chars for row in rows}

    def add(self, client_id: str, chars: int, now: float) -> None:
        self.add_all({client_id: chars}, now)

    def add_all(self, chars: Mapping[str, int], now: float) -> None:
        """As `add`, for several clients."""
        day = _day(now)
        rows = [{"client_id": client, "day": day, "chars": count} for client, count in sorted(chars.items())]
        with self._database.transaction() as connection:
            connection.execute(_ADD_SQLITE if self._database.is_sqlite else _ADD_POSTGRESQL, rows)

    def prune(self, before: float, limit: int = STEP_ROWS) -> int:
        """Forget up to `limit` rows of days that are older; -> how many, none when that is done."""
        name = (client_usage.c.client_id, client_usage.c.day)
        old = select(*name).where(client_usage.c.day < _day(before)).limit(limit)
        with self._database.transaction(durable=False) as connection:
            return connection.execute(client_usage.delete().where(tuple_(*name).in_(old))).rowcount
