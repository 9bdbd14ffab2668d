"""Messages to webhooks: which are due, and what became of each try."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select

from storage.database import Database
from storage.times import from_iso, to_iso
from storage.webhook_tables import webhook_deliveries, webhooks

Row = dict[str, Any]

STEP_ROWS = 2_000
"""Messages that one step of `prune` deletes, some 20 ms of work."""

_SHOWN = [column for column in webhook_deliveries.c if column.name not in ("body", "webhook_id")]


class DeliveryStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, message: Row) -> None:
        """message: of `storage.webhook_store.new_message`."""
        with self._database.transaction() as connection:
            connection.execute(webhook_deliveries.insert(), message)

    def due(self, now: float, limit: int, but: Collection[str] = ()) -> list[Row]:
        """-> messages whose time has come, with `url` and `secret`, the longest overdue first; without those in `but`."""
        query = (
            select(webhook_deliveries, webhooks.c.url, webhooks.c.secret)
            .join(webhooks, webhooks.c.id == webhook_deliveries.c.webhook_id)
            .where(webhook_deliveries.c.next_at <= to_iso(now), webhook_deliveries.c.id.not_in(sorted(but)))
            .order_by(webhook_deliveries.c.next_at, webhook_deliveries.c.id)
            .limit(limit)
        )
        with self._database.transaction(durable=False) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def next_time(self, but: Collection[str] = ()) -> float | None:
        """-> Unix seconds at which the next message is due; None when none waits."""
        query = select(func.min(webhook_deliveries.c.next_at)).where(webhook_deliveries.c.id.not_in(sorted(but)))
        with self._database.transaction(durable=False) as connection:
            found = connection.execute(query).scalar()
        return None if found is None else from_iso(found)

    def tried(
        self, message_id: str, status: str, now: float, next_at: float | None, answer: int | None, error: str | None
    ) -> None:
        """One more try. status: delivered, failed, or pending with the time of the next one. answer: the HTTP status."""
        values = {
            "status": status,
            "attempts": webhook_deliveries.c.attempts + 1,
            "next_at": None if next_at is None else to_iso(next_at),
            "ended_at": to_iso(now) if next_at is None else None,
            "last_status": answer,
            "last_error": error,
        }
        with self._database.transaction() as connection:
            connection.execute(
                webhook_deliveries.update().where(webhook_deliveries.c.id == message_id).values(**values)
            )

    def of_webhook(self, webhook_id: str, limit: int) -> list[Row]:
        """-> the latest messages, newest first, without their bodies."""
        query = (
            select(*_SHOWN)
            .where(webhook_deliveries.c.webhook_id == webhook_id)
            .order_by(webhook_deliveries.c.created_at.desc(), webhook_deliveries.c.id)
            .limit(limit)
        )
        with self._database.transaction(durable=False) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def prune(self, before: float, limit: int = STEP_ROWS) -> int:
        """Forget up to `limit` messages that are over and older; -> how many, none when that is done."""
        old = (
            select(webhook_deliveries.c.id)
            .where(webhook_deliveries.c.created_at < to_iso(before), webhook_deliveries.c.next_at.is_(None))
            .limit(limit)
        )
        with self._database.transaction(durable=False) as connection:
            return connection.execute(webhook_deliveries.delete().where(webhook_deliveries.c.id.in_(old))).rowcount
