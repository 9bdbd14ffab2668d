"""CTranslate2 on a GPU, beside what its memory allows and beside transformers.generate: tokens a second at several beams
and token budgets, NLLB's real shapes, random weights made on the spot (speed does not depend on what they say).

    python gpu_engine.py                        on a bare GPU machine: this file, torch, transformers and ctranslate2 suffice
    python gpu_engine.py --shape tiny --device cpu      tries its logic; the figures mean nothing

A row decodes as many tokens as it is told to: with such weights no sentence ends by itself. Both engines have the same
weights in float16 (float32 on a CPU), the same sources and one batch of budget / source tokens rows. Exit status 2: no GPU.

Two bounds, in tokens a second; both count less than what has to be done, so no engine can be faster:

    memory      rows x steps / sum over steps of bytes(step) / bandwidth
                bytes(step) = bytes a value x (decoder weights + output layer
                              + keys and values of the sources, once a row:          layers x 2 x width x source
                              + keys and values decoded before, once a hypothesis:   layers x 2 x width x step)
                and once the encoder's weights
    arithmetic  the same with 2 operations for every weight and hypothesis, and for the encoder and every source token

Source of the first: decoding reads all weights and the whole cache for every step, so memory sets the pace of small batches
(Pope et al., "Efficiently Scaling Transformer Inference", 2022, section 2; batches that are large enough meet the second
first). Bandwidth and operations are measured on the device: a copy of memory (read + written bytes) and a product of two
square matrices, the best of several.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

END = 2


@dataclass(frozen=True)
class Shape:
    """`layers`: of the encoder and of the decoder each. `feed`: width of the feed-forward layer."""

    width: int
    layers: int
    heads: int
    feed: int
    vocabulary: int

    @property
    def decoder_weights(self) -> int:
        """Weights read for one step: self-attention, cross-attention without the keys and values of the source, which are
        computed once, feed-forward; then the output layer. Biases and norms are left out."""
        layer = (4 + 2) * self.width**2 + 2 * self.width * self.feed
        return self.layers * layer + self.vocabulary * self.width

    @property
    def encoder_weights(self) -> int:
        """Weights read once a batch, with the cross-attention's keys and values. Embeddings are looked up, not multiplied."""
        return self.layers * ((4 + 2) * self.width**2 + 2 * self.width * self.feed)

    @property
    def cached(self) -> int:
        """Keys and values of one token in all layers."""
        return self.layers * 2 * self.width


SHAPES = {
    "tiny": Shape(32, 2, 2, 64, 1000),
    "nllb-600M": Shape(1024, 12, 16, 4096, 256_206),
    "nllb-1.3B": Shape(1024, 24, 16, 8192, 256_206),
}


@dataclass(frozen=True)
class Task:
    """One batch: `rows` sources of `source` tokens each, `target` tokens decoded for each by a search of width `beam`."""

    rows: int
    source: int
    target: int
    beam: int

    @property
    def tokens(self) -> int:
        return self.rows * self.target

    def hypotheses(self, step: int) -> int:
        """The first step has one a row: nothing tells them apart yet."""
        return self.rows * (self.beam if step else 1)


@dataclass(frozen=True)
class Device:
    """`bandwidth`: bytes a second, `operations`: a second (a multiplication and an addition are two), as measured."""

    name: str
    bandwidth: float
    operations: float


def memory_bound(shape: Shape, task: Task, bytes_a_value: int, bandwidth: float) -> float:
    """Tokens a second that reading the weights and the caches allows. `bandwidth`: bytes a second."""
    values = shape.encoder_weights
    for step in range(task.target):
        decoded = task.hypotheses(step) * step
        values += shape.decoder_weights + shape.cached * (task.rows * task.source + decoded)
    return task.tokens * bandwidth / (values * bytes_a_value)


def arithmetic_bound(shape: Shape, task: Task, operations: float) -> float:
    """Tokens a second that multiplying with the weights allows; attention itself is left out. `operations`: a second."""
    times = sum(map(task.hypotheses, range(task.target)))
    wanted = 2 * (shape.decoder_weights * times + shape.encoder_weights * task.rows * task.source)
    return task.tokens * operations / wanted


