"""Other translations of a sentence, beside the one that it got: which of a beam's hypotheses are worth showing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from translation.engine import Output
from translation.guards import SERIOUS

MOST = 5
"""That may be asked for. What a beam ranks behind differs from those before by a word that does not matter."""


Told = tuple[str, tuple[str, ...]]
"""(a translation, its flags)"""


def says(text: str) -> str:
    """`text` without what makes no other translation: marks, spaces and capitals."""
    return "".join(filter(str.isalnum, text.casefold())) or text.strip()


def by_rank(outputs: Sequence[Output]) -> Iterable[list[Output]]:
    """The translations of a sentence's parts, rank by rank: the best of all, then the second ones, … A part that has no
    more of them keeps its best."""
    for ranked in zip_longest(*([output, *output.others] for output in outputs)):
        yield [output if output is not None else best for output, best in zip(ranked, outputs, strict=True)]


def worth_showing(found: Iterable[Told], translation: Told, most: int) -> Iterator[Told]:
    """At most `most` of what was found, in its order: none that says the same as the translation or one before it, and none
    in a serious doubt in which the translation is not."""
    seen = {says(translation[0])}
    for text, flags in found:
        if len(seen) <= most and says(text) not in seen and not SERIOUS.intersection(flags).difference(translation[1]):
            seen.add(says(text))
            yield text, flags
