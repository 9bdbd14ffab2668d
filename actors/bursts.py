"""Many small requests, few calls: what is asked while a call is under way goes along with the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from actors.crews import Crew

R = TypeVar("R")
A = TypeVar("A")

CALLS = 2
"""Calls under way at once: one is being answered while the next is on its way."""

MOST = 128
"""Requests in one call."""


class Burst(Generic[R, A]):
    """`send` takes requests and brings an answer or an exception for each of them; what it raises concerns all of them.

    Nothing waits for company: a request alone goes out in the same turn of the event loop. A request whose asker was
    cancelled before it went out is dropped.
    """

    def __init__(self, send: Callable[[list[R]], Awaitable[Sequence[A | Exception]]]) -> None:
        self._send = send
        self._waiting: list[tuple[R, asyncio.Future[A]]] = []
        self._crew = Crew(CALLS, self._call)

    async def ask(self, request: R) -> A:
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        self._crew.call()
        return await answer

    async def _call(self) -> None:
        while self._waiting:
            now, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            now = [(request, answer) for request, answer in now if not answer.done()]
            if not now:
                continue
            answers: Sequence[Any]
            try:
                answers = await self._send([request for request, _answer in now])
            except asyncio.CancelledError:
                for _request, answer in now:
                    answer.cancel()
                raise
            except Exception as error:  # handed to everybody who asked
                answers = [error] * len(now)
            for (_request, answer), value in zip(now, answers, strict=True):
                if answer.done():
                    continue
                if isinstance(value, Exception):
                    answer.set_exception(value)
                else:
                    answer.set_result(value)
