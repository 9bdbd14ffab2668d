"""One task that is being worked on: its files, the sentences read from storage, what is out with translators. Pure."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from actors.decisions import Answer, Item, Leg, Pair
from actors.routing import paths_of
from translation.terms import TermMatch

LOAD_ROWS = 1_000
"""Most sentences read from the database at a time: 10 ms of reading, in which nothing else is answered."""

MIN_LOAD_ROWS = 25


@dataclass(frozen=True)
class FileFacts:
    """What storage knows of one file. missing: sentences still to be sent (repeated ones counted once)."""

    file_id: int
    size: int
    status: str
    missing: int = 0
    missing_chars: int = 0
    crashes: int = 0


@dataclass(frozen=True)
class TaskFacts:
    """What storage knows of one task; times in Unix seconds."""

    task_id: str
    client: str
    priority: int
    created_at: float
    attempt: int
    pair: Pair
    files: tuple[FileFacts, ...]
    started_at: float | None = None
    not_before: float | None = None
    model: str = ""
    """The model that does it, or the two (see actors.routing); only what is processed is bound to one."""
    idle_seconds: float = 0.0
    """Since it was started, with the server down or paused."""


@dataclass
class Ready:
    """Sentences of a job that wait for nothing but a translator for this leg of their way."""

    leg: Leg
    onward: Ready | None = None
    """Where sentences wait that this leg has brought into English."""
    items: deque[Item] = field(default_factory=deque)
    chars: int = 0
    counted_chars: float = 0.0
    """What the lanes have counted of this job's waiting characters."""

    def extend(self, items: Sequence[Item], chars: int) -> None:
        """chars: of all these items together."""
        self.items.extend(items)
        self.chars += chars


@dataclass
class JobFile:
    file_id: int
    size: int
    status: str
    """pending, preparing, prepared, assembling, completed, failing (given up, not stored yet), failed"""
    cursor: int = -1
    """The last position read from storage."""
    exhausted: bool = True
    """Storage has nothing after the cursor. Only this ends the reading; `unread` is a count made earlier."""
    unread: int = 0
    """About how many sentences missing in storage have not been read yet."""
    chars_per_sentence: float = 80.0
    open: dict[int, Item] = field(default_factory=dict)
    """position -> the sentence, from being read until its translation is stored. An item that is not this very object
    comes from an earlier run of the task (it was requeued, or taken up again) and is not waited for."""

    @property
    def missing(self) -> int:
        """Sentences without a checkpoint."""
        return self.unread + len(self.open)

    @property
    def is_translated(self) -> bool:
        return self.status == "prepared" and self.exhausted and not self.open


