"""What is done to every translation before it is checked: what was lost is put back, then its letters and marks are set."""

from __future__ import annotations

from dataclasses import replace

from translation.engine import Output
from translation.letters import normalised
from translation.repair import repaired
from translation.typography import typeset


def finished(source_text: str, output: Output, source: str, target: str) -> Output:
    """`output` as it should stand in a document; its alignment follows."""
    return typeset(_spelt(repaired(source_text, output), target), target)


def _spelt(output: Output, target: str) -> Output:
    """Mongolian with its own ө and ү: models that learnt from old files write what those have in their places."""
    return replace(output, text=normalised(output.text)) if target == "mon_Cyrl" else output
