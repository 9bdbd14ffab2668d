"""Many small requests in few calls."""

from __future__ import annotations

import asyncio

import pytest

from actors import bursts
from actors.bursts import Burst


class Wire:
    """Answers when it is told to; an odd number gets an error of its own."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.open = asyncio.Event()

    async def send(self, requests: list[int]) -> list[int | Exception]:
        self.calls.append(requests)
        await self.open.wait()
        return [ValueError(str(request)) if request % 2 else request for request in requests]


async def asked(burst: Burst[int, int], wire: Wire, *requests: int) -> list[asyncio.Task[int]]:
    """Ask, and let every call go out that goes out without an answer."""
    tasks = [asyncio.create_task(burst.ask(request)) for request in requests]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_what_is_asked_while_calls_are_under_way_goes_along_with_the_next() -> None:
    wire = Wire()
    burst = Burst(wire.send)
    first = await asked(burst, wire, 0)
    second = await asked(burst, wire, 2)
    rest = await asked(burst, wire, 4, 6, 8)
    assert wire.calls == [[0], [2]]
    wire.open.set()
    assert await asyncio.gather(*first, *second, *rest) == [0, 2, 4, 6, 8]
    assert wire.calls[2:] == [[4, 6, 8]]


async def test_everybody_gets_his_own_answer_or_error() -> None:
    wire = Wire()
    wire.open.set()
    outcomes = await asyncio.gather(*(Burst(wire.send).ask(n) for n in range(4)), return_exceptions=True)
    assert [outcomes[0], outcomes[2]] == [0, 2]
    assert [str(outcomes[1]), str(outcomes[3])] == ["1", "3"]


async def test_a_call_that_fails_fails_all_that_were_in_it_and_no_later_one() -> None:
    broken = True

    async def send(requests: list[int]) -> list[int]:
        if broken:
            raise ConnectionError("gone")
        return requests

    burst = Burst(send)
    outcomes = await asyncio.gather(burst.ask(1), burst.ask(2), return_exceptions=True)
    assert all(isinstance(outcome, ConnectionError) for outcome in outcomes)
    broken = False
    assert await burst.ask(3) == 3


async def test_a_request_whose_asker_went_away_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bursts, "CALLS", 1)
    wire = Wire()
    burst = Burst(wire.send)
    (first,) = await asked(burst, wire, 0)
    (gone, kept) = await asked(burst, wire, 2, 4)
    gone.cancel()
    await asyncio.sleep(0)
    wire.open.set()
    assert await asyncio.gather(first, kept) == [0, 4]
    assert wire.calls == [[0], [4]]


async def test_no_call_is_larger_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bursts, "CALLS", 1)
    monkeypatch.setattr(bursts, "MOST", 2)
    wire = Wire()
    wire.open.set()
    burst = Burst(wire.send)
    assert await asyncio.gather(*(burst.ask(n) for n in (0, 2, 4, 6, 8))) == [0, 2, 4, 6, 8]
    assert [len(call) for call in wire.calls] == [2, 2, 1]


async def test_whoever_asks_in_the_moment_in_which_all_calls_come_back_is_not_forgotten() -> None:
    wire = Wire()
    burst = Burst(wire.send)

    async def asks_twice() -> int:
        await burst.ask(0)
        return await burst.ask(4)

    twice = asyncio.create_task(asks_twice())
    for _ in range(5):
        await asyncio.sleep(0)
    (once,) = await asked(burst, wire, 2)
    assert wire.calls == [[0], [2]], "as many as may be under way at once"
    wire.open.set()  # both come back in the same turn of the loop
    async with asyncio.timeout(5):
        assert await asyncio.gather(twice, once) == [4, 2]
