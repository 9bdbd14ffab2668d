"""What was written of a file beside its result: a bilingual document, a table for proof-readers.

Kept as JSON in the file's row: few tasks want it, and with the row it is stored, moved and forgotten in one piece.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class ExtraResult:
    """kind: bilingual or review; the rest as in `StoredFile`."""

    kind: str
    name: str
    size: int
    sha256: str
    blob: str


def to_json(results: Sequence[ExtraResult]) -> str | None:
    """-> the column's value; None for none."""
    return json.dumps([asdict(one) for one in results]) if results else None


def from_json(column: str | None) -> list[ExtraResult]:
    return [ExtraResult(**row) for row in json.loads(column or "[]")]


def blobs_of(column: str | None) -> list[str]:
    return [one.blob for one in from_json(column)]
