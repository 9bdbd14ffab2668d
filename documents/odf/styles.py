"""Styles of a part: which spans look alike, and which paragraphs begin a page."""

from __future__ import annotations

import copy

from lxml import etree

from documents.odf.names import below, child, drop, full, get, name_of, short
from documents.word.stretches import Looks

# Of text properties: they say nothing about how text looks. LibreOffice cuts text into spans that differ only in the
# session in which they were typed (rsid).
_LANGUAGE = frozenset({
    f"{prefix}:{name}{script}"
    for script in ("", "-asian", "-complex")
    for prefix, name in (("fo", "language"), ("fo", "country"), ("fo", "script"), ("style", "language"),
                         ("style", "country"), ("style", "script"), ("style", "rfc-language-tag"))
})  # fmt: skip
_INVISIBLE = _LANGUAGE | {"officeooo:rsid", "officeooo:paragraph-rsid"}
_SHOWN_ON_SPACE = {
    "style:text-underline-style": "none", "style:text-line-through-style": "none", "fo:background-color": "transparent",
    "style:text-overline-style": "none",
}  # fmt: skip


class Styles:
    """The automatic styles of the part with this root; `common`: the root of styles.xml, where that is another one."""

    def __init__(self, root: etree._Element, common: etree._Element | None = None) -> None:
        self._automatic = child(root, "office:automatic-styles")
        self._styles: dict[tuple[str, str], etree._Element] = {}
        for part in (common, root):
            for element in below(part, "style:style") if part is not None else ():
                self._styles[get(element, "style:family"), get(element, "style:name")] = element
        self._looks: dict[str, bytes] = {}
        self._unbroken: dict[str, str] = {}
        self.looks = Looks(self._key, self._shows_on_space)

    def _key(self, run: etree._Element) -> bytes:
        """Equal for spans that look the same; nothing for one that looks as the paragraph around it."""
        if name_of(run) != "text:span":
            return b""
        name = get(run, "text:style-name")
        if name not in self._looks:
            style = self._styles.get(("text", name))
            is_automatic = style is not None and style.getparent() is self._automatic
            self._looks[name] = _look(style) if style is not None and is_automatic else name.encode()
        return self._looks[name]

    def _shows_on_space(self, run: etree._Element) -> bool:
        style = self._styles.get(("text", get(run, "text:style-name")))
        if style is None:
            return False
        properties = child(style, "style:text-properties")
        values = {} if properties is None else {short(str(name)): value for name, value in properties.attrib.items()}
        shown = any(values.get(name, without) != without for name, without in _SHOWN_ON_SPACE.items())
        return shown or bool(get(style, "style:parent-style-name")) or style.getparent() is not self._automatic

    def unbroken(self, name: str) -> str:
        """The name of a paragraph style like `name` that begins no page: `name` itself, or a new automatic one."""
        if not self._breaks(name) or self._automatic is None:
            return name
        if name not in self._unbroken:
            own = self._styles["paragraph", name]
            if own.getparent() is self._automatic:
                new = copy.deepcopy(own)
            else:
                new = etree.Element(own.tag)
                new.set(full("style:family"), "paragraph")
                new.set(full("style:parent-style-name"), name)
            number = len(self._unbroken) + 1
            while ("paragraph", f"Translated{number}") in self._styles:
                number += 1
            self._unbroken[name] = f"Translated{number}"
            new.tail = None
            new.set(full("style:name"), self._unbroken[name])
            new.set(full("style:master-page-name"), "")
            properties = child(new, "style:paragraph-properties")
            if properties is None:
                properties = etree.Element(full("style:paragraph-properties"))
                new.insert(0, properties)
            properties.set(full("fo:break-before"), "auto")
            drop(properties, "style:page-number")
            self._automatic.append(new)
            self._styles["paragraph", self._unbroken[name]] = new
        return self._unbroken[name]

    def _breaks(self, name: str) -> bool:
        seen: set[str] = set()
        while name and name not in seen:
            seen.add(name)
            style = self._styles.get(("paragraph", name))
            if style is None:
                return False
            properties = child(style, "style:paragraph-properties")
            value = "" if properties is None else get(properties, "fo:break-before")
            if value in ("page", "column") or get(style, "style:master-page-name"):
                return True
            if value == "auto":
                return False
            name = get(style, "style:parent-style-name")
        return False


def _look(style: etree._Element) -> bytes:
    parts = [get(style, "style:parent-style-name").encode()] if get(style, "style:parent-style-name") else []
    properties = child(style, "style:text-properties")
    if properties is not None:
        plain = copy.deepcopy(properties)
        plain.tail = None
        drop(plain, *_INVISIBLE)
        if plain.attrib or len(plain):
            parts.append(etree.tostring(plain, method="c14n"))
    return b" ".join(parts)
