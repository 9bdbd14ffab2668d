"""The languages of the API, and every other name under which people write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from translation.errors import SameLanguage, UnknownLanguage


@dataclass(frozen=True)
class Language:
    """One language in one script. `nllb` is None where NLLB-200 has no code for it."""

    code: str
    bcp47: str
    nllb: str | None
    english_name: str
    native_name: str


_ALL = (
    Language("mon_Cyrl", "mn", "khk_Cyrl", "Mongolian (Cyrillic)", "Монгол"),
    # NLLB-200 has no traditional Mongolian: it must be refused, never passed on as if it were Cyrillic.
    Language("mon_Mong", "mn-Mong", None, "Mongolian (traditional script)", "ᠮᠣᠩᠭᠣᠯ"),
    Language("cmn_Hans", "zh-Hans", "zho_Hans", "Chinese (simplified)", "简体中文"),
    Language("cmn_Hant", "zh-Hant", "zho_Hant", "Chinese (traditional)", "繁體中文"),
    Language("eng_Latn", "en", "eng_Latn", "English", "English"),
)
LANGUAGES: Mapping[str, Language] = MappingProxyType({language.code: language for language in _ALL})

AUTO = "auto"
"""In the place of a source language: it is found out, for each file and each sentence."""

PIVOT = "eng_Latn"
"""The language in the middle when `via_eng` is asked for."""

# "zt" is what Argos packages call traditional Chinese.
_BASES = {
    "mn": "mon",
    "mon": "mon",
    "khk": "mon",
    "mvf": "mon",
    "zh": "cmn",
    "zho": "cmn",
    "chi": "cmn",
    "cmn": "cmn",
    "zt": "cmn",
    "en": "eng",
    "eng": "eng",
}
_DEFAULT_SCRIPT = {"mon": "Cyrl", "cmn": "Hans", "eng": "Latn"}
# CLDR's likely subtags: these regions imply a script other than the language's default one.
_REGION_SCRIPT = {("cmn", "tw"): "Hant", ("cmn", "hk"): "Hant", ("cmn", "mo"): "Hant", ("mon", "cn"): "Mong"}


def normalise(code: str) -> str:
    """Our code for `code`: ours, NLLB's or a BCP-47 tag, any case, `-` or `_`. Raises UnknownLanguage."""
    base, *rest = code.strip().lower().replace("_", "-").split("-")
    language = _BASES.get(base)
    script = None if base not in ("zt", "mvf") else {"zt": "Hant", "mvf": "Mong"}[base]
    understood = language is not None
    for part in rest:
        if len(part) == 4 and part.isalpha():
            script = part.capitalize()
        elif len(part) in (2, 3) and part.isalnum():
            script = script or _REGION_SCRIPT.get((language or "", part))
        else:
            understood = False
    if understood and language is not None:
        ours = f"{language}_{script or _DEFAULT_SCRIPT[language]}"
        if ours in LANGUAGES:
            return ours
    raise UnknownLanguage(
        f"Unknown language {code!r}: use one of {', '.join(LANGUAGES)} (or mn, zh, zh-Hant, en; as a source also {AUTO}).",
        language=code,
        known=list(LANGUAGES),
    )


def check_pair(source: str, target: str) -> tuple[str, str]:
    """Both codes normalised; the source may be AUTO. Raises UnknownLanguage, or SameLanguage when they are equal."""
    pair = AUTO if source.strip().lower() == AUTO else normalise(source), normalise(target)
    if pair[0] == pair[1]:
        raise SameLanguage(f"Source and target are both {pair[0]}: choose two different languages.", language=pair[0])
    return pair


def all_pairs(codes: frozenset[str]) -> frozenset[tuple[str, str]]:
    """Every direction between these languages, but none between two scripts of one language: that is conversion."""
    return frozenset((a, b) for a in codes for b in codes if a.split("_")[0] != b.split("_")[0])