def build(shape: Shape, folder: Path) -> Path:
    """Writes the Hugging Face model to `folder` and returns the folder of its CTranslate2 form (float16)."""
    import torch
    from ctranslate2.converters import TransformersConverter
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    torch.manual_seed(0)
    config = M2M100Config(
        vocab_size=shape.vocabulary,
        d_model=shape.width,
        encoder_layers=shape.layers,
        decoder_layers=shape.layers,
        encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads,
        encoder_ffn_dim=shape.feed,
        decoder_ffn_dim=shape.feed,
        max_position_embeddings=1024,
        scale_embedding=True,
        decoder_start_token_id=END,
    )
    model = M2M100ForConditionalGeneration(config).half()
    model.save_pretrained(folder / "hf")
    del model
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *(f"t{i}" for i in range(4, shape.vocabulary))]

    class Converter(TransformersConverter):  # type: ignore[misc]
        """With a list of made-up tokens in the tokenizer's place."""

        def load_tokenizer(self, tokenizer_class: object, path: str, **options: object) -> object:
            class Tokenizer:
                name_or_path = path
                special_tokens_map: ClassVar[dict[str, object]] = {}
                bos_token, eos_token, unk_token, pad_token = "<s>", "</s>", "<unk>", "<pad>"

                def convert_ids_to_tokens(self, index: int) -> str:
                    return tokens[index]

                def get_vocab(self) -> dict[str, int]:
                    return {token: index for index, token in enumerate(tokens)}

            return Tokenizer()

    out = folder / "ct2"
    Converter(str(folder / "hf"), low_cpu_mem_usage=True).convert(str(out), quantization="float16", force=True)
    return out


def sentences(rows: int, length: int, vocabulary: int) -> list[list[int]]:
    """`rows` sources of `length` tokens, the last of them the end mark."""
    return [
        [4 + (row * 7919 + place * 104_729) % (vocabulary - 4) for place in range(length - 1)] + [END]
        for row in range(rows)
    ]


def as_tokens(rows: list[list[int]]) -> list[list[str]]:
    """The same for CTranslate2."""
    return [["</s>" if token == END else f"t{token}" for token in row] for row in rows]


