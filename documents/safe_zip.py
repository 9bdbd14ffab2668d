"""Zip packages from strangers: bounded sizes, honest names; and copies that keep what Office looks at."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from documents.errors import FileDamaged, FileEncrypted, FileTooLarge, FileUnsafe, UnsupportedType
from documents.limits import MIB, Limits

_CHUNK_BYTES = 1 << 18
_ENCRYPTED_FLAG = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


@contextmanager
def open_package(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip at `path`. What the zip library finds wrong, now or while it is read, becomes `FileDamaged`."""
    try:
        with zipfile.ZipFile(path) as package:
            yield package
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise FileDamaged(f"The document's zip package is broken ({error}). Open and save it again.") from error


def check(package: zipfile.ZipFile, limits: Limits, names: Sequence[str] | None = None) -> None:
    """Judges the directory of `package`, without unpacking. names: what its entries are called, where the file does not
    say in what encoding that is.

    Raises `FileUnsafe` (names, count, sizes, ratio), `FileEncrypted`, `UnsupportedType` (compression method).
    """
    entries = package.infolist()
    if len(entries) > limits.max_zip_entries:
        raise FileUnsafe(f"The package has {len(entries)} parts; at most {limits.max_zip_entries} are read.")
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        # orig_filename is what the file says; `filename` is already cut at a NUL by the library.
        for name in (entry.filename, entry.orig_filename) if names is None else (names[number],):
            _check_name(name)
        name = entry.filename if names is None else names[number]
        if name in seen:
            raise FileUnsafe(f"The package holds {name!r} twice, so what it says depends on who reads it.")
        seen.add(name)
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise FileEncrypted("The package is protected by a password. Save it without one and upload it again.")
        if entry.compress_type not in _METHODS:
            raise UnsupportedType(f"{entry.filename!r} is compressed by a method that documents do not use.")
        _check_ratio(entry, limits)
    total = sum(entry.file_size for entry in entries)
    if total > limits.max_uncompressed_bytes:
        raise FileUnsafe(
            f"Unpacked, the document takes {total // MIB} MiB; at most {limits.max_uncompressed_bytes // MIB} are read."
        )


def check_size(path: Path, limits: Limits) -> None:
    """Raises `FileTooLarge`."""
    size = path.stat().st_size
    if size > limits.max_file_bytes:
        raise FileTooLarge(
            f"The file has {size / MIB:.1f} MiB; at most {limits.max_file_bytes / MIB:.1f} MiB are taken. Split it.",
            size=size,
            limit=limits.max_file_bytes,
        )


def drain(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpacks `entry` to nowhere, so that a broken part is found (its checksum is wrong) before the work is done."""
    with package.open(entry) as stream:
        while stream.read(_CHUNK_BYTES):
            pass


def copy_entry(
    source: zipfile.ZipFile, target: zipfile.ZipFile, entry: zipfile.ZipInfo, data: bytes | None = None
) -> None:
    """Writes `entry` to `target` under the same name, date and compression, with `data` for content if given."""
    copy = like(entry, entry.filename, entry.file_size if data is None else len(data))
    with target.open(copy, "w") as sink:
        if data is not None:
            sink.write(data)
        elif not entry.is_dir():
            with source.open(entry) as stream:
                pour(stream, sink)


def like(entry: zipfile.ZipInfo, name: str, size: int) -> zipfile.ZipInfo:
    """An entry called `name` of `size` bytes with the date, compression and attributes of `entry`."""
    copy = zipfile.ZipInfo(name, entry.date_time)
    copy.compress_type = entry.compress_type
    copy.create_system = entry.create_system
    copy.external_attr = entry.external_attr
    copy.comment = entry.comment
    copy.file_size = size
    return copy


def pour(stream: IO[bytes], sink: IO[bytes]) -> None:
    """All that is left of `stream` into `sink`."""
    while block := stream.read(_CHUNK_BYTES):
        sink.write(block)


def _check_name(name: str) -> None:
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or "\0" in name or ".." in parts or parts[0].endswith(":"):
        raise FileUnsafe(f"The package has a part named {name!r}, a path that leads out of it.")


def _check_ratio(entry: zipfile.ZipInfo, limits: Limits) -> None:
    most = max(limits.ratio_from_bytes, limits.max_zip_ratio * max(1, entry.compress_size))
    if entry.file_size > most:
        raise FileUnsafe(
            f"{entry.filename!r} unpacks to {entry.file_size // MIB} MiB from {entry.compress_size} bytes: a zip bomb."
        )
