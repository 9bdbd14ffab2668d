"""The protocol between the runner and whatever translates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from translation.terms import TermMatch

Alignment = tuple[tuple[int, int], ...]
"""(character offset in the source, character offset in the target) for each target piece, ascending by target."""


@dataclass(frozen=True)
class Decoding:
    """How to search. `max_ratio`: target pieces at most per source piece, on top of a constant allowance; `hypotheses`: how
    many translations of each text are wanted, no more than `beam_size`."""

    beam_size: int = 2
    length_penalty: float = 1.0
    repetition_penalty: float = 1.0
    no_repeat_ngram: int = 0
    max_ratio: float = 3.0
    hypotheses: int = 1

    def max_target_tokens(self, source_tokens: int) -> int:
        """Where decoding is cut off, so that a runaway sentence cannot hold the device."""
        # 16: one Han character may need a dozen letters, so very short sources grow by far more than any ratio says.
        return min(512, int(source_tokens * self.max_ratio) + 16)

    def stricter(self) -> Decoding:
        """For the second try at a sentence whose first translation looks wrong."""
        return replace(
            self,
            beam_size=self.beam_size + 2,
            repetition_penalty=max(self.repetition_penalty, 1.2),
            no_repeat_ngram=self.no_repeat_ngram or 4,
        )

    def several(self, others: int) -> Decoding:
        """For a translation and `others` beside it. Wider than that: some will say the same once their marks are set."""
        wide = max(self.beam_size, others + 1) + 3
        return replace(self, beam_size=wide, hypotheses=wide)


@dataclass(frozen=True)
class Encoded:
    """One source text as the model wants it: `tokens` include language codes and `</s>`.

    `starts` are the offsets in `text` of the first characters of `tokens`, -1 for tokens that are not text.
    `unknown` counts the pieces with letters that the vocabulary does not have.
    """

    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...] = ()
    unknown: int = 0


@dataclass(frozen=True)
class Output:
    """One translation.

    `score`: mean log probability of its pieces, None if the engine gives none; `token_count`: their number; `others`: the
    next best ones, where `Decoding.hypotheses` asks for them, best first.
    """

    text: str
    score: float | None
    token_count: int
    alignment: Alignment | None = None
    others: tuple[Output, ...] = ()


def ranked(outputs: Sequence[Output], hypotheses: int) -> list[Output]:
    """-> one output for each text, out of `hypotheses` for each, best first."""
    if hypotheses == 1:
        return list(outputs)
    groups = [outputs[start : start + hypotheses] for start in range(0, len(outputs), hypotheses)]
    return [replace(first, others=tuple(others)) for first, *others in groups]


def chunk_seconds(device: str) -> float:
    """See `Engine`. In a second a GPU does thousands of sentences; a CPU some fifty, which is less than two batches: with
    64 sentences at once it took 1.4 times as long as with 128 or more (zh-en OPUS model, 1,012 sentences)."""
    return 4.0 if device == "cpu" else 1.0


class Engine(Protocol):
    """A resident model. One thread calls `encode` and reads outputs, while others call `generate`; `close` comes last."""

    name: str
    device: str
    max_source_tokens: int
    chunk_seconds: float
    """Seconds of work that it should get at once, so that its token batches are full of sentences of one length."""
    parallel: int
    """Batches that it decodes at once; so many threads may call `generate` together."""

    def pairs(self) -> frozenset[tuple[str, str]]:
        """Direct directions, in our codes."""
        ...

    def encode(self, texts: Sequence[str], source: str, target: str) -> list[Encoded]:
        """Nothing is cut off: a text of more than `max_source_tokens` is the caller's to split."""
        ...

    def generate(
        self, batch: Sequence[Encoded], source: str, target: str, decoding: Decoding, *, align: bool = False
    ) -> Sequence[Output]:
        """One token batch, same order; texts may be put together when they are read.

        Raises whatever the device raises; `translation.faults` tells what it means.
        """
        ...

    def close(self) -> None:
        """Frees the device's memory."""
        ...


@runtime_checkable
class TermAware(Protocol):
    """An engine that can be told how terms are to be translated."""

    def encode_with_terms(
        self, texts: Sequence[str], terms: Sequence[Sequence[TermMatch]], source: str, target: str
    ) -> list[Encoded]:
        """As `Engine.encode`; `terms[n]`: those in or around `texts[n]`, maybe none."""
        ...
