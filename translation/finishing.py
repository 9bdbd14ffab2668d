"""What is done to every translation before it is checked: what was lost is put back, then the marks of the language."""

from __future__ import annotations

from translation.engine import Output
from translation.repair import repaired
from translation.typography import typeset


def finished(source_text: str, output: Output, source: str, target: str) -> Output:
    """`output` as it should stand in a document; its alignment follows."""
    return typeset(repaired(source_text, output), target)
