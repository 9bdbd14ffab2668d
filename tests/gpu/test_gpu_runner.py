"""The runner on a real GPU, and what happens when its memory runs out."""

from __future__ import annotations

import pytest

from tests.gpu.gpu_kit import MOST, SENTENCES, Load, alike, translated
from translation.budget import first_tokens
from translation.device_memory import free_bytes
from translation.engine import Decoding
from translation.faults import Fault, classify
from translation.runner import Item, Runner, Work

pytestmark = pytest.mark.gpu

MIB = 1 << 20
WAIT_SECONDS = 100.0


def work(texts: list[str]) -> Work:
    return Work("w", "eng_Latn", "mon_Cyrl", False, False, tuple(map(Item, texts)))


def test_the_runner_translates_on_the_gpu_with_a_budget_from_its_free_memory(load: Load) -> None:
    engine = load()
    free = free_bytes(engine.device)
    assert free is not None and free > 256 * MIB
    runner = Runner(engine, Decoding(), None, check=lambda *_: ())
    assert runner._budget.tokens == pytest.approx(first_tokens("cuda:0", 2, free), rel=0.2)
    result = runner.submit(work(SENTENCES)).result(WAIT_SECONDS)
    runner.close()
    found = [answer.text if answer else None for answer in result.answers]
    assert alike(found, translated(load(device="cpu", compute_type="float32"))) >= MOST
    assert result.seconds > 0 and result.tokens > len(SENTENCES)


def test_a_batch_that_does_not_fit_is_halved_until_it_does_and_nothing_is_lost(load: Load) -> None:
    import torch

    texts = [
        f"{sentence} number {place} and the other files of the same folder"
        for place in range(22)
        for sentence in SENTENCES
    ]
    engine = load()
    # Workspaces, kernels and torch's own part are loaded before the memory goes.
    translated(engine, beam=4)
    torch.empty(1, device="cuda")
    free = free_bytes(engine.device)
    assert free is not None
    held = torch.empty(free - 96 * MIB, dtype=torch.uint8, device="cuda")
    runner = Runner(engine, Decoding(beam_size=4), 65_536, check=lambda *_: ())
    try:
        result = runner.submit(work(texts)).result(WAIT_SECONDS)
        budget = runner._budget.tokens
    finally:
        runner.close()
        del held
        torch.cuda.empty_cache()
    assert budget <= 65_536 // 2, "1,024 rows with 4 hypotheses each need more than was free"
    assert None not in result.answers and len(result.answers) == len(texts)


def test_what_torch_raises_when_memory_runs_out_is_understood() -> None:
    import torch

    with pytest.raises(RuntimeError) as raised:
        torch.empty(1 << 50, dtype=torch.uint8, device="cuda")
    assert classify(raised.value) is Fault.MEMORY
