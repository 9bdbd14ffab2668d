"""One move of a task from state to state, and what becomes of its row. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from storage.errors import IllegalTransition, TaskNotFound
from storage.states import TERMINAL, TaskMove, TaskStatus, decide
from storage.times import from_iso, to_iso

Row = dict[str, Any]


@dataclass(frozen=True)
class Moving:
    """One move of one task; attempt: the only one in which it may be made, None for any; model: of START, which one does
    it from now on."""

    task_id: str
    move: TaskMove
    attempt: int | None = None
    error_code: str | None = None
    error_message: str | None = None
    model: str | None = None


EVENT_KINDS = {TaskMove.START: "start", TaskMove.REQUEUE: "requeued", TaskMove.RETRY: "retried"}


def after_move(one: Moving, row: Row | None, now: float) -> Row:
    """-> the task's row after the move. Raises TaskNotFound, IllegalTransition."""
    if row is None:
        raise TaskNotFound(f"There is no task {one.task_id}.", task_id=one.task_id)
    if one.attempt is not None and row["attempt"] != one.attempt:
        raise IllegalTransition(f"Attempt {one.attempt} of task {one.task_id} is over.", task_status=row["status"])
    after = decide(row["status"], one.move)
    changes: Row = {"status": after, "error_code": one.error_code, "error_message": one.error_message}
    if one.move is TaskMove.START:
        changes |= {"started_at": row["started_at"] or to_iso(now), "stage": "preparing", "model": one.model}
    elif one.move is TaskMove.REQUEUE:
        changes |= {"stage": "queued"}
    elif one.move is TaskMove.RETRY:
        changes |= {"attempt": row["attempt"] + 1, "started_at": None, "completed_at": None, "stage": "queued"}
        changes |= {"model": None, "idle_seconds": 0.0}
    if after in TERMINAL:
        # A clock that was set back must not take away what was spent before.
        spent = max(0.0, now - from_iso(row["started_at"]) - row["idle_seconds"]) if row["started_at"] else 0.0
        changes |= {
            "completed_at": to_iso(now),
            "stage": "done",
            "processing_seconds": row["processing_seconds"] + spent,
        }
        if after is TaskStatus.COMPLETED:
            changes["progress"] = 100.0
    return {**row, **changes}
