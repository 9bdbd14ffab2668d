"""What names a sheet in a spreadsheet, besides its tab: formulas, ranges, links, charts, the view of the document."""

from __future__ import annotations

import re
from urllib.parse import unquote

from lxml import etree

from documents.odf.names import below, full, get, name_of, short
from documents.sheet.naming import SheetNames

# Formulas: references stand in brackets (OpenFormula, 5.8).
_FORMULAS = frozenset({"formula", "condition", "expression", "value"})
# Other attributes that hold addresses, besides those whose names end so.
_ADDRESSES = frozenset({"print-ranges", "notify-on-update-of-ranges", "linked-cell", "source-cell-range", "buttons"})
_IN_FORMULA = re.compile(r'"(?:[^"]|"")*"|\[(?P<reference>[^\[\]]*)\]')
_IN_ADDRESS = re.compile(
    r"(?P<fixed>\$?)(?P<name>'(?:[^']|'')*'|[^\s.'\"\[\]#:;!$]+)(?=\.\$?(?:[A-Za-z]{1,3}(?![A-Za-z])|\d|#))"
)


def in_address(address: str, names: SheetNames) -> str:
    """Addresses and lists of them (`Sheet.A1:Sheet.B2`) with new names. Those in other files stay."""
    if "'#" in address:
        return address

    def renamed(match: re.Match[str]) -> str:
        name = match.group("name")
        new = names.of(name[1:-1].replace("''", "'") if name.startswith("'") else name)
        return match.group() if new is None else match.group("fixed") + _quoted(new)

    return _IN_ADDRESS.sub(renamed, address)


def in_formula(formula: str, names: SheetNames) -> str:
    """`formula` with the new names of the sheets that it refers to."""

    def renamed(match: re.Match[str]) -> str:
        inner = match.group("reference")
        return match.group() if inner is None else f"[{in_address(inner, names)}]"

    return _IN_FORMULA.sub(renamed, formula)


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _in_link(link: str, names: SheetNames) -> str:
    if not link.startswith("#"):
        return link
    target = unquote(link[1:])
    whole = names.of(target.strip("'"))
    new = _quoted(whole) if whole else in_address(target, names)
    return link if new == target else f"#{new}"


def follow(root: etree._Element, names: SheetNames) -> bool:
    """Everything in this part that names a renamed sheet names it anew. Returns whether anything changed."""
    changed = False
    for element in root.iter("*"):
        for key, value in list(element.attrib.items()):
            name = short(str(key))
            local = name.partition(":")[2]
            if name == "table:name" and name_of(element) == "table:table":
                new = names.of(str(value)) or value
            elif local in _FORMULAS:
                new = in_formula(str(value), names)
            elif local in _ADDRESSES or local.endswith(("-address", "-addresses")):
                new = in_address(str(value), names)
            elif name == "xlink:href":
                new = _in_link(str(value), names)
            else:
                continue
            if new != value:
                element.set(key, new)
                changed = True
        # A chart notes so which cells a column of its own table was copied from.
        if name_of(element) == "svg:desc" and element.text:
            new = in_address(element.text, names)
            if new != element.text:
                element.text, changed = new, True
    return changed


def follow_view(root: etree._Element, names: SheetNames) -> bool:
    """settings.xml: which sheet is shown, and how each."""
    changed = False
    for entry in below(root, "config:config-item-map-entry"):
        new = names.of(get(entry, "config:name"))
        parent = entry.getparent()
        if new and parent is not None and get(parent, "config:name") in ("Tables", "ScriptConfiguration"):
            entry.set(full("config:name"), new)
            changed = True
    for item in below(root, "config:config-item"):
        if get(item, "config:name") == "ActiveTable" and (new := names.of(item.text or "")):
            item.text, changed = new, True
    return changed
