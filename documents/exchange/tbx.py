"""TBX, the exchange format of term bases (ISO 30042): version 2 (martif) and 3, as far as terms and languages go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from lxml import etree

from documents import safe_xml
from documents.characters import without_unwritable
from documents.errors import BadTerms, DocumentError
from documents.exchange.languages import BCP47, code_of

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MAX_DEPTH = 32
_ENTRIES = ("termEntry", "conceptEntry")
_LANGUAGES = frozenset({"langSet", "langSec"})
_TERM = "term"
_NAMESPACE = "urn:iso:std:iso:30042:ed-2"
_UNTRANSLATED, _MATCH_CASE = "doNotTranslate", "matchCase"
_DOCTYPES = frozenset({"martif", "TBX", "tbx"})


Entry = tuple[str, str | None, bool]
"""(source, target or None where it is not translated, only as it is written)."""


def read(path: Path, source_lang: str, target_lang: str) -> Iterator[tuple[Entry, int]]:
    """Every entry, and its line, that has both languages; several terms in the source language are several
    entries, several in the target language are the alternatives of one, joined by "|". One with a note `doNotTranslate`
    has no target, and needs none.

    Raises BadTerms with the line.
    """
    try:
        with path.open("rb") as file:
            safe_xml.check(file, path.name, _MAX_DEPTH, _DOCTYPES)
        with path.open("rb") as file:
            for entry in safe_xml.stream(file, path.name, _ENTRIES):
                yield from _of_entry(entry, source_lang, target_lang)
                entry.clear()
    except DocumentError as error:
        if isinstance(error, BadTerms):
            raise
        cause = error.__cause__
        line = getattr(cause, "lineno", None) or 0
        where = f"Line {line} of the TBX file" if line else "The TBX file"
        raise BadTerms(f"{where} cannot be read: {getattr(cause, 'msg', error.detail)}", line=line) from error


def _of_entry(entry: etree._Element, source_lang: str, target_lang: str) -> Iterator[tuple[Entry, int]]:
    sources, targets = [], []
    said = {
        note.get("type")
        for note in entry.iter("{*}descrip", "{*}note", "{*}termNote", "{*}admin")
        if (note.text or "").strip().casefold() in ("yes", "true", "1")
    }
    cased = _MATCH_CASE in said
    for part in entry:
        if not isinstance(part.tag, str) or etree.QName(part).localname not in _LANGUAGES:
            continue
        named = part.get(_XML_LANG) or ""
        code = code_of(named)
        terms = ["".join(map(str, term.itertext())).strip() for term in part.iter(f"{{*}}{_TERM}")]
        line = safe_xml.line_of(part)
        if not named:
            raise BadTerms(f"Line {line} of the TBX file: a language section has no xml:lang.", line=line)
        if code == source_lang:
            sources += [(term, line) for term in terms if term]
        elif code == target_lang:
            targets += [term for term in terms if term]
    if _UNTRANSLATED in said:
        yield from (((source, None, cased), line) for source, line in sources)
    elif targets:
        yield from (((source, "|".join(targets), cased), line) for source, line in sources)


def write(rows: Iterable[Entry], source_lang: str, target_lang: str) -> bytes:
    """TBX 3 (TBX-Core with `doNotTranslate` and `matchCase` as notes), UTF-8."""
    root = etree.Element(
        f"{{{_NAMESPACE}}}tbx", {"type": "TBX-Core", "style": "dca"}, nsmap=cast("Any", {None: _NAMESPACE})
    )
    root.set(_XML_LANG, BCP47[source_lang])
    header = etree.SubElement(etree.SubElement(root, f"{{{_NAMESPACE}}}tbxHeader"), f"{{{_NAMESPACE}}}fileDesc")
    described = etree.SubElement(header, f"{{{_NAMESPACE}}}sourceDesc")
    etree.SubElement(described, f"{{{_NAMESPACE}}}p").text = "Khelmerch"
    body = etree.SubElement(etree.SubElement(root, f"{{{_NAMESPACE}}}text"), f"{{{_NAMESPACE}}}body")
    for number, (source, target, match_case) in enumerate(rows, 1):
        entry = etree.SubElement(body, f"{{{_NAMESPACE}}}conceptEntry", {"id": f"c{number}"})
        for kind in (_UNTRANSLATED if target is None else "", _MATCH_CASE if match_case else ""):
            if kind:
                etree.SubElement(entry, f"{{{_NAMESPACE}}}note", {"type": kind}).text = "yes"
        for language, terms in ((source_lang, [source]), (target_lang, target.split("|") if target else [])):
            if terms:
                section = etree.SubElement(entry, f"{{{_NAMESPACE}}}langSec")
                section.set(_XML_LANG, BCP47[language])
                for term in terms:
                    of = etree.SubElement(section, f"{{{_NAMESPACE}}}termSec")
                    etree.SubElement(of, f"{{{_NAMESPACE}}}term").text = without_unwritable(term)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
