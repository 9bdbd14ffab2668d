"""Web subtitles (.vtt): times, cue settings, identifiers, notes, styles and tags stay; a cue is one unit."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from documents.codes import Code, Kind, Text
from documents.errors import FileDamaged
from documents.limits import Limits
from documents.model import Options
from documents.srt import line_end_of
from documents.subtitles import cue_slots, cut
from documents.text_file import LINE_START, Slot, TextFormat
from documents.web.tokens import LINE_BREAK

# Files that were .srt once have commas and short numbers, which many players take.
_TIME = r"(?:\d{1,4}:)?\d{1,2}:\d{2}(?:[.,:]\d{1,3})?"
_TIMING = re.compile(rf"{LINE_START}[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}[^\r\n]*(?:\r\n|\r|\n|\Z)")
_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_TOKEN = re.compile(r"<(/?)([A-Za-z]{0,8})[^<>]{0,300}>|&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,6}|#[xX][0-9A-Fa-f]{1,6});")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Vtt(TextFormat):
    """The format `.vtt`."""

    name = "vtt"
    suffixes = (".vtt",)
    media_type = "text/vtt"

    def inspect(self, text: str, limits: Limits) -> None:
        """Raises `FileDamaged` for a text that does not begin as WebVTT."""
        if not re.match(r"WEBVTT(?:[ \t\r\n]|\Z)", text):
            raise FileDamaged(
                "The file does not begin with WEBVTT, as web subtitles do. Save it as WebVTT, or as .srt."
            )

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        """One slot a cue."""
        line_end = line_end_of(text)
        for number, match in enumerate(_TIMING.finditer(text), 1):
            lines = _lines(text, match.end())
            if lines:
                place = f"cue:{number}"
                yield from cue_slots(
                    text, lines, lambda a, b: cut(text, a, b, _TOKEN, _token), _escape, line_end, place
                )


def _lines(text: str, at: int) -> list[tuple[int, int]]:
    """The lines from `at` up to a blank line."""
    lines: list[tuple[int, int]] = []
    while at < len(text):
        match = _LINE.match(text, at)
        if match is None or not match.group(1) or "-->" in match.group(1):
            break
        lines.append(match.span(1))
        at = match.end()
    return lines


def _escape(text: str) -> str:
    return text.translate(_ESCAPES)


def _token(match: re.Match[str]) -> Text | Code:
    if match.group().startswith("&"):
        return Text(match.start(), match.end(), html.unescape(match.group()))
    if LINE_BREAK.fullmatch(match.group()):
        return Text(match.start(), match.end(), " ")
    # Without a name it is a time stamp of karaoke.
    kind = Kind.ALONE if not match.group(2) else Kind.CLOSE if match.group(1) else Kind.OPEN
    return Code(match.start(), match.end(), kind, match.group(2))
