"""Sentence splitting against a plain regular expression, on sentences glued into paragraphs and on the hard cases.

    python benchmarks/segmentation.py --data flores_dev_510.tsv

The file has columns id, Mongolian, Chinese, English, one FLORES line a row. Lines are glued five to a paragraph; the
gold boundaries are the joints. Many lines hold two or three sentences, and a correct boundary between them counts
against precision, for both methods alike.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from translation.segmentation import split

COLUMNS = {"mon_Cyrl": (1, " "), "cmn_Hans": (2, ""), "eng_Latn": (3, " ")}
LINES_A_PARAGRAPH = 5
CASES = Path(__file__).parent.parent / "tests" / "data"
Splitter = Callable[[str, str], list[int]]


def ours(text: str, language: str) -> list[int]:
    ends, place = [], 0
    for sentence in split(text, language):
        place += len(sentence.lead) + len(sentence.text)
        ends.append(place)
    return ends[:-1]


def plain(text: str, language: str) -> list[int]:
    pattern = r"[。！？…]+[”’」』）]*" if language == "cmn_Hans" else r"[.!?…]+[”’»\")]*(?=\s)"
    return [match.end() for match in re.finditer(pattern, text) if match.end() < len(text)]


def paragraphs(path: Path, language: str) -> list[list[str]]:
    column, gap = COLUMNS[language]
    with path.open(encoding="utf-8", newline="") as file:
        lines = [row[column].strip() for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    glued = [lines[start : start + LINES_A_PARAGRAPH] for start in range(0, len(lines), LINES_A_PARAGRAPH)]
    return [[(gap if number else "") + line for number, line in enumerate(group)] for group in glued]


def hard_cases(language: str) -> list[list[str]]:
    lines = (CASES / f"segmentation_{language}.txt").read_text("utf-8").splitlines()
    kept = [line.replace("\\n", "\n").replace("\\t", "\t") for line in lines if line and not line.startswith("#")]
    return [line.split("|") for line in kept]


def score(groups: Sequence[Sequence[str]], language: str, splitter: Splitter) -> tuple[int, int, int]:
    """True, false and missed boundaries. White space beside a boundary does not matter."""
    hits = extra = missed = 0
    for group in groups:
        text = "".join(group)
        gold, place = set(), 0
        for piece in group[:-1]:
            place += len(piece)
            gold.add(len(text[:place].rstrip()))
        found = {len(text[:end].rstrip()) for end in splitter(text, language)}
        hits, extra, missed = hits + len(gold & found), extra + len(found - gold), missed + len(gold - found)
    return hits, extra, missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="flores_dev_510.tsv")
    path = parser.parse_args().data
    print(f"{'text':<22}{'method':<8}{'precision':>10}{'recall':>8}{'F1':>8}{'Mchar/s':>9}")
    for language in COLUMNS:
        for name, groups in (("glued", paragraphs(path, language)), ("hard cases", hard_cases(language))):
            for method, splitter in (("ours", ours), ("plain", plain)):
                started = time.perf_counter()
                hits, extra, missed = score(groups, language, splitter)
                speed = sum(len(piece) for group in groups for piece in group) / (time.perf_counter() - started) / 1e6
                precision, recall = hits / max(1, hits + extra), hits / max(1, hits + missed)
                f1 = 2 * hits / max(1, 2 * hits + extra + missed)
                print(f"{language + ' ' + name:<22}{method:<8}{precision:>10.4f}{recall:>8.4f}{f1:>8.4f}{speed:>9.1f}")


if __name__ == "__main__":
    main()
