"""Electronic books (.epub): every page by the rules of `html`, the tables of contents, title and language of the book."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from documents import safe_zip
from documents.codes import Code, Raw, Text
from documents.encodings import TextEncoding
from documents.errors import FileDamaged, FileEncrypted, FileUnsafe, UnsupportedType
from documents.html import Html
from documents.inline import flow
from documents.limits import MIB, Limits
from documents.model import DEFAULT_OPTIONS, Options, Output, Piece, Unit
from documents.sniff import require_zip
from documents.text_file import BCP47, Decoded, Slot, TextFormat, cleaned, decoded
from documents.web import charset
from documents.web.tokens import Sort, characters, escape, tokens
from documents.writing import Translated, Wanted, Writer

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = frozenset({".xhtml", ".html", ".htm", ".xht"})
_PAGE_START = re.compile(rb"<html\b[^>]*http://www\.w3\.org/1999/xhtml")
_HEAD_BYTES = 2048
_ALGORITHM = re.compile(rb"EncryptionMethod[^>]{0,300}?Algorithm\s*=\s*[\"']([^\"']{0,300})")
# These make embedded fonts useless elsewhere; the text can be read.
_FONT_ALGORITHMS = (b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#RC")


class _Labels(TextFormat):
    """The text of a few elements of an XML part. `languages`: elements whose text is the language."""

    name = "labels"
    suffixes = (".ncx", ".opf")

    def __init__(self, elements: frozenset[str], languages: frozenset[str] = frozenset()) -> None:
        self._elements = elements
        self._languages = languages

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        for _, start, end in _contents(text, self._elements):
            parts: list[Text | Code] = [*characters(text, start, end)]
            found = flow(parts, "title")
            if found is None:
                continue

            def rendered(
                pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output, start: int = start, end: int = end
            ) -> tuple[int, int, str]:
                new = escape("".join(piece.text for piece in cleaned(pieces[0])))
                return (end, end, " / " + new) if output is Output.BILINGUAL else (start, end, new)

            yield Slot((found.unit,), rendered)

    def relabelled(self, text: str, target_language: str, output: Output) -> Iterator[tuple[int, int, str]]:
        language = BCP47.get(target_language)
        places = list(_contents(text, self._languages))
        if language is not None and output is not Output.BILINGUAL:
            # The first names the language of the book, more of them those of passages.
            yield from ((start, end, language) for _, start, end in places[:1])


def _contents(text: str, names: frozenset[str]) -> Iterator[tuple[str, int, int]]:
    """(name, start, end) of the text directly inside elements of these names."""
    name = ""
    for token in tokens(text, is_xml=True):
        if token.sort is Sort.TEXT and name:
            yield name, token.start, token.end
        name = token.name if token.sort is Sort.START and token.name in names else ""


class Epub(Writer):
    """The format `.epub`."""

    name = "epub"
    suffixes = (".epub",)
    media_type = "application/epub+zip"

    def recognise(self, path: Path, suffix: str) -> None:
        """See `Format.recognise`."""
        require_zip(path, "an electronic book", suffix)

    def check(self, path: Path, limits: Limits) -> None:
        """Reads the whole book once. Raises any `DocumentError` but `FileNoText`."""
        safe_zip.check_size(path, limits)
        with safe_zip.open_package(path) as package:
            safe_zip.check(package, limits)
            names = package.namelist()
            if _CONTAINER not in names:
                raise UnsupportedType("This zip holds no META-INF/container.xml: it is no electronic book.")
            if _ENCRYPTION in names:
                _require_open(package.read(_ENCRYPTION))
            for entry in package.infolist():
                rule = _rule(package, entry.filename)
                if rule is None:
                    safe_zip.drain(package, entry)
                    continue
                if entry.file_size > limits.max_xml_part_bytes:
                    most = limits.max_xml_part_bytes / MIB
                    raise FileUnsafe(
                        f"{entry.filename} has {entry.file_size / MIB:.1f} MiB; at most {most:.1f} are read."
                    )
                for _ in rule.slots(_text(package.read(entry), entry.filename).text, DEFAULT_OPTIONS):
                    pass

    def read(self, path: Path, options: Options = DEFAULT_OPTIONS) -> Iterator[Unit]:
        """The units of each page, in the order of the package. One page is in memory at a time."""
        with safe_zip.open_package(path) as package:
            for name in package.namelist():
                rule = _rule(package, name)
                if rule is None:
                    continue
                for slot in rule.slots(_text(package.read(name), name).text, options):
                    yield from (replace(unit, place=f"{name}:{unit.place}") for unit in slot.units)

    def put(self, source: Path, out: Path, translated: Translated, wanted: Wanted) -> None:
        """See `Format.write`. Entries keep their order: `mimetype` comes first and is not compressed."""
        with safe_zip.open_package(source) as package, zipfile.ZipFile(out, "w") as result:
            for entry in package.infolist():
                data: bytes | None = None
                rule = _rule(package, entry.filename)
                if rule is not None:
                    loaded = _text(package.read(entry), entry.filename)
                    text = rule.rewritten(loaded.text, translated, wanted)
                    if text != loaded.text:
                        data = loaded.encoding.bom + _PAGE.encoded(text, loaded.encoding)
                safe_zip.copy_entry(package, result, entry, data)
            result.comment = package.comment


_PAGE = Html()
_LABELS = {
    ".ncx": _Labels(frozenset({"text"})),
    ".opf": _Labels(frozenset({"title", "description"}), frozenset({"language"})),
}


def _rule(package: zipfile.ZipFile, name: str) -> TextFormat | None:
    suffix = PurePosixPath(name).suffix.lower()
    if name.startswith("META-INF/") or name.endswith("/"):
        return None
    if suffix == ".xml":  # so older programs name their pages
        with package.open(name) as stream:
            head = stream.read(_HEAD_BYTES)
        return _PAGE if _PAGE_START.search(head) else None
    return _PAGE if suffix in _PAGES else _LABELS.get(suffix)


def _text(data: bytes, name: str) -> Decoded:
    for bom, codec in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(bom):
            return decoded(data, TextEncoding(codec, bom))
    try:
        return decoded(data, charset.declared(data) or TextEncoding("utf-8"))
    except FileDamaged as error:
        raise FileDamaged(f"{name}: {error.detail}", **error.data) from error


def _require_open(data: bytes) -> None:
    for algorithm in _ALGORITHM.findall(data):
        if algorithm not in _FONT_ALGORITHMS:
            raise FileEncrypted("The book is protected against copying (DRM). Ask its publisher for one without.")
