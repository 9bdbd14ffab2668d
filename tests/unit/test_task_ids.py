"""Ids of new tasks are UUIDs whose order is that of time."""

from __future__ import annotations

import uuid

from storage import task_ids
from storage.task_ids import new_task_id


def test_an_id_is_a_uuid_of_version_7_and_no_two_are_alike() -> None:
    ids = [new_task_id() for _ in range(1_000)]
    parsed = [uuid.UUID(one) for one in ids]
    assert {(one.version, one.variant) for one in parsed} == {(7, uuid.RFC_4122)}
    assert [str(one) for one in parsed] == ids
    assert len(set(ids)) == len(ids)


def test_a_later_id_sorts_after_an_earlier_one() -> None:
    assert task_ids._formatted(1, b"\xff" * 10) < task_ids._formatted(2, b"\0" * 10)
    assert task_ids._formatted(2**40 - 1, b"\xff" * 10) < task_ids._formatted(2**40, b"\0" * 10)
