"""The XML names of OpenDocument."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_PREFIX_OF = {
    **{
        f"{_OASIS}{name}:1.0": name
        for name in (
            "office", "text", "table", "style", "chart", "presentation", "config", "form", "script", "manifest",
        )
    },
    f"{_OASIS}drawing:1.0": "draw",
    f"{_OASIS}datastyle:1.0": "number",
    f"{_OASIS}xsl-fo-compatible:1.0": "fo",
    f"{_OASIS}svg-compatible:1.0": "svg",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://openoffice.org/2009/office": "officeooo",
    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0": "calcext",
    "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0": "loext",
    "urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0": "field",
}  # fmt: skip
# Far more than there are; a sheet asks for the same few a million times.
_NAMES = 4096
_NAMESPACE_OF = {prefix: namespace for namespace, prefix in _PREFIX_OF.items()}


def name_of(element: etree._Element) -> str:
    """`text:p`, whatever prefix the file uses; '' for a remark, an instruction or a foreign element."""
    return short(element.tag) if isinstance(element.tag, str) else ""


@lru_cache(_NAMES)
def short(tag: str) -> str:
    """`{namespace}p` -> `text:p`; '' for a foreign name."""
    namespace, _, local = tag[1:].partition("}")
    prefix = _PREFIX_OF.get(namespace) if tag.startswith("{") else None
    return f"{prefix}:{local}" if prefix else ""


@lru_cache(_NAMES)
def full(name: str) -> str:
    """`text:p` -> `{namespace}p`."""
    prefix, local = name.split(":")
    return f"{{{_NAMESPACE_OF[prefix]}}}{local}"


def get(element: etree._Element, name: str) -> str:
    """The attribute `name` ("text:style-name"); '' if there is none."""
    return element.get(full(name)) or ""


def drop(element: etree._Element, *names: str) -> None:
    """Takes these attributes away, where they are."""
    for name in names:
        if full(name) in element.attrib:
            del element.attrib[full(name)]


def below(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """`element` and the elements below it that are called one of `names`, in document order."""
    return element.iter(*(full(name) for name in names))


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that name."""
    return element.find(full(name))
