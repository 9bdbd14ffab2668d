"""Atoms in their wrappers put together as a tree again: neighbours in one wrapper share it, and none is doubled that may
not repeat."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from lxml import etree

from documents.word.atoms import Atom, Text, Wrapper

Node = TypeVar("Node")


class Nesting(ABC, Generic[Node]):
    """Builds the content of a paragraph. `Node`: what it is made of (elements; or elements and strings)."""

    def __init__(self, atoms: Sequence[Atom]) -> None:
        self._atoms = atoms
        # The group of each wrapper that keeps its own element, as its first atom.
        self._home: dict[Wrapper, Atom] = {}
        self._choose_homes(atoms, 0)

    @abstractmethod
    def runs(self, atoms: Sequence[Atom]) -> list[Node]:
        """The nodes of atoms that are in the same wrappers."""

    @abstractmethod
    def shell(self, element: etree._Element, content: list[Node]) -> Node:
        """A copy of the wrapper `element` with `content` in place of its old content."""

    def nodes(self) -> list[Node]:
        """The whole content."""
        return self._nodes(self._atoms, 0)

    def _groups(self, atoms: Sequence[Atom], depth: int) -> Iterable[tuple[Wrapper | None, list[Atom]]]:
        def wrapper_of(atom: Atom) -> Wrapper | None:
            return atom.path[depth] if len(atom.path) > depth else None

        for wrapper, group in itertools.groupby(atoms, wrapper_of):
            yield wrapper, list(group)

    def _choose_homes(self, atoms: Sequence[Atom], depth: int) -> None:
        """A wrapper whose text was torn apart stays with the largest part of it."""
        largest: dict[Wrapper, int] = {}
        for wrapper, group in self._groups(atoms, depth):
            if wrapper is None:
                continue
            size = sum(len(atom.text) for atom in group if isinstance(atom, Text))
            if size > largest.get(wrapper, -1):
                largest[wrapper], self._home[wrapper] = size, group[0]
            self._choose_homes(group, depth + 1)

    def _nodes(self, atoms: Sequence[Atom], depth: int) -> list[Node]:
        result: list[Node] = []
        for wrapper, group in self._groups(atoms, depth):
            if wrapper is None:
                result += self.runs(group)
                continue
            # Before what is inside: text is made in the order in which it will stand.
            is_home = self._home[wrapper] is group[0]
            head = self.runs(wrapper.head) if wrapper.element is None and is_home else []
            content = self._nodes(group, depth + 1)
            has_text = any(isinstance(atom, Text) for atom in group)
            if wrapper.element is None:
                result += [*head, *content, *self.runs(wrapper.tail)] if is_home else content
            elif is_home or (wrapper.may_repeat and has_text):
                result.append(self.shell(wrapper.element, content))
            else:
                result += content
        return result
