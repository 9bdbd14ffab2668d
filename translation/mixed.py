"""Token batches out of several works: what one work leaves free is filled with sentences of the others.

Second tries are few sentences at a time; alone each handful would cost as much as a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from translation.batches import Batch
from translation.budget import TokenBudget
from translation.engine import Engine, Output
from translation.errors import OutOfDeviceMemory
from translation.faults import Fault, classify
from translation.job import Job


@dataclass(frozen=True)
class Mixed:
    """What is decoded together: the first part is of the work whose turn it is, all are of the same way of decoding."""

    parts: tuple[tuple[Job, Batch], ...]

    @property
    def rows(self) -> int:
        return sum(batch.rows for _job, batch in self.parts)

    @property
    def size(self) -> int:
        """Rows x longest source, in tokens."""
        return self.rows * self.parts[0][1].longest

    def put_back(self) -> None:
        """All of it waits again."""
        for job, batch in self.parts:
            job.put_back(batch)


def filled(job: Job, batch: Batch, others: Iterable[Job], tokens: int) -> Mixed:
    """-> `batch` with as many sentences of the others, none longer than its longest, as `tokens` have room for."""
    parts = [(job, batch)]
    rows = batch.rows
    for other in others:
        room = tokens - rows * batch.longest
        if room < batch.longest or job.alone:
            break
        if other is not job and (more := other.take(room, batch)) is not None:
            parts.append((other, more))
            rows += more.rows
    return Mixed(tuple(parts))


def decode(mixed: Mixed, engine: Engine, budget: TokenBudget) -> list[Iterable[Output]] | None:
    """-> the outputs for each part, made when they are read. None when the batch waits again: for smaller ones, as there
    was no memory, or for its works one by one, as one of them cannot be decoded. Raises what the engine raises, or
    OutOfDeviceMemory when one sentence is too much."""
    way = mixed.parts[0][1].way
    drafts = [draft for _job, batch in mixed.parts for draft in batch.drafts]
    try:
        outputs = engine.generate(
            [part.encoded for draft in drafts for part in draft.parts],
            way.source,
            way.target,
            way.decoding,
            align=any(draft.align for draft in drafts),
        )
    except Exception as error:
        fault = classify(error)
        if fault is Fault.OTHER and len(mixed.parts) > 1:
            # Whose fault it is shows when each is decoded alone: nobody is blamed for another's sentence.
            for job, _batch in mixed.parts:
                job.alone = True
        elif fault is not Fault.MEMORY:
            raise
        elif len(drafts) == 1:
            raise OutOfDeviceMemory(
                f"A sentence of {mixed.size} tokens does not fit into the memory of {engine.device}: "
                "free some, or choose a smaller model.",
                tokens=mixed.size,
            ) from error
        else:
            budget.failed(mixed.size)
        mixed.put_back()
        return None
    budget.succeeded(mixed.size)
    starts = [0]
    for _job, batch in mixed.parts:
        starts.append(starts[-1] + batch.rows)
    return [_stretch(outputs, start, end) for start, end in pairwise(starts)]


def _stretch(outputs: Sequence[Output], start: int, end: int) -> Iterator[Output]:
    return (outputs[place] for place in range(start, end))
