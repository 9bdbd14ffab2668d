"""The translatable stretches of a paragraph: its text between tabs and breaks, with formatting runs and marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lxml import etree

from documents.characters import has_letter
from documents.model import Span, Unit
from documents.word.atoms import Atom, Computed, Mark, Path, Strength, Text
from documents.word.runs import format_key, shows_on_space


@dataclass(frozen=True)
class Looks:
    """How runs are compared: `key` is equal for two that look the same, `shows_on_space` says what blanks show."""

    key: Callable[[etree._Element], bytes]
    shows_on_space: Callable[[etree._Element], bool]


WORD_LOOKS = Looks(format_key, shows_on_space)


@dataclass(frozen=True)
class Run:
    """Characters `start` to `end` of a stretch's text, looking like `model`, inside the wrappers `path`.

    `computed`: the field that shows them.
    """

    start: int
    end: int
    path: Path
    model: etree._Element
    computed: Computed | None = None


@dataclass(frozen=True)
class Stretch:
    """Atoms between two boundaries. `unit` is None where there is nothing to translate.

    `text` is the whole text; the unit's text is `text[lead:trail]`, and its runs are those of `runs` from `first` on.
    """

    atoms: tuple[Atom, ...]
    text: str = ""
    lead: int = 0
    trail: int = 0
    runs: tuple[Run, ...] = ()
    marks: tuple[tuple[Mark, int], ...] = ()
    unit: Unit | None = None


@dataclass
class _Tiling:
    looks: Looks
    runs: list[Run] = field(default_factory=list)
    marks: list[tuple[Mark, int]] = field(default_factory=list)
    length: int = 0
    is_cut: bool = False
    keys: dict[etree._Element, bytes] = field(default_factory=dict)

    def add(self, atom: Atom) -> None:
        if isinstance(atom, Mark):
            self.marks.append((atom, self.length))
            self.is_cut = self.is_cut or atom.strength is Strength.HARD
            return
        if not atom.text:
            return
        end = self.length + len(atom.text)
        last = self.runs[-1] if self.runs else None
        if isinstance(atom, Computed):
            self.runs.append(Run(self.length, end, atom.path, atom.run, atom))
            self.length, self.is_cut = end, True
            return
        if last is not None and not self.is_cut and last.path == atom.path and self._look_alike(last, atom):
            self.runs[-1] = Run(last.start, end, last.path, last.model)
        else:
            self.runs.append(Run(self.length, end, atom.path, atom.run))
        self.length = end
        self.is_cut = False

    def _look_alike(self, last: Run, atom: Text) -> bool:
        if last.model is atom.run or self._key(last.model) == self._key(atom.run):
            return True
        shows = self.looks.shows_on_space
        return atom.text.isspace() and not shows(last.model) and not shows(atom.run)

    def _key(self, run: etree._Element) -> bytes:
        if run not in self.keys:
            self.keys[run] = self.looks.key(run)
        return self.keys[run]


def stretches(atoms: Sequence[Atom], place: str, looks: Looks = WORD_LOOKS) -> list[Stretch]:
    """`atoms` cut at boundaries; each boundary is a stretch of its own."""
    result: list[Stretch] = []
    current: list[Atom] = []
    for atom in atoms:
        if isinstance(atom, Mark) and atom.strength is Strength.BOUNDARY:
            result += [_stretch(current, place, looks), Stretch((atom,))]
            current = []
        else:
            current.append(atom)
    result.append(_stretch(current, place, looks))
    return result


def _stretch(atoms: list[Atom], place: str, looks: Looks) -> Stretch:
    text = "".join(atom.text for atom in atoms if isinstance(atom, Text))
    if not has_letter(text):
        return Stretch(tuple(atoms), text)
    tiling = _Tiling(looks)
    for atom in atoms:
        tiling.add(atom)
    lead = len(text) - len(text.lstrip())
    trail = len(text.rstrip())
    inside = [run for run in tiling.runs if run.start < trail and run.end > lead]
    spans = tuple(Span(max(run.start, lead) - lead, min(run.end, trail) - lead) for run in inside)
    unit = Unit(text[lead:trail], spans if len(spans) > 1 else (), place)
    return Stretch(tuple(atoms), text, lead, trail, tuple(inside), tuple(tiling.marks), unit)
