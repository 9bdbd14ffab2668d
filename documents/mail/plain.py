"""The plain text of a message: lines, or with format=flowed (RFC 3676) paragraphs, below the signs that quote them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from documents.codes import Raw
from documents.errors import FileEncrypted
from documents.model import Options, Output, Piece
from documents.text_file import Slot, TextFormat, joined, lines_of

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_QUOTE = re.compile(r"(?:>[ ]?)*")
_FLOWED_QUOTE = re.compile(r">*")
_ARMOUR = re.compile(r"-----(BEGIN|END) PGP ([A-Z ]+)-----\s*")
# A line of flowed text has at most 78 columns; RFC 3676, 4.2, asks for less, to leave room for quoting.
_FLOWED_COLUMNS = 72
_STUFFED = (" ", ">", "From ")


@dataclass(frozen=True)
class _Line:
    start: int
    end: int  # without the line end
    quote: str
    body: str
    goes_on: bool


class Plain(TextFormat):
    """A part that is text/plain. flowed: its paragraphs are broken into lines; spaced: by more spaces than they have
    (DelSp)."""

    name = "mail text"
    suffixes = ()
    media_type = "text/plain"

    def __init__(self, flowed: bool = False, spaced: bool = False) -> None:
        self._flowed = flowed
        self._spaced = spaced

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        """One slot a line or paragraph. Signatures of PGP are left. Raises `FileEncrypted`."""
        group: list[_Line] = []
        for number, line in self._lines(text):
            group.append(line)
            if not line.goes_on:
                slot = self._slot(text, group, number - len(group) + 1)
                if slot is not None:
                    yield slot
                group = []

    def _lines(self, text: str) -> Iterator[tuple[int, _Line]]:
        """(number from 1, line); a line goes on only where the next one has the same quote."""
        waiting: tuple[int, _Line] | None = None
        in_signature = in_head = False
        for number, match in enumerate(_LINE.finditer(text), 1):
            line = self._line(match)
            armour = _ARMOUR.fullmatch(line.body)
            if armour and armour.group(2) == "MESSAGE":
                raise FileEncrypted("The message is encrypted (PGP). Open it in its mail program and save its text.")
            kept = in_signature or in_head or armour is not None
            in_head = in_head and bool(line.body)
            if armour:
                # The text that was signed comes after an empty line.
                in_head = armour.group(2) == "SIGNED MESSAGE"
                in_signature = armour.group(1) == "BEGIN" and not in_head
            if waiting is not None:
                number_before, before = waiting
                ends = kept or before.quote != line.quote or not line.body or line.body == "-- "
                yield number_before, _ended(before) if ends else before
                waiting = None
            if not kept:
                waiting = (number, line)
        if waiting is not None:
            yield waiting[0], _ended(waiting[1])

    def _line(self, match: re.Match[str]) -> _Line:
        content = match.group().rstrip("\r\n")
        quote = (_FLOWED_QUOTE if self._flowed else _QUOTE).match(content)
        assert quote is not None
        body = content[quote.end() :]
        if self._flowed:
            body = body.removeprefix(" ")
        goes_on = self._flowed and body.endswith(" ") and body != "-- "
        return _Line(match.start(), match.start() + len(content), quote.group(), body, goes_on)

    def _slot(self, text: str, group: Sequence[_Line], number: int) -> Slot | None:
        cut = 1 if self._spaced else 0
        paragraph = "".join(line.body[: len(line.body) - cut if line.goes_on else None] for line in group)
        lines = lines_of(paragraph, f"line:{number}")
        if not lines.units:
            return None
        start, end = group[0].start, group[-1].end
        quote = group[0].quote

        def rendered(pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output) -> tuple[int, int, str]:
            new = lines.filled([joined(one) for one in pieces])
            following = _LINE.match(text, end)
            line_end = (following.group() if following else "") or ("\r\n" if "\r\n" in text else "\n")
            new = line_end.join(quote + line for line in (self._broken(new, quote) if self._flowed else [new]))
            return (end, end, line_end + new) if output is Output.BILINGUAL else (start, end, new)

        return Slot(lines.units, rendered)

    def _broken(self, text: str, quote: str) -> Iterator[str]:
        """The lines of a paragraph, each but the last with the space at its end that says that it goes on."""
        room = max(_FLOWED_COLUMNS - len(quote), 20)
        line = ""
        for word in re.findall(r"[^ ]+ *|^ +", text.rstrip(" ")):
            if line.strip() and len(line) + len(word.rstrip(" ")) > room:
                yield self._stuffed(line + (" " if self._spaced else ""), quote)
                line = ""
            line += word
        yield self._stuffed(line, quote)

    def _stuffed(self, line: str, quote: str) -> str:
        return f" {line}" if quote or line.startswith(_STUFFED) else line


def _ended(line: _Line) -> _Line:
    return _Line(line.start, line.end, line.quote, line.body, goes_on=False)
