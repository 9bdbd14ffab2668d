"""What a format hands out and takes back. Frozen values, no behaviour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from documents.limits import Limits


class Output(StrEnum):
    """What a written document shows."""

    TRANSLATED = "translated"
    BILINGUAL = "bilingual"  # every unit with its translation, in the way that suits the format


@dataclass(frozen=True)
class Options:
    """What a client may ask of the reading of a document, the same for `read` and `write`. A format looks only at its own.

    json_keys: only the strings under these keys, at any depth; () for all strings.
    sheet_names: the names of sheets too, and all that refers to them follows.
    retranslate: what has a translation already too (.po, .xliff). target_language: of the task, "" where it is not known;
    translations that a file says are in another language are replaced.
    """

    json_keys: tuple[str, ...] = ()
    sheet_names: bool = False
    retranslate: bool = False
    target_language: str = ""


DEFAULT_OPTIONS = Options()


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
    `context` tells equal texts apart that must not share a translation (msgctxt of PO, id of XLIFF).
    """

    text: str
    runs: tuple[Span, ...] = ()
    place: str = ""
    context: str = ""


@dataclass(frozen=True)
class Piece:
    """Translated text in the formatting of `Unit.runs[run]` (0 where the unit has no runs)."""

    text: str
    run: int = 0


@dataclass(frozen=True)
class ReviewRow:
    """One sentence; number: from 1. flags: doubts about it; notes: what else is told of it; terms: of the glossary, and what
    became of them; memory: what the translation memory knew; the last two for people, a line each."""

    number: int
    place: str
    source: str
    target: str
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    terms: str = ""
    memory: str = ""


class Format(Protocol):
    """One document format. A path given to `read` or `write` has passed `check` before."""

    @property
    def name(self) -> str: ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Lower case, with the dot."""

    @property
    def media_type(self) -> str: ...

    @property
    def outputs(self) -> frozenset[Output]:
        """The kinds that `write` can make; TRANSLATED is always among them."""

    def recognise(self, path: Path, suffix: str) -> None:
        """Is the content what `suffix`, one of `suffixes`, says, by its first bytes? Raises `UnsupportedType`, `FileEmpty`,
        `FileEncrypted`, `FileDamaged`."""

    def check(self, path: Path, limits: Limits) -> None:
        """Looks at the structure, in bounded memory. Raises a `DocumentError`."""

    def read(self, path: Path, options: Options = DEFAULT_OPTIONS) -> Iterator[Unit]:
        """The units in document order, lazily."""

    def write(
        self,
        source: Path,
        out: Path,
        translated: Iterator[Sequence[Piece]],
        target_language: str,
        output: Output = Output.TRANSLATED,
        options: Options = DEFAULT_OPTIONS,
    ) -> None:
        """Writes the translated document to `out`: one sequence of pieces for each unit, in the order of `read`.

        `translated` is consumed as the document is written. `out` is overwritten; renaming it into place is the
        caller's part. A unit whose pieces say its own text is not doubled in a bilingual document. Raises ValueError when
        `translated` has fewer or more members than there are units, or `output` is none of `outputs`.
        """


@runtime_checkable
class Archive(Format, Protocol):
    """A format that holds files, some of which may be of no format."""

    def untouched(self, path: Path) -> list[str]:
        """The names of the files that are copied as they are."""
