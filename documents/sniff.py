"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from documents.errors import FileDamaged, FileEmpty, FileEncrypted, UnsupportedType

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
# In the directory of an OLE file names are UTF-16; this stream holds a password-protected Office document.
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
# The directory may lie behind the package itself, so the whole file is searched, this many bytes at a time.
_CHUNK_BYTES = 1 << 20
_PDF_WITHIN_BYTES = 1024


class Container(StrEnum):
    """The outer form of a file."""

    ZIP = "zip"  # Office Open XML, OpenDocument, EPUB, archives
    TEXT = "text"  # nothing known: text, if it can be decoded
    OLE = "ole"  # Office before 2007, or a password-protected newer document
    OTHER = "other"  # a known binary form


RTF = b"{\\rtf"
_BINARY = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"BM\x00": "a BMP picture",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\x1f\x8b": "a gzip archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"SQLite format 3": "a database",
    RTF: "an RTF document",
}


def container(path: Path) -> Container:
    """The outer form of the file at `path`. Raises `FileEmpty` for one without a byte."""
    head = _head(path)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Container.ZIP
    if head.startswith(_OLE):
        return Container.OLE
    if describe_binary(head) is not None:
        return Container.OTHER
    return Container.TEXT


def describe_binary(head: bytes) -> str | None:
    """What a file that begins with `head` is, if that is a known binary form that is not read here."""
    return next((what for magic, what in _BINARY.items() if head.startswith(magic)), None)


def begins_with(path: Path, magic: bytes) -> bool:
    """Whether these are the first bytes of the file."""
    return _head(path).startswith(magic)


def require_zip(path: Path, what: str, suffix: str) -> None:
    """Raises unless the file is a zip: `FileEncrypted`, `FileEmpty`, `FileDamaged` or `UnsupportedType`."""
    kind = container(path)
    if kind is Container.ZIP:
        return
    if kind is Container.OLE:
        if _contains(path, _ENCRYPTED_PACKAGE):
            raise FileEncrypted("The document is protected by a password. Save it without one and upload it again.")
        raise UnsupportedType(
            f"This is a document of Office 97-2003 under a newer suffix. Save it as {suffix}, or give it its right name "
            "(.doc, .xls, .ppt)."
        )
    binary = describe_binary(_head(path))
    if binary is not None:
        raise UnsupportedType(f"The name ends in {suffix}, but the content is {binary}.")
    raise FileDamaged(f"The file is not {what}: it does not begin as one. Open it and save it again.")


def require_pdf(path: Path, suffix: str) -> None:
    """Raises unless the file is a PDF: `FileEmpty`, `FileDamaged` or `UnsupportedType`. Readers take one that has up to a
    kilobyte of something else before it (PDF reference, H.3.4.1)."""
    head = _head(path, _PDF_WITHIN_BYTES)
    if b"%PDF-" in head:
        return
    kind = container(path)
    if kind in (Container.ZIP, Container.OLE):
        raise UnsupportedType(f"The name ends in {suffix}, but the content is an archive or an Office document.")
    binary = describe_binary(head)
    if binary is not None:
        raise UnsupportedType(f"The name ends in {suffix}, but the content is {binary}.")
    raise FileDamaged("The file is not a PDF: it does not begin as one. Open it and save it again.")


def require_text(path: Path, suffix: str) -> None:
    """Raises `UnsupportedType` if the file is of a known binary form, `FileEmpty` if it has no byte."""
    kind = container(path)
    if kind is Container.TEXT:
        return
    what = {Container.ZIP: "a zip archive or an Office document", Container.OLE: "a document of Office 97-2003"}.get(
        kind, describe_binary(_head(path)) or "binary"
    )
    raise UnsupportedType(f"The name ends in {suffix}, but the content is {what}. Give it its right name.")


def _head(path: Path, size: int = 16) -> bytes:
    with path.open("rb") as file:
        head = file.read(size)
    if not head:
        raise FileEmpty("The file is empty (0 bytes). Upload it again, or leave it out.")
    return head


def _contains(path: Path, needle: bytes) -> bool:
    kept = b""
    with path.open("rb") as file:
        while block := file.read(_CHUNK_BYTES):
            if needle in kept + block:
                return True
            kept = block[-len(needle) :]
    return False
