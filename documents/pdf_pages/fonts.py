"""The fonts of a PDF: which letter each code means, how wide it is, and whether that can be known at all.

pdfminer.six knows encodings, character maps and standard metrics; what it guesses where a font does not say which
letters it draws is not taken: a text that cannot be read must not be replaced by nonsense.
"""

from __future__ import annotations

import io
import logging
import unicodedata
from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple

import pikepdf
from pdfminer.cmapdb import CMap, CMapDB, CMapParser, IdentityCMap, IdentityCMapByte
from pdfminer.encodingdb import name2unicode
from pdfminer.pdffont import PDFCIDFont, PDFFont, PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdftypes import PDFStream
from pdfminer.psparser import LIT, PSLiteral

from documents.pdf_pages.geometry import measurable
from documents.pdf_pages.letters import is_symbol, of_symbol, plain
from documents.pdf_pages.opening import unpacked

# It warns about every oddity of a font, a page at a time.
logging.getLogger("pdfminer").setLevel(logging.ERROR)

_MAX_DEPTH = 12
_NEVER_READ = frozenset(("/Parent", "/CharProcs", "/Resources", "/CIDToGIDMap", "/CIDSet", "/Metadata"))
_PROGRAMS = frozenset(("/FontFile", "/FontFile2", "/FontFile3"))
_SYMBOLS = ("symbol", "dingbat", "wingding", "webding")
_MOST_CODES = 1 << 17  # of a map inside the file: the largest fonts have 65,536 glyphs, some of them under two codes
_SYMBOLIC = 4  # a flag of the font descriptor
_BOLD_FLAG, _ITALIC_FLAG = 1 << 18, 1 << 6


class Kind(Enum):
    """What is known about a code."""

    TEXT = "text"
    SYMBOL = "symbol"  # a sign that is no letter, drawn by a font of signs; its text is a code of private use, or ""
    UNREADABLE = "unreadable"  # the font does not say


class Code(NamedTuple):
    """One code of a string. `width` is in em; `spaced`: word spacing applies to it (the single byte 32)."""

    raw: bytes
    text: str
    kind: Kind
    width: float
    spaced: bool


class Font:
    """A font as its codes are read."""

    def __init__(self, dictionary: pikepdf.Object) -> None:
        # The font program itself is asked only where no map of letters is given.
        skipped = _NEVER_READ | _PROGRAMS if "/ToUnicode" in dictionary else _NEVER_READ
        spec = _plain(dictionary, _MAX_DEPTH, skipped)
        assert isinstance(spec, dict)
        self._font: PDFFont = PDFResourceManager(caching=False).get_font(None, spec)
        base = str(dictionary.get("/BaseFont", "")).lstrip("/")
        family = base.split("+", 1)[-1].lower()
        self.vertical = self._font.is_vertical()
        self.multibyte = isinstance(self._font, PDFCIDFont)
        flags = self._font.flags if isinstance(self._font.flags, int) else 0
        self.bold = any(word in family for word in ("bold", "black", "heavy", "demi")) or bool(flags & _BOLD_FLAG)
        self.italic = any(word in family for word in ("italic", "oblique", "slanted")) or bool(flags & _ITALIC_FLAG)
        self._signs = any(word in family for word in _SYMBOLS) and "ToUnicode" not in spec
        self._greek = is_symbol(family)
        self._own_order = not self.multibyte and not isinstance(spec.get("Encoding"), dict)
        self._unnamed = _codes_without_name(spec)
        self._silent = not self.multibyte and _says_nothing(spec, flags)
        self._western = not self.multibyte and _is_western(spec.get("Encoding"))
        self._known: dict[bytes, Code] = {}
        self._map = _character_map(spec, self._font) if isinstance(self._font, PDFCIDFont) else None
        self._glyphs = _glyph_map(dictionary) if isinstance(self._font, PDFCIDFont) else b""

    def codes(self, string: bytes) -> Iterator[Code]:
        for raw, number in self._split(string):
            found = self._known.get(raw)
            if found is None:
                found = self._known[raw] = self._code(raw, number)
            yield found

    def _split(self, string: bytes) -> Iterator[tuple[bytes, int]]:
        """The bytes of each code with its number in the font (-1 where the map has none)."""
        if not self.multibyte or isinstance(self._map, IdentityCMapByte):
            for byte in string:
                yield bytes((byte,)), byte
        elif isinstance(self._map, IdentityCMap):
            for at in range(0, len(string) - 1, 2):
                yield string[at : at + 2], int.from_bytes(string[at : at + 2], "big")
        else:
            assert isinstance(self._map, CMap)
            yield from _mapped(self._map, string)

    def _code(self, raw: bytes, number: int) -> Code:
        width = float(self._font.char_width(number))
        width = width if measurable(width) else 0.0
        spaced = raw == b" "
        if self._signs and not (spaced and self._own_order):
            sign = of_symbol(number) if self._greek and self._own_order else ""
            return Code(raw, sign, Kind.TEXT if sign else Kind.SYMBOL, width, spaced)
        text = ""
        if number >= 0 and not self._silent:
            try:
                text = self._font.to_unichr(self._glyph(number))
            except PDFUnicodeNotDefined:
                text = ""
            if number in self._unnamed:
                text = ""
        if (spaced and not text) or text in ("\t", "\r", "\n"):
            text = " "
        private = len(text) == 1 and unicodedata.category(text) == "Co"
        if private:
            sign = of_symbol(ord(text)) if self._greek else ""
            return Code(raw, sign or text, Kind.TEXT if sign else Kind.SYMBOL, width, spaced)
        if not text and self._western and number > 32:
            text = "•"  # as the reference asks of codes that WinAnsiEncoding leaves free (D.2, note 3)
        if not text or any(
            unicodedata.category(character) in ("Cc", "Co", "Cn", "Cs") or character == "\ufffd" for character in text
        ):
            return Code(raw, "", Kind.UNREADABLE, width, spaced)
        return Code(raw, plain(text), Kind.TEXT, width, spaced)

    def _glyph(self, number: int) -> int:
        """What the letters of a font are known by: its codes, or the glyphs that they draw."""
        return int.from_bytes(self._glyphs[2 * number : 2 * number + 2], "big") if self._glyphs else number


