"""The content streams of a PDF that show text: those of its pages, and of the forms (XObjects) that pages draw."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

from documents.errors import DocumentError
from documents.pdf_pages.fonts import Font
from documents.pdf_pages.geometry import Box
from documents.pdf_pages.interpreter import Interpreter
from documents.pdf_pages.legacy import reveal
from documents.pdf_pages.marks import Drawn
from documents.pdf_pages.opening import contents, unpacked

_MAX_FORM_DEPTH = 12


@dataclass
class Surface:
    """A content stream: that of `page`, or of the form `owner` when that is a stream. `box`: what of it can be seen.

    `page_number` counts from 1; a form is met on the first page that draws it.
    """

    owner: Any
    page: Any
    page_number: int
    data: bytes
    resources: Any
    box: Box
    drawn: Drawn

    @property
    def is_form(self) -> bool:
        return isinstance(self.owner, pikepdf.Stream)


class Surfaces:
    """Walks a PDF once; a form that several pages draw is met once."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._fonts: dict[tuple[int, int], Font | None] = {}
        self._forms: set[tuple[int, int]] = set()

    def of_page(self, number: int) -> Iterator[Surface]:
        """The page itself, then the forms on it that were not met before. `number` counts from 1."""
        page = self._pdf.pages[number - 1].obj
        resources = inherited(page, "/Resources")
        surface = self._surface(page, page, number, contents(page), resources, page_box(page))
        yield surface
        yield from self._forms_of(surface, _MAX_FORM_DEPTH)

    def _forms_of(self, surface: Surface, depth: int) -> Iterator[Surface]:
        for name in dict.fromkeys(surface.drawn.forms):
            form = _entry(surface.resources, "/XObject", name)
            if not isinstance(form, pikepdf.Stream) or form.objgen in self._forms or depth == 0:
                continue
            self._forms.add(form.objgen)
            own = form.get("/Resources")
            resources = own if isinstance(own, pikepdf.Dictionary) else surface.resources
            box = _box(form.get("/BBox")) or surface.box
            found = self._surface(form, surface.page, surface.page_number, unpacked(form), resources, box)
            yield found
            yield from self._forms_of(found, depth - 1)

    def _surface(self, owner: Any, page: Any, number: int, data: bytes, resources: Any, box: Box) -> Surface:
        # By name too: a font that stands in the resources themselves has no number to be known by.
        font = functools.cache(lambda name: self._font(_entry(resources, "/Font", name)))
        interpreter = Interpreter(
            data,
            font=font,
            form=lambda name: _subtype(_entry(resources, "/XObject", name)) == "/Form",
            picture=lambda name: _subtype(_entry(resources, "/XObject", name)) == "/Image",
            properties=lambda name: _holds(_entry(resources, "/Properties", name), "/ActualText"),
            sets_font=lambda name: _holds(_entry(resources, "/ExtGState", name), "/Font"),
        )
        drawn = interpreter.run()
        reveal(drawn.glyphs.values())
        return Surface(owner, page, number, data, resources, box, drawn)

    def _font(self, dictionary: Any) -> Font | None:
        if not isinstance(dictionary, pikepdf.Dictionary):
            return None
        key = dictionary.objgen
        if key != (0, 0) and key in self._fonts:
            return self._fonts[key]
        try:
            font: Font | None = Font(dictionary)
        except (DocumentError, MemoryError):
            raise
        except Exception:  # whatever pdfminer stumbles over in a broken font: its text is left as it is
            font = None
        if key != (0, 0):
            self._fonts[key] = font
        return font


def _entry(resources: Any, kind: str, name: str) -> Any:
    if not isinstance(resources, pikepdf.Dictionary):
        return None
    entries = resources.get(kind)
    if not isinstance(entries, pikepdf.Dictionary) or not name:
        return None
    return entries.get("/" + name)


def _subtype(value: Any) -> str:
    return str(value.get("/Subtype", "")) if isinstance(value, pikepdf.Stream) else ""


def _holds(value: Any, key: str) -> bool:
    return isinstance(value, pikepdf.Dictionary) and key in value


def inherited(page: Any, key: str) -> Any:
    """An entry of a page, or of the nearest node above it that has one."""
    node = page
    for _ in range(64):
        if not isinstance(node, pikepdf.Dictionary):
            break
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return None


def shallow(dictionary: Any) -> pikepdf.Dictionary:
    """A dictionary of its own with the same entries."""
    return pikepdf.Dictionary(dict(dictionary.items()))


def page_box(page: Any) -> Box:
    """What of a page can be seen; A4 where the file does not say."""
    return _box(inherited(page, "/CropBox")) or _box(inherited(page, "/MediaBox")) or Box(0.0, 0.0, 595.0, 842.0)


def _box(value: Any) -> Box | None:
    if not isinstance(value, pikepdf.Array) or len(value) != 4:
        return None
    try:
        x0, y0, x1, y1 = (float(number) for number in value)
    except (TypeError, ValueError):
        return None
    return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
