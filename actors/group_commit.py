"""Many small writes, one synced transaction: what arrives while the disk is busy is committed together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from storage.database import Database

T = TypeVar("T")


class GroupCommit:
    """Runs pieces of work on the event loop's own connection, each in a savepoint, all of a turn in one transaction.

    A piece that raises is undone alone. When the commit itself fails, every piece of the turn gets the error, so
    nothing is acknowledged that is not stored.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Callable[[], Any], bool, asyncio.Future[Any]]] = []

    async def run(self, work: Callable[[], T], *, durable: bool = True) -> T:
        """-> what `work` returned, once it is committed. Raises what `work` raised, or StorageError."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append((work, durable, answer))
        if len(self._waiting) == 1:
            loop.call_soon(self._flush)
        return await answer

    def _flush(self) -> None:
        turn, self._waiting = self._waiting, []
        outcomes: list[tuple[asyncio.Future[Any], Any, Exception | None]] = []
        try:
            with self._database.transaction(durable=any(durable for _work, durable, _answer in turn)) as connection:
                for work, _durable, answer in turn:
                    savepoint = connection.begin_nested()
                    try:
                        outcomes.append((answer, work(), None))
                        savepoint.commit()
                    except Exception as error:  # handed to the one who asked for this piece of work
                        savepoint.rollback()
                        outcomes.append((answer, None, error))
        except Exception as error:  # nothing of this turn was stored: everybody must know
            outcomes = [(answer, None, error) for _work, _durable, answer in turn]
        for answer, value, problem in outcomes:
            if answer.cancelled():
                continue
            if problem is not None:
                answer.set_exception(problem)
            else:
                answer.set_result(value)
