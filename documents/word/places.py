"""Where the marks of a stretch (note references, bookmarks, comment ranges) stand in its translation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from documents.model import Piece
from documents.word.atoms import Mark
from documents.word.stretches import Stretch

# The begin, code, separator and end of a field that is not put around its text as a whole keep their order: a field that ends
# before it begins takes the rest of the text for its code.
_OF_FIELDS = frozenset({"fldChar", "instrText", "field:fieldmark", "field:fieldmark-separator"})
_WORD_EDGE = re.compile(r"(?<=\s)(?=\S)|(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])|$")


def mark_places(stretch: Stretch, pieces: Sequence[Piece]) -> list[tuple[int, Mark]]:
    """(offset in the joined pieces, mark) for the marks inside the unit's text, in the order to put them in."""
    starts: list[int] = []
    total = 0
    for piece in pieces:
        starts.append(total)
        total += len(piece.text)
    target = "".join(piece.text for piece in pieces)
    placed: list[tuple[int, int, Mark]] = []
    opened: dict[tuple[str, str], int] = {}
    fields_at = 0
    for order, (mark, offset) in enumerate(stretch.marks):
        if not stretch.lead < offset < stretch.trail:
            continue
        # A mark that opens a range belongs to the text after it, all others to the text before.
        place = _place(stretch, pieces, starts, target, offset, mark.opens)
        if mark.pair[0] in _OF_FIELDS:
            place = fields_at = max(place, fields_at)
        elif mark.opens:
            opened[mark.pair] = place
        else:
            # The end of a range never comes before its start; a comment's reference follows its range.
            place = max(place, opened.get(mark.pair, 0))
        placed.append((place, order, mark))
    return [(place, mark) for place, _, mark in sorted(placed, key=lambda one: one[:2])]


def _place(stretch: Stretch, pieces: Sequence[Piece], starts: list[int], target: str, offset: int, opens: bool) -> int:
    before = max(number for number, run in enumerate(stretch.runs) if run.start < offset)
    after = min(number for number, run in enumerate(stretch.runs) if run.end > offset)
    if before == after:
        return _inside(stretch, pieces, starts, target, offset, before)
    if opens:
        for run in range(after, len(stretch.runs)):
            own = [start for piece, start in zip(pieces, starts, strict=True) if piece.run == run]
            if own:
                return own[0]
        return len(target)
    for run in range(before, -1, -1):
        ends = [start + len(piece.text) for piece, start in zip(pieces, starts, strict=True) if piece.run == run]
        if ends:
            at_word = not stretch.text[offset - 1].isspace()
            return _before_space(target, ends[-1]) if at_word else ends[-1]
    return 0


def _inside(stretch: Stretch, pieces: Sequence[Piece], starts: list[int], target: str, offset: int, number: int) -> int:
    """In proportion through the pieces of the run, moved to the edge of a word."""
    run = stretch.runs[number]
    start, end = max(run.start, stretch.lead), min(run.end, stretch.trail)
    own = [(piece, begin) for piece, begin in zip(pieces, starts, strict=True) if piece.run == number]
    wanted = round((offset - start) / (end - start) * sum(len(piece.text) for piece, _ in own))
    for piece, begin in own:
        if wanted <= len(piece.text):
            edges = [match.start() for match in _WORD_EDGE.finditer(piece.text)]
            return begin + min(edges, key=lambda edge: (abs(edge - wanted), edge))
        wanted -= len(piece.text)
    return len(target) if not own else own[-1][1] + len(own[-1][0].text)


def _before_space(target: str, offset: int) -> int:
    """A note reference stands at its word, not after the space that follows the word."""
    return len(target[:offset].rstrip()) if target[:offset].rstrip() else offset
