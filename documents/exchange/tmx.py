"""TMX 1.4b, the exchange format of translation memories: read and written unit by unit, whatever its size."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lxml import etree

from documents import safe_xml
from documents.errors import BadMemory, DocumentError
from documents.exchange.languages import BCP47, code_of

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MAX_DEPTH = 64
_DOCTYPES = frozenset({"tmx"})
_INLINE = frozenset({"bpt", "ept", "ph", "it", "ut"})
_ORIGIN, _MACHINE = "x-khelmerch-origin", "translation"
# What XML 1.0 cannot hold at all.
_IMPOSSIBLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Unit:
    """One translation. Languages are our codes; line: where it stands, 0 if that is not known; when: TMX's changedate;
    machine: a model of ours made it, and nobody has looked at it."""

    source_lang: str
    target_lang: str
    source: str
    target: str
    line: int = 0
    when: str = ""
    machine: bool = False


def read(path: Path) -> Iterator[Unit]:
    """Every pair of languages in every unit, from the unit's source language (that of the header, or the first) into each of
    the others that we know. Codes of formatting are left out of the text.

    Raises BadMemory with the line.
    """
    try:
        with path.open("rb") as file:
            safe_xml.check(file, path.name, _MAX_DEPTH, _DOCTYPES)
        language = None
        with path.open("rb") as file:
            for element in safe_xml.stream(file, path.name, ("header", "tu")):
                if etree.QName(element).localname == "header":
                    language = code_of(element.get("srclang") or "")
                    continue
                yield from _of_unit(element, language)
                element.clear()
                while element.getprevious() is not None:  # the emptied ones before it would pile up
                    del element.getparent()[0]  # type: ignore[union-attr]
    except DocumentError as error:
        if isinstance(error, BadMemory):
            raise
        cause = error.__cause__
        line = getattr(cause, "lineno", None) or 0
        where = f"Line {line} of the TMX file" if line else "The TMX file"
        raise BadMemory(f"{where} cannot be read: {getattr(cause, 'msg', error.detail)}", line=line) from error


def _of_unit(unit: etree._Element, header: str | None) -> Iterator[Unit]:
    line = safe_xml.line_of(unit)
    texts: dict[str, str] = {}
    for variant in unit.iter("{*}tuv"):
        named = variant.get(_XML_LANG) or variant.get("lang") or ""
        if not named:
            raise BadMemory(f"Line {safe_xml.line_of(variant)} of the TMX file: a <tuv> has no xml:lang.", line=line)
        code = code_of(named)
        segment = next(variant.iter("{*}seg"), None)
        if code is not None and segment is not None:
            text = " ".join(_text(segment).split())
            if text:
                texts.setdefault(code, text)
    machine = any(
        prop.get("type") == _ORIGIN and (prop.text or "").strip() == _MACHINE for prop in unit.iterchildren("{*}prop")
    )
    source = code_of(unit.get("srclang") or "") or header
    if source not in texts:
        source = next(iter(texts), None)
    for target, text in texts.items():
        if source is not None and target != source:
            yield Unit(source, target, texts[source], text, line, unit.get("changedate") or "", machine)


def _text(segment: etree._Element) -> str:
    parts = [segment.text or ""]
    for child in segment:
        if isinstance(child.tag, str) and etree.QName(child).localname not in _INLINE:
            parts.append(_text(child))  # <hi>, <sub> hold text
        parts.append(child.tail or "")
    return "".join(parts)


class Writer:
    """Writes TMX 1.4 to `out`, a few units at a time. source_lang None: units of several source languages."""

    def __init__(self, out: IO[bytes], source_lang: str | None, version: str) -> None:
        facts = {
            "creationtool": "Khelmerch",
            "creationtoolversion": version,
            "segtype": "sentence",
            "o-tmf": "Khelmerch",
            "adminlang": "en",
            "srclang": BCP47[source_lang] if source_lang else "*all*",
            "datatype": "plaintext",
        }
        self._open = ExitStack()
        self._file = self._open.enter_context(etree.xmlfile(out, encoding="UTF-8"))
        self._file.write_declaration()
        self._open.enter_context(self._file.element("tmx", {"version": "1.4"}))
        self._file.write(etree.Element("header", facts))
        self._open.enter_context(self._file.element("body"))

    def add(self, units: Iterable[Unit]) -> None:
        for unit in units:
            self._file.write(_element(unit))

    def close(self) -> None:
        self._open.close()


def _element(unit: Unit) -> etree._Element:
    element = etree.Element("tu", {"srclang": BCP47[unit.source_lang]})
    if unit.when:
        element.set("changedate", unit.when)
    if unit.machine:
        etree.SubElement(element, "prop", {"type": _ORIGIN}).text = _MACHINE
    for language, text in ((unit.source_lang, unit.source), (unit.target_lang, unit.target)):
        variant = etree.SubElement(element, "tuv")
        variant.set(_XML_LANG, BCP47[language])
        etree.SubElement(variant, "seg").text = _IMPOSSIBLE.sub("\ufffd", text)
    return element
