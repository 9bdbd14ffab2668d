"""Texts as they are trained on: on one line, without menu accelerators; and which triples are worth training on."""

from __future__ import annotations

import itertools
import re

from training.starter.readers import Triple
from translation.guards import check

LANGUAGES = ("eng_Latn", "cmn_Hans", "mon_Cyrl")
LONGEST = 400
"""Characters; longer texts would be cut off in training."""
#: What the project's own guards say about a pair that is no translation. `numbers` alone would throw away "two" for 2 in a
#: language whose number words the guards do not read, but a model that is shown such pairs learns to change numbers.
DOUBTS = frozenset({"empty", "untranslated", "wrong_script", "repetition", "length", "numbers", "placeholder", "unk"})

_ACCELERATOR_AT_END = re.compile(r"\s*[(（][_~&][A-Za-z0-9][)）]")
#: One mark in the text, outside of placeholders and names of variables ("%(user_name)s", "_MENU_", "AT&T", "&nbsp;").
_ACCELERATOR = re.compile(r"^([^_~&%{$]*)(?:[_~](?=[^\W\d_])|(?<!\w)&(?=[^\W\d_]+(?!\w*;)))([^_~&%{$]*)$")
_LETTERS = (re.compile("[A-Za-z]"), re.compile("[\u4e00-\u9fff]"), re.compile("[а-яёөүА-ЯЁӨҮ]"))


def plain(text: str) -> str:
    """-> the text on one line, without the marks of menu accelerators (`_Save`, `Sa~ve`, `保存(_S)`)."""
    return " ".join(_ACCELERATOR.sub(r"\1\2", _ACCELERATOR_AT_END.sub("", text)).split())


def core(text: str) -> str:
    """-> what two texts have in common that differ only in case, spaces or the marks at their ends."""
    return " ".join(text.casefold().split()).strip(" .,:;…?!。，：；？！()（）[]\"'“”*-–—")


def usable(triple: Triple) -> bool:
    """Whether the three are of their languages and say the same, as far as the guards can tell."""
    if any(len(text) > LONGEST or not letters.search(text) for text, letters in zip(triple, _LETTERS, strict=True)):
        return False
    sides = tuple(zip(triple, LANGUAGES, strict=True))
    return not any(
        DOUBTS.intersection(check(text, other_text, language, other))
        for (text, language), (other_text, other) in itertools.permutations(sides, 2)
    )
