"""What a database would hold, for the simulator: tasks, files, and which sentences are translated. No behaviour of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from actors.decisions import Item, Pair
from actors.job import FileFacts, TaskFacts
from actors.routing import models_of

TEXTS = tuple("x" * length for length in range(256))
"""One string per length, shared by all sentences: the dispatcher looks only at lengths."""

TERMINAL = frozenset({"completed", "failed", "cancelled", "timeout"})


@dataclass
class SimFile:
    """lengths: characters of each sentence; poison: position of a sentence that kills its translator, -1 for none."""

    file_id: int
    lengths: bytes
    poison: int = -1
    status: str = "pending"
    stored: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.stored = bytearray(len(self.lengths))

    @property
    def size(self) -> int:
        return sum(self.lengths)

    def missing(self) -> tuple[int, int]:
        """-> (sentences, characters) without a translation."""
        done = self.stored
        if not any(done):
            return len(self.lengths), sum(self.lengths)
        left = [length for length, is_done in zip(self.lengths, done, strict=True) if not is_done]
        return len(left), sum(left)


@dataclass
class SimTask:
    task_id: str
    client: str
    priority: int
    created: float
    pair: Pair
    files: dict[int, SimFile]
    not_before: float | None = None
    status: str = "pending"
    attempt: int = 1
    started: float | None = None
    first_started: float | None = None
    ended: float | None = None
    model: str = ""

    def facts(self) -> TaskFacts:
        files = []
        for file in self.files.values():
            missing, chars = file.missing() if file.status == "prepared" else (0, 0)
            files.append(FileFacts(file.file_id, len(file.lengths) * 80, file.status, missing, chars))
        return TaskFacts(
            self.task_id,
            self.client,
            self.priority,
            self.created,
            self.attempt,
            self.pair,
            tuple(files),
            self.started,
            self.not_before,
            self.model,
        )

    def read(self, file_id: int, after: int, limit: int) -> tuple[list[Item], bool]:
        """-> (the next missing sentences after that position, whether these were all)."""
        file = self.files[file_id]
        items: list[Item] = []
        last = len(models_of(self.model)) < 2
        for position in range(after + 1, len(file.lengths)):
            if not file.stored[position]:
                text = TEXTS[file.lengths[position]]
                items.append(Item(self.task_id, self.attempt, file_id, position, text, last=last))
                if len(items) == limit:
                    return items, False
        return items, True
