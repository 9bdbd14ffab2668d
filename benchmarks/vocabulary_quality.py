"""What RESTRICT_VOCABULARY costs in quality: BLEU of the engine with all tokens and with those of the target's script.

    python -m benchmarks.vocabulary_quality --model zh_en.argosmodel --data flores_dev_510.tsv [--lines 200]

Data: id, Mongolian, Chinese, English. Whole lines, no splitting, no guards; CPU seconds beside the score.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import sacrebleu

from translation.engine import Decoding
from translation.factory import EngineOptions, load_engine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="lines left out at the beginning")
    parser.add_argument("--beams", type=int, nargs="+", default=[2, 4])
    options = parser.parse_args()
    lines = options.data.read_text(encoding="utf-8").splitlines()[options.first : options.first + options.lines]
    rows = [line.split("\t") for line in lines]
    texts, references = [row[2] for row in rows], [row[3] for row in rows]
    with tempfile.TemporaryDirectory() as cache:
        for beam in options.beams:
            scores, outputs = [], []
            for restrict in (False, True):
                engine = load_engine(
                    EngineOptions(options.model, device="cpu", threads=2, cache_dir=Path(cache), restrict=restrict)
                )
                ((source, target),) = engine.pairs()
                began = time.process_time()
                # Short ones first, 16 at a time: the order of the runner, and the same for both.
                encoded = sorted(enumerate(engine.encode(texts, source, target)), key=lambda item: len(item[1].tokens))
                found = [""] * len(texts)
                for at in range(0, len(encoded), 16):
                    batch = encoded[at : at + 16]
                    answers = engine.generate([item for _, item in batch], source, target, Decoding(beam_size=beam))
                    for (place, _), answer in zip(batch, answers, strict=True):
                        found[place] = answer.text
                seconds = time.process_time() - began
                engine.close()
                scores.append(sacrebleu.corpus_bleu(found, [references]).score)
                outputs.append(found)
                print(
                    f"beam {beam}, {'target script' if restrict else 'all tokens':<13}: BLEU {scores[-1]:.2f}, "
                    f"{seconds:.1f} s of CPU",
                    flush=True,
                )
            same = sum(one == other for one, other in zip(*outputs, strict=True))
            print(f"beam {beam}: difference {scores[1] - scores[0]:+.2f} BLEU, {same} of {len(texts)} lines alike")


if __name__ == "__main__":
    main()
