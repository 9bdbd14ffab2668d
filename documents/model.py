"""What a format hands out and takes back. Frozen values, no behaviour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from documents.limits import Limits


@dataclass(frozen=True)
class Span:
    """The characters `start` to `end` (exclusive) of a unit's text."""

    start: int
    end: int


@dataclass(frozen=True)
class Unit:
    """A stretch of text that is translated as a whole: a line, a paragraph, a cell.

    `runs` tile `text` when it has more than one formatting, and are empty otherwise. `text` begins and ends with
    a visible character, holds at least one letter, no line end and no tab. `place` is for people ("document:14").
    """

    text: str
    runs: tuple[Span, ...] = ()
    place: str = ""


@dataclass(frozen=True)
class Piece:
    """Translated text in the formatting of `Unit.runs[run]` (0 where the unit has no runs)."""

    text: str
    run: int = 0


class Format(Protocol):
    """One document format. A path given to `read` or `write` has passed `check` before."""

    @property
    def name(self) -> str: ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Lower case, with the dot."""

    @property
    def media_type(self) -> str: ...

    def check(self, path: Path, limits: Limits) -> None:
        """Looks at the structure, in bounded memory. Raises a `DocumentError`."""

    def read(self, path: Path) -> Iterator[Unit]:
        """The units in document order, lazily."""

    def write(self, source: Path, out: Path, translated: Iterator[Sequence[Piece]], target_language: str) -> None:
        """Writes the translated document to `out`: one sequence of pieces for each unit, in the order of `read`.

        `translated` is consumed as the document is written. `out` is overwritten; renaming it into place is the
        caller's part. Raises ValueError when `translated` has fewer or more members than there are units.
        """
