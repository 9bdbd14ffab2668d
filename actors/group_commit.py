"""Many small writes, one synced transaction: what arrives while the disk is busy is committed together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from storage.database import Database
from storage.errors import StorageError

T = TypeVar("T")
R = TypeVar("R")

TOGETHER = 500
"""Most requests that one call of `run_together`'s work takes: it holds up everything else for some 50 ms."""

Many = Callable[[Sequence[Any]], Sequence[Any]]
"""Requests in, an answer or an exception for each of them out."""


@dataclass(frozen=True)
class _Piece:
    work: Callable[[], Any]
    durable: bool
    answer: asyncio.Future[Any]
    many: Many | None = None
    request: Any = None


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

    async def run(self, work: Callable[[], T], *, durable: bool = True) -> T:
        """-> what `work` returned, once it is committed. Raises what `work` raised, or StorageError."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._ask(_Piece(work, durable, answer))
        return await answer

    async def run_together(self, many: Callable[[Sequence[R]], Sequence[T | Exception]], request: R) -> T:
        """-> what `many` answered to this request, once it is committed; as `run`, durably.

        Requests of one turn for the same function are given to it at once, which saves statements. When it raises, it is
        asked for each of them alone, so that one that cannot be stored spoils no other; it leaves nothing behind then.
        """
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._ask(_Piece(lambda: many([request])[0], True, answer, many, request))
        return await answer

    def _ask(self, piece: _Piece) -> None:
        self._waiting.append(piece)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
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
        with self._database.transaction(durable=any(piece.durable for piece in turn)) as connection:
            outcomes: list[_Outcome] = []
            for group in _groups(turn):
                outcomes += self._try_together(connection, group) or [self._try(connection, one) for one in group]
            return outcomes

    @staticmethod
    def _try_together(connection: Connection, group: list[_Piece]) -> list[_Outcome] | None:
        """-> what became of each; None, and nothing done, when they must be tried alone."""
        many = group[0].many
        if many is None or len(group) == 1 or any(piece.answer.cancelled() for piece in group):
            return None
        savepoint = connection.begin_nested()
        try:
            values = many([piece.request for piece in group])
        except Exception:  # whoever is to blame gets it again, alone
            savepoint.rollback()
            return None
        savepoint.commit()
        return [_outcome(value) for value in values]

    @staticmethod
    def _try(connection: Connection, piece: _Piece) -> _Outcome:
        if piece.answer.cancelled():
            return _Outcome()  # cancelled by a piece before it
        savepoint = connection.begin_nested()
        try:
            value = piece.work()
        except Exception as error:  # handed to the one who asked for this piece of work
            # Fails, and with it the whole turn, when the database has undone everything by itself (disk full).
            savepoint.rollback()
            return _Outcome(problem=error)
        savepoint.commit()
        return _outcome(value)


def _outcome(value: Any) -> _Outcome:
    return _Outcome(problem=value) if isinstance(value, Exception) else _Outcome(value)


def _groups(turn: list[_Piece]) -> Iterator[list[_Piece]]:
    """Neighbours that may be done together; all in order."""
    group: list[_Piece] = []
    for piece in turn:
        if group and (piece.many is None or piece.many != group[0].many or len(group) == TOGETHER):
            yield group
            group = []
        group.append(piece)
    yield group
