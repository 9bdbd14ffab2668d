"""Runs: when two have the same formatting, and how a run of translated text is made from its model."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass

from lxml import etree

from documents.characters import has_han, without_unwritable
from documents.word.atoms import NO_BREAK_HYPHEN
from documents.word.names import XML_SPACE, child, hollow, local, named

# These say nothing about how text looks.
_INVISIBLE = frozenset({"lang", "noProof"})
# A space shows these; other formatting does not show on it.
_SHOWS_ON_SPACE = frozenset({"u", "strike", "dstrike", "highlight", "shd", "bdr", "rStyle", "vanish", "em"})
# In the schema's order these follow w:lang.
_AFTER_LANG = frozenset({"eastAsianLayout", "specVanish", "oMath", "rPrChange"})
_PARTS = re.compile(f"([\t\n{NO_BREAK_HYPHEN}])")
_ELEMENT_OF = {"\t": "tab", "\n": "br", NO_BREAK_HYPHEN: "noBreakHyphen"}


@dataclass(frozen=True)
class Language:
    """How the target language is told to Word: the attribute of w:lang and its value."""

    attribute: str
    tag: str


_LANGUAGES = {
    "cmn_Hans": Language("eastAsia", "zh-CN"),
    "cmn_Hant": Language("eastAsia", "zh-TW"),
    "mon_Cyrl": Language("val", "mn-MN"),
    "mon_Mong": Language("val", "mn-Mong-CN"),
    "eng_Latn": Language("val", "en-US"),
}


def word_language(code: str) -> Language | None:
    """None for a language that Word need not be told about."""
    return _LANGUAGES.get(code)


def format_key(run: etree._Element) -> bytes:
    """Equal for runs that look the same."""
    properties = child(run, "rPr")
    if properties is None:
        return b""
    parts = []
    for element in properties:
        if local(element) in _INVISIBLE:
            continue
        plain = copy.deepcopy(element)
        plain.tail = None
        if local(plain) == "rFonts":
            _drop_hint(plain)
            if not plain.attrib:
                continue
        parts.append(etree.tostring(plain, method="c14n"))
    return b"".join(parts)


def shows_on_space(run: etree._Element) -> bool:
    """Whether the formatting of `run` can be seen on white space (underline, highlight, a style)."""
    properties = child(run, "rPr")
    return properties is not None and any(local(element) in _SHOWS_ON_SPACE for element in properties)


def empty_run(model: etree._Element) -> etree._Element:
    """A run with the attributes and formatting of `model` and no content."""
    run = hollow(model)
    properties = child(model, "rPr")
    if properties is not None:
        run.append(copy.deepcopy(properties))
        run[0].tail = None
    return run


def text_run(model: etree._Element, text: str, language: Language | None) -> etree._Element:
    """A run of `text` in the formatting of `model`. `language` None: the text is not a translation, nothing is set."""
    run = empty_run(model)
    if language is not None:
        _set_language(run, text, language)
    for part in _PARTS.split(without_unwritable(text)):
        if part in _ELEMENT_OF:
            etree.SubElement(run, named(run, _ELEMENT_OF[part]))
        elif part:
            element = etree.SubElement(run, named(run, "t"))
            element.text = part
            element.set(XML_SPACE, "preserve")
    return run


def _drop_hint(fonts: etree._Element) -> None:
    name = named(fonts, "hint")
    if name in fonts.attrib:
        del fonts.attrib[name]


def _set_language(run: etree._Element, text: str, language: Language) -> None:
    """Fonts stay. The hint says which of them draws Cyrillic and signs that Chinese shares with others (“ ” —)."""
    eastern = language.attribute == "eastAsia"
    if eastern and not has_han(text):
        return
    properties = child(run, "rPr")
    if properties is None:
        properties = etree.Element(named(run, "rPr"))
        run.insert(0, properties)
    fonts = child(properties, "rFonts")
    if eastern:
        if fonts is None:
            fonts = etree.Element(named(run, "rFonts"))
            properties.insert(1 if child(properties, "rStyle") is not None else 0, fonts)
        fonts.set(named(run, "hint"), "eastAsia")
    elif fonts is not None:
        _drop_hint(fonts)
    lang = child(properties, "lang")
    if lang is None:
        lang = etree.Element(named(run, "lang"))
        after = next((number for number, one in enumerate(properties) if local(one) in _AFTER_LANG), len(properties))
        properties.insert(after, lang)
    lang.set(named(run, language.attribute), language.tag)