def _glyph_map(dictionary: Any) -> bytes:
    """Two bytes for the glyph of each code, where the font itself says what its glyphs are and its codes are others."""
    descendants = dictionary.get("/DescendantFonts")
    if "/ToUnicode" in dictionary or not isinstance(descendants, pikepdf.Array) or not len(descendants):
        return b""
    found = descendants[0].get("/CIDToGIDMap")
    collection = descendants[0].get("/CIDSystemInfo")
    is_own = isinstance(collection, pikepdf.Dictionary) and str(collection.get("/Ordering")) in ("Identity", "UCS")
    return unpacked(found) if is_own and isinstance(found, pikepdf.Stream) else b""


def _plain(value: Any, depth: int, skipped: frozenset[str]) -> Any:
    """A pikepdf object as pdfminer has them, without the entries `skipped`."""
    if isinstance(value, pikepdf.Stream):
        left_out = skipped | {"/Filter", "/DecodeParms", "/Length"}
        return PDFStream(_entries(value, depth, left_out), unpacked(value))
    if isinstance(value, pikepdf.Dictionary):
        return _entries(value, depth, skipped)
    if isinstance(value, pikepdf.Array):
        return [_plain(item, depth - 1, skipped) for item in value] if depth > 0 else []
    if isinstance(value, pikepdf.Name):
        return LIT(str(value)[1:])
    if isinstance(value, pikepdf.String):
        return bytes(value)
    if isinstance(value, bool | int) or value is None:
        return value
    return float(value)


def _entries(value: Any, depth: int, skipped: frozenset[str]) -> dict[str, Any]:
    if depth <= 0:
        return {}
    return {key[1:]: _plain(item, depth - 1, skipped) for key, item in value.items() if key not in skipped}


def _codes_without_name(spec: dict[str, Any]) -> frozenset[int]:
    """Codes that the encoding gives a glyph name of which no letter is known ("g34"), and no map of letters helps."""
    encoding = spec.get("Encoding")
    if not isinstance(encoding, dict) or "ToUnicode" in spec:
        return frozenset()
    result: set[int] = set()
    code = 0
    for item in encoding.get("Differences", []):
        if isinstance(item, PSLiteral):
            try:
                name2unicode(str(item.name))
            except (KeyError, ValueError):
                result.add(code)
            code += 1
        elif isinstance(item, int | float):
            code = int(item)
    return frozenset(result)


def _is_western(encoding: Any) -> bool:
    return isinstance(encoding, PSLiteral) and encoding.name == "WinAnsiEncoding"


def _says_nothing(spec: dict[str, Any], flags: int) -> bool:
    """An embedded font with an order of its own, and neither an encoding nor a map of letters."""
    descriptor = spec.get("FontDescriptor")
    if "ToUnicode" in spec or "Encoding" in spec or not isinstance(descriptor, dict):
        return False
    return bool(flags & _SYMBOLIC) and ("FontFile2" in descriptor or "FontFile3" in descriptor)


def _character_map(spec: dict[str, Any], font: PDFCIDFont) -> Any:
    encoding = spec.get("Encoding")
    if isinstance(encoding, PDFStream):
        own = CMap()
        base = encoding.attrs.get("UseCMap")
        if isinstance(base, PSLiteral):
            try:
                found = CMapDB.get_cmap(str(base.name))
            except CMapDB.CMapNotFound:
                found = None
            if isinstance(found, CMap):
                own.use_cmap(found)
        parser = _OwnMap()
        CMapParser(parser, io.BytesIO(encoding.get_data())).run()
        for code, number in parser.pairs:
            _enter(own.code2cid, code, number)
        return own
    return font.cmap if isinstance(font.cmap, CMap | IdentityCMap) else IdentityCMap()


class _OwnMap(CMap):
    """Gathers the code ranges of a map inside the file; pdfminer reads them under another name."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[tuple[bytes, int]] = []

    def add_cid2unichr(self, cid: int, code: PSLiteral | bytes | int) -> None:
        if len(self.pairs) >= _MOST_CODES:
            raise ValueError("the map has more codes than a font has glyphs")
        if isinstance(code, bytes):
            self.pairs.append((code, cid))


def _enter(tree: dict[int, Any], code: bytes, number: int) -> None:
    for byte in code[:-1]:
        below = tree.setdefault(byte, {})
        if not isinstance(below, dict):
            return
        tree = below
    if code:
        tree[code[-1]] = number


def _mapped(character_map: CMap, string: bytes) -> Iterator[tuple[bytes, int]]:
    at = 0
    while at < len(string):
        tree: Any = character_map.code2cid
        end = at
        while isinstance(tree, dict) and end < len(string):
            tree = tree.get(string[end], -1)
            end += 1
        yield string[at:end], tree if isinstance(tree, int) else -1
        at = end
