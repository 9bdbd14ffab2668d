"""Mongolian Cyrillic typed with the wrong letters, and set right. Pure.

Old fonts and code pages had no ө and ү: people typed Ukrainian є and ї in their places (windows-1251), Latin v and y (V, Y),
or whatever looked alike ("хєвvvн" is хөвүүн). Each character is replaced by one, so that offsets into the text stay.

Conservative: a word is changed only where it could be Mongolian after. Latin words, codes (`v2`), what must be carried over
letter by letter, and words that the rules of vowels forbid (Київ) are never touched.
"""

from __future__ import annotations

import re

from translation.protected import spans

# In the places of ө and ү. Fita and izhitsa, the Latin letters o and u with a bar, Kazakh ұ and Greek theta: their shapes.
_O = "єѳɵθ"
_U = "їѵұʉ"
# Latin v and y are typed for ү only within a Cyrillic word.
_LATIN_U = "vy"
# Latin letters that look like Cyrillic ones, in both cases or in one.
_ALIKE = {**dict(zip("aceopx", "асеорх", strict=True)), **dict(zip("ABCEHKMOPTX", "АВСЕНКМОРТХ", strict=True))}
_WRONG = {
    **dict.fromkeys(_O, "ө"),
    **dict.fromkeys(_O.upper(), "Ө"),
    **dict.fromkeys(_U + _LATIN_U, "ү"),
    **dict.fromkeys(_U.upper() + _LATIN_U.upper(), "Ү"),
    **_ALIKE,
}
_MAY_HOLD = re.compile(f"[{''.join(_WRONG)}]")
_WORD = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LATIN = re.compile("[A-Za-z]")
_U_ITSELF = re.compile("[уУ]")
_FRONT, _BACK = frozenset("эөүєїv"), frozenset("аоуяёы")
_OTHER_VOWELS = frozenset("аоуыиеяёюй")
# HP-ийн without its hyphen: capitals of a name, then a Mongolian ending.
_NAME_WITH_ENDING = re.compile(
    "[A-Z]{2,}[а-яёөү]*|[A-UWXZ](?:ийн|ын|н|ийг|ыг|г|т|тэй|тай|д|аас|ээс|оос|өөс|аар|ээр|оор|өөр)"
)
# "Ирсэн vv?": the particle үү, which stands behind a word.
_PARTICLE = re.compile(r"(?<=[\u0400-\u052f] )(?:vv|yy|VV|YY|її|ЇЇ)(?!\w)")
_NOT_MONGOLIAN = re.compile("[ҐґЎўЂђЉљЊњЋћЏџҒғҚқҢңҺһӘәЈјЅѕІі]")


def normalised(text: str) -> str:
    """`text`, which is in Mongolian Cyrillic as a whole, with the right letters; as it is where they are right.

    Its length is that of `text`.
    """
    if not _MAY_HOLD.search(text) or not _CYRILLIC.search(text):
        return text
    kept, has_u = spans(text), bool(_U_ITSELF.search(text))
    letters = list(text)
    for word in _WORD.finditer(text):
        start, end = word.span()
        if end - start < 2 or _beside_a_digit(text, start, end) or any(a < end and start < b for a, b in kept):
            continue
        letters[start:end] = _word(word.group(), has_u=has_u)
    # In the words as they are now: one that was all look-alikes is Cyrillic only since then.
    for particle in _PARTICLE.finditer("".join(letters)):
        start, end = particle.span()
        letters[start:end] = "үү" if particle.group().islower() else "ҮҮ"
    return "".join(letters)


def _beside_a_digit(text: str, start: int, end: int) -> bool:
    return any(char.isdigit() or char == "_" for char in (text[start - 1 : start], text[end : end + 1]))


def _word(word: str, *, has_u: bool) -> str:
    """The word with the right letters, or as it is. has_u: Cyrillic у is in the text, so that y is not typed for it."""
    if not _MAY_HOLD.search(word) or not _CYRILLIC.search(word) or _NOT_MONGOLIAN.search(word):
        return word
    latin = _LATIN.findall(word)
    if any(letter not in _WRONG for letter in latin) or (latin and _NAME_WITH_ENDING.fullmatch(word)):
        return word
    new = "".join(_cased(word, place, _WRONG.get(letter, letter)) for place, letter in enumerate(word))
    if not has_u and _is_back(word):
        new = "".join({"y": "у", "Y": "У"}.get(here, there) for here, there in zip(word, new, strict=True))
    return new if _could_be(word, new) else word


def _cased(word: str, place: int, letter: str) -> str:
    """хYн is хүн: a capital within small letters was typed for its shape."""
    inside = place > 0 and any(char.islower() for char in word)
    return letter.lower() if inside else letter


def _is_back(word: str) -> bool:
    """A word of back vowels, which has у and no ү; but the ending -гүй may follow on any."""
    vowels = set(word.lower())
    return not word.lower().endswith("гyй") and bool(vowels & _BACK) and not vowels & _FRONT


def _could_be(word: str, new: str) -> bool:
    """ө and ү do not follow another vowel, as є and ї often do (Київ, Україна). Latin v in a Cyrillic word has no other
    reading."""
    lower = new.lower()
    for place, (here, there) in enumerate(zip(word.lower(), lower, strict=True)):
        if here != there and here in _O + _U and lower[place - 1 : place] in _OTHER_VOWELS:
            return False
    return True
