"""What the subtitle formats share: the lines of a cue are one unit, and its translation is wrapped to readable lines."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence

from documents.characters import has_han
from documents.codes import Code, Raw, Text
from documents.inline import Flow, flow
from documents.model import Output, Piece
from documents.text_file import Slot, cleaned

# The BBC's and Netflix's guides allow 37 to 42 Latin or Cyrillic characters a line and 16 to 20 Chinese ones.
LINE_CHARS = 42
_HAN_WIDTH = LINE_CHARS / 18
_DASH = re.compile(r"(?:<[^<>]*>|\{[^{}]*\})*\s*[-–—‐]\s*\S")
_NOT_FIRST = frozenset("，。、；：！？）》」』】”’…,.;:!?)]}»%")
_NOT_LAST = frozenset("（《「『【“‘([{«")
_PAUSE = frozenset("，。、；：！？…,.;:!?")

Tokens = Callable[[int, int], list[Text | Code]]


def cut(
    text: str, start: int, end: int, pattern: re.Pattern[str], token: Callable[[re.Match[str]], Text | Code]
) -> list[Text | Code]:
    """The characters `start` to `end`: what `pattern` finds as `token` says, everything between as it stands there."""
    tokens: list[Text | Code] = []
    for match in pattern.finditer(text, start, end):
        if match.start() > start:
            tokens.append(Text(start, match.start(), text[start : match.start()]))
        tokens.append(token(match))
        start = match.end()
    if start < end:
        tokens.append(Text(start, end, text[start:end]))
    return tokens


def cue_slots(
    text: str, lines: Sequence[tuple[int, int]], tokens: Tokens, escape: Callable[[str], str], line_end: str, place: str
) -> Iterator[Slot]:
    """The slots of the cue whose lines are these characters of `text`: one, or one a speaker where two lines have a dash."""
    dashes = [number for number, (start, end) in enumerate(lines) if _DASH.match(text, start, end)]
    first = sorted({0, *dashes}) if len(dashes) > 1 else [0]
    for here, following in zip(first, [*first[1:], len(lines)], strict=True):
        found = flow(tokens(lines[here][0], lines[following - 1][1]), place)
        if found is not None:
            yield _slot(found, escape, line_end, 1 if len(first) > 1 and following - here == 1 else None)


def _slot(found: Flow, escape: Callable[[str], str], line_end: str, most_lines: int | None) -> Slot:
    def rendered(pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output) -> tuple[int, int, str]:
        parts = cleaned(pieces[0]) if most_lines == 1 else wrapped(cleaned(pieces[0]))
        new = found.render(parts, raw, lambda part: line_end.join(map(escape, part.split("\n"))))
        if output is Output.BILINGUAL:
            return found.end, found.end, line_end + new.lstrip()
        return found.start, found.end, new

    return Slot((found.unit,), rendered)


def wrapped(pieces: Sequence[Piece]) -> list[Piece]:
    """`pieces` with line feeds where lines break: lines of about equal length, of at most `LINE_CHARS` where words allow it."""
    text = "".join(piece.text for piece in pieces)
    breaks = set(_breaks(text))
    result: list[Piece] = []
    at = 0
    for piece in pieces:
        parts: list[str] = []
        for offset, character in enumerate(piece.text, at):
            if offset in breaks:
                parts.append("\n")
                if character == " ":
                    continue
            parts.append(character)
        result.append(Piece("".join(parts), piece.run))
        at += len(piece.text)
    return result


def _breaks(text: str) -> list[int]:
    """Offsets before which a line begins; the space there goes."""
    ends: list[float] = [0.0]
    for character in text:
        ends.append(ends[-1] + (_HAN_WIDTH if has_han(character) else 1))
    total = ends[-1]
    places = [offset for offset in range(1, len(text)) if _may_break(text, offset)]
    breaks: list[int] = []
    begin, at = 0.0, 0
    while total - begin > LINE_CHARS:
        left = total - begin
        wanted = begin + left / math.ceil(left / LINE_CHARS)
        best: tuple[float, int] | None = None
        while at < len(places):
            end = ends[places[at]]
            if end - begin > LINE_CHARS and best is not None:
                break
            # A line may be a fifth longer or shorter to end at a pause.
            cost = abs(end - wanted) - (LINE_CHARS / 5 if text[places[at] - 1] in _PAUSE else 0)
            if best is None or cost <= best[0]:
                best = (cost, at)
            at += 1
            if end - begin > LINE_CHARS:
                break
        if best is None:
            break
        at = best[1] + 1
        breaks.append(places[best[1]])
        begin = ends[places[best[1]]]
    return breaks


def _may_break(text: str, offset: int) -> bool:
    before, here = text[offset - 1], text[offset]
    if here == " ":
        return True
    if before == " " or here in _NOT_FIRST or before in _NOT_LAST:
        return False
    return has_han(before) or has_han(here)
