"""Our runner over bare ctranslate2.translate_batch: the same model, sentences, beam, threads and compute type, in turns.

    python -m benchmarks.runner_speed --model zh_en.argosmodel --data flores_dev_510.tsv starter_corpus.tsv [--restrict]
    python -m benchmarks.runner_speed --model starter --chunks 2000       memory over many chunks

Data: id, and Chinese in the third column; the first file whole, then lines from all over the next. CPU seconds, which
other work on the machine does not disturb; medians.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import deque
from concurrent.futures import Future
from pathlib import Path

import psutil

from translation.engine import Decoding, Engine
from translation.factory import EngineOptions, load_engine
from translation.guards import has_letters
from translation.runner import Item, Runner, Work, WorkResult

MIB = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", type=Path, nargs="+", default=[])
    parser.add_argument("--lines", type=int, default=1012)
    parser.add_argument("--chunk", type=int, default=128, help="sentences of one chunk")
    parser.add_argument("--beam", type=int, default=2)
    parser.add_argument("--batch-tokens", type=int, default=2048, help="of both sides")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--restrict", action="store_true", help="both sides decode with the restricted vocabulary")
    parser.add_argument("--chunks", type=int, default=0, help="memory after every tenth of so many chunks, no speed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        engine = load_engine(
            EngineOptions(options.model, device="cpu", threads=2, cache_dir=Path(cache), restrict=options.restrict)
        )
        if options.chunks:
            memory(engine, options.chunks, options.chunk, options.beam)
        else:
            speed(engine, sentences(options.data, options.lines), options)


def sentences(files: list[Path], count: int) -> list[str]:
    """`count` different Chinese sentences: repeats the runner would translate once, bare CTranslate2 each time."""
    found: dict[str, None] = {}
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines()
        step = max(1, len(lines) // max(1, count - len(found)))
        for line in lines[::step]:
            text = line.split("\t")[2].strip()
            if len(found) < count and has_letters(text):
                found[text] = None
    if len(found) < count:
        raise SystemExit(f"The files hold {len(found)} different sentences, not {count}: name more, or fewer --lines.")
    return list(found)


def speed(engine: Engine, texts: list[str], options: argparse.Namespace) -> None:
    # What the model itself can do: Chinese in another script is converted around it.
    inner = getattr(engine, "inner", engine)
    ((source, target),) = inner.pairs()
    translator = inner._translator
    tokens = [list(item.tokens) for item in engine.encode(texts, source, target)]
    # Doubtful sentences are not tried again here: bare CTranslate2 does not look at them either.
    runner = Runner(engine, Decoding(beam_size=options.beam), options.batch_tokens, check=lambda *_: ())

    def bare() -> None:
        translator.translate_batch(
            tokens, beam_size=options.beam, max_batch_size=options.batch_tokens, batch_type="tokens",
            max_input_length=0, max_decoding_length=512, disable_unk=True, use_vmap=options.restrict,
        )  # fmt: skip

    def through() -> None:
        futures = [
            runner.submit(Work(str(at), source, target, False, False, tuple(map(Item, texts[at : at + options.chunk]))))
            for at in range(0, len(texts), options.chunk)
        ]
        for future in futures:
            future.result()

    ways = {"bare": bare, "runner": through}
    wall: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(options.turns):
        for name in list(ways) if turn % 2 == 0 else list(ways)[::-1]:
            began = time.perf_counter(), time.process_time()
            ways[name]()
            wall[name].append(time.perf_counter() - began[0])
            cpu[name].append(time.process_time() - began[1])
    runner.close()
    print(
        f"{len(texts)} sentences in chunks of {options.chunk}, beam {options.beam}, int8, 2 threads, batches of "
        f"{options.batch_tokens} tokens, {'restricted' if options.restrict else 'whole'} vocabulary on both sides"
    )
    for name in ways:
        print(f"{name:<8} {statistics.median(wall[name]):8.2f} s, CPU {' '.join(f'{one:.2f}' for one in cpu[name])} s")
    ratios = [statistics.median(of["bare"]) / statistics.median(of["runner"]) for of in (wall, cpu)]
    print(f"speed of the runner over bare: {ratios[0]:.3f} (CPU time {ratios[1]:.3f})")


def memory(engine: Engine, chunks: int, size: int, beam: int) -> None:
    """Resident memory while two chunks at a time go through, every sentence a new one, guards on."""
    source, target = sorted(engine.pairs())[0]
    runner = Runner(engine, Decoding(beam_size=beam), None)
    process = psutil.Process()
    waiting: deque[Future[WorkResult]] = deque()
    for number in range(1, chunks + 1):
        items = tuple(Item(f"Save the file {number} as number {place}, please.", "task") for place in range(size))
        waiting.append(runner.submit(Work(str(number), source, target, False, False, items)))
        if len(waiting) == 2:
            waiting.popleft().result()
        if number in (100, *range(chunks // 10, chunks + 1, max(1, chunks // 10))):
            print(f"{number:>6} chunks of {size}: {process.memory_info().rss / MIB:.1f} MiB", flush=True)
    for future in waiting:
        future.result()
    runner.close()


if __name__ == "__main__":
    main()
