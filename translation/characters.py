"""Character classes shared by the sentence splitter and the guards.

Everything here is a constant or a one-character question; languages are our codes (`mon_Cyrl` and so on).
"""

from __future__ import annotations

import re

# Terminators that need no white space after them. U+1803 and U+1809 are the Mongolian and Manchu full stops.
FULL_TERMINATORS = "。！？｡︒᠃᠉⁇⁈⁉‼"
# Terminators that also stand inside tokens (3.14, v2.0, file.txt, ?a=b) and must prove themselves by what follows.
ASCII_TERMINATORS = ".!?．"
# U+1801 is the Mongolian ellipsis. Three dots in a row are recognised beside these.
ELLIPSES = "…⋯᠁"
TERMINATORS = FULL_TERMINATORS + ASCII_TERMINATORS + ELLIPSES

# Characters that close what was opened before. The straight quotes are in both lists and decided by context.
CLOSERS = "”’»›」』）)]】〉》〕］｝}＂"
STRAIGHT_QUOTES = "\"'"
OPENERS = "“‘„‚«‹「『（([【〈《〔［｛{¿¡"
DASHES = "-–—―‒•*·▪●"
# After one of these the sentence goes on, whatever stood before.
CONTINUING = ",，、;；:：᠂᠄﹐"

# Breaks inside a unit: soft ones (line feed and its relatives), hard ones (form feed, paragraph separator).
SOFT_BREAKS = "\n\r\x0b\x1c\x1d\x1e\x85\u2028"
HARD_BREAKS = "\x0c\u2029"

_HAN = re.compile(
    r"[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]"
)
_WIDE_PUNCTUATION = re.compile(r"[\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“”‘’…—·]")


def is_han(char: str) -> bool:
    """True for one Chinese character (radicals, all extensions, 〇 and the iteration mark included)."""
    return bool(_HAN.match(char))


def is_wide(char: str) -> bool:
    """True for a Chinese character or for punctuation that carries its own white space in Chinese text."""
    return bool(_HAN.match(char) or _WIDE_PUNCTUATION.match(char))


def is_cyrillic(char: str) -> bool:
    return "\u0400" <= char <= "\u052f"


def is_mongolian(char: str) -> bool:
    """True for one character of the traditional Mongolian block, its digits and marks included."""
    return "\u1800" <= char <= "\u18af"


def is_chinese(language: str) -> bool:
    """True for the codes of written Chinese, which puts no space between sentences."""
    return language in ("cmn_Hans", "cmn_Hant")
