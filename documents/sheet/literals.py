"""Texts that formulas, filters and lists compare cells with: a cell that says one of them keeps its language. Pure."""

from __future__ import annotations

import re

from documents.characters import has_letter

LITERAL = re.compile('"((?:[^"]|"")*)"')
_OPERATOR = re.compile("^(?:<>|<=|>=|=|<|>)")
# `Table[Column]`; `[1]Sheet!A1` is another workbook.
_STRUCTURED = re.compile(r"\[(?!\d+\])")


class Kept:
    """Which cell texts must stay, or a comparison in the workbook would no longer hold.

    Compared without regard to case, as Excel does. `*` and `?` are wildcards in criteria (COUNTIF). A comparison with a
    part of a cell (LEFT, SEARCH) in a cell's formula is not seen; those of conditional formats are.
    """

    def __init__(self) -> None:
        self.has_structured_references = False
        # Whether a formula makes an address of texts, so that nobody can tell what it refers to.
        self.makes_addresses = False
        self._texts: set[str] = set()
        self._patterns: dict[str, _Wildcard] = {}

    def formula(self, formula: str) -> None:
        """The literals of `formula`; of a list of choices (`"Yes,No"`) each choice too."""
        for match in LITERAL.finditer(formula):
            literal = match.group(1).replace('""', '"')
            self.text(literal)
            if match.group() == formula.strip():
                for choice in literal.split(","):
                    self.text(choice)
        if "INDIRECT" in formula.upper():
            self.makes_addresses = True
        if not self.has_structured_references and _STRUCTURED.search(LITERAL.sub("", formula)):
            self.has_structured_references = True

    def text(self, text: str) -> None:
        """A text that whole cells are compared with, perhaps with an operator before it."""
        plain = _OPERATOR.sub("", text).strip().casefold()
        self.name(plain)
        if has_letter(plain) and ("*" in plain or "?" in plain):
            self._patterns.setdefault(plain, _Wildcard(plain))

    def name(self, text: str) -> None:
        """A text that something is called, or found by: its signs stand for themselves. A survey's pivot table has thousands."""
        if has_letter(text):
            self._texts.add(text.strip().casefold())

    def part(self, text: str) -> None:
        """A text that cells are searched for."""
        if has_letter(text):
            plain = text.strip().casefold()
            self._patterns.setdefault(f"*{plain}*", _Wildcard(f"*{plain}*"))

    def mentions(self, name: str) -> bool:
        """Whether one of the texts names the sheet `name`, as a link in a formula does ("#Sheet1!A1")."""
        return any(name.casefold() in text for text in self._texts)

    def holds(self, text: str) -> bool:
        """Whether a cell with `text` keeps it."""
        plain = text.strip().casefold()
        if plain in self._texts:
            return True
        return any(pattern.matches(plain) for pattern in self._patterns.values())


class _Wildcard:
    """`*` and `?` as in criteria. Its pieces are looked for one after the other, so that no pattern is slow."""

    def __init__(self, pattern: str) -> None:
        pieces = pattern.split("*")
        self._pieces = [re.compile(re.escape(piece).replace("\\?", "."), re.DOTALL) for piece in pieces]
        self._lengths = [len(piece) for piece in pieces]
        # Nearly all texts are told apart by this.
        self._longest = max((part for piece in pieces for part in piece.split("?")), key=len)

    def matches(self, text: str) -> bool:
        if self._longest not in text or len(text) < sum(self._lengths):
            return False
        if len(self._pieces) == 1:
            return self._pieces[0].fullmatch(text) is not None
        first, last = self._pieces[0].match(text), self._pieces[-1].match(text, len(text) - self._lengths[-1])
        if first is None or last is None:
            return False
        position = first.end()
        for piece in self._pieces[1:-1]:
            found = piece.search(text, position)
            if found is None:
                return False
            position = found.end()
        return position <= last.start()
