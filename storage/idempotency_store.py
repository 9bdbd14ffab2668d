"""What clients' idempotency keys stand for."""

from __future__ import annotations

from sqlalchemy import select, tuple_

from storage.database import Database
from storage.errors import IdempotencyKeyReused
from storage.tables import idempotency_keys
from storage.times import to_iso

STEP_ROWS = 2_000
"""Keys that one step of `prune` deletes, some 20 ms of work."""


class IdempotencyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, client_id: str, key: str, body_hash: str) -> str | None:
        """-> the task that this key was used for; None when it is new. Raises IdempotencyKeyReused for another body."""
        query = select(idempotency_keys).where(idempotency_keys.c.client_id == client_id, idempotency_keys.c.key == key)
        with self._database.transaction(durable=False) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        if row.body_hash != body_hash:
            raise IdempotencyKeyReused(
                f"The Idempotency-Key {key!r} was used at {row.created_at} for a task with other files or settings. "
                "Take a new key for a new task.",
                task_id=row.task_id,
            )
        return str(row.task_id)

    def add(self, client_id: str, key: str, body_hash: str, task_id: str, now: float) -> None:
        """Call it in the transaction that stores the task."""
        with self._database.transaction() as connection:
            connection.execute(
                idempotency_keys.insert(),
                {
                    "client_id": client_id,
                    "key": key,
                    "body_hash": body_hash,
                    "task_id": task_id,
                    "created_at": to_iso(now),
                },
            )

    def prune(self, before: float, limit: int = STEP_ROWS) -> int:
        """Forget up to `limit` keys that are older; -> how many, none when that is done."""
        name = (idempotency_keys.c.client_id, idempotency_keys.c.key)
        old = select(*name).where(idempotency_keys.c.created_at < to_iso(before)).limit(limit)
        with self._database.transaction(durable=False) as connection:
            return connection.execute(idempotency_keys.delete().where(tuple_(*name).in_(old))).rowcount
