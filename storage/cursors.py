"""Places in the list of tasks, as text that clients hand back. Pure."""

from __future__ import annotations

import base64
import binascii

from storage.errors import BadCursor
from storage.times import from_iso


def encode(created_at: str, task_id: str) -> str:
    return base64.urlsafe_b64encode(f"{created_at} {task_id}".encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[str, str]:
    """-> (created_at, task_id) of the last task of the page before. Raises BadCursor."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        created_at, task_id = text.split(" ")
        from_iso(created_at)
        if not task_id.isprintable():  # PostgreSQL refuses some texts (NUL) that SQLite only compares
            raise ValueError(task_id)
    except (binascii.Error, ValueError) as error:
        raise BadCursor(
            "The cursor is not one of ours; take `next_cursor` of the page before, or leave it out."
        ) from error
    return created_at, task_id
