"""A paragraph as a unit of translation: its text in one line, and which glyphs each run of it is drawn with."""

from __future__ import annotations

from dataclasses import dataclass

from documents.characters import has_han, has_letter
from documents.model import Span
from documents.pdf_pages.lines import Line
from documents.pdf_pages.marks import Glyph
from documents.pdf_pages.paragraphs import HYPHENS, Paragraph

_RAISED_EM = 0.12


@dataclass(frozen=True, slots=True)
class Style:
    """What a run looks like beside its paragraph. `ratio`: of its size; `raised`: in em of the paragraph."""

    bold: bool
    italic: bool
    ratio: float
    raised: float
    colour: tuple[bytes, ...]
    link: int


@dataclass(frozen=True, slots=True)
class Run:
    """The characters `span`, in `style`; `anchor` is its first glyph: what replaces the run is drawn at its place."""

    span: Span
    style: Style
    anchor: Glyph


@dataclass(frozen=True, slots=True)
class Stretch:
    """`runs` tile `text`; there is at least one."""

    paragraph: Paragraph
    text: str
    runs: tuple[Run, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """As a unit has them."""
        return tuple(run.span for run in self.runs) if len(self.runs) > 1 else ()

    def glyphs(self) -> list[Glyph]:
        """All that show the text, with the spaces between."""
        return [glyph for line in self.paragraph.lines for glyph in line.glyphs]


def stretch_of(paragraph: Paragraph) -> Stretch | None:
    """None for a paragraph without a letter."""
    characters: list[tuple[str, Glyph | None, Line]] = []
    for line in paragraph.lines:
        if characters:
            _join(characters, line)
        for character, place in zip(line.text, line.places, strict=True):
            glyph = line.glyphs[place] if place >= 0 else None
            if character.isspace():
                character = " "
            if character == "\u00ad" or (character == " " and (not characters or characters[-1][0] == " ")):
                continue
            characters.append((character, glyph, line))
    while characters and characters[-1][0] == " ":
        characters.pop()
    text = "".join(character for character, _, _ in characters)
    if not has_letter(text):
        return None
    return Stretch(paragraph, text, _runs(characters, paragraph.size))


def _join(characters: list[tuple[str, Glyph | None, Line]], line: Line) -> None:
    """Ends the line before: a word that was parted is joined, Han goes on without a space."""
    while characters and characters[-1][0] == " ":
        characters.pop()
    last, first = (characters[-1][0] if characters else ""), line.text[:1]
    if last and last in HYPHENS and len(characters) > 1 and characters[-2][0].isalpha() and first.islower():
        characters.pop()
    elif last and not (has_han(last) and has_han(first)) and last not in HYPHENS:
        characters.append((" ", None, line))


def _runs(characters: list[tuple[str, Glyph | None, Line]], size: float) -> tuple[Run, ...]:
    parts: list[tuple[int, int, Style, Glyph]] = []
    for number, (character, glyph, line) in enumerate(characters):
        if glyph is None or (character == " " and parts):
            if parts:
                start, _, style, anchor = parts[-1]
                parts[-1] = (start, number + 1, style, anchor)
            continue
        style = _style(glyph, line, size)
        if parts and parts[-1][2] == style:
            start, _, _, anchor = parts[-1]
            parts[-1] = (start, number + 1, style, anchor)
        else:
            parts.append((number, number + 1, style, glyph))
    return tuple(Run(Span(start, end), style, anchor) for start, end, style, anchor in parts)


def _style(glyph: Glyph, line: Line, size: float) -> Style:
    raised = (glyph.v - line.v) / size
    return Style(
        glyph.bold,
        glyph.italic,
        round(glyph.size / size * 20) / 20,
        round(raised, 1) if abs(raised) > _RAISED_EM else 0.0,
        glyph.colour,
        glyph.link,
    )
