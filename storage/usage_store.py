"""How many characters each client used on each UTC day."""

from __future__ import annotations

from sqlalchemy import select

from storage.database import Database
from storage.tables import client_usage
from storage.times import to_iso


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

    def add(self, client_id: str, chars: int, now: float) -> None:
        mine = (client_usage.c.client_id == client_id) & (client_usage.c.day == _day(now))
        with self._database.transaction() as connection:
            found = connection.execute(
                client_usage.update().where(mine).values(chars=client_usage.c.chars + chars)
            ).rowcount
            if not found:
                connection.execute(client_usage.insert(), {"client_id": client_id, "day": _day(now), "chars": chars})

    def prune(self, before: float) -> int:
        """Forget days that are older; -> how many rows."""
        with self._database.transaction(durable=False) as connection:
            return connection.execute(client_usage.delete().where(client_usage.c.day < _day(before))).rowcount
