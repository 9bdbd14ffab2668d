"""The private-use code points in which Menksoft's fonts, common in Inner Mongolia, write traditional Mongolian.

Not Unicode Mongolian (U+1800): one code point for each shape of a letter. Punctuation and digits are U+E234 to U+E263, letters
U+E264 to U+E34F (Menksoft's code chart). Fonts of symbols use the same code points, a sign at a time: only three in a row
are a word.
"""

from __future__ import annotations

import re

_WORD = re.compile("[\ue264-\ue34f]{3,}+")


def is_menksoft(character: str) -> bool:
    """True for a letter, a digit or a sign of that chart. Words in it make it text: alone it may be a symbol."""
    return "\ue234" <= character <= "\ue34f"


def has_menksoft(text: str) -> bool:
    """True for text with a word in Menksoft's encoding."""
    return _WORD.search(text) is not None


def menksoft_letters(text: str) -> int:
    """The letters that its words in Menksoft's encoding have."""
    return sum(len(word) for word in _WORD.findall(text))
