"""The parts of a Word package that hold its own text, by their content types."""

from __future__ import annotations

from documents.ooxml.package import WORD

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
TEXT_PARTS = frozenset(
    {WORD.main, *(f"{_WORD}{kind}+xml" for kind in ("header", "footer", "footnotes", "endnotes", "comments"))}
)
