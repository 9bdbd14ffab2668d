"""Small helpers for the tests of the dispatcher: tasks and translators in one line, and a shell that obeys at once."""

from __future__ import annotations

import random
from collections.abc import Callable

from actors import decisions as do
from actors.decisions import Item, Lease, Pair
from actors.dispatch import Dispatcher, FileFacts, Limits, TaskFacts
from actors.team import PATIENCE, Patience, Translator

PAIR: Pair = ("mon_Cyrl", "cmn_Hans", False)
BACK: Pair = ("cmn_Hans", "mon_Cyrl", False)
SENTENCE = "x" * 100


def dispatcher(
    max_tasks: int = 10, timeout: float = 1_000.0, epoch: int = 1, patience: Patience = PATIENCE
) -> Dispatcher:
    return Dispatcher(Limits(max_tasks, timeout, patience=patience), random.Random(1), epoch)


def task(
    name: str,
    sentences: int = 10,
    *,
    client: str = "anna",
    priority: int = 5,
    created: float = 0.0,
    files: int = 1,
    pair: Pair = PAIR,
    attempt: int = 1,
    status: str = "prepared",
    not_before: float | None = None,
    started: float | None = 0.0,
    model: str = "",
) -> TaskFacts:
    """A task whose files of `sentences` sentences are parsed already; file ids are 1, 2, ..."""
    facts = tuple(FileFacts(n, 1_000, status, sentences, sentences * len(SENTENCE)) for n in range(1, files + 1))
    return TaskFacts(name, client, priority, created, attempt, pair, facts, started, not_before, model)


def translator(name: str = "gpu", speed: float = 1_000.0) -> Translator:
    return Translator(name, name, chars_per_second=speed, measured=True)


class Shell:
    """Carries decisions out at once and remembers them. sentences: how many each file has in storage."""

    def __init__(self, core: Dispatcher, sentences: int = 10) -> None:
        self.core = core
        self.sentences = sentences
        self.known: dict[str, TaskFacts] = {}
        self.seen: list[do.Decision] = []
        self.sent: list[Lease] = []
        self.stored: dict[tuple[str, int], set[int]] = {}

    def add(self, facts: TaskFacts, now: float = 0.0) -> None:
        self.known[facts.task_id] = facts
        self.core.add(facts, now)

    def run(
        self, now: float = 0.0, refuse: Callable[[do.Decision], bool] = lambda _decision: False
    ) -> list[do.Decision]:
        """-> everything that was decided; refuse: decisions that storage cannot carry out this time."""
        began = len(self.seen)
        for _ in range(1_000):
            decided = self.core.plan(now)
            if not decided:
                return self.seen[began:]
            for number, decision in enumerate(decided):
                if refuse(decision):
                    self.core.again(decided[number:])
                    return self.seen[began:]
                self.seen.append(decision)
                self._obey(decision, now)
        raise AssertionError("the dispatcher never comes to rest")

    def _obey(self, decision: do.Decision, now: float) -> None:
        match decision:
            case do.Start(task_id):
                self.core.resume(self.known[task_id], now)
            case do.Requeue(task_id):
                self.core.requeued(self.known[task_id], now)
            case do.Load(task_id, file_id, after, limit):
                done = self.stored.get((task_id, file_id), set())
                left = [n for n in range(after + 1, self.sentences) if n not in done]
                attempt = self.known[task_id].attempt
                last = len(self.core.jobs[task_id].paths[""]) == 1
                items = [Item(task_id, attempt, file_id, n, SENTENCE, last=last) for n in left[:limit]]
                self.core.loaded(task_id, file_id, items, len(left) <= limit, now)
            case do.Send(lease):
                self.sent.append(lease)

    def answer(self, lease: Lease, now: float = 0.0, seconds: float = 1.0) -> bool:
        """The lease's translations arrive and are stored; -> whether they counted."""
        if self.core.result(lease.lease_id, seconds, now) is None:
            return False
        for item in lease.items:
            self.stored.setdefault((item.task_id, item.file_id), set()).add(item.position)
            self.core.checkpointed(item.task_id, item.attempt, item.file_id, [item.position], now)
        return True

    def of(self, kind: type[do.Decision]) -> list[do.Decision]:
        return [decision for decision in self.seen if isinstance(decision, kind)]
