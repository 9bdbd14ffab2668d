"""Examples and batches of them, for training and for measuring on held-out texts."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from transformers import NllbTokenizer

from training.starter.augment import Texts, varied
from training.starter.vocabulary import CODES

EN, ZH, MN = range(3)
#: (source, target, weight): Mongolian to Chinese is what people come for.
DIRECTIONS = ((MN, ZH, 3), (ZH, MN, 2), (MN, EN, 1), (EN, MN, 1), (EN, ZH, 1), (ZH, EN, 1))
DIRECTIONS_A_TEXT = 3
"""Directions in which a text is seen each time round the corpus."""
MAX_PIECES = 100
POOL = 16_384
"""Examples that are sorted by length together, so that batches are full: nine tenths of what they hold is no padding."""
PAD, EOS = 1, 2
DROPPED_MERGES = 0.1
"""Of the merges of a source's pieces in training: BPE-dropout, Provilkov and others, https://aclanthology.org/2020.acl-main.170/.
A word is met in many cuts, so that an inflected form that was never met is made of parts that were."""


@dataclass(frozen=True)
class Example:
    """Ids of pieces without codes and ends; `source_code`, `target_code`: the ids of the languages."""

    source_code: int
    source: tuple[int, ...]
    target_code: int
    target: tuple[int, ...]

    @property
    def longest(self) -> int:
        return max(len(self.source), len(self.target)) + 2


@dataclass(frozen=True)
class Batch:
    """Ids, padded: `source` (B, S), `decoder` (B, T), `labels` (B, T) with -100 where nothing is to be learnt."""

    source: torch.Tensor
    decoder: torch.Tensor
    labels: torch.Tensor


class Encoder:
    """Texts of the three languages as ids, and batches of them. `dropped`: share of merges left out in sources, from 0 to 1."""

    def __init__(self, tokenizer: NllbTokenizer, dropped: float = 0.0) -> None:
        self._tokenizer = tokenizer
        self._codes = tokenizer.convert_tokens_to_ids(list(CODES))
        self._sources = tokenizer
        if dropped:
            self._sources = copy.deepcopy(tokenizer)
            self._sources.backend_tokenizer.model.dropout = dropped

    def examples(self, texts: Texts, directions: Sequence[tuple[int, int]]) -> list[Example]:
        """One a direction; none if a text is too long, and none that teaches to write a letter the vocabulary lacks."""
        sources, ids = (
            [tuple(row) for row in tokenizer(list(texts), add_special_tokens=False).input_ids]
            for tokenizer in (self._sources, self._tokenizer)
        )
        if max(map(len, sources + ids)) > MAX_PIECES:
            return []
        return [
            Example(self._codes[s], sources[s], self._codes[t], ids[t])
            for s, t in directions
            if self._tokenizer.unk_token_id not in ids[t]
        ]

    def packed(self, examples: Sequence[Example], budget: int) -> Iterator[Batch]:
        """Batches of at most `budget` padded pieces a side, of examples that are alike in length."""
        batch: list[Example] = []
        for example in sorted(examples, key=lambda item: (item.longest, len(item.source))):
            longest = max(item.longest for item in (*batch, example))
            if batch and (len(batch) + 1) * longest > budget:
                yield self._padded(batch)
                batch = []
            batch.append(example)
        if batch:
            yield self._padded(batch)

    def _padded(self, batch: Sequence[Example]) -> Batch:
        """The target's code is given to the decoder, so its label is masked."""
        source_width = max(len(example.source) for example in batch) + 2
        target_width = max(len(example.target) for example in batch) + 2
        source = torch.full((len(batch), source_width), PAD)
        decoder = torch.full((len(batch), target_width), PAD)
        labels = torch.full((len(batch), target_width), -100)
        for row, example in enumerate(batch):
            source[row, : len(example.source) + 2] = torch.tensor([example.source_code, *example.source, EOS])
            target = torch.tensor([*example.target, EOS])
            labels[row, 1 : len(target) + 1] = target
            decoder[row, : len(target) + 1] = torch.tensor([EOS, example.target_code, *example.target])
        return Batch(source, decoder, labels)


def training_batches(
    texts: Sequence[Texts], weights: Sequence[int], encoder: Encoder, budget: int, rng: random.Random
) -> Iterator[Batch]:
    """Endless. `weights`: how often each text is taken each time round. `budget`: padded pieces in a batch, each side."""
    weighted = [(s, t) for s, t, weight in DIRECTIONS for _ in range(weight)]
    order = [number for number, weight in enumerate(weights) for _ in range(weight)]
    pool: list[Example] = []
    while True:
        rng.shuffle(order)
        for number in order:
            directions = rng.sample(weighted, DIRECTIONS_A_TEXT)
            pool += encoder.examples(varied(texts[number], texts, rng), directions)
            if len(pool) >= POOL:
                full = list(encoder.packed(pool, budget))
                rng.shuffle(full)
                yield from full
                pool = []
