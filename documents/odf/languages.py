"""The language that a document tells, and how its letters look: styles say both apart for Western and for Asian letters."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from documents.odf.names import below, drop, full, name_of
from documents.ooxml.texts import Texts

# Languages that stand for none.
_NO_LANGUAGE = frozenset({"none", "zxx", ""})
# What is said of both kinds of letters, besides the font, which has only one kind.
_LOOKS = (
    ("fo:font-size", "style:font-size-asian"),
    ("fo:font-weight", "style:font-weight-asian"),
    ("fo:font-style", "style:font-style-asian"),
)


@dataclass(frozen=True)
class Locale:
    """How a language is told: for which letters, and its codes."""

    is_asian: bool
    language: str
    country: str


_LOCALES = {
    "cmn_Hans": Locale(True, "zh", "CN"),
    "cmn_Hant": Locale(True, "zh", "TW"),
    "mon_Cyrl": Locale(False, "mn", "MN"),
    "eng_Latn": Locale(False, "en", "US"),
}


def fit(root: etree._Element, texts: Texts) -> bool:
    """The styles of this part tell the target's language, and give its letters the looks that those of the source had.

    Returns whether anything changed; nothing does for a language whose letters have no place in a style.
    """
    locale = _LOCALES.get(texts.language)
    if locale is None:
        return False
    crosses = locale.is_asian != texts.is_from_han
    changed = _look_alike(root, locale) if crosses else False
    if crosses or not texts.is_bilingual:  # else the source would be told the target's language
        changed = _tell(root, locale) or changed
    return changed


def _look_alike(root: etree._Element, locale: Locale) -> bool:
    changed = False
    for properties in below(root, "style:text-properties"):
        for western, asian in _LOOKS:
            source, target = (western, asian) if locale.is_asian else (asian, western)
            value = properties.get(full(source))
            if value is not None and properties.get(full(target)) != value:
                properties.set(full(target), value)
                changed = True
    return changed


def _tell(root: etree._Element, locale: Locale) -> bool:
    """The defaults, and every style that names a language, name the target's. Those that say "none" stay."""
    kind, script = ("style", "-asian") if locale.is_asian else ("fo", "")
    name, country = full(f"{kind}:language{script}"), full(f"{kind}:country{script}")
    changed = False
    for properties in below(root, "style:text-properties"):
        style = properties.getparent()
        is_default = style is not None and name_of(style) == "style:default-style"
        old = properties.get(name)
        if old in _NO_LANGUAGE or (old is None and not is_default):
            continue
        if (old, properties.get(country)) != (locale.language, locale.country):
            properties.set(name, locale.language)
            properties.set(country, locale.country)
            drop(properties, f"style:rfc-language-tag{script}", f"{kind}:script{script}")
            changed = True
    return changed
