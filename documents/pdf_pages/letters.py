"""What letters some codes of PDF fonts stand for, where neither the font nor the program that wrote the document says it well."""

from __future__ import annotations

import re
import unicodedata

_SYMBOL_FONTS = frozenset(("symbol", "symbolmt", "symbolps", "symbolneu", "standardsymbolsps", "standardsymsl"))
# The font's own encoding (PDF reference, D.5) from 0x20 and from 0xA0 on; a space for what is a part of a bracket, or nothing.
_SYMBOL_LOW = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_ αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
_SYMBOL_HIGH = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…  ↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑"
_PRIVATE = 0xF000  # where Windows puts the codes of such a font
_AFTER_FAMILY = re.compile("[,-]")

# CJK Radicals Supplement from U+2E80 on (Unicode, EquivalentUnifiedIdeograph.txt); a space for what is no common character.
_RADICALS = (
    "　厂乛乚乙亻冂　刀刂卜　小小兀尣尢　巳幺彑彐忄心扌攵　旡日月歺母民氵氺灬爫爫丬牛犭王　目示礻　糹纟罓罒　冗　羊　　耂"
    "肀聿肉　艹艹艹虎衤覀西见角　讠贝　车辶辶辶邑钅長镸长门　阝雨青韦页风飞食　飠饣　马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)


def plain(text: str) -> str:
    """`text` with its letters as people type them. Programs (browsers, those of macOS) say a radical for the Chinese
    character that is drawn by the same glyph, and one sign for ligatures."""
    return "".join(map(_plain, text))


def _plain(character: str) -> str:
    if "\u2e80" <= character <= "\u2ef3":
        found = _RADICALS[ord(character) - 0x2E80]
        return character if found.isspace() else found
    if "\u2f00" <= character <= "\u2fd5" or "\uf900" <= character <= "\ufaff" or "\ufb00" <= character <= "\ufb06":
        return unicodedata.normalize("NFKC", character)
    return character


def is_symbol(family: str) -> bool:
    """Whether a font of this name, in lower case, is the one of Greek letters and signs of mathematics."""
    return _AFTER_FAMILY.split(family)[0] in _SYMBOL_FONTS


def of_symbol(code: int) -> str:
    """The sign of a code of that font, also of one in private use; "" where there is none."""
    code -= _PRIVATE if code > 255 else 0
    if 0x20 <= code < 0x20 + len(_SYMBOL_LOW):
        return _SYMBOL_LOW[code - 0x20].strip()
    if 0xA0 <= code < 0xA0 + len(_SYMBOL_HIGH):
        return _SYMBOL_HIGH[code - 0xA0].strip()
    return ""
