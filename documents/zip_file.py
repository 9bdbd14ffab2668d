"""Archives (.zip): every file by the rules of its own format, names and folders kept, the others copied byte for byte.

One file is unpacked at a time, to a folder that is gone afterwards.
"""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from documents import safe_zip, scratch
from documents.archive_names import check_files, names_of
from documents.errors import DocumentError, FileEmpty, FileNoText, FileUnsafe, UnsupportedType
from documents.finding import find, suffix_of
from documents.limits import Limits
from documents.model import DEFAULT_OPTIONS, Format, Options, Output, Unit
from documents.naming import written_suffix
from documents.sniff import require_zip
from documents.writing import Translated, Wanted, Writer

_ARCHIVES = frozenset(
    {".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".xz", ".txz", ".zst", ".cab", ".jar"}
)
# Packages that are zips themselves, by a file in them.
_PACKAGES = {"[Content_Types].xml": "an Office document", "mimetype": "an OpenDocument file or a book"}
# What macOS and Office leave beside files: no document, whatever its suffix says.
_LEFT_BEHIND = ("._", "~$", ".~lock.")


@dataclass(frozen=True)
class _Member:
    """`form`: None for a file that is copied."""

    entry: zipfile.ZipInfo
    name: str
    form: Format | None


class Zip(Writer):
    """The format `.zip`, of files of these formats."""

    name = "zip"
    suffixes = (".zip",)
    media_type = "application/zip"

    def __init__(self, formats: Sequence[Format]) -> None:
        self._formats = formats

    def recognise(self, path: Path, suffix: str) -> None:
        """See `Format.recognise`."""
        require_zip(path, "a zip archive", suffix)

    def check(self, path: Path, limits: Limits) -> None:
        """Unpacks and checks every file once. What is wrong with one is said with its name. Raises a `DocumentError`."""
        safe_zip.check_size(path, limits)
        with safe_zip.open_package(path) as package:
            names = names_of(package)
            for inner, what in _PACKAGES.items():
                if inner in names:
                    raise UnsupportedType(f"The file is {what}. Give it its right name.")
            safe_zip.check(package, limits, names)
            check_files(package, names)
            has_text = False
            for member in self._members(package):
                if suffix_of(member.name) in _ARCHIVES:
                    raise FileUnsafe(f"{member.name!r} is an archive inside the archive. Unpack it first.")
                has_text = _check_member(package, member, limits) or has_text
            if not has_text:
                raise FileNoText("The archive holds no file of a format that is translated, or only empty ones.")

    def read(self, path: Path, options: Options = DEFAULT_OPTIONS) -> Iterator[Unit]:
        """The units of each file, in the order of the archive."""
        with safe_zip.open_package(path) as package:
            for member in self._members(package):
                if member.form is not None:
                    with _unpacked(package, member) as file:
                        for unit in _units(member.form, file, options):
                            yield replace(unit, place=f"{member.name}: {unit.place}")

    def put(self, source: Path, out: Path, translated: Translated, wanted: Wanted) -> None:
        """See `Format.write`. A file whose format knows no bilingual form is written translated."""
        with safe_zip.open_package(source) as package, zipfile.ZipFile(out, "w") as result:
            members = self._members(package)
            taken = {member.name for member in members}
            for member in members:
                if member.form is None:
                    _copy(package, result, member)
                    continue
                with _unpacked(package, member) as file:
                    count = sum(1 for _ in _units(member.form, file, wanted.options))
                    if not count:
                        _copy(package, result, member)
                        continue
                    new = file.with_name(f"new{written_suffix(file.suffix)}")
                    output = wanted.output if wanted.output in member.form.outputs else Output.TRANSLATED
                    own = itertools.islice(translated, count)
                    member.form.write(file, new, own, wanted.target_language, output, wanted.options)
                    entry = safe_zip.like(member.entry, _new_name(member.name, taken), new.stat().st_size)
                    with new.open("rb") as stream, result.open(entry, "w") as sink:
                        safe_zip.pour(stream, sink)
            result.comment = package.comment

    def untouched(self, path: Path) -> list[str]:
        """See `Archive.untouched`."""
        with safe_zip.open_package(path) as package:
            return [
                one.name for one in self._members(package) if not one.entry.is_dir() and not _has_text(package, one)
            ]

    def _members(self, package: zipfile.ZipFile) -> list[_Member]:
        return [
            _Member(entry, name, self._format_of(entry, name))
            for entry, name in zip(package.infolist(), names_of(package), strict=True)
        ]

    def _format_of(self, entry: zipfile.ZipInfo, name: str) -> Format | None:
        path = PurePosixPath(name)
        if entry.is_dir() or not entry.file_size or "__MACOSX" in path.parts or path.name.startswith(_LEFT_BEHIND):
            return None
        return find(self._formats, name)


def _units(form: Format, file: Path, options: Options) -> Iterator[Unit]:
    """The units of a file, none of one that holds no text at all."""
    with suppress(FileEmpty, FileNoText):
        yield from form.read(file, options)


def _has_text(package: zipfile.ZipFile, member: _Member) -> bool:
    if member.form is None:
        return False
    with _unpacked(package, member) as file:
        return next(_units(member.form, file, DEFAULT_OPTIONS), None) is not None


def _check_member(package: zipfile.ZipFile, member: _Member, limits: Limits) -> bool:
    """Whether the file is translated. Raises what its format raises, with its name."""
    if member.form is None:
        if not member.entry.is_dir():
            safe_zip.drain(package, member.entry)
        return False
    with _unpacked(package, member) as file:
        try:
            member.form.recognise(file, file.suffix)
            member.form.check(file, limits)
        except (FileEmpty, FileNoText):
            return False
        except DocumentError as error:
            raise type(error)(f"{member.name}: {error.detail}", **{**error.data, "member": member.name}) from error
    return True


@contextmanager
def _unpacked(package: zipfile.ZipFile, member: _Member) -> Iterator[Path]:
    with scratch.folder() as folder:
        path = folder / f"file{suffix_of(member.name)}"
        with package.open(member.entry) as stream, path.open("wb") as sink:
            safe_zip.pour(stream, sink)
        yield path


def _copy(package: zipfile.ZipFile, result: zipfile.ZipFile, member: _Member) -> None:
    entry = safe_zip.like(member.entry, member.name, member.entry.file_size)
    with result.open(entry, "w") as sink:
        if not member.entry.is_dir():
            with package.open(member.entry) as stream:
                safe_zip.pour(stream, sink)


def _new_name(name: str, taken: set[str]) -> str:
    """`a/report.doc` -> `a/report.docx`, or `a/report.doc.docx` where the archive has the first. Others stay."""
    suffix = PurePosixPath(name).suffix
    new = name[: len(name) - len(suffix)] + written_suffix(suffix)
    if new != name and new in taken:
        new = name + written_suffix(suffix)
    taken.add(new)
    return new
