"""What names a sheet in a workbook, besides its tab: formulas, names, links, charts, sources of pivot tables."""

from __future__ import annotations

import re

from lxml import etree

from documents.drawing.names import below, local
from documents.sheet.naming import SheetNames

# Text that may hold references (x14 and c15 write ranges as `sqref` too).
_FORMULAS = frozenset({
    "f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula", "sqref",
})  # fmt: skip
# Elements with an attribute that is the name of a sheet.
_NAMES = {"worksheetSource": "sheet", "rangeSet": "sheet", "dataRef": "sheet", "sheet": "name"}
_CELL = re.compile(r"(?i)\$?[a-z]{1,3}\$?\d+")
_TOKENS = re.compile(
    r'"(?:[^"]|"")*"'  # a text
    r"|\[\d+\][^\s!'\"(),;:+*/^&=<>-]*!?"  # another workbook
    r"|\[(?:[^\[\]]|\[[^\[\]]*\])*\]"  # columns of a table
    r"|'(?P<quoted>(?:[^']|'')+)'!"
    r"|(?<![\w.\\#])(?P<plain>[^\W\d][\w.\\?]*(?::[^\W\d][\w.\\?]*)?)!"
)


def in_formula(formula: str, names: SheetNames) -> str:
    """`formula` with the new names of the sheets that it refers to."""

    def renamed(match: re.Match[str]) -> str:
        quoted, plain = match.group("quoted"), match.group("plain")
        if quoted is not None and "[" not in quoted:
            parts = quoted.replace("''", "'").split(":")
        elif plain is not None:
            parts = plain.split(":")
            if len(parts) == 2 and names.of(parts[0]) is None and _CELL.fullmatch(parts[0]):
                # The end of a range with its sheet: `Sheet!A1:Sheet!B2`.
                return f"{parts[0]}:{_quoted([names.of(parts[1]) or parts[1]])}"
        else:
            return match.group()
        if all(names.of(part) is None for part in parts):
            return match.group()
        return _quoted([names.of(part) or part for part in parts])

    return _TOKENS.sub(renamed, formula)


def _quoted(parts: list[str]) -> str:
    return "'" + ":".join(parts).replace("'", "''") + "'!"


def follow(root: etree._Element, names: SheetNames) -> bool:
    """Everything in this part that names a renamed sheet names it anew. Returns whether anything changed."""
    changed = False
    for element in root.iter():
        name = local(element)
        if name in _FORMULAS and element.text and "!" in element.text:
            new = in_formula(element.text, names)
            if new != element.text:
                element.text, changed = new, True
        attribute = _NAMES.get(name)
        value = element.get(attribute) if attribute else None
        if attribute and value and (renamed := names.of(value)):
            element.set(attribute, renamed)
            changed = True
        for attribute in ("location", "textlink", "Target"):
            value = element.get(attribute)
            if value and "!" in value and _may_refer(name, attribute, value):
                mark = "#" if value.startswith("#") else ""
                new = mark + in_formula(value.removeprefix("#"), names)
                if new != value:
                    element.set(attribute, new)
                    changed = True
    return changed


def _may_refer(name: str, attribute: str, value: str) -> bool:
    if attribute == "Target":
        return name == "Relationship" and value.startswith("#")
    return attribute == "textlink" or name == "hyperlink"


def follow_titles(root: etree._Element, names: SheetNames) -> bool:
    """The list of sheets and names among the properties of the document."""
    changed = False
    for element in (text for titles in below(root, "TitlesOfParts") for text in below(titles, "lpstr")):
        if not element.text:
            continue
        new = names.of(element.text) or in_formula(element.text, names)
        if new != element.text:
            element.text, changed = new, True
    return changed
