"""The typefaces that translations are set in: open fonts that come as Python packages, embedded as far as they are used.

Noto Sans for Latin and Cyrillic letters (with ө and ү), Noto Sans CJK for Chinese, both under the SIL Open Font License.
HarfBuzz measures and subsets them without reading them whole.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pikepdf
import uharfbuzz as harfbuzz

from documents.characters import has_han
from documents.errors import DocumentError
from documents.pdf_pages.opening import packed

_LATIN_PACKAGE, _CHINESE_PACKAGE = "manimgx_fonts", "manimgx_fonts_cjk"
_UPRIGHT, _ITALIC = "NotoSans[wght].ttf", "NotoSans-Italic[wght].ttf"
_CHINESE = "NotoSansCJK-VF.otf.ttc"
_SIGNS = ("NotoSansSymbols[wght].ttf", "NotoEmoji[wght].ttf")
_SIMPLIFIED, _TRADITIONAL = 2, 3  # faces of the collection, in the order JP, KR, SC, TC, HK
_REGULAR, _BOLD = 400, 700
_DROPPED = (
    "GSUB",
    "GPOS",
    "GDEF",
    "BASE",
    "VORG",
    "vhea",
    "vmtx",
    "STAT",
    "DSIG",
    "MVAR",
    "kern",
    "name",
    "post",
    "OS/2",
    "cmap",
    "gasp",
)
_SUBSET = (
    harfbuzz.SubsetFlags.RETAIN_GIDS
    | harfbuzz.SubsetFlags.NOTDEF_OUTLINE
    | harfbuzz.SubsetFlags.NO_HINTING
    | harfbuzz.SubsetFlags.NO_LAYOUT_CLOSURE
    | harfbuzz.SubsetFlags.DESUBROUTINIZE
    | harfbuzz.SubsetFlags.DOWNGRADE_CFF2
    | harfbuzz.SubsetFlags.CFF_IDENTITY_CHARSET
)


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


@dataclass(frozen=True)
class Face:
    """One face of a font file at one weight."""

    path: Path
    index: int
    weight: int
    slanted: bool = False

    @functools.cached_property
    def font(self) -> Any:
        font = harfbuzz.Font(_face(self.path, self.index))
        font.set_variations({"wght": self.weight})
        return font

    @functools.cached_property
    def units(self) -> int:
        return int(_face(self.path, self.index).upem)

    def glyph(self, character: str) -> int:
        """0 for one that the face does not have."""
        return int(self.font.get_nominal_glyph(ord(character)) or 0)

    def width(self, glyph: int) -> float:
        """In em."""
        return int(self.font.get_glyph_h_advance(glyph)) / self.units

    @property
    def name(self) -> str:
        family = "".join(character for character in self.path.name.split("[")[0].split("-VF")[0] if character.isalnum())
        region = {_SIMPLIFIED: "SC", _TRADITIONAL: "TC"}.get(self.index, "") if self.path.suffix == ".ttc" else ""
        return f"{family}{region}-{'Bold' if self.weight == _BOLD else 'Regular'}"


@functools.cache
def _face(path: Path, index: int) -> Any:
    return harfbuzz.Face(harfbuzz.Blob.from_file_path(str(path)), index)


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
        self._region = _TRADITIONAL if language == "cmn_Hant" else _SIMPLIFIED
        self._signs: dict[tuple[str, bool, bool], Sign] = {}
        self._fonts: dict[Face, _Embedded] = {}

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
        latin = _at(_path(_LATIN_PACKAGE, _UPRIGHT), 0, _REGULAR)
        return Sign(latin, self._embedded(latin).missing(character), latin.width(0))

    def _faces(self, character: str, bold: bool, italic: bool) -> Iterable[Face]:
        weight = _BOLD if bold else _REGULAR
        latin = _at(_path(_LATIN_PACKAGE, _ITALIC if italic else _UPRIGHT), 0, weight, italic)
        chinese = _at(_path(_CHINESE_PACKAGE, _CHINESE), self._region, weight)
        # Noto Sans CJK draws Cyrillic as wide as Han; quotes and dashes of Chinese are its own.
        own = has_han(character) or (self._chinese and not character.isalnum() and not character.isascii())
        yield from (chinese, latin) if own else (latin, chinese)
        for name in _SIGNS:
            yield _at(_path(_LATIN_PACKAGE, name), 0, _REGULAR)

    def _embedded(self, face: Face) -> _Embedded:
        found = self._fonts.get(face)
        if found is None:
            found = self._fonts[face] = _Embedded(
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


@dataclass
class _Embedded:
    """What is drawn of one face. `used`: the text of each code."""

    face: Face
    resource: str
    dictionary: Any
    used: dict[int, str] = field(default_factory=dict)
    _missing: dict[str, int] = field(default_factory=dict)

    def missing(self, character: str) -> int:
        """A code behind the last glyph of the face."""
        count = int(_face(self.face.path, self.face.index).glyph_count)
        return self._missing.setdefault(character, count + len(self._missing))

    def write(self, pdf: pikepdf.Pdf) -> None:
        face = self.face
        lost = set(self._missing.values())
        glyphs = [code for code in self.used if code not in lost]
        data, is_cff = _subset(face, glyphs)
        name = f"{_tag(face, glyphs)}+{face.name}"
        extents = face.font.get_font_extents("ltr")
        scale = 1000 / face.units
        descriptor = pikepdf.Dictionary(
            Type=pikepdf.Name.FontDescriptor,
            FontName=pikepdf.Name("/" + name),
            Flags=4 | (64 if face.slanted else 0) | (1 << 18 if face.weight == _BOLD else 0),
            FontBBox=[-1000, round(extents.descender * scale), 3000, round(extents.ascender * scale)],
            ItalicAngle=-12 if face.slanted else 0,
            Ascent=round(extents.ascender * scale),
            Descent=round(extents.descender * scale),
            CapHeight=714,
            StemV=140 if face.weight == _BOLD else 80,
        )
        stream = packed(pdf, data)
        if is_cff:
            stream.Subtype = pikepdf.Name.CIDFontType0C
            descriptor.FontFile3 = stream
        else:
            stream.Length1 = len(data)
            descriptor.FontFile2 = stream
        descendant = pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.CIDFontType0 if is_cff else pikepdf.Name.CIDFontType2,
            BaseFont=pikepdf.Name("/" + name),
            CIDSystemInfo=pikepdf.Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=1000,
            W=_widths({code: face.width(0 if code in lost else code) for code in self.used}),
        )
        if not is_cff:
            descendant.CIDToGIDMap = packed(pdf, _glyph_map(glyphs, lost)) if lost else pikepdf.Name.Identity
        self.dictionary.update(
            {
                "/Type": pikepdf.Name.Font,
                "/Subtype": pikepdf.Name.Type0,
                "/BaseFont": pikepdf.Name("/" + name),
                "/Encoding": pikepdf.Name("/Identity-H"),
                "/DescendantFonts": pikepdf.Array([pdf.make_indirect(descendant)]),
                "/ToUnicode": packed(pdf, _to_unicode(self.used)),
            }
        )


def _subset(face: Face, glyphs: list[int]) -> tuple[bytes, bool]:
    """The font with these glyphs only, which keep their numbers; as bare CFF where its outlines are that."""
    wanted = harfbuzz.SubsetInput()
    wanted.flags = _SUBSET
    wanted.sets(harfbuzz.SubsetInputSets.GLYPH_INDEX).update(glyphs)
    dropped = wanted.sets(harfbuzz.SubsetInputSets.DROP_TABLE_TAG)
    for tag in _DROPPED:
        dropped.add(int.from_bytes(tag.encode("ascii"), "big"))
    source = _face(face.path, face.index)
    wanted.pin_axis_location(source, "wght", float(face.weight))
    made = harfbuzz.SubsetPlan(source, wanted).execute()
    if "CFF " in made.table_tags:
        return bytes(made.reference_table("CFF ").data), True
    return bytes(made.blob.data), False


def _tag(face: Face, glyphs: list[int]) -> str:
    """Six letters that name a subset (PDF reference 9.6.4)."""
    number = zlib.crc32(repr((face.name, sorted(glyphs))).encode())
    return "".join(chr(65 + number // 26**place % 26) for place in range(6))


def _glyph_map(glyphs: list[int], lost: set[int]) -> bytes:
    table = bytearray(2 * (max([*glyphs, *lost]) + 1))
    for code in glyphs:
        table[2 * code : 2 * code + 2] = code.to_bytes(2, "big")
    return bytes(table)


def _widths(widths: dict[int, float]) -> pikepdf.Array:
    result: list[Any] = []
    run: list[Any] = []
    last = -2
    for code in sorted(widths):
        if code != last + 1:
            run = []
            result += [code, run]
        run.append(round(widths[code] * 1000))
        last = code
    return pikepdf.Array([pikepdf.Array(item) if isinstance(item, list) else item for item in result])


def _to_unicode(used: dict[int, str]) -> bytes:
    """The map from codes to letters, in sections of at most 100 lines as the reference asks."""
    lines = [f"<{code:04X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in sorted(used.items())]
    sections = [lines[at : at + 100] for at in range(0, len(lines), 100)]
    body = "\n".join(f"{len(section)} beginbfchar\n" + "\n".join(section) + "\nendbfchar" for section in sections)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")
