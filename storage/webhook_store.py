"""Where clients want to be told of the ends of their tasks, and the messages that tell them.

The history of tasks is the outbox: `spread` reads the ends after the last one that it saw and writes a message for each
address that wants it, in one transaction with the mark up to which it read. So no end is lost, and none told twice.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from storage.database import Database
from storage.errors import WebhookNotFound
from storage.state_store import StateStore
from storage.states import TERMINAL
from storage.tables import task_events, tasks
from storage.times import to_iso
from storage.webhook_tables import webhook_deliveries, webhooks

Row = dict[str, Any]

EVENT_TYPES = tuple(f"task.{status.value}" for status in sorted(TERMINAL))
TEST_TYPE = "webhook.test"

STEP_EVENTS = 500
"""Ends of tasks that one step of `spread` looks at, some 20 ms of work."""

MARK = "webhooks_after"
"""Id of the last event that `spread` has looked at."""

_TOLD = ("status", "attempt", "client_ip", "source_lang", "target_lang", "file_count", "error_code", "error_message")


@dataclass(frozen=True)
class NewWebhook:
    """task_id: None for all tasks of the client."""

    client_id: str
    url: str
    secret: str
    events: tuple[str, ...] = EVENT_TYPES
    task_id: str | None = None


class WebhookStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._state = StateStore(database)
        self._any: bool | None = None  # unknown before the first look

    def add(self, new: Sequence[NewWebhook], now: float) -> list[Row]:
        """-> the rows. The first address there is hears of what ends from now on."""
        rows = [
            {
                "id": f"wh_{secrets.token_hex(12)}",
                "client_id": one.client_id,
                "task_id": one.task_id,
                "url": one.url,
                "secret": one.secret,
                "events": ",".join(one.events),
                "disabled": None,
                "created_at": to_iso(now),
            }
            for one in new
        ]
        if not rows:
            return []
        with self._database.transaction() as connection:
            if not self.any:
                last = connection.execute(select(func.max(task_events.c.id))).scalar() or 0
                self._state.set_text(MARK, str(last))
            connection.execute(webhooks.insert(), rows)
            self._any = None
        return rows

    @property
    def any(self) -> bool:
        """Is there an address at all? Without one the ends of tasks cost nothing."""
        if self._any is None:
            with self._database.transaction(durable=False) as connection:
                self._any = connection.execute(select(webhooks.c.id).limit(1)).first() is not None
        return self._any

    def get(self, webhook_id: str) -> Row:
        """Raises WebhookNotFound."""
        with self._database.transaction(durable=False) as connection:
            row = connection.execute(select(webhooks).where(webhooks.c.id == webhook_id)).mappings().first()
        if row is None:
            raise WebhookNotFound(f"There is no webhook {webhook_id}.", webhook_id=webhook_id)
        return dict(row)

    def of_client(self, client_id: str) -> list[Row]:
        """-> those for all tasks of the client, oldest first."""
        mine = (webhooks.c.client_id == client_id, webhooks.c.task_id.is_(None))
        query = select(webhooks).where(*mine).order_by(webhooks.c.created_at, webhooks.c.id)
        with self._database.transaction(durable=False) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def remove(self, webhook_id: str) -> None:
        """With its deliveries. Raises WebhookNotFound."""
        with self._database.transaction() as connection:
            self.get(webhook_id)
            connection.execute(webhooks.delete().where(webhooks.c.id == webhook_id))
            self._any = None

    def disable(self, webhook_id: str, reason: str, now: float) -> None:
        """Nothing is sent there any more; what waits has failed."""
        waiting = (webhook_deliveries.c.webhook_id == webhook_id, webhook_deliveries.c.status == "pending")
        over = {"status": "failed", "next_at": None, "ended_at": to_iso(now), "last_error": reason}
        with self._database.transaction() as connection:
            connection.execute(webhooks.update().where(webhooks.c.id == webhook_id).values(disabled=reason))
            connection.execute(webhook_deliveries.update().where(*waiting).values(**over))

    def spread(self, now: float) -> bool:
        """Write messages for the ends of tasks since the last call; -> is there more to look at?"""
        if not self.any:
            return False
        with self._database.transaction() as connection:
            mark = int(self._state.text(MARK) or 0)
            columns = (task_events.c.id, task_events.c.task_id, task_events.c.kind, task_events.c.at)
            joined = task_events.join(tasks, tasks.c.task_id == task_events.c.task_id)
            query = (
                select(*columns, *(tasks.c[name] for name in _TOLD), tasks.c.created_at, tasks.c.completed_at)
                .select_from(joined)
                .where(task_events.c.id > mark, task_events.c.kind.in_(sorted(TERMINAL)))
                .order_by(task_events.c.id)
                .limit(STEP_EVENTS)
            )
            ends = list(connection.execute(query).mappings())
            if not ends:
                return False
            messages = self._messages([dict(row) for row in ends], now)
            if messages:
                connection.execute(webhook_deliveries.insert(), messages)
            self._state.set_text(MARK, str(ends[-1]["id"]))
        return len(ends) == STEP_EVENTS

    def _messages(self, ends: Sequence[Row], now: float) -> list[Row]:
        clients, ids = {row["client_ip"] for row in ends}, {row["task_id"] for row in ends}
        wanted = or_(
            webhooks.c.task_id.in_(sorted(ids)),
            webhooks.c.client_id.in_(sorted(clients)) & webhooks.c.task_id.is_(None),
        )
        query = select(webhooks).where(wanted, webhooks.c.disabled.is_(None)).order_by(webhooks.c.id)
        with self._database.transaction(durable=False) as connection:
            hooks = list(connection.execute(query).mappings())
        return [
            new_message(hook["id"], f"task.{end['kind']}", end["at"], _told(end), now, end["task_id"])
            for end in ends
            for hook in hooks
            if f"task.{end['kind']}" in hook["events"].split(",")
            and (
                hook["task_id"] == end["task_id"] or (hook["task_id"] is None and hook["client_id"] == end["client_ip"])
            )
        ]


def _told(end: Row) -> Row:
    """What a message says of a task: as GET /tasks/{id} does, with `client_id` beside the older name; status as the
    event has it, since a retry may have changed the task's."""
    return {
        "task_id": end["task_id"],
        "event_id": end["id"],
        **{name: end[name] for name in _TOLD},
        "client_id": end["client_ip"],
        "status": end["kind"],
        "created_at": end["created_at"],
        "completed_at": end["completed_at"] or end["at"],
    }


def new_message(webhook_id: str, kind: str, at: str, data: Row, now: float, task_id: str | None = None) -> Row:
    """-> a row of `webhook_deliveries`, to be sent at once."""
    moment = to_iso(now)
    return {
        "id": f"msg_{secrets.token_hex(16)}",
        "webhook_id": webhook_id,
        "type": kind,
        "task_id": task_id,
        "body": json.dumps({"type": kind, "timestamp": at, "data": data}, ensure_ascii=False),
        "status": "pending",
        "attempts": 0,
        "created_at": moment,
        "next_at": moment,
        "ended_at": None,
        "last_status": None,
        "last_error": None,
    }
