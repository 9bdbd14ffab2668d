"""Sentences on their way through one model.

What is still to be decoded, in which batches, and putting long ones together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from translation.engine import Alignment, Decoding, Encoded, Output
from translation.terms import TermMatch

# More rows than this make a batch slower to collect than to decode, and one-word cells would fill it by thousands.
_MOST_ROWS = 1024
_CUT_AFTER = ".!?;:,。！？；：，、)）】》 \t"


Stretch = tuple[int, str]
"""(place in a sentence, the text from there on)."""


@dataclass
class Part:
    """A stretch of a text that the model takes at once.

    All of it, nearly always. `start` is its place in the text.
    """

    start: int
    encoded: Encoded
    output: Output | None = None


@dataclass
class Draft:
    """One distinct sentence of a work, and what has become of it in the present hop.

    `tags` are the tasks that want it; when all are cancelled it is dropped. `terms`: what the engine is told of a glossary.
    """

    text: str
    tags: frozenset[str]
    align: bool
    terms: tuple[TermMatch, ...] = ()
    parts: list[Part] = field(default_factory=list)
    result: Output | None = None
    flags: tuple[str, ...] = ()
    tokens: int = 0

    @property
    def key(self) -> tuple[str, tuple[TermMatch, ...]]:
        return self.text, self.terms

    @property
    def pieces(self) -> int:
        """Source tokens of the longest part."""
        return max(len(part.encoded.tokens) for part in self.parts)


@dataclass(frozen=True)
class Way:
    """How a batch is decoded: from `source` to `target`, one hop."""

    source: str
    target: str
    decoding: Decoding


@dataclass(frozen=True)
class Batch:
    """Sentences of one work that are decoded together."""

    drafts: tuple[Draft, ...]
    way: Way

    @property
    def rows(self) -> int:
        return sum(len(draft.parts) for draft in self.drafts)

    @property
    def longest(self) -> int:
        """Source tokens of the longest row."""
        return max(draft.pieces for draft in self.drafts)


def encode_parts(
    texts: Sequence[str], encode: Callable[[Sequence[str]], list[Encoded]], limit: int
) -> list[list[Part]]:
    """Each text as parts of at most `limit` tokens.

    Nothing is ever cut off: a text that is too long is cut in two, again and again.
    """
    found: list[list[Part]] = []
    for text, encoded in zip(texts, encode(texts), strict=True):
        if len(encoded.tokens) <= limit or len(text) < 2:
            found.append([Part(0, encoded)])
            continue
        cut = _middle(text)
        halves = encode_parts([text[:cut], text[cut:]], encode, limit)
        found.append([*halves[0], *(Part(cut + part.start, part.encoded) for part in halves[1])])
    return found


def _middle(text: str) -> int:
    """The place nearest to the middle after which a sentence can be cut; the middle itself when there is none."""
    half = len(text) // 2
    for distance in range(half - 1):
        for cut in (half - distance, half + distance):
            if text[cut - 1] in _CUT_AFTER and not (text[cut - 1] in ".,:" and text[cut].isalnum()):
                return cut
    return half


def next_batch(waiting: list[Draft], budget: int, longest: int | None = None) -> list[Draft]:
    """Takes the longest sentences off `waiting` (sorted by length) while rows x longest stays within `budget` tokens.

    At least one, however long it is. With `longest`: of those that have no more tokens, for a batch that is as long; none
    where none fits.
    """
    end = len(waiting) if longest is None else bisect_right(waiting, longest, key=lambda draft: draft.pieces)
    start, rows, length = end, 0, longest or 0
    while start:
        draft = waiting[start - 1]
        more, length = rows + len(draft.parts), max(length, draft.pieces)
        if (start < end or longest is not None) and (more * length > budget or more > _MOST_ROWS):
            break
        start, rows = start - 1, more
    batch = waiting[start:end][::-1]
    del waiting[start:end]
    return batch


def assemble(parts: Sequence[Part], outputs: Sequence[Output], target: str) -> Output:
    """One translation out of its parts', with their alignments moved to where they now stand."""
    return assembled([part.start for part in parts], outputs, target)


def assembled(starts: Sequence[int], outputs: Sequence[Output], target: str) -> Output:
    """As `assemble`, of parts that begin at `starts`."""
    if len(outputs) == 1 and starts[0] == 0:
        return outputs[0]
    gap = "" if target.startswith("cmn") else " "
    text = ""
    alignment: list[tuple[int, int]] | None = []
    for start, output in zip(starts, outputs, strict=True):
        offset = len(text) + (len(gap) if text else 0)
        text = f"{text}{gap}{output.text}" if text else output.text
        if output.alignment is None or alignment is None:
            alignment = None
        else:
            alignment += [(start + source, offset + place) for source, place in output.alignment]
    scores = [output.score for output in outputs if output.score is not None]
    return Output(
        text,
        min(scores, default=None),
        sum(output.token_count for output in outputs),
        None if alignment is None else tuple(alignment),
    )


def through(first: Alignment | None, second: Alignment | None) -> Alignment | None:
    """Two hops' alignments as one: for each place of the last text the place in the first."""
    if first is None or second is None:
        return None
    composed = []
    for middle, target in second:
        before = [source for source, place in first if place <= middle]
        composed.append((before[-1] if before else 0, target))
    return tuple(composed)
