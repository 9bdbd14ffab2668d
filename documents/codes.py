"""Text and inline codes (tags, override codes, emphasis signs) by their places in a file, and pairs put around text."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a code does to the text after it."""

    OPEN = auto()
    CLOSE = auto()
    ALONE = auto()


@dataclass(frozen=True)
class Text:
    """The characters `start` to `end` of the file, that read `text`: itself, or the character that an entity names."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Code:
    """Markup from `start` to `end`. An OPEN and the CLOSE of the same `name` are a pair.

    may_repeat: a second copy may stand around another part of the text. must_stay: written even when no text is left
    for it. instead: what is written in a translation, where that is not what stands in the file.
    """

    start: int
    end: int
    kind: Kind
    name: str = ""
    may_repeat: bool = True
    must_stay: bool = False
    instead: str | None = None


@dataclass(frozen=True, eq=False)
class Pair:
    """Two codes around text."""

    opening: Code
    closing: Code


Path = tuple[Pair, ...]
Raw = Callable[[int, int], str]
"""What the result has in the place of these characters of the file."""


class Emitter:
    """Pairs written around what is inside them. A pair that was torn apart and may not repeat keeps its largest part."""

    def __init__(self, raw: Raw, items: list[tuple[Path, str, int]]) -> None:
        self._raw = raw
        self._items = items
        self._home: dict[Pair, int] = {}
        self._choose(0, len(items), 0)

    def emit(self) -> str:
        return self._emit(0, len(self._items), 0)

    def _groups(self, start: int, end: int, depth: int) -> Iterable[tuple[Pair | None, int, int]]:
        def pair_of(number: int) -> Pair | None:
            path = self._items[number][0]
            return path[depth] if len(path) > depth else None

        for pair, group in itertools.groupby(range(start, end), pair_of):
            members = list(group)
            yield pair, members[0], members[-1] + 1

    def _choose(self, start: int, end: int, depth: int) -> None:
        largest: dict[Pair, int] = {}
        for pair, first, last in self._groups(start, end, depth):
            if pair is None:
                continue
            size = sum(self._items[number][2] for number in range(first, last))
            if size > largest.get(pair, -1):
                largest[pair], self._home[pair] = size, first
            self._choose(first, last, depth + 1)

    def _emit(self, start: int, end: int, depth: int) -> str:
        parts: list[str] = []
        for pair, first, last in self._groups(start, end, depth):
            if pair is None:
                parts += [self._items[number][1] for number in range(first, last)]
                continue
            inner = self._emit(first, last, depth + 1)
            has_text = any(self._items[number][2] for number in range(first, last))
            if self._home[pair] == first or (pair.opening.may_repeat and has_text):
                inner = self._code(pair.opening) + inner + self._code(pair.closing)
            parts.append(inner)
        return "".join(parts)

    def _code(self, code: Code) -> str:
        return self._raw(code.start, code.end) if code.instead is None else code.instead
