"""The same thing done to many tasks: which they are, in steps, and what became of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from actors.errors import ServiceError
from storage.errors import StaleEpoch, StorageError, TaskNotFound
from storage.repository import Repository

Row = dict[str, Any]

BULK_STEP = 200
"""Tasks of a bulk operation that share one transaction: the loop answers others in between."""

REPEAT_SECONDS = 3_600.0
"""How long after its first try a bulk request may be repeated: far longer than a scheduler takes to come back."""


@dataclass(frozen=True)
class Chosen:
    """Tasks to do something to: those that fit all that is given."""

    statuses: tuple[str, ...] | None = None
    client_id: str | None = None
    task_ids: tuple[str, ...] | None = None


class Bulk:
    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def each(
        self, chosen: Chosen, do: Callable[[str], Awaitable[None]], kind: str = "", request: str = ""
    ) -> Row:
        """-> {"done": ids, "refused": [{"task_id", "code", "detail"}]}; a task of another client is not there for it.

        kind, request: the event by which an earlier try of the same request is known.
        """
        found, done = self._found(chosen, kind, request)
        refused = self._unknown(chosen, found)
        for start in range(0, len(found), BULK_STEP):
            step = found[start : start + BULK_STEP]
            # All of a step arrive in one turn of the loop, and so share one synced transaction.
            outcomes = await asyncio.gather(*(do(task_id) for task_id in step), return_exceptions=True)
            for task_id, outcome in zip(step, outcomes, strict=True):
                if outcome is None:
                    done.append(task_id)
                elif isinstance(outcome, StorageError | ServiceError) and not isinstance(outcome, StaleEpoch):
                    refused.append({"task_id": task_id, "code": outcome.code, "detail": outcome.detail})
                else:
                    raise outcome
        return {"done": done, "refused": refused}

    def _found(self, chosen: Chosen, kind: str, request: str) -> tuple[list[str], list[str]]:
        """-> (tasks to change, those that an earlier try of the same request changed: they have another status now)."""
        found = self._repository.changes.matching(chosen.statuses, chosen.client_id, chosen.task_ids)
        if chosen.statuses is None or not request:
            return found, []
        earlier = self._repository.events.of_request(kind, request, time.time() - REPEAT_SECONDS)
        again = set(found)
        return found, [task_id for task_id in earlier if task_id not in again]

    def _unknown(self, chosen: Chosen, found: list[str]) -> list[Row]:
        if chosen.task_ids is None:
            return []
        known = set(found) | set(self._repository.changes.matching(None, chosen.client_id, chosen.task_ids))
        return [
            {"task_id": one, "code": TaskNotFound.code, "detail": f"There is no task {one}."}
            for one in dict.fromkeys(chosen.task_ids)
            if one not in known
        ]
