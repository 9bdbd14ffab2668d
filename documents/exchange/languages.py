"""Languages as files of terms and translations name them."""

from __future__ import annotations

# Our codes; each matches itself, its BCP-47 form, and the names that people write at the head of a column.
_NAMES = {
    "mon_Cyrl": (
        "mon_cyrl",
        "mn",
        "mon",
        "khk",
        "khk_cyrl",
        "mn-mn",
        "mn-cyrl",
        "mn-cyrl-mn",
        "mongolian",
        "монгол",
        "蒙古语",
    ),
    "mon_Mong": ("mon_mong", "mn-mong", "mn-mong-cn", "mvf"),
    "cmn_Hans": (
        "cmn_hans",
        "zh",
        "zho",
        "zho_hans",
        "cmn",
        "zh-cn",
        "zh-hans",
        "zh-hans-cn",
        "zh-sg",
        "chinese",
        "хятад",
        "中文",
    ),
    "cmn_Hant": ("cmn_hant", "zho_hant", "zh-tw", "zh-hk", "zh-hant", "zh-hant-tw", "zh-mo"),
    "eng_Latn": ("eng_latn", "en", "eng", "english", "англи", "英语", "英文"),
}
_CODES = {name: code for code, names in _NAMES.items() for name in names}
BCP47 = {"mon_Cyrl": "mn", "mon_Mong": "mn-Mong", "cmn_Hans": "zh-Hans", "cmn_Hant": "zh-Hant", "eng_Latn": "en"}
"""How we write them into files."""


def code_of(name: str) -> str | None:
    """-> our code of a language that a file calls `name`; None for one that we do not know."""
    low = name.strip().casefold()
    found = _CODES.get(low) or _CODES.get(low.replace("_", "-"))
    if found is None and "-" in low.replace("_", "-"):  # en-US, mn-CN-x
        found = _CODES.get(low.replace("_", "-").split("-")[0])
    return found
