"""Doubts about a translation, told from the text alone: pure, fast, and quiet on good translations.

Figures for how quiet: `python benchmarks/guards.py --data …`.
"""

from __future__ import annotations

from translation.lengths import is_odd_length
from translation.numerals import missing_numbers
from translation.protected import changed, has_letters, without_protected
from translation.repetition import is_repetitive
from translation.scripts import is_untranslated, is_wrong_script
from translation.units import changed_units, lost_sign

__all__ = ["FLAGS", "SERIOUS", "check", "has_letters", "severity"]

# In the order in which `check` gives them.
FLAGS = (
    "empty",
    "untranslated",
    "wrong_script",
    "repetition",
    "length",
    "numbers",
    "placeholder",
    "unk",
    "in_pieces",
    "glossary",
)

# A stricter decode often mends these. It does not bring back a number or a placeholder, and would cost the time of a
# second pass on every segment full of markup; those are repaired or shown to the reader.
SERIOUS: frozenset[str] = frozenset({"empty", "untranslated", "wrong_script", "repetition", "length", "unk"})

_WEIGHTS = {
    "empty": 64,
    "repetition": 32,
    "untranslated": 32,
    "wrong_script": 16,
    "unk": 8,
    "length": 8,
    "placeholder": 4,
    "numbers": 2,
    "in_pieces": 1,
    "glossary": 1,
}
_UNKNOWN = ("<unk>", "⁇", "\ufffd")


def check(source_text: str, target_text: str, source: str, target: str) -> tuple[str, ...]:
    """The flags of one translated text, in the order of FLAGS. `source` and `target` are our language codes.

    A source without letters is expected back as it was: only missing numbers and placeholders are looked for.
    """
    if not target_text.strip():
        return ("empty",) if source_text.strip() else ()
    plain_source, plain_target = without_protected(source_text), without_protected(target_text)
    found = set()
    if has_letters(source_text):
        if is_untranslated(plain_source, plain_target, source, target):
            found.add("untranslated")
        if is_wrong_script(plain_source, plain_target, source, target):
            found.add("wrong_script")
        if is_odd_length(plain_source, plain_target, source, target):
            found.add("length")
    if is_repetitive(source_text, target_text):
        found.add("repetition")
    looks = missing_numbers, changed_units, lost_sign
    if any(look(plain_source, plain_target) for look in looks):
        found.add("numbers")
    if changed(source_text, target_text):
        found.add("placeholder")
    if _has_unknown(target_text) and not _has_unknown(source_text):
        found.add("unk")
    return tuple(flag for flag in FLAGS if flag in found)


def _has_unknown(text: str) -> bool:
    return any(mark in text for mark in _UNKNOWN)


def severity(flags: tuple[str, ...]) -> int:
    """How bad the flags are together, 0 for none; of two translations keep the one with less. Raises KeyError
    for an unknown flag.
    """
    return sum(_WEIGHTS[flag] for flag in flags)
