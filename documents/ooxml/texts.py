"""The translations that an editor of parts asks for, and what was asked before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from documents.characters import has_han
from documents.formatting import place_runs
from documents.model import Piece, Unit

# None while a document is only read: the text stays.
Following = Callable[[Unit], Sequence[Piece] | None]


class Texts:
    """Gives the translation of each unit, in the order of reading, and remembers it.

    What a document says twice (a text box for older readers, the picture of a SmartArt, the cache of a chart) is
    translated once, so that both stay the same.
    """

    def __init__(self, following: Following, language: str = "", is_bilingual: bool = False) -> None:
        self.language = language
        self.is_bilingual = is_bilingual
        # Whether any translation differs from its source.
        self.has_changes = False
        # Units with Han characters, less those without.
        self._han_units = 0
        self._following = following
        self._known: dict[str, tuple[Unit, Sequence[Piece] | None]] = {}

    @property
    def is_from_han(self) -> bool:
        """Whether most of what was asked for is Chinese."""
        return self._han_units > 0

    def ask(self, unit: Unit) -> Sequence[Piece] | None:
        """The translation of the next unit; None when the document is only read."""
        pieces = self._following(unit)
        self.has_changes = self.has_changes or not says(unit, pieces)
        self._han_units += 1 if has_han(unit.text) else -1
        self._known.setdefault(unit.text, (unit, pieces))
        return pieces

    def recall(self, unit: Unit) -> Sequence[Piece] | None:
        """The translation of a unit with the same text that was asked for before; None if there was none."""
        _, pieces = self._known.get(unit.text, (unit, None))
        return pieces

    def forget(self, text: str) -> None:
        """The translation of `text` is not shown: what quotes it keeps the source too."""
        self._known.pop(text, None)

    def again(self, unit: Unit) -> Sequence[Piece] | None:
        """The translation of the unit with the same text that was asked for before, else of the next unit."""
        if unit.text not in self._known:
            return self.ask(unit)
        first, pieces = self._known[unit.text]
        if pieces is None or first.runs == unit.runs:
            return pieces
        return place_runs(unit, joined(pieces), None)


def joined(pieces: Sequence[Piece]) -> str:
    """The translation without its formatting."""
    return "".join(piece.text for piece in pieces)


def says(unit: Unit, pieces: Sequence[Piece] | None) -> bool:
    """Whether `pieces` change nothing: there are none, or they say what `unit` says."""
    return pieces is None or joined(pieces) == unit.text


class Reading:
    """A `Following` that only notes the units."""

    def __init__(self) -> None:
        self.units: list[Unit] = []

    def __call__(self, unit: Unit) -> None:
        self.units.append(unit)

    def take(self) -> list[Unit]:
        """The units noted since the last time."""
        taken, self.units = self.units, []
        return taken
