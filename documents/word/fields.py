"""Fields: which of them show text of the author, and where one is while a story is read."""

from __future__ import annotations

from dataclasses import dataclass, field

# Their results quote text of the document or were typed by the author. Every other field (PAGE, DATE, SEQ, AUTHOR,
# MERGEFIELD, formulas) is computed: its result stays as it is.
_SHOWS_TEXT = frozenset({"HYPERLINK", "TOC", "REF", "INDEX", "TOA", "QUOTE", "STYLEREF", "FORMTEXT", "FILLIN", "IF"})


def shows_text(instruction: str) -> bool:
    """Whether the result of the field with that code is text to translate."""
    words = instruction.split(maxsplit=1)
    return bool(words) and words[0].upper() in _SHOWS_TEXT


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
    """The open fields of one story (body, header, text box...); fields may span paragraphs."""

    fields: list[OpenField] = field(default_factory=list)

    @property
    def is_opaque(self) -> bool:
        return any(one.is_opaque for one in self.fields)
