"""What every format does when it writes: refuses the kinds that it does not know, and takes one translation for each unit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from documents.model import DEFAULT_OPTIONS, Options, Output, Piece

Translated = Iterator[Sequence[Piece]]
"""One sequence of pieces for each unit, in the order of reading."""


@dataclass(frozen=True)
class Wanted:
    """How a document is to be written; see `Format.write`."""

    target_language: str
    output: Output = Output.TRANSLATED
    options: Options = DEFAULT_OPTIONS

    @property
    def bilingual(self) -> bool:
        return self.output is Output.BILINGUAL


class Writer(ABC):
    """The writing half of a `Format`. Subclasses say how in `put`."""

    name: str
    outputs: frozenset[Output] = frozenset(Output)

    def write(
        self,
        source: Path,
        out: Path,
        translated: Translated,
        target_language: str,
        output: Output = Output.TRANSLATED,
        options: Options = DEFAULT_OPTIONS,
    ) -> None:
        """See `Format.write`."""
        if output not in self.outputs:
            raise ValueError(f"a {self.name} document is not written {output}")
        self.put(source, out, translated, Wanted(target_language, output, options))
        if next(translated, None) is not None:
            raise ValueError("there are more translations than units")

    @abstractmethod
    def put(self, source: Path, out: Path, translated: Translated, wanted: Wanted) -> None:
        """Writes `out`. Asks `translated` once for each unit (`following`); what is left over is found by the caller."""


def following(place: str, translated: Translated) -> Sequence[Piece]:
    """The translation of the unit at `place`. Raises ValueError when there is none left."""
    pieces = next(translated, None)
    if pieces is None:
        raise ValueError(f"there is no translation for {place}")
    return pieces
