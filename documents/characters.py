"""Questions about characters that several formats ask."""

from __future__ import annotations

import re

from common.menksoft import has_menksoft

# XML 1.0 allows no other characters below U+0020, no surrogates and no U+FFFE, U+FFFF.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HAN = re.compile(
    "[\u2e80-\u303f\u3100-\u312f\u31a0-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U00020000-\U0003ffff]"
)


def has_letter(text: str) -> bool:
    """Whether there is anything to translate; numbers and signs alone are the same in every language."""
    return any(character.isalpha() for character in text) or has_menksoft(text)


def has_han(text: str) -> bool:
    """Whether `text` holds a Han character or the punctuation that goes with them."""
    return _HAN.search(text) is not None


def without_unwritable(text: str) -> str:
    """`text` without the characters that XML cannot hold (control characters, lone surrogates)."""
    return _NOT_TEXT.sub("", text)
