"""What is asked for when a task is submitted: its files, and the key under which the same request makes it once."""

from __future__ import annotations

from dataclasses import dataclass

from storage.task_store import NewTask
from storage.upload_store import StoredFile


@dataclass(frozen=True)
class IdempotencyKey:
    """A client's key for one submission, and a hash of all that it asks for."""

    key: str
    body_hash: str


@dataclass(frozen=True)
class Waiting:
    """Of the files that the client uploaded before: those with these blobs, and no others. Not empty."""

    blobs: tuple[str, ...]


Files = list[StoredFile] | Waiting | None
"""Of a task: those that came along; some or (None) all of those that the client uploaded before."""

Asked = tuple[NewTask, Files, IdempotencyKey | None]
"""What `Submission.submit` takes."""
