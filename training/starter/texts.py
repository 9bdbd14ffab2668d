"""What is trained on and what is held out: the corpus that was rebuilt, and the phrasebook of this folder."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.starter.augment import Texts

PHRASEBOOK = Path(__file__).with_name("phrasebook.tsv")
"""Mongolian, Chinese, English: a sentence a line."""
HELD_PHRASES = 16
"""One phrase in so many is held out, by the hash of its English text."""


@dataclass(frozen=True)
class Collection:
    """`weights`: of the texts of `train`, same order."""

    train: list[Texts]
    weights: list[int]
    held_strings: list[Texts]
    held_phrases: list[Texts]


def phrases() -> Iterator[Texts]:
    with PHRASEBOOK.open(encoding="utf-8", newline="") as file:
        for mongolian, chinese, english in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield english, chinese, mongolian


def is_held(phrase: Texts) -> bool:
    return hashlib.sha256(phrase[0].encode()).digest()[0] % HELD_PHRASES == 0


def collection(corpus: Path, phrase_weight: int = 1) -> Collection:
    """`corpus`: as `training.starter.corpus` writes it. `phrase_weight`: how often a phrase is taken for one string of it."""
    found = Collection([], [], [], [])
    with corpus.open(encoding="utf-8", newline="") as file:
        for _, english, chinese, mongolian, part in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if part == "train":
                found.train.append((english, chinese, mongolian))
                found.weights.append(1)
            else:
                found.held_strings.append((english, chinese, mongolian))
    for phrase in phrases():
        if is_held(phrase):
            found.held_phrases.append(phrase)
        else:
            found.train.append(phrase)
            found.weights.append(phrase_weight)
    return found
