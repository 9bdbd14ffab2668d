"""Small changes to a text that leave the rest of it, and the alignment that points into it, as it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from translation.engine import Alignment, Output

Edit = tuple[int, int, str]
"""(start, end, what stands there now). Several of one text ascend and do not overlap."""


def applied(text: str, edits: Iterable[Edit]) -> str:
    parts: list[str] = []
    last = 0
    for start, end, new in edits:
        parts += (text[last:start], new)
        last = end
    parts.append(text[last:])
    return "".join(parts)


def moved(place: int, edits: Iterable[Edit]) -> int:
    """Where the character at `place` stands after the edits; within a changed stretch as far from its start, or at its
    last character."""
    shift = 0
    for start, end, new in edits:
        if place < start:
            break
        if place < end:
            return start + shift + min(place - start, max(0, len(new) - 1))
        shift += len(new) - (end - start)
    return place + shift


def inverse(edits: Sequence[Edit], text: str) -> list[Edit]:
    """The edits that make `text` again out of what these made of it."""
    back: list[Edit] = []
    shift = 0
    for start, end, new in edits:
        back.append((start + shift, start + shift + len(new), text[start:end]))
        shift += len(new) - (end - start)
    return back


def edited(output: Output, edits: Sequence[Edit]) -> Output:
    """The translation with these changes of its text."""
    if not edits:
        return output
    alignment: Alignment | None = output.alignment
    if alignment is not None:
        alignment = tuple((source, moved(target, edits)) for source, target in alignment)
    return replace(output, text=applied(output.text, edits), alignment=alignment)
