"""Many small writes, one synced transaction: what arrives while the disk is busy is committed together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from storage.database import Database
from storage.errors import StorageError

T = TypeVar("T")


@dataclass(frozen=True)
class _Piece:
    work: Callable[[], Any]
    durable: bool
    answer: asyncio.Future[Any]


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
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append(_Piece(work, durable, answer))
        if len(self._waiting) == 1:
            loop.call_soon(self._flush)
        return await answer

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
            return [self._try(connection, piece) for piece in turn]

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
        return _Outcome(value)
