"""Small facts that outlive a scheduler, such as whether it is paused."""

from __future__ import annotations

from sqlalchemy import Connection, Select, select

from storage.database import Database
from storage.states import TaskStatus
from storage.tables import scheduler_state, tasks
from storage.times import from_iso

PAUSED, DRAINING, FLEET, SETTINGS, WORKED_AT = "paused", "draining", "fleet", "settings", "worked_at"


class StateStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def flag(self, key: str) -> bool:
        return self.text(key) == "1"

    def set_flag(self, key: str, value: bool) -> None:
        """Durable: an operator who paused the server finds it paused after a power cut."""
        self.set_text(key, "1" if value else "0")

    def text(self, key: str) -> str | None:
        with self._database.transaction(durable=False) as connection:
            value = connection.execute(_value(key)).scalar()
        return None if value is None else str(value)

    def set_text(self, key: str, text: str) -> None:
        """Durable."""
        with self._database.transaction() as connection:
            _put(connection, key, text)

    def note_work(self, now: float) -> None:
        """The server works at this moment."""
        with self._database.transaction(durable=False) as connection:
            _put(connection, WORKED_AT, str(now))

    def work_begins(self, now: float) -> None:
        """The server was down or paused and works again. For tasks in work the time since work was last noted does not
        count (`idle_seconds`)."""
        started = select(tasks.c.task_id, tasks.c.started_at).where(
            tasks.c.status.in_((TaskStatus.PENDING, TaskStatus.PROCESSING)), tasks.c.started_at.is_not(None)
        )
        with self._database.transaction() as connection:
            noted = connection.execute(_value(WORKED_AT)).scalar()
            if noted is not None:
                for task_id, started_at in connection.execute(started).all():
                    idle = max(0.0, now - max(float(noted), from_iso(started_at)))
                    change = tasks.update().where(tasks.c.task_id == task_id)
                    connection.execute(change.values(idle_seconds=tasks.c.idle_seconds + idle))
            _put(connection, WORKED_AT, str(now))


def _value(key: str) -> Select[str]:
    return select(scheduler_state.c.value).where(scheduler_state.c.key == key)


def _put(connection: Connection, key: str, text: str) -> None:
    changed = connection.execute(
        scheduler_state.update().where(scheduler_state.c.key == key).values(value=text)
    ).rowcount
    if not changed:
        connection.execute(scheduler_state.insert(), {"key": key, "value": text})
