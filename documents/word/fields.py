"""Fields: which of them show text of the author, and where one is while a story is read."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from lxml import etree

from documents.word.names import PREFIXES, attribute, local

# Their results quote text of the document or were typed by the author. Every other field (PAGE, DATE, SEQ, AUTHOR,
# MERGEFIELD, formulas) is computed: its result stays as it is.
_SHOWS_TEXT = frozenset({
    "HYPERLINK", "TOC", "REF", "INDEX", "TOA", "QUOTE", "STYLEREF", "FORMTEXT", "FILLIN", "IF",
    # Text and tables of other documents: whole chapters, tables that were pasted as links to a workbook.
    "INCLUDETEXT", "LINK", "DDE", "DDEAUTO", "DATABASE", "AUTOTEXT", "AUTOTEXTLIST",
})  # fmt: skip

# What is around a field that no reader of the text meets: deleted text, and what other programs understand ('').
_NOT_READ = frozenset({"del", "moveFrom", ""})


def shows_text(instruction: str) -> bool:
    """Whether the result of the field with that code is text to translate."""
    words = instruction.split(maxsplit=1)
    return bool(words) and words[0].upper() in _SHOWS_TEXT


def unended(root: etree._Element, stories: Collection[str]) -> frozenset[etree._Element]:
    """The begins of fields that do not end in their story, as templates leave them from which parts were taken out. Deleted
    ones, and those in branches for other readers, are not looked at."""
    open_fields: defaultdict[etree._Element, list[etree._Element]] = defaultdict(list)
    for mark in root.iter(*(f"{prefix}fldChar" for prefix in PREFIXES)):
        story = root
        is_read = True
        for one in mark.iterancestors():
            if local(one) in stories:
                story = one
                break
            is_read = is_read and local(one) not in _NOT_READ
        if not is_read:
            continue
        begun = open_fields[story]
        kind = attribute(mark, "fldCharType")
        if kind == "begin":
            begun.append(mark)
        elif kind == "end" and begun:
            begun.pop()
    return frozenset(itertools.chain(*open_fields.values()))


@dataclass
class OpenField:
    """A field whose end has not been met. `paragraph` and `begin` say where it began (an index of atoms)."""

    paragraph: int
    begin: int
    instruction: str = ""
    separate: int | None = None
    result: bool = False

    @property
    def is_opaque(self) -> bool:
        """Whether what is met now belongs to the code, or to a result that is not translated."""
        return not self.result or not shows_text(self.instruction)


@dataclass
class FieldStack:
    """The open fields of one story (body, header, text box...); fields may span paragraphs.

    `unended`: begins of fields without an end, which open none: all that follows would count as their code.
    """

    unended: frozenset[etree._Element] = frozenset()
    fields: list[OpenField] = field(default_factory=list)

    @property
    def is_opaque(self) -> bool:
        return any(one.is_opaque for one in self.fields)
