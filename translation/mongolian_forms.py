"""Which words are inflected forms of a Mongolian noun in Cyrillic: number, case, possession. Pure, no dictionary.

A form is one of a few stems of the noun (нутаг: нутаг-, нутг-) with an ending whose vowels agree with it. The endings are
those of the orthographic rules for Cyrillic Mongolian: plural (-ууд, -нууд, -чууд), the seven cases, -гүй, and the reflexive
possessive after any of them (гэрээ, гэрээний, гэрээнүүдээсээ). Verbs, and the few nouns that form their plural in a way of
their own (хүн, хүмүүс), are known in the form that they are given in only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

MAX_ENDING_CHARS = 18
"""Longer than any ending here: plural, case and possession together ("нуудынхаа") take up to 14."""

_VOWELS = frozenset("аоуэөүиыяёюейАОУ".lower())
_CONSONANTS = frozenset("бвгджзклмнпрстфхцчшщ")
_BACK = frozenset("аоуыяё")
_FRONT = frozenset("эөүе")
_SHORT = frozenset("аоэөиу")
_FINAL = frozenset("аоэө")
# Nouns that look like another one in the reflexive possessive: "гэрээ" is a contract, hardly ever one's own home (гэр).
_OTHER_NOUNS = frozenset({"гэрээ", "хороо", "хүрээ", "өрөө", "бараа", "хашаа"})
_MIN_CHARS_FOR_LOST_VOWEL = 4


def _endings(long_vowels: str, short_vowels: str, u: str, y: str, soft: str) -> re.Pattern[str]:
    """long_vowels: of the ablative and the like; short_vowels: that join a consonant to -д, -т, -нд, -с;
    u: of the plural; y, soft: the two shapes of genitive and accusative ("ын", "ийн"), as alternatives."""
    a = f"(?:{long_vowels})"
    link = f"[{short_vowels}и]?"
    i = f"(?:{y}|{soft})"
    own = f"(?:[гнх]?{a}|и[{short_vowels}])"
    plural = f"(?:(?:[нчг]|чи)?{u}{u}д|и{u}д|{u}д|(?:чи|и)?д(?=.))"
    genitive = f"(?:[нг]?{i}н|н?{i}|йн|н)(?:х{a}?|хан|хэн)?"
    accusative = f"(?:г?{i}г|йг|г)(?:{a})?"
    dative = f"(?:{link}н?[дт])(?:{a})?"
    ablative = f"(?:[нг]?{a}|и[{short_vowels}])с{a}?"
    instrumental = f"(?:[нг]?{a}|и[{short_vowels}])р{a}?"
    comitative = f"{link}н?т(?:ай|ой|эй)(?:г{a})?"
    without = f"{link}г[үу]й(?:г{a}|д|н)?"
    towards = f"-?(?:р{u}{u}|л{u}{u})"
    case = "|".join((genitive, accusative, dative, ablative, instrumental, comitative, without, towards, own))
    return re.compile(f"(?:{plural})?(?:{case})?")


# Vowel harmony: what follows a back stem without and with о as its last vowel, a front stem without and with ө.
_PATTERNS = {
    "а": _endings("аа", "а", "у", "ы", "ий"),
    "о": _endings("оо|аа", "оа", "у", "ы", "ий"),
    "э": _endings("ээ", "э", "ү", "ий", "ий"),
    "ө": _endings("өө|ээ", "өэ", "ү", "ий", "ий"),
}
# After these a back stem takes -ийн and -ийг too (багшийн, нутгийн); after any other -ын and -ыг.
_SOFT_ENDS = frozenset("гжчшкьи")


def harmony(word: str) -> tuple[str, ...]:
    """The classes of endings that `word` (lower case) may take, among а, о, э, ө. A word with vowels of both kinds, as
    only foreign words have, takes those of its last vowel's kind and of the other."""
    back = [letter for letter in word if letter in _BACK]
    front = [letter for letter in word if letter in _FRONT]
    if back and front and "ё" not in word and "е" not in word:
        return "а", "о", "э", "ө"
    if back:
        return ("о", "а") if {"о", "ё"} & set(back) else ("а",)
    return ("ө", "э") if "ө" in front else ("э",)


@lru_cache(maxsize=1 << 16)
def stems(lemma: str) -> tuple[str, ...]:
    """What endings are put to, the word itself first. `lemma`: lower case, one word."""
    found = [lemma]
    if len(lemma) < 2:
        return (lemma,)
    if lemma[-1] == "ь":
        found.append(lemma[:-1] + "и")
    if lemma[-1] in "ьи":  # with endings in и only, see has_ending
        found.append(lemma[:-1])
    if lemma[-1] in _FINAL and lemma[-2] in _CONSONANTS:  # байгууллага, байгууллагын: with endings in a vowel only
        found.append(lemma[:-1])
    # нутаг, нутгийн; хэлтэс, хэлтсээс: the last short vowel is lost between two consonants.
    if (
        len(lemma) >= _MIN_CHARS_FOR_LOST_VOWEL
        and lemma[-1] in _CONSONANTS
        and lemma[-2] in _SHORT
        and lemma[-3] in _CONSONANTS | {"ь"}
        and _VOWELS & set(lemma[:-3])
    ):
        found.append(lemma[:-2] + lemma[-1])
        if lemma[-2] == "и" and lemma[-3] in "лнрт":  # тариланг, мориноос
            found.append(lemma[:-2] + "ь" + lemma[-1])
    # байгаль, байгалийн keeps its vowel; зохиол, өвөл lose none: what is too many here meets no real word.
    return tuple(dict.fromkeys(found))


def has_ending(stem: str, ending: str, lemma: str) -> bool:
    """Is `ending` one that `stem` of `lemma` takes? All lower case; an empty ending is one."""
    if not ending:
        return stem == lemma
    if len(ending) > MAX_ENDING_CHARS:
        return False
    if stem + ending in _OTHER_NOUNS:
        return False
    if ending == "н" and not lemma.endswith("й"):
        return False  # ахуйн; elsewhere it makes another word, or a stem that its noun should be listed with
    if len(stem) < len(lemma) and lemma[-1] in "ьи" and ending[0] != "и":
        return False
    if stem == lemma[:-1] and lemma[-1] in _FINAL and ending[0] in _CONSONANTS:
        return False
    if stem == lemma and lemma[-1] == "и" and ending[0] in "иы":
        return False
    hard = not _FRONT & set(lemma) and _BACK & set(lemma) and lemma[-1] != "ь" and stem[-1] not in _SOFT_ENDS
    if hard and ending.startswith("ий") and lemma[-1] != "и":
        return False
    return any(_PATTERNS[one].fullmatch(ending) for one in harmony(lemma))


def splits(word: str) -> Iterator[tuple[str, str]]:
    """Each way to see `word` (lower case) as a stem and an ending, the longest stem first."""
    for cut in range(len(word), max(0, len(word) - MAX_ENDING_CHARS - 1), -1):
        yield word[:cut], word[cut:]


def is_form(word: str, lemma: str) -> bool:
    """Is `word` the noun `lemma`, or an inflected form of it? Case does not matter."""
    word, lemma = word.casefold(), lemma.casefold()
    known = stems(lemma)
    return any(stem in known and has_ending(stem, ending, lemma) for stem, ending in splits(word))
