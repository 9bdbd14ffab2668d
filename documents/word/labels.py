"""Text of a Word part that stands in attributes: watermarks, choices of drop-down lists, first values of form fields."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from documents.drawing import plain
from documents.ooxml.texts import Texts
from documents.word.names import child, local, named

_WATERMARK = "{urn:schemas-microsoft-com:vml}textpath"


@dataclass(frozen=True)
class _Label:
    """most: characters that Word takes there. is_doubled: both languages have room in it; a choice has to say what the
    control around it says."""

    element: etree._Element
    attribute: str
    most: int
    is_doubled: bool = False


def edit(root: etree._Element, part: str, texts: Texts) -> bool:
    """Translates the labels, those that say what a paragraph says as it was translated there. Returns whether any changed."""
    place = f"{posixpath.splitext(posixpath.basename(part))[0]}:label"
    changed = False
    for label in _labels(root):
        old = label.element.get(label.attribute) or ""
        doubled = plain.BESIDE if texts.is_bilingual else None
        new = plain.translated(old, place, texts.again, doubled)
        if new is None or (texts.is_bilingual and not label.is_doubled) or _is_taken(label, new):
            continue
        label.element.set(label.attribute, new[: label.most])
        changed = True
    return changed


def _labels(root: etree._Element) -> Iterator[_Label]:
    for element in root.iter("*"):
        name = local(element)
        if element.tag == _WATERMARK:
            yield _Label(element, "string", 1000, is_doubled=True)
        elif name == "listItem":
            yield _Label(element, named(element, "displayText"), 255)
        elif name == "listEntry":
            yield _Label(element, named(element, "val"), 50)
        elif name == "textInput" and (first := child(element, "default")) is not None:
            yield _Label(first, named(first, "val"), 255)


def _is_taken(label: _Label, new: str) -> bool:
    """A list shows each of its choices once."""
    holder = label.element.getparent()
    others = [] if holder is None else [one for one in holder if one.tag == label.element.tag]
    return any(one is not label.element and one.get(label.attribute) == new for one in others)
