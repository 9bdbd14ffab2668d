"""How often each guard cries wolf: flags raised on human reference translations, in per cent of the pairs.

    python benchmarks/guards.py --data flores_dev_510.tsv [--corpus starter_corpus.tsv] [--show numbers]

flores: id, Mongolian, Chinese, English. corpus: source, English, Chinese, Mongolian. Lines with an empty side are
left out.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from translation.guards import FLAGS, check
from translation.lengths import size, smoothed_ratio
from translation.protected import without_protected

FLORES = {"mon_Cyrl": 1, "cmn_Hans": 2, "eng_Latn": 3}
CORPUS = {"eng_Latn": 1, "cmn_Hans": 2, "mon_Cyrl": 3}


def rows(path: Path, columns: dict[str, int]) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            texts = {language: row[column] for language, column in columns.items()}
            if all(text.strip() for text in texts.values()):
                yield texts


def report(name: str, texts: list[dict[str, str]], show: str | None) -> None:
    print(
        f"\n{name}: {len(texts)} lines\n{'pair':<22}"
        + "".join(f"{flag:>14}" for flag in FLAGS)
        + "   ratio 0.3 % .. 99.7 %"
    )
    for source, target in itertools.permutations(texts[0], 2):
        counts: Counter[str] = Counter()
        ratios = []
        for text in texts:
            flags = check(text[source], text[target], source, target)
            counts.update(flags)
            ratios.append(smoothed_ratio(*(size(without_protected(text[one])) for one in (source, target))))
            if show in flags:
                print(f"    {text[source]!r} -> {text[target]!r}")
        ratios.sort()
        low, high = ratios[int(len(ratios) * 0.003)], ratios[int(len(ratios) * 0.997)]
        print(
            f"{source}-{target:<13}"
            + "".join(f"{100 * counts[flag] / len(texts):>14.2f}" for flag in FLAGS)
            + f"   {low:.3f} .. {high:.3f}"
        )


def damage(texts: list[dict[str, str]]) -> None:
    """How often a spoilt reference gets the flag it should, in per cent of the pairs that could be spoilt so."""
    print("\ndamage found (any flag)")
    for source, target in itertools.permutations(texts[0], 2):
        kinds: dict[str, list[bool]] = {}
        for number, text in enumerate(texts):
            good = text[target]
            spoilt = {
                "cut to a third": good[: len(good) // 3],
                "source returned": text[source],
                "half source": text[source][: len(text[source]) // 2] + good[len(good) // 2 :],
                "tail looped": good + good[-12:] * 4,
                "said twice": good + " " + good,
                "other sentence": texts[(number + 7) % len(texts)][target],
                "digit changed": re.sub(r"[1-9]", lambda match: str(int(match.group()) % 9 + 1), good, count=1),
            }
            for kind, bad in spoilt.items():
                if bad != good:
                    kinds.setdefault(kind, []).append(bool(check(text[source], bad, source, target)))
        print(
            f"{source}-{target:<13}"
            + "  ".join(f"{kind} {100 * sum(hits) / len(hits):.0f}" for kind, hits in kinds.items())
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="flores_dev_510.tsv")
    parser.add_argument("--corpus", type=Path, help="starter_corpus.tsv")
    parser.add_argument("--show", choices=FLAGS, help="print the pairs that get this flag")
    options = parser.parse_args()
    flores = list(rows(options.data, FLORES))
    report("flores", flores, options.show)
    damage(flores)
    if options.corpus:
        report("corpus", list(rows(options.corpus, CORPUS)), options.show)


if __name__ == "__main__":
    main()
