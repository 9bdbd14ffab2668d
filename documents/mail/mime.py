"""The parts of a message (RFC 5322, RFC 2045 to 2049) by their places in its bytes. Nothing is written again."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from documents.errors import FileDamaged, FileEncrypted, FileUnsafe, UnsupportedType

# Mail programs nest four or five deep: a forwarded message in a mixed, related, alternative one.
MOST_NESTED = 30
MOST_PARTS = 5_000
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[^\r\n]*(?:\r\n|\n|\Z)(?:[ \t][^\r\n]*(?:\r\n|\n|\Z))*+")
_MBOX = re.compile(rb">?From [^\r\n]*\r?\n")
_BLANK = re.compile(rb"\r?\n")
_SIGNED_INSIDE = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


@dataclass(frozen=True)
class Field:
    """One header from `start` to `end`, its line end and folded lines included. `name` is in lower case."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Part:
    """The headers from `start` to `body_start`, the blank line included, and the body up to `end`.

    name: 1, 1.2, 1.2.1... as IMAP numbers them; "" for a message itself. is_message: it has a subject.
    """

    name: str
    start: int
    body_start: int
    end: int
    fields: tuple[Field, ...]
    head: Message
    is_message: bool
    is_leaf: bool

    def field(self, name: str) -> Field | None:
        """The first header of that name."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def is_text(self) -> bool:
        """Whether people read it as a part of the message: text or a page, and no attachment."""
        kind = self.head.get_content_type()
        is_attached = self.head.get_content_disposition() == "attachment" or self.head.get_filename() is not None
        return self.is_leaf and kind in ("text/plain", "text/html") and not is_attached


def parts(data: bytes) -> Iterator[Part]:
    """The message and all its parts, each before what is inside it; attached messages are leaves.

    Raises `FileEncrypted` (S/MIME, PGP), `FileDamaged` (a multipart without boundaries), `FileUnsafe` (nested too deep, too
    many parts), `UnsupportedType` (S/MIME that is signed but not readable as it is).
    """
    found = _inside(data, 0, len(data), "", "text/plain", is_message=True, depth=0)
    for count, part in enumerate(found, 1):
        if count > MOST_PARTS:
            raise FileUnsafe(f"The message has more than {MOST_PARTS} parts.")
        yield part


def _inside(
    data: bytes, start: int, end: int, name: str, default: str, *, is_message: bool, depth: int
) -> Iterator[Part]:
    if depth > MOST_NESTED:
        raise FileUnsafe(f"The parts of the message are nested more than {MOST_NESTED} deep.")
    fields, body = _fields(data, start, end)
    head = BytesHeaderParser().parsebytes(b"".join(data[one.start : one.end] for one in fields))
    head.set_default_type(default)
    kind = head.get_content_type()
    _require_readable(kind, head)
    holds_message = kind == "message/rfc822" and head.get_content_disposition() != "attachment"
    is_leaf = not (head.get_content_maintype() == "multipart" or holds_message)
    yield Part(name, start, body, end, fields, head, is_message, is_leaf)
    if holds_message:
        if str(head.get("content-transfer-encoding", "7bit")).strip().lower() in ("7bit", "8bit", "binary"):
            yield from _inside(data, body, end, name or "1", "text/plain", is_message=True, depth=depth + 1)
    elif not is_leaf:
        inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        for number, (first, last) in enumerate(_between(data, body, end, head, name), 1):
            below = f"{name}.{number}" if name else str(number)
            yield from _inside(data, first, last, below, inner, is_message=False, depth=depth + 1)


def _fields(data: bytes, start: int, end: int) -> tuple[tuple[Field, ...], int]:
    """The headers, and where the body begins."""
    fields: list[Field] = []
    at = start + len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8, start) else start
    while at < end:
        blank = _BLANK.match(data, at, end)
        if blank:
            return tuple(fields), blank.end()
        mbox = _MBOX.match(data, at, end) if at == start else None
        field = None if mbox else _FIELD.match(data, at, end)
        if mbox:
            at = mbox.end()
        elif field:
            fields.append(Field(field.group(1).decode().lower(), at, field.end()))
            at = field.end()
        else:
            return tuple(fields), at  # no header: mail programs read on as the body
    return tuple(fields), at


def _between(data: bytes, start: int, end: int, head: Message, name: str) -> Iterator[tuple[int, int]]:
    """The places of the parts between the boundaries of a multipart. The line end before a boundary is its own."""
    boundary = head.get_boundary()
    if not boundary:
        raise FileDamaged(f"Part {name or 'one'} of the message has no boundary. Save the message again.")
    line = re.compile(rb"(?:\r?\n|\A|(?<=\n))--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    opened: int | None = None
    for match in line.finditer(data, start, end):
        if opened is not None:
            yield opened, max(opened, match.start())
        if match.group(1):
            return
        after = _BLANK.match(data, match.end(), end)
        opened = after.end() if after else match.end()
    if opened is None:
        raise FileDamaged(
            f"The boundary of part {name or 'one'} of the message stands nowhere. Save the message again."
        )
    yield opened, end  # without the last boundary, as cut messages are


def _require_readable(kind: str, head: Message) -> None:
    if kind == "multipart/encrypted":
        raise FileEncrypted("The message is encrypted (PGP). Open it in its mail program and save its text.")
    if kind in _SIGNED_INSIDE:
        if str(head.get_param("smime-type", "enveloped-data")).lower() == "signed-data":
            raise UnsupportedType("The message is wrapped in its signature (S/MIME). Save its text in a mail program.")
        raise FileEncrypted("The message is encrypted (S/MIME). Open it in its mail program and save its text.")
