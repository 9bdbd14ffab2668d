"""Text in the wrong script, and text that was not translated at all."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise

SCRIPT_OF = {"mon_Cyrl": "Cyrillic", "mon_Mong": "Mongolian", "cmn_Hans": "Han", "cmn_Hant": "Han", "eng_Latn": "Latin"}
LANGUAGE_OF = {"Cyrillic": "mon_Cyrl", "Mongolian": "mon_Mong", "Han": "cmn_Hans", "Latin": "eng_Latn"}
"""The language that most letters of a script are taken for here."""

_LETTERS = {
    "Latin": r"A-Za-z\u00c0-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a",
    "Cyrillic": r"\u0400-\u052f",
    "Han": r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd",
    "Mongolian": r"\u1820-\u18aa",
}
_CLASSES = {name: re.compile(f"[{letters}]") for name, letters in _LETTERS.items()}
_FOREIGN = {
    name: re.compile(rf"[^\W\d_{own}]|[{''.join(letters for letters in _LETTERS.values() if letters != own)}]")
    for name, own in _LETTERS.items()
}
"""A letter of any script but this one."""
_TWO_LETTERS = {name: re.compile(f"[{letters}].*?[{letters}]", re.DOTALL) for name, letters in _LETTERS.items()}
_OTHER_SCRIPT = {"mon_Cyrl": "Mongolian", "mon_Mong": "Cyrillic"}
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_LOWER_WORD = re.compile(r"\b[a-z]{3,}\b")
# A word with small letters (but not iOS, macOS or YouTube), or capitals that are no acronym.
_LEFT_LATIN = re.compile(r"\b[A-Z]?[a-z]{3,}\b|\b[A-Z]{7,}\b|\b[A-Z]{4,}\s+[A-Z]{4,}\b")
# A Chinese character carries about three letters.
_WEIGHT = {"Han": 3, "Latin": 1, "Cyrillic": 1, "Mongolian": 1, "other": 1}
_MIN_TARGET_SHARE = 0.5
# Of the source's letters that may stay: a name kept in its own script, now and then.
_MAX_LEFT_SHARE = 0.15
# A word or two of English (commands, file names, units) may stay in any text.
_MIN_LEFT_LETTERS = 12
# Overlap of letter pairs above which a text is a copy with small changes.
_MAX_COPIED_SHARE = 0.8
_MIN_PAIRS = 8


def script_counts(text: str) -> Counter[str]:
    """Letters by script, weighted so that a Chinese character counts as three; 'other' for every other script."""
    counts: Counter[str] = Counter({name: len(pattern.findall(text)) for name, pattern in _CLASSES.items()})
    counts["other"] = max(0, len(_LETTER.findall(text)) - sum(counts.values()))
    for name, weight in _WEIGHT.items():
        counts[name] *= weight
    return counts


def _folded(text: str) -> str:
    return "".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _has_words(text: str, script: str) -> bool:
    """Something that ought to be translated: two letters of the script, or a Latin word in lower case (names stay)."""
    if script == "Latin":
        return bool(_LOWER_WORD.search(text))
    return _TWO_LETTERS[script].search(text) is not None


def _script_in(text: str, source: str, target: str) -> str:
    """The script of what is to be translated in a sentence: that of its language, but of a quotation in a third one (Chinese in
    an English document that becomes Mongolian) its own. Latin is no third one, as names are written in it everywhere."""
    script = SCRIPT_OF[source]
    if _has_words(text, script):
        return script
    third = (name for name in ("Han", "Cyrillic", "Mongolian") if name not in (script, SCRIPT_OF[target]))
    return next((name for name in third if _has_words(text, name)), script)


def is_untranslated(source_text: str, target_text: str, source: str, target: str) -> bool:
    """True when the target is the source, or nearly, and there was something to translate. Never for two
    scripts that are the same.
    """
    script = _script_in(source_text, source, target)
    if script == SCRIPT_OF[target]:
        return False
    before, after = _folded(source_text), _folded(target_text)
    if before == after:
        # However short: acronyms and names of products may stay, a heading in capitals or "London" may not.
        return bool((_LEFT_LATIN if script == "Latin" else _CLASSES[script]).search(source_text))
    if not _has_words(source_text, script):
        return False
    if set(before).isdisjoint(after):
        return False  # as two scripts nearly always are
    pairs_before, pairs_after = (Counter(pairwise(text)) for text in (before, after))
    if pairs_before.total() < _MIN_PAIRS:
        return False
    shared = (pairs_before & pairs_after).total()
    return shared > _MAX_COPIED_SHARE * pairs_before.total() and shared > 0.5 * pairs_after.total()


def is_wrong_script(source_text: str, target_text: str, source: str, target: str) -> bool:
    """True when too few letters are of the target's script, or letters of the source's or of a third script are left.

    Latin words that the source has too (names, codes) do not count.
    """
    own, wanted = _script_in(source_text, source, target), SCRIPT_OF[target]
    if target in _OTHER_SCRIPT:
        # A model may know Mongolian and choose the script by itself. However short the text: one letter is a sign.
        other = _CLASSES[_OTHER_SCRIPT[target]]
        if other.search(target_text) and not other.search(source_text):
            return True
    if not _has_words(source_text, own):
        return False
    if own != wanted and _CLASSES[wanted].search(target_text) and not _FOREIGN[wanted].search(target_text):
        return False  # as most translations are, told at a glance
    kept = {
        word.casefold()
        for word in _WORD.findall(source_text)
        if not (own == "Latin" and word.islower() and len(word) > 2)
    }
    words = re.findall(r"[A-Za-z\u00c0-\u024f]+|[^A-Za-z\u00c0-\u024f]+", target_text)
    rest = "".join(word for word in words if word.casefold() not in kept)
    counts = script_counts(rest)
    total = counts.total()
    if total == 0:
        return len(rest) == len(target_text)  # digits and punctuation only, though the source has words
    if counts[wanted] < _MIN_TARGET_SHARE * total:
        return True
    if counts["other"] > 0.1 * total and script_counts(source_text)["other"] == 0:
        return True
    if own == "Latin":
        lower = set(_LOWER_WORD.findall(source_text))
        left = sum(len(word) for word in _LOWER_WORD.findall(rest) if word in lower)
        return left > _MAX_LEFT_SHARE * total and left > _MIN_LEFT_LETTERS
    return own != wanted and counts[own] > _MAX_LEFT_SHARE * total
