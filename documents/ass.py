"""Advanced SubStation subtitles (.ass, .ssa): the text of each dialogue line; times, styles and override codes stay."""

from __future__ import annotations

import re
from collections.abc import Iterator

from documents.codes import Code, Kind, Text
from documents.errors import FileDamaged
from documents.limits import Limits
from documents.model import Options
from documents.subtitles import cue_slots, cut
from documents.text_file import LINE_START, Slot, TextFormat

_EVENTS = re.compile(rf"{LINE_START}\[Events\][ \t]*(?=[\r\n]|\Z)", re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]+")
_BREAK = re.compile(r"\\[Nn]")
# What is drawn from {\p1} to {\p0} or the end of the line is one code: its letters are commands.
_TOKEN = re.compile(r"\{[^{}]*\\p[1-9][^{}]*\}[^{]*(?:\{(?![^{}]*\\p0)[^{]*)*|\{[^{}]*\}|\\[Nnh]")
_SWITCH = re.compile(r"\{\\([bius])([01])\}")
_DEFAULT_FIELDS = 10


class Ass(TextFormat):
    """The formats `.ass` and `.ssa`."""

    name = "ass"
    suffixes = (".ass", ".ssa")
    media_type = "text/x-ssa"

    def inspect(self, text: str, limits: Limits) -> None:
        """Raises `FileDamaged` for a text without events."""
        if not _EVENTS.search(text):
            raise FileDamaged("The file has no section [Events], where subtitles stand. Save it again as ASS.")

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        """One slot a dialogue line. Drawings are no text."""
        section = _EVENTS.search(text)
        fields, number = _DEFAULT_FIELDS, 0
        for line in _LINE.finditer(text, section.end() if section else len(text)):
            kind, _, rest = line.group().partition(":")
            kind = kind.strip().lower()
            if kind.startswith("["):
                break
            if kind == "format":
                fields = rest.count(",") + 1
            if kind != "dialogue" or rest.count(",") < fields - 1:
                continue
            number += 1
            body = rest.split(",", fields - 1)[-1]
            yield from cue_slots(
                text,
                _lines(text, line.end() - len(body), line.end()),
                lambda a, b: cut(text, a, b, _TOKEN, _token),
                _escape,
                "\\N",
                f"cue:{number}",
            )


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    lines: list[tuple[int, int]] = []
    for match in _BREAK.finditer(text, start, end):
        lines.append((start, match.start()))
        start = match.end()
    return [*lines, (start, end)]


def _escape(text: str) -> str:
    """A brace would begin a code, a backslash with N a line."""
    return text.replace("{", "(").replace("}", ")").replace("\\", "/").replace("\u00a0", "\\h")


def _token(match: re.Match[str]) -> Text | Code:
    if match.group().startswith("\\"):
        return Text(match.start(), match.end(), "\u00a0" if match.group() == "\\h" else " ")
    switch = _SWITCH.fullmatch(match.group())
    kind = Kind.ALONE if switch is None else Kind.OPEN if switch.group(2) == "1" else Kind.CLOSE
    return Code(match.start(), match.end(), kind, switch.group(1) if switch else "")
