"""CTranslate2 over transformers.generate, and a restricted output vocabulary over the whole one: NLLB-600M's shape with
random weights, on the CPU.

    make bench BENCH=engine_speed        (about 5 GB of memory; or: python -m benchmarks.engine_speed --shape tiny)

All three decode the same number of tokens for the same sources, in turns; medians of the turns.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.gpu_engine import SHAPES, as_tokens, build, facts, sentences


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, default="nllb-600M")
    parser.add_argument("--beam", type=int, default=4)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--source-tokens", type=int, default=32)
    parser.add_argument("--target-tokens", type=int, default=24)
    parser.add_argument("--allowed", type=int, default=50_000, help="tokens of the restricted vocabulary")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(options, Path(folder))


def run(options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """-> median tokens a second of each way; prints them and their ratios."""
    import ctranslate2
    import torch
    from transformers import M2M100ForConditionalGeneration

    shape = SHAPES[options.shape]
    converted = build(shape, folder)
    restrict(converted, min(options.allowed, shape.vocabulary))
    rows = sentences(options.rows, options.source_tokens, shape.vocabulary)
    torch.set_num_threads(options.threads)
    network = M2M100ForConditionalGeneration.from_pretrained(folder / "hf", dtype=torch.float32).eval()
    translator = ctranslate2.Translator(str(converted), compute_type="int8", intra_threads=options.threads)

    def by_transformers() -> None:
        with torch.inference_mode():
            network.generate(
                input_ids=torch.tensor(rows),
                num_beams=options.beam,
                do_sample=False,
                min_new_tokens=options.target_tokens,
                max_new_tokens=options.target_tokens,
            )

    def by_ctranslate2(use_vmap: bool) -> None:
        translator.translate_batch(
            as_tokens(rows),
            beam_size=options.beam,
            max_batch_size=0,
            max_input_length=0,
            min_decoding_length=options.target_tokens,
            max_decoding_length=options.target_tokens,
            use_vmap=use_vmap,
        )

    ways: dict[str, Callable[[], None]] = {
        "transformers float32": by_transformers,
        "ctranslate2 int8": lambda: by_ctranslate2(False),
        "ctranslate2 int8, restricted": lambda: by_ctranslate2(True),
    }
    tokens = options.rows * options.target_tokens
    found: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(options.turns + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            if turn:  # the first one warms up
                found[name].append(tokens / (time.perf_counter() - began))
    medians = {name: statistics.median(speeds) for name, speeds in found.items()}
    print(
        f"{options.shape}, beam {options.beam}, {options.rows} rows x {options.source_tokens} -> "
        f"{options.target_tokens} tokens, {options.threads} threads, {facts()}"
    )
    for name, speed in medians.items():
        print(f"{name:<30} {speed:8.1f} tokens/s")
    slow, plain, bound = medians.values()
    print(f"ctranslate2 over transformers.generate      {plain / slow:.2f} (target 4), restricted {bound / slow:.2f}")
    print(f"restricted ({options.allowed:,} tokens) over all of them  {bound / plain:.2f} (target 2)")
    return medians


def restrict(folder: Path, allowed: int) -> None:
    """Allows only the first `allowed` tokens, by a static map."""
    (folder / "vmap.txt").write_text("\t" + " ".join(f"t{i}" for i in range(4, allowed)) + "\n")


if __name__ == "__main__":
    main()
