"""How good a starter model is: chrF++ and BLEU a direction, on held-out strings, held-out phrases and FLORES.

    python -m training.starter.evaluate --model translation/starter_model --corpus corpus.tsv --flores flores_dev_510.tsv

Decoded by the project's own engine (CTranslate2, int8, beam 4, repetition penalty 1.1), whole lines, without the server's guards
and repairs. FLORES is for measuring only; no model is trained on it.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from training.starter.augment import Texts
from training.starter.batches import DIRECTIONS
from training.starter.clean import LANGUAGES
from training.starter.texts import collection
from translation.engine import Decoding, Engine
from translation.factory import EngineOptions, load_engine
from translation.numerals import missing_numbers

DECODING = Decoding(beam_size=4, repetition_penalty=1.1)
ROWS = 32
NAMES = ("en", "zh", "mn")


def flores(path: Path) -> Iterator[Texts]:
    """Lines of id, Mongolian, Chinese, English."""
    with path.open(encoding="utf-8", newline="") as file:
        for _, mongolian, chinese, english in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield english, chinese, mongolian


def translated(engine: Engine, texts: Sequence[str], source: str, target: str) -> list[str]:
    """Short texts first, `ROWS` at a time."""
    encoded = sorted(enumerate(engine.encode(texts, source, target)), key=lambda item: len(item[1].tokens))
    found = [""] * len(texts)
    for start in range(0, len(encoded), ROWS):
        rows = encoded[start : start + ROWS]
        outputs = engine.generate([row for _, row in rows], source, target, DECODING)
        for (place, _), output in zip(rows, outputs, strict=True):
            found[place] = output.text
    return found


def scores(engine: Engine, texts: Sequence[Texts]) -> dict[str, dict[str, float]]:
    """By direction: chrF++, BLEU, and in how many per cent of the lines with numbers one is missing."""
    table = {}
    for source, target, _ in DIRECTIONS:
        sources, references = [text[source] for text in texts], [text[target] for text in texts]
        found = translated(engine, sources, LANGUAGES[source], LANGUAGES[target])
        numbers = [
            missing_numbers(*pair) for pair in zip(sources, found, strict=True) if any(map(str.isdigit, pair[0]))
        ]
        table[f"{NAMES[source]}-{NAMES[target]}"] = {
            "chrF++": CHRF(word_order=2).corpus_score(found, [references]).score,
            "BLEU": BLEU(tokenize="zh" if NAMES[target] == "zh" else "13a").corpus_score(found, [references]).score,
            "numbers lost": 100 * sum(map(bool, numbers)) / max(1, len(numbers)),
        }
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--corpus", type=Path, required=True, help="what training.starter.corpus wrote")
    parser.add_argument("--flores", type=Path, help="id, Mongolian, Chinese, English")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    texts = collection(options.corpus)
    parts = {"held-out strings": texts.held_strings, "held-out phrases": texts.held_phrases}
    if options.flores:
        parts["FLORES dev"] = list(flores(options.flores))
    with tempfile.TemporaryDirectory() as cache:
        engine = load_engine(
            EngineOptions(options.model, device="cpu", compute_type="int8", threads=1, cache_dir=Path(cache))
        )
        report = {f"{name} ({len(part)})": scores(engine, part) for name, part in parts.items() if part}
        engine.close()
    for name, table in report.items():
        print(f"\n| {name} | {' | '.join(table)} |\n|---|{'---|' * len(table)}")
        for measure in ("chrF++", "BLEU", "numbers lost"):
            print(f"| {measure} | {' | '.join(f'{row[measure]:.1f}' for row in table.values())} |")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
