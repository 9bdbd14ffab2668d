"""Names of the XML that holds short rich text: DrawingML and SpreadsheetML, each in two namespaces."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

DRAWING = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}",
    "{http://purl.oclc.org/ooxml/drawingml/main}",
)
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def local(element: etree._Element) -> str:
    """The name of `element` without its namespace; '' for a comment or an instruction."""
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def like(element: etree._Element, name: str) -> str:
    """The tag `name` in the namespace of `element`."""
    return f"{element.tag[: element.tag.rindex('}') + 1]}{name}" if "}" in element.tag else name


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of `element` called `name`, in any namespace."""
    return next((one for one in element if local(one) == name), None)


def below(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Elements below `element` called one of `names`, in any namespace, in document order."""
    return element.iter(*(f"{{*}}{name}" for name in names))


def paragraphs(root: etree._Element) -> Iterator[etree._Element]:
    """All a:p below `root` in document order."""
    return root.iter(*(f"{namespace}p" for namespace in DRAWING))
