"""The states of a task and the one table of moves between them. Pure.

A terminal state never changes; only RETRY opens a new attempt, and COMPLETED has no retry.
"""

from __future__ import annotations

from enum import StrEnum

from storage.errors import IllegalTransition


class TaskStatus(StrEnum):
    PENDING = "pending"
    """Accepted and stored; waits for one of the MAX_TASKS places."""
    PROCESSING = "processing"
    """Being parsed, translated or assembled."""
    COMPLETED = "completed"
    """Every file is translated and can be downloaded."""
    FAILED = "failed"
    """At least one file could not be translated; the others can be downloaded."""
    CANCELLED = "cancelled"
    """Stopped because somebody asked for it."""
    TIMEOUT = "timeout"
    """Stopped because it ran longer than TASK_TIMEOUT."""


class TaskMove(StrEnum):
    START = "start"
    REQUEUE = "requeue"
    COMPLETE = "complete"
    FAIL = "fail"
    CANCEL = "cancel"
    EXPIRE = "expire"
    RETRY = "retry"


class FileStatus(StrEnum):
    PENDING = "pending"
    """Uploaded, not parsed."""
    PREPARED = "prepared"
    """Its segments are stored."""
    COMPLETED = "completed"
    """Its result is in the blob store."""
    FAILED = "failed"
    """Cannot be translated; error_message says why."""


TERMINAL = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.TIMEOUT})

_P, _R = TaskStatus.PENDING, TaskStatus.PROCESSING
TRANSITIONS: dict[tuple[TaskStatus, TaskMove], TaskStatus] = {
    (_P, TaskMove.START): _R,
    (_P, TaskMove.CANCEL): TaskStatus.CANCELLED,
    (_P, TaskMove.FAIL): TaskStatus.FAILED,
    (_R, TaskMove.REQUEUE): _P,
    (_R, TaskMove.COMPLETE): TaskStatus.COMPLETED,
    (_R, TaskMove.FAIL): TaskStatus.FAILED,
    (_R, TaskMove.CANCEL): TaskStatus.CANCELLED,
    (_R, TaskMove.EXPIRE): TaskStatus.TIMEOUT,
    (TaskStatus.FAILED, TaskMove.RETRY): _P,
    (TaskStatus.CANCELLED, TaskMove.RETRY): _P,
    (TaskStatus.TIMEOUT, TaskMove.RETRY): _P,
}

_REFUSALS = {
    TaskMove.CANCEL: "The task is already {status}; there is nothing left to cancel.",
    TaskMove.RETRY: "The task is {status}; only a failed, cancelled or timed-out task can be retried.",
}


def decide(status: str, move: TaskMove) -> TaskStatus:
    """-> the state that `move` leads to from `status`.

    Raises IllegalTransition with a sentence for people when the table has no such move.
    """
    after = TRANSITIONS.get((TaskStatus(status), move))
    if after is None:
        sentence = _REFUSALS.get(move, "A task that is {status} cannot {move}.")
        raise IllegalTransition(sentence.format(status=status, move=move.value), task_status=str(status))
    return after
