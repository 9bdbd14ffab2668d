"""Our runner over bare ctranslate2.translate_batch: the same model, sentences, beam, threads and compute type, in turns.

    python -m benchmarks.runner_speed --model zh_en.argosmodel --data flores_dev_510.tsv [--lines 1012] [--restrict]

Data: id, Mongolian, Chinese, English. CPU seconds, which other work on the machine does not disturb; medians.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

from translation.engine import Decoding
from translation.factory import EngineOptions, load_engine
from translation.runner import Item, Runner, Work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=510)
    parser.add_argument("--chunk", type=int, default=128, help="sentences of one chunk")
    parser.add_argument("--beam", type=int, default=2)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--restrict", action="store_true", help="our side decodes with the restricted vocabulary")
    options = parser.parse_args()
    texts = [line.split("\t")[2] for line in options.data.read_text(encoding="utf-8").splitlines()]
    # Repeats are told apart, or the runner would translate them once.
    texts = [f"{text} {turn}" for turn, text in enumerate(islice(cycle(texts), options.lines))]
    with tempfile.TemporaryDirectory() as cache:
        where = Path(cache)
        bare = load_engine(EngineOptions(options.model, device="cpu", threads=2, cache_dir=where, restrict=False))
        ours = load_engine(
            EngineOptions(options.model, device="cpu", threads=2, cache_dir=where, restrict=options.restrict)
        )
        (source, target) = next(iter(bare.pairs()))
        translator = bare._translator  # type: ignore[attr-defined]
        tokens = [list(item.tokens) for item in bare.encode(texts, source, target)]
        # Doubtful sentences are not tried again here: bare CTranslate2 does not look at them either.
        runner = Runner(ours, Decoding(beam_size=options.beam), None, check=lambda *_: ())
        found: dict[str, list[tuple[float, float]]] = {"bare": [], "runner": []}
        memory = []
        for _ in range(options.turns):
            began = time.perf_counter(), time.process_time()
            translator.translate_batch(
                tokens, beam_size=options.beam, max_batch_size=2048, batch_type="tokens", max_input_length=0,
                max_decoding_length=512, disable_unk=True,
            )  # fmt: skip
            found["bare"].append((time.perf_counter() - began[0], time.process_time() - began[1]))
            began = time.perf_counter(), time.process_time()
            futures = [
                runner.submit(
                    Work(str(at), source, target, False, False, tuple(map(Item, texts[at : at + options.chunk])))
                )
                for at in range(0, len(texts), options.chunk)
            ]
            for future in futures:
                future.result()
            found["runner"].append((time.perf_counter() - began[0], time.process_time() - began[1]))
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        runner.close()
    wall, cpu = (
        {name: statistics.median(pair[kind] for pair in pairs) for name, pairs in found.items()} for kind in (0, 1)
    )
    print(f"{options.lines} sentences in chunks of {options.chunk}, beam {options.beam}, int8, 2 threads")
    for name in found:
        print(f"{name:<8} {wall[name]:8.2f} s, {cpu[name]:8.2f} s of CPU")
    print(
        f"speed of the runner over bare: {wall['bare'] / wall['runner']:.3f} (CPU time {cpu['bare'] / cpu['runner']:.3f})"
    )
    print(f"largest memory of the process after each turn, MiB: {memory}")


if __name__ == "__main__":
    main()