def facts() -> str:
    """Versions, in one line."""
    import ctranslate2
    import torch
    import transformers

    found = {
        "ctranslate2": ctranslate2.__version__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    return json.dumps(found)


def why_no_gpu() -> str | None:
    """None where both libraries see one."""
    import torch

    if not torch.cuda.is_available():
        return f"torch {torch.__version__} sees no CUDA device"
    import ctranslate2

    if not ctranslate2.get_cuda_device_count():
        return (
            f"torch sees {torch.cuda.get_device_name(0)}, but ctranslate2 {ctranslate2.__version__} sees no CUDA device"
        )
    return None


def measure_device(device: str) -> Device:
    """Seconds of a copy and of a product; enough bytes that no cache holds them, on a GPU."""
    import torch

    gpu = device == "cuda"
    dtype, size, side = (torch.float16, 1 << 30, 8192) if gpu else (torch.float32, 1 << 26, 512)
    source = torch.empty(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    copying = best_seconds(lambda: target.copy_(source), device)
    left = torch.ones(side, side, dtype=dtype, device=device)
    product = torch.empty_like(left)
    multiplying = best_seconds(lambda: torch.matmul(left, left, out=product), device)
    name = torch.cuda.get_device_name(0) if gpu else "CPU"
    return Device(name, 2 * size / copying, 2 * side**3 / multiplying)


def best_seconds(action: Callable[[], object], device: str, turns: int = 10) -> float:
    import torch

    seconds = []
    for _ in range(turns):
        began = time.perf_counter()
        action()
        if device == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def speed(way: Callable[[], int], task: Task, turns: int) -> float | None:
    """Median tokens a second after one turn that warms up; None when the device's memory does not suffice."""
    found = []
    for turn in range(turns + 1):
        began = time.perf_counter()
        try:
            tokens = way()
        except RuntimeError as error:
            # torch's own class is a RuntimeError as well; CTranslate2 has none of its own.
            if "out of memory" not in str(error).lower():
                raise
            return None
        if tokens != task.tokens:
            raise RuntimeError(f"{tokens} tokens were decoded where {task.tokens} were asked for: no fair comparison")
        if turn:
            found.append(tokens / (time.perf_counter() - began))
    return statistics.median(found)


@dataclass(frozen=True)
class Ways:
    """Both engines with one model; each decodes a task and returns the number of tokens that came out."""

    network: Any
    translator: Any
    device: str

    def transformers(self, rows: list[list[int]], task: Task) -> int:
        import torch

        with torch.inference_mode():
            out = self.network.generate(
                input_ids=torch.tensor(rows, device=self.device),
                num_beams=task.beam,
                do_sample=False,
                min_new_tokens=task.target,
                max_new_tokens=task.target,
            )
            # Copied to the host, as a user would: waits until the device is done. The start token comes first.
            return len(out.tolist()) * (out.shape[1] - 1)

    def ctranslate2(self, rows: list[list[str]], task: Task) -> int:
        results = self.translator.translate_batch(
            rows,
            beam_size=task.beam,
            max_batch_size=0,
            max_input_length=0,
            min_decoding_length=task.target,
            max_decoding_length=task.target,
        )
        return sum(len(result.hypotheses[0]) for result in results)


HEAD = (
    f"{'beam':>4} {'budget':>7} {'rows':>5} | {'CTranslate2':>11} {'transformers':>12} | "
    f"{'over transformers':>17} {'over memory bound':>17} {'over nearest bound':>18}"
)


def line(task: Task, budget: int, ours: float | None, theirs: float | None, bounds: tuple[float, float]) -> str:
    """One row of the table. `bounds`: memory's and arithmetic's."""

    def number(value: float | None) -> str:
        return "no memory" if value is None else f"{value:.0f}"

    def ratio(bound: float | None) -> str:
        return "-" if ours is None or bound is None else f"{ours / bound:.2f}"

    return (
        f"{task.beam:>4} {budget:>7} {task.rows:>5} | {number(ours):>11} {number(theirs):>12} | "
        f"{ratio(theirs):>17} {ratio(bounds[0]):>17} {ratio(min(bounds)):>18}"
    )


def run(name: str, device: Device, options: argparse.Namespace, folder: Path) -> None:
    """The table of one shape; printed line by line."""
    import ctranslate2
    import torch
    from transformers import M2M100ForConditionalGeneration

    shape, gpu = SHAPES[name], options.device == "cuda"
    converted = build(shape, folder)
    dtype, kind, bytes_a_value = (torch.float16, "float16", 2) if gpu else (torch.float32, "float32", 4)
    network = M2M100ForConditionalGeneration.from_pretrained(folder / "hf", dtype=dtype).to(options.device).eval()
    ways = Ways(
        network, ctranslate2.Translator(str(converted), device=options.device, compute_type=kind), options.device
    )
    print(
        f"\n{name}, {kind}: decoder and output layer {shape.decoder_weights * bytes_a_value / 1e9:.2f} GB, encoder "
        f"{shape.encoder_weights * bytes_a_value / 1e9:.2f} GB, cache {shape.cached * bytes_a_value / 1e3:.1f} kB a token; "
        f"{options.source_tokens} -> {options.target_tokens} tokens a row; tokens/s\n{HEAD}"
    )
    for beam in options.beams:
        for budget in options.budgets:
            task = Task(max(1, budget // options.source_tokens), options.source_tokens, options.target_tokens, beam)
            ids = sentences(task.rows, task.source, shape.vocabulary)
            words = as_tokens(ids)
            theirs = speed(partial(ways.transformers, ids, task), task, options.turns)
            if gpu:
                torch.cuda.empty_cache()  # what torch keeps for later, CTranslate2 could not have
            ours = speed(partial(ways.ctranslate2, words, task), task, options.turns)
            bounds = (
                memory_bound(shape, task, bytes_a_value, device.bandwidth),
                arithmetic_bound(shape, task, device.operations),
            )
            print(line(task, budget, ours, theirs, bounds), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    about = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=about)
    parser.add_argument("--shape", choices=SHAPES, nargs="+", default=["nllb-600M", "nllb-1.3B"])
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--budgets", type=int, nargs="+", default=[2048, 4096, 8192, 16384, 32768, 65536])
    parser.add_argument("--source-tokens", type=int, default=32)
    parser.add_argument("--target-tokens", type=int, default=32)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args(arguments)
    missing = why_no_gpu() if options.device == "cuda" else None
    if missing is not None:
        print(
            f"There is no GPU to measure: {missing}. To try the logic alone: --shape tiny --device cpu.",
            file=sys.stderr,
        )
        return 2
    device = measure_device(options.device)
    print(
        f"{device.name}: {device.bandwidth / 1e9:.0f} GB/s copied, {device.operations / 1e12:.2f} x 10^12 operations/s; "
        f"{facts()}"
    )
    for name in options.shape:
        with tempfile.TemporaryDirectory() as folder:
            run(name, device, options, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
