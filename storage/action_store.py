"""The append-only log of what people changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, or_, select

from storage import cursors
from storage.database import Database
from storage.errors import BadCursor
from storage.oversight_tables import actions
from storage.times import to_iso

Row = dict[str, Any]

STEP_ROWS = 2_000
"""Rows that one step of `prune` deletes, some 20 ms of work."""


@dataclass(frozen=True)
class NewAction:
    """See `storage.oversight_tables.Action`. details: plain values, never a secret."""

    who: str
    key_id: str | None
    role: str
    via: str
    address: str
    what: str
    about: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class ActionStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, action: NewAction, now: float) -> None:
        """Durable: it tells of a change that is."""
        details = json.dumps(dict(action.details), ensure_ascii=False, sort_keys=True)
        with self._database.transaction() as connection:
            connection.execute(actions.insert(), {**vars(action), "details": details, "at": to_iso(now)})

    def page(self, limit: int, cursor: str | None = None, what: str | None = None) -> tuple[list[Row], str | None]:
        """-> (actions, newest first; the cursor of the next page, None at the end). what: only this kind, or with a dot at its
        end a family ('keys.'). Raises BadCursor."""
        query = select(actions).order_by(actions.c.at.desc(), actions.c.id.desc()).limit(limit + 1)
        if what is not None:
            query = query.where(
                actions.c.what.startswith(what, autoescape=True) if what.endswith(".") else actions.c.what == what
            )
        if cursor is not None:
            at, number = _place(cursor)
            query = query.where(or_(actions.c.at < at, and_(actions.c.at == at, actions.c.id < number)))
        with self._database.transaction(durable=False) as connection:
            rows = [
                {**row, "details": json.loads(row["details"])}
                for row in connection.execute(query).mappings().fetchall()
            ]
        more, rows = len(rows) > limit, rows[:limit]
        return rows, cursors.encode(rows[-1]["at"], str(rows[-1]["id"])) if more else None

    def prune(self, before: float, limit: int = STEP_ROWS) -> int:
        """Forget up to `limit` actions that are older; -> how many, none when that is done."""
        old = select(actions.c.id).where(actions.c.at < to_iso(before)).order_by(actions.c.at).limit(limit)
        with self._database.transaction(durable=False) as connection:
            return connection.execute(actions.delete().where(actions.c.id.in_(old))).rowcount


def _place(cursor: str) -> tuple[str, int]:
    at, number = cursors.decode(cursor)
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise BadCursor("The cursor is not one of ours; take `next_cursor` of the page before, or leave it out.")
    return str(at), int(number)
