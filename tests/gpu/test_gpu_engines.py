"""The engines on a real GPU, in the precisions that only a GPU has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import tiny_models

from benchmarks import gpu_engine
from tests.gpu.gpu_kit import MOST, SENTENCES, Load, alike, translated
from translation.device_memory import free_bytes

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("target", ["mon_Cyrl", "cmn_Hans"])
@pytest.mark.parametrize("beam", [1, 4])
def test_float16_translates_most_sentences_as_float32_does(load: Load, target: str, beam: int) -> None:
    half, whole = load(compute_type="float16"), load(compute_type="float32")
    assert (half.device, whole.device) == ("cuda:0", "cuda:0")
    found = [translated(engine, target=target, beam=beam) for engine in (half, whole)]
    assert alike(*found) >= MOST, found


def test_the_gpu_translates_most_sentences_as_the_cpu_does(load: Load) -> None:
    assert alike(translated(load()), translated(load(device="cpu", compute_type="float32"))) >= MOST


def test_auto_takes_float16_and_for_t5_bfloat16_where_the_gpu_has_it(load: Load, tmp_path: Path) -> None:
    import ctranslate2

    assert load()._translator.compute_type == "float16"  # type: ignore[attr-defined]
    folder = tiny_models.madlad(tmp_path / "madlad")
    chosen = load(model=str(folder))._translator.compute_type  # type: ignore[attr-defined]
    wide = "bfloat16" if "bfloat16" in ctranslate2.get_supported_compute_types("cuda") else "int8_float32"
    assert chosen == wide


@pytest.mark.parametrize("compute_type", ["float16", "bfloat16", "auto"])
def test_transformers_in_half_precision_translates_most_sentences_as_ctranslate2_does(
    load: Load, compute_type: str
) -> None:
    torch_side = load("transformers", compute_type)
    assert torch_side.device == "cuda:0"
    assert alike(translated(torch_side), translated(load(compute_type="float32"))) >= MOST


def test_a_closed_engine_gives_its_memory_back(load: Load) -> None:
    first = load("transformers", "float32")
    translated(first)
    first.close()  # kernels and workspaces, which the libraries keep for themselves, are there from now on
    before = free_bytes("cuda:0")
    engine = load("transformers", "float32")
    translated(engine)
    during = free_bytes("cuda:0")
    engine.close()
    after = free_bytes("cuda:0")
    assert before is not None and during is not None and after is not None
    assert during < before
    # Some of the context's own memory may stay; the weights (some 30 MB) and the caches may not.
    assert before - after < (before - during) / 2


def test_the_benchmark_for_bare_machines_runs(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--shape", "tiny", "--beams", "1", "4", "--budgets", "2048", "8192", "--turns", "1"]
    assert gpu_engine.main(asked) == 0
    table = [line for line in capsys.readouterr().out.splitlines() if line.strip()[:1].isdecimal() and "|" in line]
    assert len(table) == 4 and not any("no memory" in line for line in table), table
    assert len(SENTENCES) > 40 and "torch" in sys.modules
