"""Files that clients uploaded and have not made tasks of yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, func, select

from storage.database import Database
from storage.extra_results import blobs_of
from storage.tables import task_files, uploads
from storage.times import to_iso

STEP_ROWS = 5_000
"""Rows that one step of `known_blobs` reads, some 20 ms of work."""


@dataclass(frozen=True)
class StoredFile:
    """A file in the blob store, with the name that its owner gave it. size: bytes."""

    name: str
    size: int
    sha256: str
    blob: str


def _chosen(client_id: str, blobs: Sequence[str] | None) -> list[ColumnElement[bool]]:
    chosen = [uploads.c.client_id == client_id]
    return chosen if blobs is None else [*chosen, uploads.c.blob.in_(list(blobs))]


class UploadStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, client_id: str, files: Sequence[StoredFile], now: float) -> None:
        """Adding a file whose blob is known changes nothing: a client that heard no answer may ask again."""
        with self._database.transaction() as connection:
            blobs = [file.blob for file in files]
            known = set(connection.execute(select(uploads.c.blob).where(uploads.c.blob.in_(blobs))).scalars())
            new = [
                {**asdict(file), "client_id": client_id, "created_at": to_iso(now)}
                for file in files
                if file.blob not in known
            ]
            if new:
                connection.execute(uploads.insert(), new)

    def take(self, client_id: str, blobs: Sequence[str] | None = None) -> list[StoredFile]:
        """-> the client's waiting files, or those of them with these blobs, in order of upload; they are waiting no more
        (same transaction as the task)."""
        with self._database.transaction() as connection:
            found = self.waiting(client_id, blobs)
            connection.execute(uploads.delete().where(*_chosen(client_id, blobs)))
        return found

    def waiting(self, client_id: str, blobs: Sequence[str] | None = None) -> list[StoredFile]:
        """-> the client's waiting files, or those of them with these blobs, in order of upload."""
        query = select(uploads).where(*_chosen(client_id, blobs)).order_by(uploads.c.id)
        with self._database.transaction(durable=False) as connection:
            rows = connection.execute(query).all()
        return [StoredFile(row.name, row.size, row.sha256, row.blob) for row in rows]

    def count(self, client_id: str) -> int:
        with self._database.transaction(durable=False) as connection:
            return connection.execute(select(func.count()).where(uploads.c.client_id == client_id)).scalar_one()

    def known_blobs(self, limit: int = STEP_ROWS) -> Iterator[set[str]]:
        """-> in steps, each a read of its own: every blob key that some row refers to.

        What is in the blob store beside them, and was there when the first step was read, was left by a crash: files of
        a task come after the uploads that they were made of, and get larger ids than those that were read.
        """
        for table, names in ((uploads, ("blob",)), (task_files, ("blob", "result_blob", "extra_results"))):
            last = 0
            while True:
                query = select(table.c.id, *(table.c[name] for name in names)).where(table.c.id > last)
                with self._database.transaction(durable=False) as connection:
                    rows = connection.execute(query.order_by(table.c.id).limit(limit)).all()
                if not rows:
                    break
                last = rows[-1].id
                # An upload that was forgotten has an empty key, a file without a result none.
                keys = {key for row in rows for key in row[1:3] if key}
                yield keys.union(*(blobs_of(extra) for row in rows for extra in row[3:]))
