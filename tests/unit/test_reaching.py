"""A translator that answers oddly: dead, out of reach, or well. With fake handles; no Ray is started."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from dispatch_kit import Shell, dispatcher, task, translator
from ray.exceptions import ActorDiedError, ActorUnavailableError

from actors import decisions as do
from actors import delivery as delivery_module
from actors import reaching
from actors.decisions import Lease
from actors.delivery import Delivery
from actors.failures import Failure, judge
from actors.reaching import pulse_of
from actors.translator_actor import Pulse
from translation.runner import Answer, Work, WorkResult

UNAVAILABLE = ActorUnavailableError("a connection broke", b"x" * 16)
SAME, OTHER = Pulse("boot", 1.0), Pulse("another boot", 1.0)


class Fake:
    """A handle. Each call takes the next of its answers; the last one repeats."""

    def __init__(self, pulses: list[Any], translations: list[Any] | None = None) -> None:
        self.pulse = self._method(pulses)
        self.translate = self._method(translations or [])
        self.asked: list[Work] = []

    def _method(self, answers: list[Any]) -> Any:
        async def remote(*arguments: Any) -> Any:
            self.asked += arguments
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, BaseException):
                raise answer
            return answer(*arguments) if callable(answer) else answer

        return SimpleNamespace(remote=remote)


def says(state: str) -> Callable[[Any], str]:
    return lambda _handle: state


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (reaching, delivery_module):
        monkeypatch.setattr(module, "AGAIN_SECONDS", 0.0)


@pytest.mark.parametrize(
    ("pulses", "state", "expected"),
    [
        ([SAME], "ALIVE", SAME),
        ([UNAVAILABLE, UNAVAILABLE, SAME], "ALIVE", SAME),
        ([UNAVAILABLE, OTHER], "ALIVE", Failure.TRANSLATOR_DIED),
        ([UNAVAILABLE], "RESTARTING", Failure.TRANSLATOR_DIED),
        ([ActorDiedError()], "DEAD", Failure.TRANSLATOR_DIED),
        ([TimeoutError()], "ALIVE", Failure.TRANSLATOR_LOST),
    ],
)
async def test_unavailable_is_a_question_and_not_an_answer(pulses: list[Any], state: str, expected: Any) -> None:
    assert await pulse_of(Fake(pulses), "boot", says(state)) == expected


async def test_one_that_stays_out_of_reach_is_lost_and_nobody_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "REACH_SECONDS", 0.05)
    failure = await asyncio.wait_for(pulse_of(Fake([UNAVAILABLE]), "boot", says("ALIVE")), 10.0)
    assert failure is Failure.TRANSLATOR_LOST
    assert not judge(failure, 99, 1, random.Random(1)).give_up


class Out:
    """A lease that was sent to a fake translator."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, handle: Fake, state: str = "ALIVE") -> None:
        async def asked(of: Any, boot_id: str) -> Pulse | Failure:
            return await pulse_of(of, boot_id, says(state))

        monkeypatch.setattr(delivery_module, "pulse_of", asked)
        self.shell = Shell(dispatcher(), sentences=3)
        self.core = self.shell.core
        self.core.translator_up(translator())
        self.shell.add(task("t", 3))
        self.shell.run()
        (self.lease,) = self.shell.sent
        slot = SimpleNamespace(name="gpu", handle=handle, info=SimpleNamespace(boot_id="boot"))
        self.chunks: list[Lease] = []
        self.pool = SimpleNamespace(slots={"gpu": slot}, suspect=self.suspect)

    def suspect(self, name: str) -> None:
        """As the pool's watch does when it finds the translator gone."""
        self.core.translator_down(name, Failure.TRANSLATOR_DIED, 1.0)

    async def end(self) -> None:
        async def on_chunk(lease: Lease, _answers: Any) -> None:
            self.chunks.append(lease)

        unused = cast(Any, lambda *_: None)
        delivery = Delivery(self.core, cast(Any, self.pool), unused, unused, unused, on_chunk, unused)
        delivery.send(self.lease)
        await asyncio.wait_for(asyncio.gather(*delivery._calls), 10.0)


def done(work: Work) -> WorkResult:
    return WorkResult(work.id, tuple(Answer("x") for _ in work.items), 1.0, 3, 3)


async def test_a_translator_that_is_well_is_asked_for_the_same_work_again(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = Fake([UNAVAILABLE, SAME], [UNAVAILABLE, done])
    out = Out(monkeypatch, handle)
    await out.end()
    assert out.chunks == [out.lease]
    assert [work.id for work in handle.asked] == [out.lease.lease_id] * 2
    assert not out.core.fleet.translators["gpu"].leases


async def test_answers_that_cannot_be_taken_in_are_asked_for_again_and_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = Out(monkeypatch, Fake([SAME], [done]))
    monkeypatch.setattr(delivery_module.time, "time", lambda: 1.0)

    async def odd(_lease: Lease, _answers: Any) -> None:
        raise ValueError("nobody foresaw this")

    failed: list[str] = []
    unused = cast(Any, lambda *_: None)
    delivery = Delivery(
        out.core, cast(Any, out.pool), unused, unused, unused, odd, lambda *told: failed.append(told[2])
    )
    delivery.send(out.lease)
    await asyncio.wait_for(asyncio.gather(*delivery._calls), 10.0)
    assert failed == ["what came back could not be stored (ValueError)"]
    for number in range(1, 10):
        now = 100.0 * number
        out.shell.run(now)
        if out.shell.of(do.FailFile):
            break
        lease = out.shell.sent[number]
        assert out.core.result(lease.lease_id, 1.0, now) is lease and set(lease.items) < set(out.lease.items)
        out.core.spoilt(lease, Failure.ENGINE_ERROR, "it is odd", now)
    (given_up,) = out.shell.of(do.FailFile)
    assert isinstance(given_up, do.FailFile) and "failed 3 times: it is odd" in given_up.message


async def test_one_that_died_is_suspected_and_its_lease_ends_there(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = Fake([UNAVAILABLE], [UNAVAILABLE])
    out = Out(monkeypatch, handle, "RESTARTING")
    await out.end()
    assert (out.chunks, out.core.leases, len(handle.asked)) == ([], {}, 1)
    out.core.translator_up(translator("other"))
    out.shell.run(2.0)
    assert {lease.crashes for lease in out.shell.sent[1:]} == {1}
    assert {item.position for lease in out.shell.sent[1:] for item in lease.items} == {0, 1}, "half of it first"
