"""The part of a face that a document draws, as a font of that document."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import pikepdf
import uharfbuzz as harfbuzz

from documents.pdf_pages.faces import BOLD, Face, face_of
from documents.pdf_pages.opening import packed

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


@dataclass
class Embedded:
    """What is drawn of one face. `used`: the text of each code."""

    face: Face
    resource: str
    dictionary: Any
    used: dict[int, str] = field(default_factory=dict)
    _missing: dict[str, int] = field(default_factory=dict)

    def missing(self, character: str) -> int:
        """A code behind the last glyph of the face."""
        count = int(face_of(self.face.path, self.face.index).glyph_count)
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
            Flags=4 | (64 if face.slanted else 0) | (1 << 18 if face.weight == BOLD else 0),
            FontBBox=[-1000, round(extents.descender * scale), 3000, round(extents.ascender * scale)],
            ItalicAngle=-12 if face.slanted else 0,
            Ascent=round(extents.ascender * scale),
            Descent=round(extents.descender * scale),
            CapHeight=714,
            StemV=140 if face.weight == BOLD else 80,
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
    source = face_of(face.path, face.index)
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
