"""API keys in the database. A key that was revoked keeps its row: tasks and logs name its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping, select

from storage.api_keys import ApiKey, KeyLimits, Role
from storage.database import Database
from storage.tables import api_keys

_LIMITS = tuple(KeyLimits.__dataclass_fields__)


def as_row(key: ApiKey) -> dict[str, Any]:
    """-> its columns."""
    row = asdict(key)
    return {**row.pop("limits"), **row}


def _of_row(row: RowMapping) -> ApiKey:
    rest = {name: value for name, value in row.items() if name not in _LIMITS}
    return ApiKey(**{**rest, "role": Role(rest["role"])}, limits=KeyLimits(**{name: row[name] for name in _LIMITS}))


class KeyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[ApiKey]:
        """-> every key there ever was, oldest first."""
        query = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        with self._database.transaction(durable=False) as connection:
            return [_of_row(row) for row in connection.execute(query).mappings()]

    def add(self, key: ApiKey) -> None:
        with self._database.transaction() as connection:
            connection.execute(api_keys.insert(), as_row(key))

    def end(self, key_id: str, *, revoked_at: str | None = None, expires_at: str | None = None) -> None:
        """Durable: a key that was taken back stays so after a power cut."""
        changes = {"revoked_at": revoked_at} if revoked_at else {"expires_at": expires_at}
        with self._database.transaction() as connection:
            connection.execute(api_keys.update().where(api_keys.c.id == key_id).values(**changes))

    def used(self, at: Mapping[str, str]) -> None:
        """at: {id: time}."""
        with self._database.transaction(durable=False) as connection:
            for key_id, moment in sorted(at.items()):
                connection.execute(api_keys.update().where(api_keys.c.id == key_id).values(last_used_at=moment))

    def forget_all(self) -> int:
        with self._database.transaction() as connection:
            return connection.execute(api_keys.delete()).rowcount
