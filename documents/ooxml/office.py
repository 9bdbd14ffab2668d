"""What the three Office formats share: parts are checked, read in their order, edited, and copied where nothing changed."""

from __future__ import annotations

import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lxml import etree

from documents import safe_xml, safe_zip
from documents.errors import FileUnsafe
from documents.limits import MIB, Limits
from documents.model import DEFAULT_OPTIONS, Options, Output, Piece, Unit
from documents.ooxml.package import CONTENT_TYPES, Kind, content_types
from documents.ooxml.texts import Reading, Texts
from documents.sniff import require_zip
from documents.translations import following, require_end

# Puts translations into the tree of a part; returns whether anything changed.
Editor = Callable[[etree._Element, str, Texts], bool]


@dataclass(frozen=True)
class Task:
    """A part that holds text, and what edits it."""

    part: str
    edit: Editor


class Office(ABC):
    """A format that is an Office Open XML package."""

    kind: ClassVar[Kind]
    name: str
    suffixes: tuple[str, ...]
    media_type: str
    # Content types of the parts that `tasks` reads to find the others.
    map_types: ClassVar[frozenset[str]] = frozenset()
    outputs: frozenset[Output] = frozenset({Output.TRANSLATED, Output.BILINGUAL})

    @abstractmethod
    def tasks(self, package: zipfile.ZipFile, options: Options) -> list[Task]:
        """The parts with text in the order of reading. Raises `UnsupportedType`, `FileDamaged`, `FileUnsafe`."""

    def recognise(self, path: Path, suffix: str) -> None:
        """See `Format.recognise`."""
        require_zip(path, self.kind.title, suffix)

    def check(self, path: Path, limits: Limits) -> None:
        """Reads the whole package once, without keeping it. Raises any `DocumentError` but `FileNoText`."""
        safe_zip.check_size(path, limits)
        with safe_zip.open_package(path) as package:
            safe_zip.check(package, limits)
            # `tasks` reads these to find the others.
            maps = {name for name in package.namelist() if name == CONTENT_TYPES or _is_links(name)}
            if CONTENT_TYPES in maps:
                _check_xml(package, CONTENT_TYPES, limits)
            types = content_types(package, self.kind)
            maps |= {name for name, content_type in types.items() if content_type in self.map_types}
            for name in sorted(maps & types.keys()):
                _check_xml(package, name, limits)
            parts = {task.part for task in self.tasks(package, DEFAULT_OPTIONS)} - maps
            for entry in package.infolist():
                if entry.filename in parts:
                    _check_xml(package, entry.filename, limits)
                elif entry.filename not in maps:
                    safe_zip.drain(package, entry)

    def read(self, path: Path, options: Options = DEFAULT_OPTIONS) -> Iterator[Unit]:
        """The units of each part. One part is in memory at a time."""
        reading = Reading()
        texts = Texts(reading)
        with safe_zip.open_package(path) as package:
            for task in self.tasks(package, options):
                task.edit(safe_xml.parse(package.read(task.part), task.part).getroot(), task.part, texts)
                yield from reading.take()

    def write(
        self,
        source: Path,
        out: Path,
        translated: Iterator[Sequence[Piece]],
        target_language: str,
        output: Output = Output.TRANSLATED,
        options: Options = DEFAULT_OPTIONS,
    ) -> None:
        """See `Format.write`. Changed parts are kept compressed until all are known: their order is that of reading."""
        if output not in self.outputs:
            raise ValueError(f"a {self.name} document is not written {output}")
        texts = Texts(lambda unit: following(unit.place, translated), target_language, output is Output.BILINGUAL)
        changed: dict[str, bytes] = {}
        with safe_zip.open_package(source) as package, zipfile.ZipFile(out, "w") as result:
            for task in self.tasks(package, options):
                tree = safe_xml.parse(package.read(task.part), task.part)
                if task.edit(tree.getroot(), task.part, texts):
                    changed[task.part] = zlib.compress(safe_xml.serialise(tree), 1)
            require_end(translated)
            for entry in package.infolist():
                data = changed.get(entry.filename)
                safe_zip.copy_entry(package, result, entry, None if data is None else zlib.decompress(data))
            result.comment = package.comment


def _is_links(name: str) -> bool:
    """Whether a part tells what others lead to. What macOS adds to a zip has such names too, and is no XML."""
    return name.lower().endswith(".rels") and not name.startswith("__MACOSX/")


def _check_xml(package: zipfile.ZipFile, name: str, limits: Limits) -> None:
    size = package.getinfo(name).file_size
    if size > limits.max_xml_part_bytes:
        raise FileUnsafe(
            f"{name} has {size / MIB:.1f} MiB of XML; at most {limits.max_xml_part_bytes / MIB:.1f} MiB are read.",
            part=name,
        )
    with package.open(name) as stream:
        safe_xml.check(stream, name, limits.max_xml_depth)
