"""PDF documents with text: paragraphs are translated in their places, on pages of the same size.

Translated: text of pages and of the forms (XObjects) on them, titles of bookmarks. Untouched: pictures, drawings, fields,
comments, and text that cannot be read, because its font does not say which letters it draws. A page in which nothing
changed is copied byte for byte.

The libraries are loaded when the first PDF comes: the server and most of its document workers never need them.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from common.menksoft import menksoft_letters
from documents.errors import DocumentError, FileNoText, UnsupportedType
from documents.limits import Limits
from documents.model import DEFAULT_OPTIONS, Options, Unit
from documents.sniff import require_pdf
from documents.text_file import BCP47
from documents.writing import Translated, Wanted, Writer, following

if TYPE_CHECKING:
    import pikepdf

    from documents.pdf_pages.geometry import Box, Frame
    from documents.pdf_pages.marks import Glyph
    from documents.pdf_pages.surfaces import Surface

_SAMPLE_PAGES = 24
"""So many pages, spread over the document, are read at upload."""

_UNREADABLE_SHARE = 0.1
_SCANNED_SHARE = 0.8
_PICTURE_SHARE = 0.6  # of a page that a scan covers
_FEW_GLYPHS = 10  # a page number or a stamp on a scan
_EDGE_SHARE = 0.08  # of a page: where programs that scan put their names, and archives their stamps
_PICTURE_OF_TEXT_SHARE = 0.1  # of a page: a picture that is larger may hold the text of a document that has no other
_SCANNED = (
    "The PDF is scanned: its pages are pictures, and pictures are not read here. "
    "Recognise its text (OCR) into a Word document first and upload that."
)


class FileScanned(DocumentError):
    """The pages are pictures of text."""

    code = "file_scanned"


class FileUnreadable(DocumentError):
    """The fonts of the document do not say which letters they draw."""

    code = "file_text_unreadable"


class Pdf(Writer):
    """The format `.pdf`."""

    name = "pdf"
    suffixes = (".pdf",)
    media_type = "application/pdf"

    def recognise(self, path: Path, suffix: str) -> None:
        require_pdf(path, suffix)

    def check(self, path: Path, limits: Limits) -> None:
        """A sample of the pages is read. The other bounds are those of `documents.pdf_pages.opening`."""
        from documents.pdf_pages.opening import opened
        from documents.pdf_pages.surfaces import Surfaces
        from documents.pdf_pages.typefaces import require_fonts

        require_fonts()
        with opened(path) as pdf:
            if pdf.Root.get("/NeedsRendering", False):
                raise UnsupportedType(
                    "The PDF is a form (XFA) that only Adobe's programs can draw: all that it shows to others is to wait. "
                    "Print it to a new PDF there and upload that."
                )
            pages = len(pdf.pages)
            step = max(1, pages // _SAMPLE_PAGES)
            sample = list(range(1, pages + 1, step))
            others = [number for number in range(1, pages + 1) if (number - 1) % step]
            surfaces = Surfaces(pdf)
            found = [_Found(list(surfaces.of_page(number))) for number in sample]
            _judge(found)
            if not any(page.readable for page in found):
                for number in others:
                    if _Found(list(surfaces.of_page(number))).readable:
                        return
                if any(page.may_be_picture_of_text for page in found):
                    raise FileScanned(_SCANNED)
                raise FileNoText("The PDF holds no text to translate. Leave it out.")

    def read(self, path: Path, options: Options = DEFAULT_OPTIONS) -> Iterator[Unit]:
        from documents.pdf_pages.editing import Sheet
        from documents.pdf_pages.opening import opened
        from documents.pdf_pages.outlines import bookmarks

        with opened(path) as pdf:
            for number, surface in _surfaces(pdf):
                for stretch_number, (_, stretch) in enumerate(Sheet(surface).stretches, 1):
                    yield Unit(stretch.text, stretch.spans, f"page{surface.page_number}:{number}.{stretch_number}")
            for number, (_, title) in enumerate(bookmarks(pdf), 1):
                yield Unit(title, place=f"bookmark:{number}")

    def put(self, source: Path, out: Path, translated: Translated, wanted: Wanted) -> None:
        """A bilingual document has each page as it was, and its translation facing it."""
        import pikepdf

        from documents.pdf_pages.editing import Sheet
        from documents.pdf_pages.facing import Facing
        from documents.pdf_pages.opening import opened
        from documents.pdf_pages.outlines import bookmarks
        from documents.pdf_pages.typefaces import Typefaces

        with opened(source) as pdf:
            facing = Facing(pdf) if wanted.bilingual else None
            typefaces = Typefaces(pdf, wanted.target_language)
            for _, surface in _surfaces(pdf):
                sheet = Sheet(surface)
                for frame, stretch in sheet.stretches:
                    pieces = following(f"page {surface.page_number}", translated)
                    if "".join(piece.text for piece in pieces) != stretch.text:
                        sheet.replace(frame, stretch, pieces, typefaces)
                if facing and sheet.changed and surface.is_form:
                    facing.keep(surface.owner)
                sheet.finish(pdf, typefaces)
            for item, title in bookmarks(pdf):
                text = "".join(piece.text for piece in following("a bookmark", translated))
                if text != title:
                    item.Title = pikepdf.String(f"{title} / {text}" if facing else text)
            typefaces.embed()
            if facing:
                facing.insert()
            language = BCP47.get(wanted.target_language)
            if not facing and language is not None:
                pdf.Root.Lang = pikepdf.String(language)
            with warnings.catch_warnings():
                # Fields that belong to no form: the source has them too.
                warnings.simplefilter("ignore", pikepdf.PageCopyWarning)
                pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def _surfaces(pdf: pikepdf.Pdf) -> Iterator[tuple[int, Surface]]:
    """All surfaces in order, numbered from 1 on each page."""
    from documents.pdf_pages.surfaces import Surfaces

    surfaces = Surfaces(pdf)
    for page in range(1, len(pdf.pages) + 1):
        yield from enumerate(surfaces.of_page(page), 1)


class _Found:
    """What a page and the forms on it show."""

    def __init__(self, surfaces: list[Surface]) -> None:
        drawn = [surface.drawn for surface in surfaces]
        texts = ["".join(glyph.text for glyph in line) for one in drawn for line in one.glyphs.values()]
        self.readable = sum(sum(map(str.isalpha, text)) + menksoft_letters(text) for text in texts)
        self.unreadable = sum(one.unreadable for one in drawn)
        page = surfaces[0].box
        area = (page.x1 - page.x0) * (page.y1 - page.y0)
        covered = sum((box.x1 - box.x0) * (box.y1 - box.y0) for box in drawn[0].pictures)
        # How large a picture in a form is on the page is not known.
        self.may_be_picture_of_text = covered > _PICTURE_OF_TEXT_SHARE * area or any(one.pictures for one in drawn[1:])
        self.is_picture = covered > _PICTURE_SHARE * area or any(one.hidden for one in drawn)
        shown = [(frame, glyph) for frame, line in drawn[0].glyphs.items() for glyph in line]
        edge = [glyph.text for frame, glyph in shown if _is_at_edge(frame, glyph, page)]
        self.stamp = "".join(filter(str.isalpha, edge))
        self.few = sum(len(line) for one in drawn for line in one.glyphs.values()) - len(edge) < _FEW_GLYPHS


def _is_at_edge(frame: Frame, glyph: Glyph, page: Box) -> bool:
    from documents.pdf_pages.geometry import apply

    x, y = apply(frame.matrix, glyph.u0, glyph.v)
    width, height = _EDGE_SHARE * (page.x1 - page.x0), _EDGE_SHARE * (page.y1 - page.y0)
    return not (page.x0 + width < x < page.x1 - width and page.y0 + height < y < page.y1 - height)


def _judge(pages: Sequence[_Found]) -> None:
    """Raises `FileScanned` or `FileUnreadable` for a document whose text is not there, or not known. A stamp of the same words
    at the edge of several pages, or of the only one, is no text of theirs."""
    pictures = [page for page in pages if page.is_picture and page.few]
    stamps = Counter(page.stamp for page in pictures)
    scanned = sum(len(page.stamp) < _FEW_GLYPHS or stamps[page.stamp] > 1 or len(pages) == 1 for page in pictures)
    if scanned >= _SCANNED_SHARE * len(pages):
        raise FileScanned(_SCANNED)
    readable = sum(page.readable for page in pages)
    unreadable = sum(page.unreadable for page in pages)
    if unreadable > _UNREADABLE_SHARE * (readable + unreadable):
        raise FileUnreadable(
            "The text of the PDF cannot be read: its fonts do not say which letters they draw. "
            "Export it again from the program that it was made with, or upload the original document."
        )
