"""Looks at a SQLite database without changing it: is it whole, and how much is in it. A server may use it meanwhile."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from storage.engines import explain
from storage.errors import StorageError
from storage.tables import tasks


def look(path: Path) -> dict[str, Any]:
    """-> {"bytes", "schema", "integrity": ["ok"] or what is damaged, "broken_references": rows, "rows": {table: number}}.

    Raises StorageError when it is not there, or is no database of ours.
    """
    if not path.exists():
        raise StorageError(f"There is no database {path}. Is DATA_DIR right?")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return {
                "bytes": path.stat().st_size,
                "schema": connection.execute("SELECT version_num FROM alembic_version").fetchone()[0],
                "integrity": [verdict for (verdict,) in connection.execute("PRAGMA integrity_check(20)")],
                "broken_references": len(connection.execute("PRAGMA foreign_key_check").fetchall()),
                "rows": {
                    # Names of our own tables, from the code.
                    name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
                    for name in sorted(there & set(tasks.metadata.tables))
                },
            }
    except sqlite3.Error as error:
        raise StorageError(f"The database {path} cannot be read: {explain(error)}.") from error
