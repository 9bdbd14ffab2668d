"""What is stored of a file once its sentences are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Read:
    """done and flagged: of `segments`, those that need no translator, and those that are in doubt already; language: what
    was found out, None where it was given; notes: {note: sentences with it}; recalled: sentences for which the memory had
    something."""

    file_id: int
    segments: int
    done: int
    chars: int
    flagged: int = 0
    language: str | None = None
    notes: Mapping[str, int] = field(default_factory=dict)
    recalled: int = 0

    def values(self) -> dict[str, Any]:
        """The parameters of `task_statements.PREPARED_FILE`."""
        return {
            "b_file": self.file_id,
            "b_total": self.segments,
            "b_done": self.done,
            "b_flagged": self.flagged,
            "b_language": self.language,
            "b_recalled": self.recalled,
            "b_notes": json.dumps(self.notes) if self.notes else None,
        }
