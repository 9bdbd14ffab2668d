"""New names of sheets: which sheets get one, and that programs take it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from documents.characters import has_letter, without_unwritable
from documents.model import Unit
from documents.ooxml.texts import Texts, joined, says
from documents.sheet.literals import Kept

# Excel counts UTF-16 units.
_LONGEST = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]+")
_RESERVED = frozenset({"history"})


class SheetNames:
    """The sheets that are renamed, by their old names; compared without regard to case, as spreadsheets do."""

    def __init__(self) -> None:
        self._new: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._new)

    def ask(self, names: Sequence[str], kept: Kept, texts: Texts) -> None:
        """Asks for the translations of these names. A document in two languages keeps its names.

        So does every sheet when a formula makes addresses of texts (INDIRECT), and one that a text in a formula names.
        """
        if kept.makes_addresses:
            return
        taken = {name.casefold() for name in names}
        for name in names:
            if not has_letter(name) or kept.mentions(name):
                continue
            unit = Unit(name.strip(), (), "name of a sheet")
            pieces = texts.again(unit)
            if pieces is None or says(unit, pieces) or texts.is_bilingual:
                continue
            new = _unlike(_taken_by_programs(joined(pieces)), taken - {name.casefold()})
            if new:
                taken.add(new.casefold())
                self._new[name.casefold()] = new

    def of(self, name: str) -> str | None:
        """The new name of the sheet, None where it stays."""
        return self._new.get(name.casefold())


def _taken_by_programs(name: str) -> str:
    """`name` without signs that a name of a sheet cannot have; '' where nothing is left."""
    plain = " ".join(_FORBIDDEN.sub(" ", without_unwritable(name)).split()).strip("' ")
    plain = _cut(plain, _LONGEST)
    return "" if plain.casefold() in _RESERVED else plain


def _unlike(name: str, taken: set[str]) -> str:
    """`name`, with a number behind it where another sheet is called so."""
    number, new = 2, name
    while new.casefold() in taken:
        ending = f" ({number})"
        new, number = _cut(name, _LONGEST - len(ending)) + ending, number + 1
    return new


def _cut(name: str, units: int) -> str:
    encoded = name.encode("utf-16-le")[: 2 * units]
    return encoded.decode("utf-16-le", errors="ignore").rstrip("' ")
