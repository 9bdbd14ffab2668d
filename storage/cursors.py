"""Places in the list of tasks, as text that clients hand back. Pure."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from dataclasses import dataclass

from storage.errors import BadCursor
from storage.times import from_iso

Value = str | int | float


def _moment(text: str) -> str:
    """Raises ValueError."""
    from_iso(text)
    return text


def _count(text: str) -> int:
    """Raises ValueError, for what no column could hold, too."""
    if not -(2**63) <= (value := int(text)) < 2**63:
        raise ValueError(text)
    return value


def _seconds(text: str) -> float:
    """Raises ValueError."""
    if not math.isfinite(value := float(text)):
        raise ValueError(text)
    return value


@dataclass(frozen=True)
class Order:
    """How tasks are listed: by this column, and by their ids where it is the same. read: raises ValueError."""

    name: str
    column: str
    descending: bool = True
    read: Callable[[str], Value] = _moment


NEWEST = Order("newest", "created_at")
ORDERS = {
    one.name: one
    for one in (
        NEWEST,
        Order("oldest", "created_at", descending=False),
        Order("priority", "priority", read=_count),
        Order("largest", "total_file_size", read=_count),
        Order("longest", "processing_seconds", read=_seconds),
    )
}


def encode(value: Value, task_id: str, order: Order = NEWEST) -> str:
    # The order stands in it, so that a cursor is not taken for another one's.
    named = "" if order is NEWEST else f"{order.name} "
    return base64.urlsafe_b64encode(f"{named}{value} {task_id}".encode()).decode().rstrip("=")


def decode(cursor: str, order: Order = NEWEST) -> tuple[Value, str]:
    """-> (the column's value, task_id) of the last task of the page before. Raises BadCursor."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        *named, value, task_id = text.split(" ")
        if named != ([] if order is NEWEST else [order.name]):
            raise ValueError(text)
        found = order.read(value)
        if not task_id.isprintable():  # PostgreSQL refuses some texts (NUL) that SQLite only compares
            raise ValueError(task_id)
    except (binascii.Error, ValueError) as error:
        raise BadCursor(
            "The cursor is not one of ours; take `next_cursor` of the page before, or leave it out."
        ) from error
    return found, task_id
