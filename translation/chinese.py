"""Chinese from one script into the other, by OpenCC. Pure; the dictionaries are loaded at the first use.

Into traditional script by `s2tw`: characters and words of more than one reading as Taiwan writes them, no exchange of
vocabulary. OpenCC's `s2twp` exchanges that, too, and is wrong wherever a word has a second sense: of 法律程序 (legal
procedure) it makes 法律程式 (a legal computer program).
"""

from __future__ import annotations

import functools
import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from translation.edits import Edit, edited
from translation.engine import Output

if TYPE_CHECKING:
    from opencc import OpenCC

HANS, HANT = "cmn_Hans", "cmn_Hant"
_CONFIGS = {HANT: "s2tw", HANS: "t2s"}
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]")


@functools.cache
def _converter(target: str) -> OpenCC:
    from opencc import OpenCC

    return OpenCC(_CONFIGS[target])


def converted(text: str, target: str) -> str:
    """`text` in the script of `target`, cmn_Hans or cmn_Hant. What is in that script already, or no Chinese, stays."""
    return str(_converter(target).convert(text)) if _HAN.search(text) else text


def conversion(text: str, target: str) -> list[Edit]:
    """What `converted` changes."""
    new = converted(text, target)
    if len(new) == len(text):
        # One character for one, as nearly always.
        return [(n, n + 1, there) for n, (here, there) in enumerate(zip(text, new, strict=True)) if here != there]
    matcher = SequenceMatcher(None, text, new, autojunk=False)
    return [(a, b, new[c:d]) for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal"]


def in_script(output: Output, target: str) -> Output:
    """A translation into Chinese in the script of `target`; its alignment follows."""
    return edited(output, conversion(output.text, target))


def script_of(text: str) -> str | None:
    """cmn_Hans or cmn_Hant, by the characters that only one of them has; None where there is none."""
    han = _HAN.findall(text)
    traditional = sum(_differs(char, HANS) for char in han)
    simplified = sum(_differs(char, HANT) for char in han)
    if traditional == simplified:
        return None
    return HANT if traditional > simplified else HANS


@functools.lru_cache(maxsize=32_768)
def _differs(char: str, target: str) -> bool:
    return converted(char, target) != char
