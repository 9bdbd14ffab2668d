"""Many small writes, one synced transaction: what arrives while the disk is busy is committed together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from storage.database import Database
from storage.errors import StorageError

T = TypeVar("T")
R = TypeVar("R")

TOGETHER = 500
"""Most requests that one call of `run_all`'s work takes: it holds up everything else for some 25 ms."""

GAP_SECONDS = 0.02
"""Between two commits of what need not be synced. A commit costs as much as storing a chunk; at hundreds of chunks a second
several share one."""

Many = Callable[[Sequence[Any]], Sequence[Any]]
"""Requests in, an answer or an exception for each of them out."""


@dataclass(frozen=True)
class _Piece:
    work: Callable[[], Any]
    durable: bool
    answer: asyncio.Future[Any]
    many: Many | None = None
    requests: Sequence[Any] = ()


@dataclass(frozen=True)
class _Outcome:
    """What became of a piece before the commit; `problem` is what it raised."""

    value: Any = None
    problem: Exception | None = None


class GroupCommit:
    """Runs pieces of work on the event loop's own connection, each in a savepoint, all of a turn in one transaction.

    Pieces run in the order in which they were asked for. One that raises is undone alone. When the commit itself
    fails, every piece of the turn gets the error, so nothing is acknowledged that is not stored. A piece whose caller
    was cancelled before its turn does not run at all.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Piece] = []
        self._flush_at: float | None = None
        self._last_flush = 0.0

    async def run(self, work: Callable[[], T], *, durable: bool = True) -> T:
        """-> what `work` returned, once it is committed. Raises what `work` raised, or StorageError."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._ask(_Piece(work, durable, answer))
        return await answer

    async def run_together(
        self, many: Callable[[Sequence[R]], Sequence[T | Exception]], request: R, *, durable: bool = True
    ) -> T:
        """-> what `many` answered to this request, once it is committed; as `run` and `run_all`."""
        (outcome,) = await self.run_all(many, [request], durable=durable)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def run_all(
        self, many: Callable[[Sequence[R]], Sequence[T | Exception]], requests: Sequence[R], *, durable: bool = True
    ) -> Sequence[T | Exception]:
        """-> what `many` answered to each of the requests, once it is committed. Raises StorageError.

        Requests of one turn for the same function are given to it at once, which saves statements. When it raises, it is
        asked for each of them alone, so that one that cannot be stored spoils no other; it leaves nothing behind then.
        """
        answer: asyncio.Future[Sequence[T | Exception]] = asyncio.get_running_loop().create_future()
        self._ask(_Piece(lambda: None, durable, answer, many, requests))
        return await answer

    def _ask(self, piece: _Piece) -> None:
        self._waiting.append(piece)
        loop = asyncio.get_running_loop()
        # Somebody waits for what is durable.
        when = loop.time() if piece.durable else self._last_flush + GAP_SECONDS
        if self._flush_at is None or when < self._flush_at:
            self._flush_at = when
            loop.call_at(when, self._flush)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._flush_at = None
        self._last_flush = asyncio.get_running_loop().time()
        turn = [piece for piece in waiting if not piece.answer.cancelled()]
        if not turn:
            return
        try:
            outcomes = self._commit(turn)
        except Exception as error:  # nothing of this turn was stored: everybody must know
            outcomes = [_Outcome(problem=error)] * len(turn)
        for piece, outcome in zip(turn, outcomes, strict=True):
            if piece.answer.done():
                continue  # cancelled by another piece of this turn
            if outcome.problem is not None:
                piece.answer.set_exception(outcome.problem)
            else:
                piece.answer.set_result(outcome.value)

    def _commit(self, turn: list[_Piece]) -> list[_Outcome]:
        if self._database.in_transaction:
            # Joining it would acknowledge work before whoever opened it commits, if he ever does.
            raise StorageError("A transaction was left open across a turn of the event loop. This is a fault of ours.")
        with self._database.transaction(durable=any(piece.durable for piece in turn)):
            if len(turn) == 1 and len(turn[0].requests) < 2:
                # Undone with the transaction when it raises, so that it needs no savepoint.
                lone = turn[0]
                return [_Outcome(lone.work() if lone.many is None else lone.many(lone.requests))]
            outcomes: list[_Outcome] = []
            for group in _groups(turn):
                if group[0].many is None:
                    outcomes += [self._try(piece.answer, piece.work) for piece in group]
                else:
                    outcomes += self._together(group[0].many, group)
            return outcomes

    def _together(self, many: Many, group: list[_Piece]) -> list[_Outcome]:
        """-> for each piece the list of its requests' answers."""
        group_requests = [request for piece in group for request in piece.requests]
        if len(group_requests) > 1 and not any(piece.answer.cancelled() for piece in group):
            try:
                with self._database.savepoint():
                    values = iter(many(group_requests))
            except Exception:  # noqa: S110 whoever is to blame gets it again, alone
                pass
            else:
                return [_Outcome([next(values) for _ in piece.requests]) for piece in group]
        return [_Outcome([self._alone(many, piece.answer, request) for request in piece.requests]) for piece in group]

    def _alone(self, many: Many, answer: asyncio.Future[Any], request: Any) -> Any:
        outcome = self._try(answer, lambda: many([request])[0])
        return outcome.problem or outcome.value

    def _try(self, answer: asyncio.Future[Any], work: Callable[[], Any]) -> _Outcome:
        if answer.cancelled():
            return _Outcome()  # cancelled by a piece before it
        try:
            with self._database.savepoint():
                return _Outcome(work())
        except Exception as error:  # handed to the one who asked for this piece of work
            if not self._database.is_whole:
                raise  # the database has undone everything by itself (disk full): the whole turn failed
            return _Outcome(problem=error)


def _groups(turn: list[_Piece]) -> Iterator[list[_Piece]]:
    """Neighbours that may be done together; all in order."""
    group: list[_Piece] = []
    size = 0
    for piece in turn:
        fits = group and piece.many == group[0].many and size + len(piece.requests) <= TOGETHER
        if group and not fits:
            yield group
            group, size = [], 0
        group.append(piece)
        size += len(piece.requests)
    yield group
