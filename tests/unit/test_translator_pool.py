"""How many translators there should be, and that none is left without anybody to look after it. No Ray is started."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest

from actors import translator_pool
from actors.failures import Failure
from actors.placing import slot_names
from actors.ray_errors import sentence_of
from actors.translator_actor import Pulse
from actors.translator_pool import TranslatorPool
from actors.translator_slot import Slot, Wanted
from tests.support.waiting import aeventually


@pytest.mark.parametrize(
    ("instances", "gpus", "share", "expected"),
    [
        (None, 0.0, 1.0, ["translator-cpu-0"]),
        (3, 0.0, 1.0, ["translator-cpu-0", "translator-cpu-1", "translator-cpu-2"]),
        (None, 2.0, 1.0, ["translator-gpu-0", "translator-gpu-1"]),
        (1, 4.0, 1.0, ["translator-gpu-0"]),
        (8, 2.0, 1.0, ["translator-gpu-0", "translator-gpu-1"]),
        (None, 1.0, 0.5, ["translator-gpu-0", "translator-gpu-1"]),
    ],
)
def test_there_is_a_translator_for_each_gpu_or_one_on_the_cpu(
    instances: int | None, gpus: float, share: float, expected: list[str]
) -> None:
    assert [name for name, _gpus in slot_names(instances, gpus, share)] == expected


def test_a_reason_is_one_line() -> None:
    assert sentence_of(ValueError("Traceback\n  File x\nthe model is not there\n")) == "the model is not there"
    assert sentence_of(KeyError()) == "KeyError"
    assert sentence_of(ValueError("a\ntranslation.errors.ModelUnusable: It is too large.\n")) == "It is too large."
    assert sentence_of(ValueError("a\nRuntimeError: CUDA error")) == "RuntimeError: CUDA error"


class Careless(TranslatorPool):
    """Its keeper ends with an error the first time, as an unforeseen one would."""

    def __init__(self) -> None:
        config: Any = type("Config", (), {"gpus": 1.0})
        wanted = Wanted({"translator-cpu-0": 0.0}, {"fake": 1})
        super().__init__(config, "test", "test", lambda _gpus: wanted, lambda slot: None, lambda name, failure: None)
        self.kept = 0

    async def _keep(self, slot: Slot) -> None:
        self.kept += 1
        if self.kept == 1:
            raise RuntimeError("nobody foresaw this")
        await asyncio.Event().wait()


async def test_a_translator_whose_keeper_failed_gets_another(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(translator_pool.ray, "cluster_resources", dict)
    pool = Careless()
    await pool.reconcile()
    first = cast("asyncio.Task[None]", pool.slots["translator-cpu-0"].task)

    async def ended() -> bool:
        return first.done()

    await aeventually(ended, bool)
    with caplog.at_level(logging.ERROR):
        await pool.reconcile()
        await pool.reconcile()
    await asyncio.sleep(0)
    assert pool.kept == 2
    assert "nobody foresaw this" in caplog.text
    pool.close()


@pytest.mark.parametrize(
    ("steps", "heard"), [([1.0, 2.0, 3.0], 3), ([1.0, 1.0, 1.0], 1), ([0.0, 0.0], 0), ([5.0, 5.0, 0.0, 1.0], 3)]
)
async def test_every_sign_of_work_is_told_and_standing_still_is_not(
    monkeypatch: pytest.MonkeyPatch, steps: list[float], heard: int
) -> None:
    pulses: list[Any] = [*(Pulse("boot", count) for count in steps), Failure.TRANSLATOR_DIED]

    async def pulse_of(_handle: Any, boot_id: str) -> Any:
        assert boot_id == "boot"
        return pulses.pop(0)

    monkeypatch.setattr(translator_pool, "pulse_of", pulse_of)
    monkeypatch.setattr(translator_pool, "HEARTBEAT_SECONDS", 0.001)
    told: list[str] = []
    unused = cast(Any, None)
    pool = TranslatorPool(unused, "test", "test", unused, unused, unused, on_progress=told.append)
    slot = Slot("gpu", 1.0, "fake")
    slot.info, slot.suspect = cast(Any, SimpleNamespace(boot_id="boot")), asyncio.Event()
    assert await pool._watch(slot) is Failure.TRANSLATOR_DIED
    assert (told, pulses) == (["gpu"] * heard, [])
