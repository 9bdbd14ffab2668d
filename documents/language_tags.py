"""The names that files give to languages (zh_CN, zh-Hant, mn@cyrillic), compared with ours."""

from __future__ import annotations

import re

_PRIMARY = {
    "zh": "cmn",
    "cmn": "cmn",
    "zho": "cmn",
    "chi": "cmn",
    "mn": "mon",
    "mon": "mon",
    "khk": "mon",
    "mvf": "mon",
}
_PRIMARY |= {"en": "eng", "eng": "eng"}
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
_VERTICAL = frozenset({"mong", "cn"})


def is_language(tag: str, language: str) -> bool:
    """Whether `tag`, in the way of gettext or of BCP 47, names `language`, one of our codes."""
    primary, *rest = re.split("[-_@.]", tag.strip().lower())
    code = _PRIMARY.get(primary, primary)
    script = "Latn" if code == "eng" else ""
    if code == "cmn":
        script = "Hant" if _TRADITIONAL & set(rest) else "Hans"
    elif code == "mon":
        script = "Mong" if _VERTICAL & set(rest) or primary == "mvf" else "Cyrl"
    return f"{code}_{script}" == language
