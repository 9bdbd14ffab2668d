"""What happened to a task, gathered from its events as they come: the milestones, each attempt, and what every GPU did. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ui.work_rows import EventRow

MAX_MILESTONES = 300
"""What is shown at most, the latest; a task with more has thousands of files."""

CHUNKS = frozenset({"leased", "checkpointed"})
"""Told in sums: a long document has thousands of each."""


@dataclass
class Work:
    """Of one GPU (or CPU). seconds: between a chunk's way out and its way back, which overlap."""

    chunks: int = 0
    sentences: int = 0
    seconds: float = 0.0
    failed: int = 0
    last: str = ""


@dataclass
class Attempt:
    started: str
    ended: str | None = None
    how: str = ""


ENDS = frozenset({"completed", "failed", "cancelled", "timeout"})


@dataclass
class Story:
    """Changed in place by `take`. after: the last event that it holds."""

    after: int = 0
    milestones: list[EventRow] = field(default_factory=list)
    work: dict[str, Work] = field(default_factory=dict)
    attempts: dict[int, Attempt] = field(default_factory=dict)
    left_out: int = 0

    def take(self, events: Iterable[EventRow]) -> None:
        for event in events:
            if event["id"] <= self.after:
                continue
            self.after = event["id"]
            self._attempt(event)
            self._work(event)
            if event["kind"] not in CHUNKS:
                self.milestones.append(event)
        self.left_out += max(0, len(self.milestones) - MAX_MILESTONES)
        self.milestones = self.milestones[-MAX_MILESTONES:]

    def _attempt(self, event: EventRow) -> None:
        mine = self.attempts.setdefault(event["attempt"], Attempt(event["at"]))
        if event["kind"] in ENDS:
            mine.ended, mine.how = event["at"], event["kind"]

    def _work(self, event: EventRow) -> None:
        data, kind = event["data"], event["kind"]
        where = data.get("gpu") or data.get("translator")
        if not where:
            return
        mine = self.work.setdefault(str(where), Work())
        mine.last = event["at"]
        if kind == "checkpointed":
            mine.chunks += 1
            mine.sentences += int(data.get("segments", 0))
            mine.seconds += float(data.get("seconds", 0.0))
        elif kind in ("chunk_failed", "translator_lost"):
            mine.failed += 1
