"""One prepared statement for many rows, without SQLAlchemy's work for every row (half of a small statement's time)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Table, Update, bindparam

_Compiled = tuple[str, tuple[str, ...] | None, tuple[str, ...], dict[str, Any]]
"""SQL; its parameters in the order of their places, None where they are named; their names; the values of those that are
the same for every row."""


def defaults(table: Table) -> dict[str, Any]:
    """-> every column with the value that a row has when nothing is said, in the table's order."""
    # Ours are plain values, of which SQLAlchemy's types know nothing.
    return {column.name: getattr(column.default, "arg", None) for column in table.columns}


class Prepared:
    """An INSERT, UPDATE or DELETE with bound parameters, compiled once for each kind of database, so that the SQL stays
    portable.

    Rows are given to the driver as they are: values must be what it understands (a plain str, no enum), and the tables'
    defaults are not applied.
    """

    def __init__(self, statement: Insert | Update | Delete) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    @classmethod
    def insert(cls, table: Table, columns: Sequence[str]) -> Prepared:
        return cls(table.insert().values({name: bindparam(name) for name in columns}))

    def __call__(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
        """rows: at least one, each with a value for every parameter, and perhaps others, which are left out.

        -> the rows of the table that were written.
        """
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = self._compile(connection)
        text, order, names, fixed = found
        whole = [{**fixed, **row} for row in rows] if fixed else rows
        values: Any
        if order is None:
            values = [{name: row[name] for name in names} for row in whole]
        else:
            values = [tuple([row[name] for name in order]) for row in whole]
        return connection.exec_driver_sql(text, values).rowcount

    def _compile(self, connection: Connection) -> _Compiled:
        compiled = self.statement.compile(dialect=connection.dialect)
        order = tuple(compiled.positiontup) if compiled.positiontup is not None else None
        fixed: dict[str, Any] = {}
        for name, bind in compiled.binds.items():
            if not bind.required:  # a value that stands in the statement itself; a row says the others
                fixed[name] = bind.value.value if isinstance(bind.value, Enum) else bind.value
        return str(compiled), order, tuple(compiled.binds), fixed
