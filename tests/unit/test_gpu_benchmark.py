"""The script for bare GPU machines, as far as it can be tried without one."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import gpu_engine
from benchmarks.gpu_engine import SHAPES, Shape, Task, arithmetic_bound, memory_bound

SCRIPT = Path(gpu_engine.__file__)


def alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a copy of the script that sees nothing of ours (`-I`: neither this folder nor PYTHONPATH), and no GPU."""
    copy = shutil.copy(SCRIPT, folder / SCRIPT.name)
    command = [sys.executable, "-I", str(copy), *arguments]
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1"}
    return subprocess.run(command, cwd=folder, env=hidden, capture_output=True, text=True, check=False)


def test_it_needs_three_packages_and_nothing_of_ours() -> None:
    nodes = list(ast.walk(ast.parse(SCRIPT.read_text(encoding="utf-8"))))
    names = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    names += [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]
    foreign = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
    assert foreign == {"torch", "transformers", "ctranslate2"}


def test_alone_it_prints_a_line_with_both_ratios_for_each_beam_and_budget(tmp_path: Path) -> None:
    asked = ("--shape", "tiny", "--device", "cpu", "--beams", "1", "2", "--budgets", "64", "128")
    run = alone(tmp_path, *asked, "--target-tokens", "8", "--turns", "1")
    assert run.returncode == 0, run.stderr
    lines = [line.replace("|", " ").split() for line in run.stdout.splitlines()]
    table = [cells for cells in lines if len(cells) == 8 and cells[0].isdecimal()]
    assert [cells[:3] for cells in table] == [
        ["1", "64", "2"],
        ["1", "128", "4"],
        ["2", "64", "2"],
        ["2", "128", "4"],
    ]
    assert all(float(cell) >= 0 for cells in table for cell in cells)
    for _, _, _, ours, theirs, over, *_ in table:
        assert float(over) == pytest.approx(float(ours) / float(theirs), rel=0.05)


def test_without_a_gpu_it_says_so_and_ends_with_2(tmp_path: Path) -> None:
    run = alone(tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert "There is no GPU to measure" in run.stderr and "--device cpu" in run.stderr


def test_the_weights_that_a_step_reads_are_those_of_the_real_network() -> None:
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    shape = SHAPES["tiny"]
    config = M2M100Config(
        vocab_size=shape.vocabulary, d_model=shape.width, encoder_layers=shape.layers, decoder_layers=shape.layers,
        encoder_attention_heads=shape.heads, decoder_attention_heads=shape.heads, encoder_ffn_dim=shape.feed,
        decoder_ffn_dim=shape.feed,
    )  # fmt: skip
    matrices = {
        name: value.numel()
        for name, value in M2M100ForConditionalGeneration(config).named_parameters()
        if value.dim() == 2 and ("layers" in name or "shared" in name)
    }
    # Keys and values of the source are made once, with the encoder's pass.
    once = {
        name for name in matrices if ".encoder.layers" in name or "encoder_attn.k" in name or "encoder_attn.v" in name
    }
    assert sum(size for name, size in matrices.items() if name in once) == shape.encoder_weights
    assert sum(size for name, size in matrices.items() if name not in once) == shape.decoder_weights


def test_the_bounds_are_what_the_formula_says() -> None:
    shape = Shape(width=2, layers=1, heads=1, feed=4, vocabulary=10)
    assert (shape.decoder_weights, shape.encoder_weights, shape.cached) == (60, 40, 4)
    task = Task(rows=2, source=3, target=2, beam=4)
    # First step: weights 60, sources 2 x 3 x 4 = 24. Second: the same, and one token before each of 8 hypotheses.
    values = 40 + (60 + 24) + (60 + 24 + 8 * 4)
    assert memory_bound(shape, task, 2, 1000.0) == pytest.approx(4 * 1000 / (2 * values))
    # 2 hypotheses in the first step, 8 in the second; 6 source tokens.
    assert arithmetic_bound(shape, task, 1000.0) == pytest.approx(4 * 1000 / (2 * (60 * 10 + 40 * 6)))


def test_a_batch_that_does_not_fit_leaves_its_place_empty_and_another_error_ends_the_run() -> None:
    task = Task(1, 32, 32, 1)

    def full() -> int:
        raise RuntimeError("CUDA failed with error out of memory")

    def broken() -> int:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    assert gpu_engine.speed(full, task, 1) is None
    assert "no memory" in gpu_engine.line(task, 32, None, 10.0, (1.0, 1.0))
    with pytest.raises(RuntimeError, match="illegal"):
        gpu_engine.speed(broken, task, 1)
    with pytest.raises(RuntimeError, match="31 tokens"):
        gpu_engine.speed(lambda: 31, task, 1)
