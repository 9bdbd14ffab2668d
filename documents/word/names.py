"""The XML names of WordprocessingML, in its two namespaces (transitional, strict)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from lxml import etree

TRANSITIONAL = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
ALTERNATE_CONTENT = f"{{{COMPATIBILITY}}}AlternateContent"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

PREFIXES = (f"{{{TRANSITIONAL}}}", f"{{{STRICT}}}")


def local(element: etree._Element) -> str:
    """The name of `element` without its namespace if it is WordprocessingML; '' for anything else."""
    tag = element.tag
    if isinstance(tag, str):
        for prefix in PREFIXES:
            if tag.startswith(prefix):
                return tag[len(prefix) :]
    return ""


def named(like: etree._Element, name: str) -> str:
    """The full tag or attribute `name` in the namespace that `like` is in."""
    return f"{{{etree.QName(like).namespace}}}{name}"


def attribute(element: etree._Element, name: str) -> str:
    """The attribute `name` of `element` in its own namespace; '' if it has none."""
    return element.get(named(element, name)) or ""


def hollow(element: etree._Element) -> etree._Element:
    """A new element with the tag, attributes and namespace prefixes of `element`, and no content."""
    copy = etree.Element(element.tag, nsmap=cast("dict[str, str]", element.nsmap))
    for name, value in element.attrib.items():
        copy.set(name, value)
    return copy


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of `element` with that WordprocessingML name."""
    return next((one for one in element if local(one) == name), None)


def paragraphs(root: etree._Element) -> Iterator[etree._Element]:
    """All paragraphs below `root` in document order, those of text boxes after the paragraph that holds the box."""
    return root.iter(*(f"{prefix}p" for prefix in PREFIXES))
