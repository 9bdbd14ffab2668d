"""What becomes of addresses, placeholders, tags and codes on their way through a model.

    python benchmarks/masks.py --model starter --from eng_Latn --to mon_Cyrl --data flores_dev_510.tsv [--lines 80]

One item is put into the middle of each FLORES line. Reported: the share that comes back from one fast decode as it is, as
each mask, then with repair, and from the whole ladder; and how many of those that are lost are flagged.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Sequence
from pathlib import Path

from translation.engine import Decoding, Engine, Output
from translation.factory import EngineOptions, load_engine
from translation.repair import repaired
from translation.runner import Item, Runner, Work

COLUMNS = {"mon_Cyrl": 1, "cmn_Hans": 2, "eng_Latn": 3}
ITEMS = (
    "https://www.example.mn/news/2024?id=17&x=a",
    "info@khelmerch.mn",
    "%s",
    "%(name)s",
    "{name}",
    "{{user}}",
    "$1",
    "${total}",
    "<b>",
    "&nbsp;",
    "%1$s",
    "MN-2024",
)
MASKS = ("%s", "#1", "X1", "(1)", "%1", "$1", "{0}", "<1>")
BATCH_ROWS = 32
MAX_LINE_CHARS = 140


def put(line: str, item: str) -> str:
    places = [match.end() for match in re.finditer(r"[，,、 ]", line)] or [len(line) // 2]
    place = min(places, key=lambda one: abs(one - len(line) // 2))
    return f"{line[:place].rstrip()} {item} {line[place:].lstrip()}"


def decoded(engine: Engine, texts: Sequence[str], source: str, target: str) -> list[Output]:
    encoded = engine.encode(texts, source, target)
    found: list[Output] = []
    for start in range(0, len(encoded), BATCH_ROWS):
        found += engine.generate(encoded[start : start + BATCH_ROWS], source, target, Decoding())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--from", dest="source", required=True, choices=COLUMNS)
    parser.add_argument("--to", dest="target", required=True, choices=COLUMNS)
    parser.add_argument("--data", type=Path, required=True, help="flores_dev_510.tsv")
    parser.add_argument("--lines", type=int, default=80)
    parser.add_argument("--cache", type=Path, default=Path("data/models"))
    parser.add_argument("--masks", action="store_true", help="try every mask too")
    options = parser.parse_args()
    source, target = options.source, options.target
    with options.data.open(encoding="utf-8", newline="") as file:
        lines = [row[COLUMNS[source]] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    lines = [line for line in lines if len(line) <= MAX_LINE_CHARS][: options.lines]
    items = [ITEMS[number % len(ITEMS)] for number in range(len(lines))]
    texts = [put(line, item) for line, item in zip(lines, items, strict=True)]
    engine = load_engine(EngineOptions(options.model, device="cpu", cache_dir=options.cache))

    def share(name: str, outputs: Sequence[str], wanted: Sequence[str]) -> None:
        kept = sum(item in text for item, text in zip(wanted, outputs, strict=True))
        print(f"{name:<14}{kept / len(outputs):>7.3f}")

    fast = decoded(engine, texts, source, target)
    share("as it is", [one.text for one in fast], items)
    share("repaired", [repaired(text, one).text for text, one in zip(texts, fast, strict=True)], items)
    for mask in MASKS if options.masks else ():
        outputs = decoded(engine, [put(line, mask) for line in lines], source, target)
        share(f"as {mask}", [one.text for one in outputs], [mask] * len(lines))
    runner = Runner(engine, Decoding(), None)
    result = runner.submit(Work("w", source, target, False, False, tuple(map(Item, texts)))).result()
    answers = [answer for answer in result.answers if answer is not None]
    share("whole ladder", [answer.text for answer in answers], items)
    lost = [answer for item, answer in zip(items, answers, strict=True) if item not in answer.text]
    pieces = sum("in_pieces" in answer.flags for answer in answers)
    print(
        f"lost {len(lost)}, of these flagged {sum(bool(answer.flags) for answer in lost)}; put together of pieces {pieces}"
    )
    runner.close()


if __name__ == "__main__":
    main()
