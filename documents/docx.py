"""Word documents (.docx): body, tables, headers, footers, notes, comments, text boxes.

Translated: text, results of fields that quote text (hyperlinks, tables of contents, references), inserted text of
tracked changes. Untouched: codes and results of computed fields (PAGE, DATE), deleted text, formulas, pictures,
charts, SmartArt, document properties. A part in which nothing changed is copied byte for byte.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from documents import safe_xml, safe_zip
from documents.errors import FileUnsafe
from documents.limits import MIB, Limits
from documents.model import DEFAULT_OPTIONS, Options, Output, Piece, Unit
from documents.sniff import require_zip
from documents.word import part
from documents.word.package import CONTENT_TYPES, text_parts


class Docx:
    """The format `.docx`."""

    name = "docx"
    suffixes = (".docx",)
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    outputs = frozenset({Output.TRANSLATED})

    def recognise(self, path: Path, suffix: str) -> None:
        """See `Format.recognise`."""
        require_zip(path, "a Word document", suffix)

    def check(self, path: Path, limits: Limits) -> None:
        """Reads the whole package once, without keeping it. Raises any `DocumentError` but `FileNoText`."""
        safe_zip.check_size(path, limits)
        with safe_zip.open_package(path) as package:
            safe_zip.check(package, limits)
            if CONTENT_TYPES in package.namelist():
                _check_xml(package, CONTENT_TYPES, limits)
            parts = frozenset(text_parts(package))
            for entry in package.infolist():
                if entry.filename in parts:
                    _check_xml(package, entry.filename, limits)
                else:
                    safe_zip.drain(package, entry)

    def read(self, path: Path, options: Options = DEFAULT_OPTIONS) -> Iterator[Unit]:
        """The units of each text part, in the order of the package. One part is in memory at a time."""
        with safe_zip.open_package(path) as package:
            for name in text_parts(package):
                yield from part.units(safe_xml.parse(package.read(name), name).getroot(), name)

    def write(
        self,
        source: Path,
        out: Path,
        translated: Iterator[Sequence[Piece]],
        target_language: str,
        output: Output = Output.TRANSLATED,
        options: Options = DEFAULT_OPTIONS,
    ) -> None:
        """See `Format.write`."""
        if output not in self.outputs:
            raise ValueError(f"a {self.name} document is not written {output}")

        def following(unit: Unit) -> Sequence[Piece]:
            pieces = next(translated, None)
            if pieces is None:
                raise ValueError(f"there is no translation for {unit.place}")
            return pieces

        with safe_zip.open_package(source) as package, zipfile.ZipFile(out, "w") as result:
            parts = frozenset(text_parts(package))
            for entry in package.infolist():
                data: bytes | None = None
                if entry.filename in parts:
                    tree = safe_xml.parse(package.read(entry), entry.filename)
                    if part.translate(tree.getroot(), entry.filename, following, target_language):
                        data = safe_xml.serialise(tree)
                safe_zip.copy_entry(package, result, entry, data)
            result.comment = package.comment
        if next(translated, None) is not None:
            raise ValueError("there are more translations than units")


def _check_xml(package: zipfile.ZipFile, name: str, limits: Limits) -> None:
    size = package.getinfo(name).file_size
    if size > limits.max_xml_part_bytes:
        raise FileUnsafe(
            f"{name} has {size / MIB:.1f} MiB of XML; at most {limits.max_xml_part_bytes / MIB:.1f} MiB are read.",
            part=name,
        )
    with package.open(name) as stream:
        safe_xml.check(stream, name, limits.max_xml_depth)
