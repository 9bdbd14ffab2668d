"""The moves between a task's states."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import IllegalTransition
from storage.states import TERMINAL, TRANSITIONS, TaskMove, TaskStatus, decide

LEGAL = {
    ("pending", "start"): "processing",
    ("pending", "cancel"): "cancelled",
    ("pending", "fail"): "failed",
    ("processing", "requeue"): "pending",
    ("processing", "complete"): "completed",
    ("processing", "fail"): "failed",
    ("processing", "cancel"): "cancelled",
    ("processing", "expire"): "timeout",
    ("failed", "retry"): "pending",
    ("cancelled", "retry"): "pending",
    ("timeout", "retry"): "pending",
}
"""Written out a second time on purpose: whoever changes the table must change the promise too."""


@pytest.mark.parametrize(("status", "move"), list(product(TaskStatus, TaskMove)))
def test_each_move_from_each_state_is_legal_or_refused_as_promised(status: TaskStatus, move: TaskMove) -> None:
    after = LEGAL.get((status.value, move.value))
    if after is not None:
        assert decide(status.value, move) == after
        return
    with pytest.raises(IllegalTransition) as refused:
        decide(status.value, move)
    assert refused.value.data["task_status"] == status.value
    assert refused.value.status == 409


@given(st.sampled_from(sorted(TERMINAL)), st.lists(st.sampled_from(sorted(TaskMove)), max_size=12))
def test_a_terminal_state_never_changes_except_through_a_retry(status: TaskStatus, moves: list[TaskMove]) -> None:
    for move in moves:
        try:
            after = decide(status, move)
        except IllegalTransition:
            continue
        assert status not in TERMINAL or move is TaskMove.RETRY
        status = after


def test_a_completed_task_has_no_move_at_all() -> None:
    assert not [move for (status, move) in TRANSITIONS if status is TaskStatus.COMPLETED]


def test_a_refusal_says_what_the_task_is() -> None:
    with pytest.raises(IllegalTransition, match="already completed"):
        decide("completed", TaskMove.CANCEL)
    with pytest.raises(IllegalTransition, match="only a failed, cancelled or timed-out task can be retried"):
        decide("processing", TaskMove.RETRY)
