"""What zip packages of XML parts (Office Open XML, OpenDocument) have in common: parts are checked, read in their order,
edited, and copied where nothing changed."""

from __future__ import annotations

import zipfile
import zlib
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from documents import safe_xml, safe_zip
from documents.errors import FileUnsafe
from documents.limits import MIB, Limits
from documents.model import DEFAULT_OPTIONS, Options, Unit
from documents.ooxml.texts import Reading, Texts
from documents.writing import Translated, Wanted, Writer, following

# Whoever asks for more than this finds no part that was not checked.
_EVERYTHING = Options(sheet_names=True)

# Puts translations into the tree of a part; returns whether anything changed.
Editor = Callable[[etree._Element, str, Texts], bool]


@dataclass(frozen=True)
class Task:
    """A part that holds text, and what edits it."""

    part: str
    edit: Editor


class Packaged(Writer):
    """A format that is a zip package of XML parts."""

    suffixes: tuple[str, ...]
    media_type: str

    @abstractmethod
    def recognise(self, path: Path, suffix: str) -> None:
        """See `Format.recognise`."""

    @abstractmethod
    def maps(self, package: zipfile.ZipFile, limits: Limits) -> set[str]:
        """Checks the parts that `tasks` reads to find the others, and names them. Raises a `DocumentError`."""

    @abstractmethod
    def tasks(self, package: zipfile.ZipFile, options: Options) -> list[Task]:
        """The parts with text in the order of reading. Raises `UnsupportedType`, `FileDamaged`, `FileUnsafe`."""

    def check(self, path: Path, limits: Limits) -> None:
        """Reads the whole package once, without keeping it. Raises any `DocumentError` but `FileNoText`."""
        safe_zip.check_size(path, limits)
        with safe_zip.open_package(path) as package:
            safe_zip.check(package, limits)
            maps = self.maps(package, limits)
            parts = {task.part for task in self.tasks(package, _EVERYTHING)} - maps
            for entry in package.infolist():
                if entry.filename in parts:
                    check_xml(package, entry.filename, limits)
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

    def put(self, source: Path, out: Path, translated: Translated, wanted: Wanted) -> None:
        """See `Format.write`. Changed parts are kept compressed until all are known: their order is that of reading."""
        texts = Texts(lambda unit: following(unit.place, translated), wanted.target_language, wanted.bilingual)
        changed: dict[str, bytes] = {}
        with safe_zip.open_package(source) as package, zipfile.ZipFile(out, "w") as result:
            for task in self.tasks(package, wanted.options):
                tree = safe_xml.parse(package.read(task.part), task.part)
                if task.edit(tree.getroot(), task.part, texts):
                    changed[task.part] = zlib.compress(safe_xml.serialise(tree), 1)
            for entry in package.infolist():
                data = changed.get(entry.filename)
                safe_zip.copy_entry(package, result, entry, None if data is None else zlib.decompress(data))
            result.comment = package.comment


def check_xml(package: zipfile.ZipFile, name: str, limits: Limits) -> None:
    """Is the part `name` XML that may become a tree? Raises `FileUnsafe`, `FileDamaged`."""
    size = package.getinfo(name).file_size
    if size > limits.max_xml_part_bytes:
        raise FileUnsafe(
            f"{name} has {size / MIB:.1f} MiB of XML; at most {limits.max_xml_part_bytes / MIB:.1f} MiB are read.",
            part=name,
        )
    with package.open(name) as stream:
        safe_xml.check(stream, name, limits.max_xml_depth)
