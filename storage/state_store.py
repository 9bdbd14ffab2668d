"""Small facts that outlive a scheduler, such as whether it is paused."""

from __future__ import annotations

from sqlalchemy import select

from storage.database import Database
from storage.tables import scheduler_state

PAUSED, DRAINING, FLEET, SETTINGS = "paused", "draining", "fleet", "settings"


class StateStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def flag(self, key: str) -> bool:
        return self.text(key) == "1"

    def set_flag(self, key: str, value: bool) -> None:
        """Durable: an operator who paused the server finds it paused after a power cut."""
        self.set_text(key, "1" if value else "0")

    def text(self, key: str) -> str | None:
        query = select(scheduler_state.c.value).where(scheduler_state.c.key == key)
        with self._database.transaction(durable=False) as connection:
            value = connection.execute(query).scalar()
        return None if value is None else str(value)

    def set_text(self, key: str, text: str) -> None:
        """Durable."""
        with self._database.transaction() as connection:
            changed = connection.execute(
                scheduler_state.update().where(scheduler_state.c.key == key).values(value=text)
            ).rowcount
            if not changed:
                connection.execute(scheduler_state.insert(), {"key": key, "value": text})
