"""XML from strangers: no entities, no network, no DTD, bounded depth."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any, cast

from lxml import etree

from documents.errors import FileDamaged, FileUnsafe

_CHUNK_BYTES = 1 << 16


class _Doctype(Exception):
    """A document type declaration was met."""


class _TooDeep(Exception):
    """The elements are nested deeper than allowed."""


class _Watch:
    """A parser target that builds nothing: it only looks at depth and document type."""

    def __init__(self, max_depth: int, doctypes: Collection[str]) -> None:
        self._depth = 0
        self._doctypes = doctypes
        self._max_depth = max_depth

    def start(self, tag: str | bytes, attrib: Mapping[str | bytes, str | bytes]) -> None:
        self._depth += 1
        if self._depth > self._max_depth:
            raise _TooDeep

    def end(self, tag: str | bytes) -> None:
        self._depth -= 1

    def data(self, data: str | bytes) -> None:
        """Text is not looked at."""

    def comment(self, text: str | bytes) -> None:
        """Comments are not looked at."""

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        if name not in self._doctypes:
            raise _Doctype

    def close(self) -> None:
        return None


def check(stream: IO[bytes], part: str, max_depth: int, doctypes: Collection[str] = ()) -> None:
    """Reads `stream` to its end without building a tree. doctypes: those that may be declared (none is loaded).

    Raises `FileUnsafe` or `FileDamaged`.
    """
    parser = etree.XMLParser(
        target=_Watch(max_depth, doctypes), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        while block := stream.read(_CHUNK_BYTES):
            parser.feed(block)
        parser.close()
    except _Doctype:
        raise _doctype(part) from None
    except _TooDeep:
        raise FileUnsafe(f"The elements of {part} are nested more than {max_depth} deep.", part=part) from None
    except etree.XMLSyntaxError as error:
        raise _damaged(part, error) from error


def parse(data: bytes, part: str) -> etree._ElementTree:
    """The tree of `data`. Raises `FileUnsafe` (document type) or `FileDamaged`."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_blank_text=False
    )
    try:
        tree = etree.ElementTree(etree.fromstring(data, parser))
    except etree.XMLSyntaxError as error:
        raise _damaged(part, error) from error
    # The stubs lack `doctype` and call `internalDTD` None.
    if cast("Any", tree.docinfo).doctype:
        raise _doctype(part)
    return tree


def stream(source: IO[bytes], part: str, names: tuple[str, ...]) -> Iterator[etree._Element]:
    """Every element called one of `names`, in any namespace, when it is complete; who takes it clears it.

    The part has passed `check`. Raises `FileDamaged`.
    """
    tags = [f"{{*}}{name}" for name in names]
    try:
        for _, element in etree.iterparse(
            source, events=("end",), tag=tags, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        ):
            yield element
    except etree.XMLSyntaxError as error:
        raise _damaged(part, error) from error


def line_of(element: etree._Element) -> int:
    """-> the line on which it begins, 0 if that is not known (the stubs do not say what it is)."""
    return cast("int | None", element.sourceline) or 0


def serialise(tree: etree._ElementTree) -> bytes:
    """`tree` as UTF-8 with the declaration that Office writes."""
    standalone = {True: ' standalone="yes"', False: ' standalone="no"', None: ""}[tree.docinfo.standalone]
    declaration = f'<?xml version="1.0" encoding="UTF-8"{standalone}?>\r\n'
    return declaration.encode() + etree.tostring(tree, encoding="UTF-8", xml_declaration=False)


def _doctype(part: str) -> FileUnsafe:
    return FileUnsafe(f"{part} declares a document type, as entity attacks do. Office never writes one.", part=part)


def _damaged(part: str, error: etree.XMLSyntaxError) -> FileDamaged:
    return FileDamaged(f"{part} inside the document is not valid XML ({error.msg}). Open and save it again.", part=part)
