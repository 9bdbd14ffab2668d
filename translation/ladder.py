"""Other ways to put a sentence to the model when the first translation is doubtful. Pure.

In this order, each for what is still doubtful: a stricter decode, clause by clause, with placeholders that the model knows
in the place of what it lost, and at last what stands between those items piece by piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from translation.batches import Stretch, assembled
from translation.clauses import clauses
from translation.edits import Edit, applied, edited, inverse, moved
from translation.engine import Output
from translation.guards import SERIOUS
from translation.protected import spans

IN_PIECES = "in_pieces"
"""The flag of a translation whose order of words may be wrong, since it was put together of pieces."""

_MIN_CLAUSE_CHARS = {"cmn_Hans": 6, "cmn_Hant": 6}
_MIN_CLAUSE_CHARS_ELSEWHERE = 16


@dataclass(frozen=True)
class Attempt:
    """What the model is given in the place of a sentence: `texts` (with their places in it), and what becomes of their
    translations. `flag`: a doubt that goes with this way."""

    texts: tuple[Stretch, ...]
    joined: Callable[[Sequence[Output]], Output]
    flag: str = ""


@dataclass(frozen=True)
class Rung:
    """`wants`: tried for translations with one of these flags. `of(sentence, source, target)`: None where it is no use."""

    name: str
    wants: frozenset[str]
    of: Callable[[str, str, str], Attempt | None]
    stricter: bool = False


def whole(sentence: str, source: str, target: str) -> Attempt:
    """The sentence as it is."""
    return Attempt(((0, sentence),), lambda outputs: outputs[0])


def by_clauses(sentence: str, source: str, target: str) -> Attempt | None:
    """At commas, semicolons and the like; None for a sentence of one clause."""
    least = _MIN_CLAUSE_CHARS.get(source, _MIN_CLAUSE_CHARS_ELSEWHERE)
    texts = tuple((start, sentence[start:end]) for start, end in clauses(sentence, least))
    if len(texts) < 2:
        return None
    return Attempt(texts, lambda outputs: assembled([start for start, _text in texts], outputs, target))


def masked(sentence: str, source: str, target: str) -> Attempt | None:
    """What must stay is replaced by what every model copies most often.

    Measured (benchmarks/masks.py), share of items that come back: OPUS zh-en as they are 0.39, as %s 0.90, as #1 0.90;
    the starter model 0.43 to 0.46, 0.69 to 0.73, 0.61 to 0.64.
    """
    found = spans(sentence)
    if not found:
        return None
    items = list(dict.fromkeys(sentence[start:end] for start, end in found))
    masks = {item: "%s" if len(found) == 1 else f"#{number}" for number, item in enumerate(items, start=1)}
    if any(mask in sentence for mask in masks.values()):
        return None
    edits = [(start, end, masks[sentence[start:end]]) for start, end in found]
    text, back = applied(sentence, edits), inverse(edits, sentence)

    def unmasked(outputs: Sequence[Output]) -> Output:
        output = outputs[0]
        if output.alignment is not None:
            pairs = tuple((moved(place, back), target_place) for place, target_place in output.alignment)
            output = Output(output.text, output.score, output.token_count, pairs)
        return edited(output, _put_back(masks, output.text))

    return Attempt(((0, text),), unmasked)


def _put_back(masks: dict[str, str], text: str) -> list[Edit]:
    item_of = {mask: item for item, mask in masks.items()}
    pattern = "|".join(" ?".join(map(re.escape, mask)) + r"(?!\d)" for mask in item_of)
    return [(m.start(), m.end(), item_of[m.group().replace(" ", "")]) for m in re.finditer(pattern, text)]


def apart(sentence: str, source: str, target: str) -> Attempt | None:
    """What stands between the items is translated alone, and they stay where they are: nothing can be lost."""
    found = spans(sentence)
    if not found:
        return None
    edges = [0, *(edge for span in found for edge in span), len(sentence)]
    gaps = [(edges[n], edges[n + 1]) for n in range(0, len(edges), 2)]
    texts: list[Stretch] = []
    for start, end in gaps:
        core = sentence[start:end].strip()
        if any(map(str.isalpha, core)):
            texts.append((sentence.index(core, start), core))
    if not texts:
        return None

    def joined(outputs: Sequence[Output]) -> Output:
        edits = [(at, at + len(text), out.text) for (at, text), out in zip(texts, outputs, strict=True)]
        alignment: list[tuple[int, int]] | None = []
        shift = 0
        for (at, text), out in zip(texts, outputs, strict=True):
            if out.alignment is None or alignment is None:
                alignment = None
                break
            alignment += [(at + a, at + shift + b) for a, b in out.alignment]
            shift += len(out.text) - len(text)
        scores = [out.score for out in outputs if out.score is not None]
        tokens = sum(out.token_count for out in outputs)
        pairs = None if alignment is None else tuple(alignment)
        return Output(applied(sentence, edits), min(scores, default=None), tokens, pairs)

    return Attempt(tuple(texts), joined, IN_PIECES)


_LOST = frozenset({"placeholder"})
RUNGS = (
    Rung("stricter", SERIOUS, whole, stricter=True),
    Rung("clauses", SERIOUS, by_clauses),
    Rung("masked", _LOST, masked),
    Rung("pieces", _LOST, apart),
)
