"""The pool replaces, drains and retires translators. Fake translators; no Ray is started."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from actors import translator_pool
from actors.failures import Failure
from actors.placing import RESTARTS_MEAN_FAILURE
from actors.translator_pool import TranslatorPool
from actors.translator_slot import Slot, Wanted
from tests.support.waiting import aeventually


class FakePool(TranslatorPool):
    """A translator is ready at once; one whose model begins with `bad` never is."""

    async def _keep(self, slot: Slot) -> None:
        slot.suspect = asyncio.Event()
        if slot.model.startswith("bad"):
            while True:
                slot.state, slot.error, slot.failures = "failed", "it is bad", slot.failures + 1
                self._on_failed(slot)
                self._again()
                await asyncio.sleep(0)
                if slot.failures >= RESTARTS_MEAN_FAILURE:
                    await asyncio.Event().wait()
        slot.state = "ready"
        self._on_up(slot)
        self._again()
        await asyncio.Event().wait()

    async def _watch(self, slot: Slot) -> Failure:
        await asyncio.Event().wait()
        raise AssertionError("never")

    async def _gone(self, name: str) -> None:
        pass


@dataclass
class Scene:
    pool: TranslatorPool
    wanted: Wanted
    busy: set[str] = field(default_factory=set)
    seen: list[tuple[str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    async def settled(self, *models: str) -> None:
        async def held() -> list[str]:
            return sorted(slot.model for slot in self.pool.slots.values() if slot.state == "ready")

        await aeventually(held, lambda found: found == sorted(models))


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(translator_pool.ray, "cluster_resources", dict)
    config: Any = SimpleNamespace(gpus=1.0)
    pool = FakePool(
        config,
        "test",
        "test",
        lambda _gpus: made.wanted,
        lambda slot: made.seen.append(("up", f"{slot.name} {slot.model}")),
        lambda name, failure: made.seen.append(("down", name)),
        lambda name: made.seen.append(("drain", name)),
        lambda name: name in made.busy,
        lambda slot: made.failed.append(slot.model),
    )
    made = Scene(pool, Wanted({"x": 0.0, "y": 0.0}, {"a": 2}))
    yield made
    pool.close()


async def test_models_are_replaced_one_after_the_other_and_each_finishes_what_it_has(scene: Scene) -> None:
    await scene.pool.reconcile()
    await scene.settled("a", "a")
    scene.busy = {"x", "y"}
    scene.wanted = Wanted(scene.wanted.names, {"b": 2})
    await scene.pool.reconcile()
    await scene.settled("a")
    drained = [name for what, name in scene.seen if what == "drain"]
    assert len(drained) == 1 and ("down", drained[0]) not in scene.seen, "it has something to do still"
    scene.busy.clear()
    await scene.settled("b", "b")
    whats = [what for what, _name in scene.seen[2:]]
    assert whats == ["drain", "down", "up", "drain", "down", "up"]


async def test_one_translator_of_the_old_model_stays_for_the_tasks_that_need_it(scene: Scene) -> None:
    await scene.pool.reconcile()
    await scene.settled("a", "a")
    scene.wanted = Wanted(scene.wanted.names, {"b": 2}, frozenset({"a"}))
    await scene.pool.reconcile()
    await scene.settled("a", "b")
    scene.wanted = Wanted(scene.wanted.names, {"b": 2})
    await scene.pool.reconcile()
    await scene.settled("b", "b")


async def test_a_model_that_cannot_be_loaded_is_told_and_the_old_one_comes_back(scene: Scene) -> None:
    await scene.pool.reconcile()
    await scene.settled("a", "a")
    scene.wanted = Wanted(scene.wanted.names, {"bad": 2}, frozenset({"a"}))
    await scene.pool.reconcile()

    async def failures() -> int:
        return len(scene.failed)

    await aeventually(failures, lambda count: count >= RESTARTS_MEAN_FAILURE)
    assert [slot.model for slot in scene.pool.ready] == ["a"]
    scene.wanted = Wanted(scene.wanted.names, {"a": 2})
    await scene.pool.reconcile()
    await scene.settled("a", "a")


async def test_translators_that_are_too_many_are_drained(scene: Scene) -> None:
    await scene.pool.reconcile()
    await scene.settled("a", "a")
    scene.busy = {"y"}
    scene.wanted = Wanted({"x": 0.0}, {"a": 1})
    await scene.pool.reconcile()
    await scene.pool.reconcile()
    assert sorted(scene.pool.slots) == ["x", "y"]
    scene.busy.clear()

    async def names() -> list[str]:
        return sorted(scene.pool.slots)

    await aeventually(names, lambda found: found == ["x"])
    assert [what for what, _name in scene.seen] == ["up", "up", "drain", "down"]


async def test_another_share_of_a_gpu_brings_other_translators(scene: Scene) -> None:
    scene.wanted = Wanted({"gpu-0": 1.0, "gpu-1": 1.0}, {"a": 2})
    await scene.pool.reconcile()
    await scene.settled("a", "a")
    scene.wanted = Wanted({f"gpu-{n}": 0.5 for n in range(4)}, {"a": 4})
    await scene.pool.reconcile()
    await scene.settled("a", "a", "a", "a")

    async def shares() -> set[float]:
        return {slot.gpus for slot in scene.pool.slots.values()}

    await aeventually(shares, lambda found: found == {0.5})


async def test_the_translator_on_the_cpu_works_until_the_first_gpu_has_its_model(scene: Scene) -> None:
    scene.wanted = Wanted({"cpu-0": 0.0}, {"a": 1})
    await scene.pool.reconcile()
    await scene.settled("a")
    scene.wanted = Wanted({"gpu-0": 1.0}, {"a": 1})
    await scene.pool.reconcile()

    async def names() -> list[str]:
        return sorted(scene.pool.slots)

    await aeventually(names, lambda found: found == ["gpu-0"])
    assert scene.seen == [("up", "cpu-0 a"), ("up", "gpu-0 a"), ("drain", "cpu-0"), ("down", "cpu-0")]


async def test_the_processes_of_every_model_are_ours_also_while_they_drain(scene: Scene) -> None:
    await scene.pool.reconcile()
    await scene.settled("a", "a")
    for number, slot in enumerate(scene.pool.slots.values()):
        slot.info = cast(Any, SimpleNamespace(gpu_id="box/0", pid=number))
    scene.busy = {"x", "y"}
    scene.wanted = Wanted(scene.wanted.names, {"b": 2})
    await scene.pool.reconcile()
    await scene.settled("a")
    assert scene.pool.processes() == {"box/0": [0, 1]}


async def test_a_closed_pool_starts_nothing_more(scene: Scene) -> None:
    scene.pool.close()
    await scene.pool.reconcile()
    assert scene.pool.slots == {}
