"""Stores what translators bring back, with its history, all that came back in one turn in one transaction."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from actors.decisions import Answer, Answers, Item, Lease
from actors.dispatch import Dispatcher
from actors.failures import Failure
from actors.group_commit import GroupCommit
from storage.errors import StaleEpoch, StorageError, ValueRefused
from storage.repository import Repository
from storage.segment_store import Translated
from translation.batches import through
from translation.terms import FLAG, lacks


@dataclass(frozen=True)
class _Answered:
    """What a lease brought for one task."""

    lease: Lease
    task_id: str
    attempt: int
    results: list[Translated]


def _results(pairs: Sequence[tuple[Item, Answer]]) -> list[Translated]:
    return [Translated(item.file_id, item.position, text, flags, align) for item, (text, flags, align) in pairs]


class Checkpoints:
    """`trouble`: storage failed; `on_stale`: another scheduler has taken over; `wake`: there may be something to decide."""

    def __init__(
        self,
        repository: Repository,
        dispatcher: Dispatcher,
        commits: GroupCommit,
        trouble: Callable[[StorageError], None],
        on_stale: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        self._repository = repository
        self._dispatcher = dispatcher
        self._commits = commits
        self._trouble = trouble
        self._on_stale = on_stale
        self._wake = wake

    async def store(self, lease: Lease, answers: Answers) -> None:
        """Checkpoint a lease's answers; what has none, or could not be stored, goes out again, and what is in English
        for the time being goes on."""
        by_task: dict[tuple[str, int], list[tuple[Item, Answer]]] = defaultdict(list)
        missing: list[Item] = []
        onward: list[tuple[Item, Answer]] = []
        for item, answer in zip(lease.items, answers, strict=True):
            if answer is None:
                missing.append(item)
            elif item.last:
                found = whole(item, answer, lease.leg.target)
                by_task[(item.task_id, item.attempt)].append((item, found))
            else:
                onward.append((item, answer))
        self._dispatcher.relay(onward, time.time())
        asked = [_Answered(lease, task_id, attempt, _results(pairs)) for (task_id, attempt), pairs in by_task.items()]
        outcomes = await asyncio.gather(
            *(self._commits.run_together(self._save_all, one, durable=False) for one in asked), return_exceptions=True
        )
        for ((task_id, attempt), pairs), outcome in zip(by_task.items(), outcomes, strict=True):
            if isinstance(outcome, StaleEpoch):
                self._on_stale()
                return
            if isinstance(outcome, StorageError) and not isinstance(outcome, ValueRefused):
                self._trouble(outcome)
                missing += [item for item, _answer in pairs]
                continue
            if isinstance(outcome, BaseException):
                raise outcome
            for file_id in outcome or ():
                positions = [item.position for item, _answer in pairs if item.file_id == file_id]
                self._dispatcher.checkpointed(task_id, attempt, file_id, positions, time.time())
        self._dispatcher.untranslated(missing, time.time())
        self._wake()

    def _save_all(self, answered: Sequence[_Answered]) -> list[dict[int, int] | None]:
        """-> for each what `SegmentStore.save` answers; the answers of all leases that came back in this turn."""
        stored = self._repository.segments.save_all([(one.task_id, one.attempt, one.results) for one in answered])
        now = time.time()
        for one, saved in zip(answered, stored, strict=True):
            if saved is not None:
                self._repository.events.note(
                    one.task_id,
                    one.attempt,
                    "checkpointed",
                    now,
                    lease=one.lease.lease_id,
                    translator=one.lease.translator,
                    gpu=self._gpu(one.lease.translator),
                    segments=sum(saved.values()),
                    seconds=round(now - one.lease.issued_at, 3),
                )
        self._repository.events.flush()
        return stored

    def _gpu(self, translator: str) -> str | None:
        """-> where that translator works; None for one that is gone."""
        known = self._dispatcher.fleet.translators.get(translator)
        return known.gpu_id if known is not None else None

    # ---- history: remembered, and written along with the next checkpoint or progress

    def leased(self, lease: Lease) -> None:
        """A lease went out."""
        for (task_id, attempt), count in _counted(lease).items():
            self._repository.events.note(
                task_id,
                attempt,
                "leased",
                time.time(),
                lease=lease.lease_id,
                translator=lease.translator,
                gpu=self._gpu(lease.translator),
                segments=count,
            )

    def chunk_failed(self, lease: Lease, failure: Failure, reason: str) -> None:
        for task_id, attempt in _counted(lease):
            self._repository.events.note(
                task_id,
                attempt,
                "chunk_failed",
                time.time(),
                lease=lease.lease_id,
                translator=lease.translator,
                gpu=self._gpu(lease.translator),
                failure=failure.value,
                reason=reason,
            )

    def translator_lost(self, name: str, failure: Failure) -> None:
        """Call it before the dispatcher hears of it: afterwards nobody knows what the translator had."""
        for lease in [lease for lease in self._dispatcher.leases.values() if lease.translator == name]:
            for (task_id, attempt), count in _counted(lease).items():
                self._repository.events.note(
                    task_id,
                    attempt,
                    "translator_lost",
                    time.time(),
                    lease=lease.lease_id,
                    translator=name,
                    gpu=self._gpu(name),
                    failure=failure.value,
                    segments=count,
                )


def whole(item: Item, answer: Answer, target: str) -> Answer:
    """-> the answer to the sentence as it was at first, when it has come through two models into `target`."""
    if item.before is None:
        return answer
    text, flags, alignment = answer
    _english, earlier, first = item.before
    missed = (FLAG,) if item.terms and lacks(item.terms, text, target) else ()
    return text, tuple(dict.fromkeys((*earlier, *flags, *missed))), through(first, alignment) if item.align else None


def _counted(lease: Lease) -> dict[tuple[str, int], int]:
    """-> {(task, attempt): sentences}; short texts have no history."""
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for item in lease.items:
        if item.file_id:
            counts[(item.task_id, item.attempt)] += 1
    return counts
