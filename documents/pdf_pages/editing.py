"""One surface of a PDF: its text as stretches, and the translations drawn in their places."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import pikepdf

from documents.model import Piece
from documents.pdf_pages.geometry import Box, Frame, transformed
from documents.pdf_pages.legacy import repair
from documents.pdf_pages.lines import Line, lines_of
from documents.pdf_pages.links import Links
from documents.pdf_pages.opening import packed
from documents.pdf_pages.paragraphs import paragraphs_of
from documents.pdf_pages.rewriting import Edits, rewritten
from documents.pdf_pages.room import Surroundings, room_of
from documents.pdf_pages.setting import set_text
from documents.pdf_pages.stretches import Stretch, stretch_of
from documents.pdf_pages.surfaces import Surface, shallow
from documents.pdf_pages.typefaces import Typefaces


class Sheet:
    """The text of a surface. `stretches` in reading order, each with its direction of writing."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._links = Links(surface)
        self._edits = Edits()
        self._around: dict[Frame, Surroundings] = {}
        self._lines: dict[Frame, list[Line]] = {}
        self.stretches: list[tuple[Frame, Stretch]] = []
        repair(surface.drawn.glyphs.values())
        for frame, glyphs in sorted(surface.drawn.glyphs.items(), key=lambda item: -len(item[1])):
            walls = [transformed(frame.back, rule) for rule in surface.drawn.rules]
            lines = self._lines[frame] = lines_of(glyphs, walls)
            for paragraph in paragraphs_of(lines, walls):
                stretch = stretch_of(paragraph)
                if stretch is not None:
                    self.stretches.append((frame, stretch))

    def replace(self, frame: Frame, stretch: Stretch, pieces: Sequence[Piece], typefaces: Typefaces) -> None:
        """Takes the text of `stretch` out and draws `pieces` in its room."""
        self._edits.remove(stretch.glyphs())
        self._links.take(stretch.glyphs())
        room = room_of(stretch.paragraph, self._surroundings(frame))
        for fragment in set_text(stretch, pieces, room, typefaces):
            run = stretch.runs[fragment.run]
            show = self._surface.drawn.shows[run.anchor.show]
            box = self._edits.draw(run.anchor, show, frame, fragment, typefaces)
            if run.style.link >= 0:
                self._links.placed(run.style.link, box)

    def _surroundings(self, frame: Frame) -> Surroundings:
        found = self._around.get(frame)
        if found is None:
            drawn = self._surface.drawn
            texts = [
                line.box() if other == frame else transformed(frame.back, transformed(other.matrix, line.box()))
                for other, lines in self._lines.items()
                for line in lines
            ]
            found = self._around[frame] = Surroundings(
                texts,
                _turned(frame, drawn.pictures),
                _turned(frame, drawn.rules),
                transformed(frame.back, self._surface.box),
            )
        return found

    @property
    def changed(self) -> bool:
        return bool(self._edits.removed)

    def finish(self, pdf: pikepdf.Pdf, typefaces: Typefaces) -> None:
        """Writes the surface into the PDF, if anything in it has changed."""
        if not self.changed:
            return
        surface = self._surface
        data = rewritten(surface.data, surface.drawn, self._edits)
        resources = _fonts(pdf, surface.resources, typefaces.resources())
        if surface.is_form:
            surface.owner.write(zlib.compress(data), filter=pikepdf.Name.FlateDecode)
            surface.owner.Resources = resources
        else:
            surface.owner.Contents = packed(pdf, data)
            surface.owner.Resources = resources
            self._links.move()


def _turned(frame: Frame, boxes: Iterable[Box]) -> list[Box]:
    return [transformed(frame.back, box) for box in boxes]


def _fonts(pdf: pikepdf.Pdf, resources: Any, new: dict[str, Any]) -> pikepdf.Object:
    """`resources` with fonts added: a copy, since pages share them, and the old text of another page may need the old ones."""
    result = shallow(resources) if isinstance(resources, pikepdf.Dictionary) else pikepdf.Dictionary()
    fonts = result.get("/Font")
    merged = shallow(fonts) if isinstance(fonts, pikepdf.Dictionary) else pikepdf.Dictionary()
    for name, font in new.items():
        merged["/" + name] = font
    result.Font = merged
    return result
