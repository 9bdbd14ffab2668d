"""Text with inline codes (tags, override codes, emphasis signs): what is translated, and the codes put back around it.

A format cuts its markup into `Text` and `Code` tokens that lie side by side in the file. `flow` makes one unit of them:
paired codes become runs, codes that stand alone become marks between runs. `Flow.render` writes the translation with
each code as it stood in the file: pairs are always balanced, and no code that stands alone is lost.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from documents.characters import has_letter
from documents.codes import Code, Emitter, Kind, Pair, Path, Raw, Text
from documents.model import Piece, Span, Unit

# All that Python calls a line end, and what markup shows as one space. A no-break space is a character of its own.
WHITE = re.compile("[ \t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")

_MOST_NESTED = 60


@dataclass(frozen=True)
class _Atom:
    """Text inside the pairs `path`, or with `text` None a code, or white space that stays."""

    path: Path
    start: int
    end: int
    text: str | None = None
    instead: str | None = None
    spaced: bool = False  # white space on both sides of a code, which the text shows once
    white: bool = False  # a pair around white space: <span> </span>, which parts words


@dataclass(frozen=True)
class Flow:
    """One unit and what stands around and inside it. It takes the characters `start` to `end` of the file."""

    unit: Unit
    start: int
    end: int
    before: tuple[_Atom, ...]
    runs: tuple[tuple[Span, Path], ...]
    marks: tuple[tuple[int, _Atom], ...]
    after: tuple[_Atom, ...]

    def render(self, pieces: Sequence[Piece], raw: Raw, escape: Callable[[str], str], ends: bool = True) -> str:
        """The markup of the translation. ends=False leaves out white space and codes before and after the text."""
        target: list[tuple[Path, str, int]] = []
        places = self._mark_places(pieces)
        moved = False
        for number, piece in enumerate((Piece(""), *pieces)):
            text, space = piece.text.lstrip(" ") if moved else piece.text, ""
            following = pieces[number] if number < len(pieces) else None
            waiting = places.get(number - 1, [])
            after_space = bool(waiting and number) and self.unit.text[waiting[0][0] - 1].isspace()
            if waiting and number and not after_space:
                text, before = text.rstrip() or text, text
                space = before[len(text) :]
            path = self.runs[piece.run][1]
            if text:
                target += self._outside(path, text, following, escape)
            # A word went with the white space after it: "use `x`." is not written "USE`x` .".
            moved = after_space and following is not None and text[-1:] != " " and following.text[:1] == " "
            if moved and following is not None:
                target.append((_shared(path, self.runs[following.run][1]), " ", 0))
            for offset, atom in waiting:
                if space and offset > waiting[0][0] and self.unit.text[offset - 1].isspace():
                    target.append((path, escape(space), 0))
                    space = ""
                target.append(self._kept(atom, raw))
                if atom.spaced:
                    target.append((atom.path, " ", 0))
            if space:
                target.append((path, escape(space), 0))
        used = {pair for path, _, _ in target for pair in path}
        for _, path in self.runs:
            if any(pair.opening.must_stay and pair not in used for pair in path):
                target.append((path, "", 0))
                used.update(path)
        if ends:
            around = [[self._kept(atom, raw) for atom in atoms] for atoms in (self.before, self.after)]
            target = [*around[0], *target, *around[1]]
        return Emitter(raw, target).emit()

    def _outside(
        self, path: Path, text: str, following: Piece | None, escape: Callable[[str], str]
    ) -> list[tuple[Path, str, int]]:
        """A space between two formattings stands in none of them: `**a **b` is no bold text, and a link has no space."""
        body = text.rstrip(" ")
        if not path or not body or following is None or len(body) == len(text):
            return [(path, escape(text), len(text))]
        shared = _shared(path, self.runs[following.run][1])
        return [(path, escape(body), len(body)), (shared, text[len(body) :], 0)]

    def _kept(self, atom: _Atom, raw: Raw) -> tuple[Path, str, int]:
        return atom.path, raw(atom.start, atom.end) if atom.instead is None else atom.instead, 0

    def _mark_places(self, pieces: Sequence[Piece]) -> dict[int, list[tuple[int, _Atom]]]:
        """Marks by the number of the piece that they follow, -1 for the front."""
        places: dict[int, list[tuple[int, _Atom]]] = {}
        least = -1
        last_of = {piece.run: number for number, piece in enumerate(pieces)}
        reached, at = -1, 0
        for offset, atom in self.marks:
            while at < len(self.runs) and self.runs[at][0].end <= offset:
                reached = last_of.get(at, reached)
                at += 1
            least = max(least, reached)
            places.setdefault(least, []).append((offset, atom))
        return places


def _shared(path: Path, other: Path) -> Path:
    """The pairs that stand around both."""
    same = sum(1 for _ in itertools.takewhile(lambda two: two[0] is two[1], zip(path, other, strict=False)))
    return path[:same]


def flow(tokens: Sequence[Text | Code], place: str = "", context: str = "") -> Flow | None:
    """The flow of `tokens`, or None where there is no letter to translate."""
    if not has_letter("".join(token.text for token in tokens if isinstance(token, Text))):
        return None
    atoms = _atoms(tokens)
    seen = [number for number, atom in enumerate(atoms) if atom.text is not None and not atom.text.isspace()]
    first, last = seen[0], seen[-1]
    before, core, after = atoms[:first], atoms[first : last + 1], atoms[last + 1 :]
    left, core[0] = _cut_lead(core[0])
    core[-1], right = _cut_trail(core[-1])
    before += left
    after = right + after
    text, runs, marks = _tiled(core)
    unit_runs = tuple(span for span, _ in runs) if len(runs) > 1 else ()
    return Flow(
        Unit(text, unit_runs, place, context),
        tokens[0].start,
        tokens[-1].end,
        tuple(replace(atom, text=None) for atom in before),
        tuple(runs),
        tuple(marks),
        tuple(replace(atom, text=None) for atom in after),
    )


def _atoms(tokens: Sequence[Text | Code]) -> list[_Atom]:
    pairs = _pairs(tokens)
    visible = [0, *itertools.accumulate(isinstance(one, Text) and not one.text.isspace() for one in tokens)]
    atoms: list[_Atom] = []
    path: Path = ()
    number = 0
    while number < len(tokens):
        token = tokens[number]
        other = pairs.get(number)
        if isinstance(token, Text):
            if token.text:
                atoms.append(_Atom(path, token.start, token.end, token.text))
        elif other is None:
            atoms.append(_Atom(path, token.start, token.end, None, token.instead))
        elif other < number:
            path = path[:-1]
        elif visible[other] == visible[number]:
            # A pair around nothing: an anchor, an icon.
            white = any(isinstance(one, Text) and one.text for one in tokens[number:other])
            atoms.append(_Atom(path, token.start, tokens[other].end, white=white))
            number = other
        else:
            closing = tokens[other]
            assert isinstance(closing, Code)
            path = (*path, Pair(token, closing))
        number += 1
    return atoms


def _pairs(tokens: Sequence[Text | Code]) -> dict[int, int]:
    """The number of the other code of each that has one."""
    result: dict[int, int] = {}
    stack: list[int] = []
    waiting: dict[str, int] = {}
    for number, token in enumerate(tokens):
        if not isinstance(token, Code):
            continue
        if token.kind is Kind.OPEN:
            if len(stack) == _MOST_NESTED:
                continue  # no author nests so deep: such codes stand alone
            stack.append(number)
            waiting[token.name] = waiting.get(token.name, 0) + 1
        elif token.kind is Kind.CLOSE and waiting.get(token.name):
            while True:
                opener = stack.pop()
                code = tokens[opener]
                assert isinstance(code, Code)
                waiting[code.name] -= 1
                if code.name == token.name:
                    break
            result[opener], result[number] = number, opener
    return result


def _cut_lead(atom: _Atom) -> tuple[list[_Atom], _Atom]:
    assert atom.text is not None
    rest = atom.text.lstrip()
    cut = len(atom.text) - len(rest)
    if not cut or atom.end - atom.start != len(atom.text):
        return [], replace(atom, text=rest)
    middle = atom.start + cut
    return [_Atom(atom.path, atom.start, middle)], _Atom(atom.path, middle, atom.end, rest)


def _cut_trail(atom: _Atom) -> tuple[_Atom, list[_Atom]]:
    assert atom.text is not None
    rest = atom.text.rstrip()
    cut = len(atom.text) - len(rest)
    if not cut or atom.end - atom.start != len(atom.text):
        return replace(atom, text=rest), []
    middle = atom.end - cut
    return _Atom(atom.path, atom.start, middle, rest), [_Atom(atom.path, middle, atom.end)]


def _tiled(core: Sequence[_Atom]) -> tuple[str, list[tuple[Span, Path]], list[tuple[int, _Atom]]]:
    """The text, the runs that tile it, and the marks by their offsets in it."""
    parts: list[str] = []
    runs: list[tuple[Span, Path]] = []
    marks: list[tuple[int, _Atom]] = []
    length, is_cut, ends_white = 0, False, True
    for atom in core:
        if atom.text is None and not (atom.white and not ends_white):
            marks.append((length, atom))
            is_cut = True
            continue
        text = " " if atom.text is None else WHITE.sub(" ", atom.text)
        if ends_white and text.startswith(" "):
            text = text.lstrip(" ")
            if marks and marks[-1][0] == length:
                marks[-1] = (length, replace(marks[-1][1], spaced=True))
        if not text:
            continue
        parts.append(text)
        end = length + len(text)
        if runs and not is_cut and runs[-1][1] == atom.path:
            runs[-1] = (Span(runs[-1][0].start, end), atom.path)
        else:
            runs.append((Span(length, end), atom.path))
        length, is_cut, ends_white = end, False, text.endswith(" ")
        if atom.text is None:
            marks.append((length, atom))
            is_cut = True
    return "".join(parts), runs, marks