@dataclass
class Job:
    """Mutable state of one active task; every method is an event. number: counts jobs in the order of their start."""

    facts: TaskFacts
    number: int = 0
    files: dict[int, JobFile] = field(default_factory=dict)
    ready: dict[Leg, Ready] = field(default_factory=dict)
    paths: dict[str, tuple[Ready, ...]] = field(default_factory=dict)
    """Of sentences in each language ('' for the task's own): the second, if there is one, gets what the first has brought
    into English."""
    starts: tuple[Ready, ...] = ()
    """The first of each path."""
    open_chars: int = 0
    unread_chars: float = 0.0
    finishing: bool = False
    unread_files: dict[int, None] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: TaskFacts, number: int = 0) -> Job:
        job = cls(facts, number)
        for language, legs in paths_of(facts.pair, facts.model).items():
            path = tuple(job.ready.setdefault(leg, Ready(leg)) for leg in legs)
            job.paths[language] = path
            if len(path) > 1:
                path[0].onward = path[1]
        job.starts = tuple(job.ready[leg] for leg in dict.fromkeys(path[0].leg for path in job.paths.values()))
        for file in facts.files:
            job.files[file.file_id] = JobFile(file.file_id, file.size, file.status)
            if file.status == "prepared":
                job.prepared(file.file_id, file.missing, file.missing_chars)
        return job

    # ---- what is there to do

    @property
    def waiting_chars(self) -> float:
        """Characters not yet sent, or sent on the first of two legs only."""
        return self.ready_chars + self.unread_chars

    @property
    def ready_chars(self) -> int:
        """Characters that wait for nothing but a translator."""
        return sum(ready.chars for ready in self.ready.values())

    @property
    def unsent_chars(self) -> int:
        """Characters that wait for the first leg of their way."""
        return sum(ready.chars for ready in self.starts)

    @property
    def out_chars(self) -> int:
        """Characters that are out with translators, or back and not stored yet."""
        return max(0, self.open_chars - self.ready_chars)

    def item(
        self, file_id: int, position: int, text: str, align: bool, language: str, terms: tuple[TermMatch, ...] = ()
    ) -> Item:
        """A sentence of this job as it was read from storage. Raises KeyError for a language that it cannot have."""
        last = len(self.paths[language]) == 1
        return Item(self.facts.task_id, self.facts.attempt, file_id, position, text, align, last, None, language, terms)

    def loads(self, wanted_chars: float) -> list[tuple[int, int, int]]:
        """-> (file, after, limit) reads that bring about `wanted_chars` characters more."""
        reads: list[tuple[int, int, int]] = []
        for file_id in self.unread_files:
            if wanted_chars <= 0:
                break
            file = self.files[file_id]
            per_row = max(file.chars_per_sentence, 1.0)
            limit = max(MIN_LOAD_ROWS, min(LOAD_ROWS, math.ceil(wanted_chars / per_row)))
            reads.append((file_id, file.cursor, limit))
            wanted_chars -= min(max(file.unread, 1), limit) * per_row
        return reads

    @property
    def is_over(self) -> bool:
        return all(file.status in ("completed", "failed") for file in self.files.values())

    @property
    def is_writing(self) -> bool:
        """A document is being written, or an end is being stored: no moment to interrupt the task."""
        return self.finishing or any(file.status in ("assembling", "failing") for file in self.files.values())

    @property
    def is_parsing(self) -> bool:
        return any(file.status in ("pending", "preparing") for file in self.files.values())

    @property
    def failed_files(self) -> int:
        return sum(file.status == "failed" for file in self.files.values())

    def waits_for(self, item: Item) -> bool:
        """Is this sentence, in this run of the task, still to be translated?"""
        file = self.files.get(item.file_id)
        return file is not None and file.open.get(item.position) is item

    # ---- events

    def prepared(self, file_id: int, missing: int, missing_chars: int) -> None:
        file = self.files[file_id]
        self._close(file)
        file.status = "prepared"
        file.unread = missing
        file.exhausted = missing == 0
        file.cursor = -1
        file.chars_per_sentence = missing_chars / missing if missing else 0.0
        self.unread_chars += missing_chars if missing else 0
        if missing:
            self.unread_files[file_id] = None

    def loaded(self, file_id: int, items: Sequence[Item], exhausted: bool) -> None:
        """Rows that were read already are ignored, and so are those of a file that is over."""
        file = self.files[file_id]
        if file.status != "prepared":
            return
        fresh = [item for item in items if item.position > file.cursor]
        if fresh:
            file.cursor = fresh[-1].position
            chars = sum([len(item.text) for item in fresh])
            for ready, mine in self._by_leg(fresh):
                ready.extend(mine, chars if len(mine) == len(fresh) else sum([len(item.text) for item in mine]))
            self.open_chars += chars
            file.open.update((item.position, item) for item in fresh)
        before = file.unread
        file.exhausted = exhausted
        file.unread = 0 if exhausted else max(1, file.unread - len(fresh))
        self.unread_chars = max(0.0, self.unread_chars - (before - file.unread) * file.chars_per_sentence)
        if exhausted:
            self.unread_files.pop(file_id, None)
            if not self.unread_files:
                self.unread_chars = 0.0

    def take(self, leg: Leg, chars: float, count: int) -> list[Item]:
        """Take sentences from the front until `chars` characters or `count` sentences are reached."""
        taken: list[Item] = []
        ready = self.ready[leg]
        items, files = ready.items, self.files
        while items and chars > 0 and len(taken) < count:
            item = items.popleft()
            length = len(item.text)
            ready.chars -= length
            if files[item.file_id].open.get(item.position) is item:
                chars -= length
                taken.append(item)
        return taken

    def put_back(self, items: Iterable[Item]) -> None:
        """Sentences whose lease came to nothing; they go first. Those that nobody waits for any more are dropped."""
        for item in reversed(list(items)):
            if self.waits_for(item):
                ready = self._ready_for(item)
                ready.items.appendleft(item)
                ready.chars += len(item.text)

    def relay(self, item: Item, answer: Answer) -> None:
        """The first leg is done, and the answer in English. A sentence that nobody waits for any more is dropped."""
        if self.waits_for(item):
            onward = item._replace(text=answer[0], last=True, before=answer)
            self.files[item.file_id].open[item.position] = onward
            self.open_chars += len(onward.text) - len(item.text)
            self._ready_for(onward).extend([onward], len(onward.text))

    def leg_of(self, item: Item) -> Leg:
        """-> what is to be done next with the sentence."""
        return self._ready_for(item).leg

    def _ready_for(self, item: Item) -> Ready:
        path = self.paths[item.language]
        return path[-1] if item.last else path[0]

    def _by_leg(self, items: Sequence[Item]) -> Iterable[tuple[Ready, Sequence[Item]]]:
        if len(self.paths) == 1:
            return [(self._ready_for(items[0]), items)]
        found: dict[Leg, list[Item]] = {}
        for item in items:
            found.setdefault(self._ready_for(item).leg, []).append(item)
        return [(self.ready[leg], mine) for leg, mine in found.items()]

    def checkpointed(self, file_id: int, positions: Iterable[int]) -> None:
        """Translations of these positions are stored. Safe to say twice."""
        file = self.files[file_id]
        for position in positions:
            item = file.open.pop(position, None)
            if item is not None:
                self.open_chars -= len(item.text)

    def failed(self, file_id: int, *, stored: bool) -> None:
        """The file is given up; stored: that is on the disk."""
        file = self.files[file_id]
        self._close(file)
        file.status = "failed" if stored else "failing"

    def completed(self, file_id: int) -> None:
        self._close(self.files[file_id])
        self.files[file_id].status = "completed"

    def _close(self, file: JobFile) -> None:
        """Nothing of the file is waited for from now on."""
        if file.open:
            self.open_chars -= sum(len(item.text) for item in file.open.values())
            file.open.clear()
            for ready in self.ready.values():
                ready.items = deque(item for item in ready.items if item.file_id != file.file_id)
                ready.chars = sum(len(item.text) for item in ready.items)
        self.unread_chars = max(0.0, self.unread_chars - file.unread * file.chars_per_sentence)
        file.unread = 0
        file.exhausted = True
        self.unread_files.pop(file.file_id, None)
