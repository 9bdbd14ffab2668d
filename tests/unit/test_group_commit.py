"""Many pieces of work in one commit, over SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import event
from storage_kit import NOW, accept

from actors.group_commit import GroupCommit
from storage.errors import StorageError, TaskNotFound
from storage.repository import Repository


@pytest.fixture
def commits(repository: Repository) -> GroupCommit:
    return GroupCommit(repository.database)


@pytest.fixture
def count(repository: Repository) -> list[bool]:
    """Grows by one with each commit."""
    seen: list[bool] = []
    event.listen(repository.database.engine, "commit", lambda _connection: seen.append(True))
    return seen


def ids(repository: Repository) -> list[str]:
    return [row["task_id"] for row in repository.tasks.unfinished()]


def accepting(repository: Repository, task_id: str) -> Callable[[], str]:
    def work() -> str:
        accept(repository, task_id)
        return task_id

    return work


async def test_what_arrives_together_is_one_commit_in_the_order_of_asking(
    repository: Repository, commits: GroupCommit, count: list[bool]
) -> None:
    order: list[int] = []
    answers = await asyncio.gather(*(commits.run(lambda n=n: order.append(n) or n) for n in range(20)))  # type: ignore[misc]
    assert answers == order == list(range(20))
    assert len(count) == 1


async def test_a_piece_that_fails_is_undone_alone(repository: Repository, commits: GroupCommit) -> None:
    def failing() -> None:
        accept(repository, "bad")
        raise ValueError("after writing")

    outcomes = await asyncio.gather(
        commits.run(accepting(repository, "t1")),
        commits.run(failing),
        commits.run(lambda: repository.tasks.get("none")),
        commits.run(accepting(repository, "t1")),
        commits.run(accepting(repository, "t2")),
        return_exceptions=True,
    )
    assert outcomes[0] == "t1"
    assert isinstance(outcomes[1], ValueError)
    assert isinstance(outcomes[2], TaskNotFound)
    assert isinstance(outcomes[3], StorageError), "what the driver raised would reach nobody who waits for StorageError"
    assert outcomes[4] == "t2"
    assert ids(repository) == ["t1", "t2"]


async def test_a_commit_that_fails_fails_every_piece_and_stores_none(
    repository: Repository, commits: GroupCommit
) -> None:
    def refuse(_connection: object) -> None:
        raise StorageError("The disk is full.")

    event.listen(repository.database.engine, "commit", refuse)
    outcomes = await asyncio.gather(
        commits.run(accepting(repository, "t1")),
        commits.run(accepting(repository, "t2")),
        commits.run(lambda: repository.tasks.get("none")),
        return_exceptions=True,
    )
    event.remove(repository.database.engine, "commit", refuse)
    assert [str(outcome) for outcome in outcomes] == ["The disk is full."] * 3
    assert ids(repository) == []
    assert await commits.run(accepting(repository, "t3")) == "t3"
    assert ids(repository) == ["t3"]


async def test_a_database_that_undid_everything_by_itself_fails_every_piece(
    repository: Repository, commits: GroupCommit
) -> None:
    """As SQLite does on a full disk: the savepoint is gone, and the pieces before with it."""

    def undone() -> None:
        with repository.database.transaction() as connection:
            driver = connection.connection.dbapi_connection
            assert driver is not None
            driver.rollback()
        raise ValueError("the disk is full")

    outcomes = await asyncio.gather(
        commits.run(accepting(repository, "t1")),
        commits.run(undone),
        commits.run(accepting(repository, "t2")),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [StorageError] * 3
    assert ids(repository) == []
    assert await commits.run(accepting(repository, "t3")) == "t3"


async def test_one_durable_piece_makes_the_whole_turn_durable(
    repository: Repository, commits: GroupCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    real = repository.database._outermost
    monkeypatch.setattr(
        repository.database, "_outermost", lambda **asked_for: asked.append(asked_for["durable"]) or real(**asked_for)
    )
    await asyncio.gather(commits.run(lambda: None, durable=False), commits.run(lambda: None, durable=False))
    await asyncio.gather(commits.run(lambda: None, durable=False), commits.run(lambda: None))
    assert asked == [False, True]


async def test_a_piece_whose_caller_was_cancelled_before_its_turn_does_not_run(
    repository: Repository, commits: GroupCommit, count: list[bool]
) -> None:
    gone = asyncio.ensure_future(commits.run(accepting(repository, "gone")))
    stays = asyncio.ensure_future(commits.run(accepting(repository, "stays")))
    await asyncio.sleep(0)  # both have asked; the turn comes next
    gone.cancel()
    assert await stays == "stays"
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert ids(repository) == ["stays"]
    alone = asyncio.ensure_future(commits.run(accepting(repository, "alone")))
    await asyncio.sleep(0)
    alone.cancel()
    await asyncio.wait([alone])
    assert await commits.run(lambda: "goes on") == "goes on"
    assert ids(repository) == ["stays"]
    assert len(count) == 2 + 2, "two turns and the two looks at the ids"


async def test_a_piece_may_cancel_one_that_comes_after_it(repository: Repository, commits: GroupCommit) -> None:
    """As cancelling a task does with its steps."""
    later = asyncio.ensure_future(asyncio.sleep(0))
    first = asyncio.ensure_future(commits.run(lambda: later.cancel()))
    later = asyncio.ensure_future(commits.run(accepting(repository, "later")))  # type: ignore[arg-type]
    assert await first is True
    with pytest.raises(asyncio.CancelledError):
        await later
    assert ids(repository) == []


async def test_work_that_asks_for_more_work_gets_it_in_the_next_turn(
    repository: Repository, commits: GroupCommit
) -> None:
    following: list[asyncio.Future[str]] = []
    await commits.run(lambda: following.append(asyncio.ensure_future(commits.run(accepting(repository, "t2")))))
    assert await following[0] == "t2"


async def test_nothing_is_acknowledged_inside_a_transaction_that_somebody_left_open(
    repository: Repository, commits: GroupCommit
) -> None:
    with repository.database.transaction(), pytest.raises(StorageError, match="left open"):
        await commits.run(accepting(repository, "t1"))
    assert ids(repository) == []


async def test_an_answer_comes_after_the_commit(repository: Repository, commits: GroupCommit) -> None:
    assert await commits.run(lambda: repository.tasks.accept) is not None
    assert not repository.database.in_transaction
    accept(repository, at=NOW)


async def test_requests_for_the_same_work_are_done_at_once(
    repository: Repository, commits: GroupCommit, count: list[bool]
) -> None:
    asked: list[list[int]] = []

    def many(requests: Sequence[int]) -> list[int | Exception]:
        asked.append(list(requests))
        return [ValueError("odd") if request % 2 else request for request in requests]

    answers = await asyncio.gather(commits.run_all(many, [0, 1]), commits.run_all(many, [2, 3]))
    outcomes = [outcome for answer in answers for outcome in answer]
    assert asked == [[0, 1, 2, 3]] and len(count) == 1
    assert [outcomes[0], outcomes[2]] == [0, 2]
    assert all(isinstance(outcomes[n], ValueError) for n in (1, 3))


async def test_a_request_that_cannot_be_stored_spoils_no_other(repository: Repository, commits: GroupCommit) -> None:
    def many(requests: Sequence[str]) -> list[str | Exception]:
        for request in requests:
            accept(repository, request)
        if "bad" in requests:
            raise ValueError("after writing")
        return list(requests)

    (outcomes, others) = await asyncio.gather(commits.run_all(many, ["t1", "bad", "t2"]), commits.run_all(many, ["t3"]))
    assert others == ["t3"]
    assert (outcomes[0], outcomes[2]) == ("t1", "t2") and isinstance(outcomes[1], ValueError)
    assert ids(repository) == ["t1", "t2", "t3"]


async def test_what_need_not_be_synced_waits_for_company_and_what_must_be_waits_for_nothing(
    commits: GroupCommit, count: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.group_commit.GAP_SECONDS", 3600.0)
    await commits.run(lambda: 0)
    checkpoints = [asyncio.ensure_future(commits.run(lambda n=n: n, durable=False)) for n in (1, 2)]  # type: ignore[misc]
    for _turn in range(20):
        await asyncio.sleep(0)
    assert len(count) == 1
    assert await commits.run(lambda: 3) == 3
    assert [await one for one in checkpoints] == [1, 2]
    assert len(count) == 2


async def test_after_a_pause_nothing_waits(commits: GroupCommit, count: list[bool]) -> None:
    assert await commits.run(lambda: 1, durable=False) == 1
    assert len(count) == 1
