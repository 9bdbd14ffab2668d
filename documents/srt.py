"""SubRip subtitles (.srt): numbers, times, tags and positions stay; a cue is one unit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from documents.codes import Code, Kind, Text
from documents.errors import FileDamaged
from documents.limits import Limits
from documents.model import Options
from documents.subtitles import cue_slots, cut
from documents.text_file import LINE_START, Slot, TextFormat
from documents.web.tokens import LINE_BREAK

TIMING = re.compile(
    rf"{LINE_START}[ \t]*(?:\d{{1,4}}:)?\d{{1,2}}:\d{{1,2}}[,.:]\d{{1,3}}[ \t]*-->[^\r\n]*(?:\r\n|\r|\n|\Z)"
)
_NUMBER = re.compile(r"[ \t]*\d+[ \t]*\Z")
_LINE = re.compile(r"[^\r\n]+")
_CODE = re.compile(r"<(/?)([A-Za-z]{1,10})\b[^<>\r\n]{0,200}>|\{\\[^{}\r\n]{0,200}\}")


class Srt(TextFormat):
    """The format `.srt`."""

    name = "srt"
    suffixes = (".srt",)
    media_type = "application/x-subrip"

    def inspect(self, text: str, limits: Limits) -> None:
        """Raises `FileDamaged` for a text without a timed cue."""
        if not TIMING.search(text):
            raise FileDamaged(
                "No line says when a subtitle is shown (00:00:01,000 --> 00:00:02,000). Save it as SubRip."
            )

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        """One slot a cue."""
        line_end = line_end_of(text)
        for number, (start, end) in enumerate(cues(text), 1):
            for lines in paragraphs(text, start, end):
                yield from cue_slots(
                    text, lines, lambda a, b: cut(text, a, b, _CODE, _token), str, line_end, f"cue:{number}"
                )


def cues(text: str) -> Iterator[tuple[int, int]]:
    """Where the text of each cue begins and ends; the number line of the next one is not part of it."""
    timings = list(TIMING.finditer(text))
    for number, match in enumerate(timings):
        end = len(text)
        if number + 1 < len(timings):
            end = timings[number + 1].start()
            line = max(text.rfind("\n", match.end(), end - 1), text.rfind("\r", match.end(), end - 1)) + 1
            line = max(line, match.end())
            if _NUMBER.match(text[line:end].rstrip("\r\n")):
                end = line
        yield match.end(), end


def paragraphs(text: str, start: int, end: int) -> Iterator[list[tuple[int, int]]]:
    """The lines between blank lines."""
    lines: list[tuple[int, int]] = []
    for match in _LINE.finditer(text, start, end):
        if lines and text[lines[-1][1] : match.start()] not in ("\r\n", "\r", "\n"):
            yield lines
            lines = []
        if match.group().isspace():
            if lines:
                yield lines
            lines = []
        else:
            lines.append(match.span())
    if lines:
        yield lines


def line_end_of(text: str) -> str:
    """The line end that the file uses first."""
    found = re.search("\r\n|\r|\n", text)
    return found.group() if found else "\n"


def _token(match: re.Match[str]) -> Text | Code:
    if LINE_BREAK.fullmatch(match.group()):
        return Text(match.start(), match.end(), " ")
    name = (match.group(2) or "").lower()
    kind = Kind.ALONE if not name else Kind.CLOSE if match.group(1) else Kind.OPEN
    return Code(match.start(), match.end(), kind, name)
