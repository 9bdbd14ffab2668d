"""The typefaces that translations are set in: open fonts that come as Python packages, embedded as far as they are used.

Noto Sans for Latin and Cyrillic letters (with ө and ү), Noto Sans CJK for Chinese, both under the SIL Open Font License.
HarfBuzz measures and subsets them without reading them whole.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pikepdf

from documents.characters import has_han
from documents.errors import DocumentError
from documents.pdf_pages.embedding import Embedded
from documents.pdf_pages.faces import BOLD, REGULAR, SIMPLIFIED, TRADITIONAL, Face

_LATIN_PACKAGE, _CHINESE_PACKAGE = "manimgx_fonts", "manimgx_fonts_cjk"
_UPRIGHT, _ITALIC = "NotoSans[wght].ttf", "NotoSans-Italic[wght].ttf"
_CHINESE = "NotoSansCJK-VF.otf.ttc"
_SIGNS = ("NotoSansSymbols[wght].ttf", "NotoEmoji[wght].ttf")


class FontsMissing(DocumentError):
    """No font on this server holds the letters that translations of PDFs are set in."""

    code = "fonts_missing"
    status = 503


@functools.cache
def _path(package: str, name: str) -> Path:
    found = find_spec(package)
    folder = next(iter(found.submodule_search_locations or ()), None) if found else None
    path = Path(folder) / name if folder else None
    if path is None or not path.is_file():
        distribution = package.replace("_", "-")
        raise FontsMissing(
            f"This server has no fonts to write PDFs with. Its operator installs them with: pip install {distribution}",
            package=distribution,
        )
    return path


def require_fonts() -> None:
    """Raises `FontsMissing` unless the fonts of all target languages are there."""
    for package, name in ((_LATIN_PACKAGE, _UPRIGHT), (_LATIN_PACKAGE, _ITALIC), (_CHINESE_PACKAGE, _CHINESE)):
        _path(package, name)


@functools.cache
def _at(path: Path, index: int, weight: int, slanted: bool = False) -> Face:
    return Face(path, index, weight, slanted)


@dataclass(frozen=True)
class Sign:
    """A character as it is drawn: `code` in `face`, `width` in em."""

    face: Face
    code: int
    width: float


class Typefaces:
    """Chooses the faces of one document, and embeds what was drawn of them."""

    def __init__(self, pdf: pikepdf.Pdf, language: str) -> None:
        self._pdf = pdf
        self._chinese = language.startswith("cmn")
        self._region = TRADITIONAL if language == "cmn_Hant" else SIMPLIFIED
        self._signs: dict[tuple[str, bool, bool], Sign] = {}
        self._fonts: dict[Face, Embedded] = {}

    def sign(self, character: str, bold: bool, italic: bool) -> Sign:
        key = (character, bold, italic)
        found = self._signs.get(key)
        if found is None:
            found = self._signs[key] = self._find(*key)
        return found

    def _find(self, character: str, bold: bool, italic: bool) -> Sign:
        faces = list(self._faces(character, bold, italic))
        for face in faces:
            glyph = face.glyph(character)
            if glyph:
                return Sign(face, glyph, face.width(glyph))
        # The box that stands for a missing letter, under a code of its own, so that the letter is still found and copied.
        latin = _at(_path(_LATIN_PACKAGE, _UPRIGHT), 0, REGULAR)
        return Sign(latin, self._embedded(latin).missing(character), latin.width(0))

    def _faces(self, character: str, bold: bool, italic: bool) -> Iterable[Face]:
        weight = BOLD if bold else REGULAR
        latin = _at(_path(_LATIN_PACKAGE, _ITALIC if italic else _UPRIGHT), 0, weight, italic)
        chinese = _at(_path(_CHINESE_PACKAGE, _CHINESE), self._region, weight)
        # Noto Sans CJK draws Cyrillic as wide as Han; quotes and dashes of Chinese are its own.
        own = has_han(character) or (self._chinese and not character.isalnum() and not character.isascii())
        yield from (chinese, latin) if own else (latin, chinese)
        for name in _SIGNS:
            yield _at(_path(_LATIN_PACKAGE, name), 0, REGULAR)

    def _embedded(self, face: Face) -> Embedded:
        found = self._fonts.get(face)
        if found is None:
            found = self._fonts[face] = Embedded(
                face, f"Khelmerch{len(self._fonts)}", self._pdf.make_indirect(pikepdf.Dictionary())
            )
        return found

    def use(self, sign: Sign, character: str) -> str:
        """Notes that a sign is drawn. -> the resource name of its font."""
        font = self._embedded(sign.face)
        font.used.setdefault(sign.code, character)
        return font.resource

    def resources(self) -> dict[str, Any]:
        """The font objects by resource name, filled in by `embed`."""
        return {font.resource: font.dictionary for font in self._fonts.values()}

    def embed(self) -> None:
        """Writes the subsets. Call it when everything is drawn."""
        for font in self._fonts.values():
            font.write(self._pdf)
