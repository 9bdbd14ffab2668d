"""Text parts and header texts out of their transfer encodings and charsets, and back into them."""

from __future__ import annotations

import binascii
import codecs
import email.errors
import email.header
import quopri
import re
import tempfile
from pathlib import Path

from documents import encodings
from documents.errors import FileDamaged, UnsupportedType
from documents.mail.mime import Field, Part
from documents.web import charset

_LINE_BYTES = 998
"""The longest line of a message, RFC 5322, 2.1.1."""

_LINE_OF_BASE64 = 57
"""Bytes that make a line of 76 signs, RFC 2045."""

_PLAIN = frozenset({"", "7bit", "8bit", "binary"})
# What mail programs read under these names (the Encoding Standard of the WHATWG).
_READ_AS = {"iso8859-1": "cp1252", "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "utf-8-sig": "utf-8"}
_LINE_END = re.compile(rb"\r\n|\n")


def transfer_encoding(part: Part) -> str:
    """The transfer encoding of a part in lower case, "" where it says none. Raises `UnsupportedType` for unknown ones."""
    found = str(part.head.get("content-transfer-encoding", "")).strip().lower()
    if found not in _PLAIN | {"quoted-printable", "base64"}:
        raise UnsupportedType(
            f"Part {part.name or '1'} of the message is encoded as {found[:40]}, which is not read here."
        )
    return found


def text_of(data: bytes, part: Part) -> str:
    """The text of a part. Raises `FileDamaged`, `UnsupportedType`."""
    body = data[part.body_start : part.end]
    encoding = transfer_encoding(part)
    if encoding == "quoted-printable":
        body = quopri.decodestring(body)
    elif encoding == "base64":
        try:
            body = binascii.a2b_base64(body + b"==")  # mail programs do not miss them at the end
        except binascii.Error as error:
            raise FileDamaged(f"Part {part.name or '1'} of the message is no valid base64 ({error}).") from error
    told = part.head.get_content_charset()
    if _codec(told) is None and part.head.get_content_type() == "text/html":
        declared = charset.declared(body)
        told = declared.codec if declared else None
    return _decoded(body, told, f"part {part.name or '1'}")


def _decoded(body: bytes, told: str | None, what: str) -> str:
    """`body` by the charset that it is said to be in; without one, or with one that nobody knows, as it reads best."""
    codec = _codec(told) or "utf-8"
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        # ASCII is read as UTF-8; where it is neither, nobody chose that charset.
        if codec != "utf-8" or (told or "").lower().startswith("utf"):
            raise FileDamaged(f"The {what} of the message says that it is {told} text, but it is not.") from None
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        found = encodings.detect(Path(file.name))
    return body[len(found.bom) :].decode(found.codec)


def _codec(told: str | None) -> str | None:
    try:
        name = codecs.lookup(told or "").name
    except LookupError:
        return None
    return _READ_AS.get(name, name)


def encoded(data: bytes, part: Part, text: str, end: str) -> list[tuple[int, int, bytes]]:
    """The changes to a message that put `text` in the place of a part: in its charset, or UTF-8; end: its line end."""
    told = name = part.head.get_content_charset()
    try:
        body = text.encode(told or "ascii")
    except (LookupError, UnicodeEncodeError):
        name = "utf-8"
        body = (charset.as_utf8(text)[0] if part.head.get_content_type() == "text/html" else text).encode()
    was = transfer_encoding(part)
    encoding = was
    if was in _PLAIN and not (_is_short(body) and (body.isascii() or was in ("8bit", "binary"))):
        encoding = "base64" if sum(byte > 127 for byte in body) * 4 > len(body) else "quoted-printable"
    changes: list[tuple[int, int, bytes]] = []
    added = b""
    if name != told:
        changed, added = _with_charset(data, part, str(name), end)
        changes += changed
    if encoding != was:
        line = f"Content-Transfer-Encoding: {encoding}{end}".encode()
        field = part.field("content-transfer-encoding")
        if field is not None:
            changes.append((field.start, field.end, line))
        else:
            added += line
    if added:
        if part.is_message and part.field("mime-version") is None:
            added = f"MIME-Version: 1.0{end}".encode() + added
        at = part.fields[-1].end if part.fields else part.start
        changes.append((at, at, added))
    ends = data[part.body_start : part.end].endswith(b"\n")
    changes.append((part.body_start, part.end, _transferred(body, encoding, end.encode(), ends)))
    return changes


def _is_short(body: bytes) -> bool:
    return all(len(line) <= _LINE_BYTES for line in _LINE_END.split(body))


def _with_charset(data: bytes, part: Part, name: str, end: str) -> tuple[list[tuple[int, int, bytes]], bytes]:
    """(the Content-Type with another charset, or nothing; what is added to the headers)."""
    field = part.field("content-type")
    if field is None:
        return [], f"Content-Type: {part.head.get_content_type()}; charset={name}{end}".encode()
    old = data[field.start : field.end]
    pattern = re.compile(rb"(;\s*charset\*?\d?\*?\s*=\s*)(\"[^\"]*\"|[^\s;\"]+)", re.IGNORECASE)
    new, count = pattern.subn(lambda match: match.group(1) + name.encode(), old, count=1)
    if not count:
        new = old.rstrip(b"\r\n; \t") + f"; charset={name}{end}".encode()
    return [(field.start, field.end, new)], b""


def _transferred(body: bytes, encoding: str, end: bytes, ends: bool) -> bytes:
    if encoding in _PLAIN:
        return body
    if encoding == "base64":
        starts = range(0, len(body), _LINE_OF_BASE64)
        lines = [binascii.b2a_base64(body[at : at + _LINE_OF_BASE64], newline=False) for at in starts]
        return end.join(lines) + (end if ends else b"")
    # Soft line breaks take the line end of the message; hard ones stay as they are.
    lines = [quopri.encodestring(line).replace(b"\n", end) for line in _LINE_END.split(body)]
    return b"".join(part for pair in zip(lines, [*_LINE_END.findall(body), b""], strict=True) for part in pair)


def header_text(data: bytes, field: Field) -> str:
    """What a header says to people (RFC 2047), its folded lines as one. Raises `FileDamaged`."""
    raw = data[field.start : field.end].partition(b":")[2]
    line = _decoded(re.sub(rb"\r?\n(?=[ \t])", b"", raw).strip(), None, "subject")
    said: list[str] = []
    try:
        for piece, told in email.header.decode_header(line):
            said.append(_decoded(piece, told, "subject") if isinstance(piece, bytes) and told else _raw(piece))
    except email.errors.HeaderParseError as error:
        raise FileDamaged(f"The subject of the message is not valid ({error}). Save the message again.") from error
    return "".join(said)


def _raw(piece: str | bytes) -> str:
    # The library gives text between encoded words as bytes of its own.
    return piece if isinstance(piece, str) else piece.decode("raw-unicode-escape")


def header_line(name: str, text: str, end: str) -> bytes:
    """A header of one line or, folded, of several."""
    coding = "us-ascii" if text.isascii() else "utf-8"
    value = email.header.Header(text, coding, maxlinelen=76, header_name=name).encode(linesep=end)
    return f"{name}: {value}{end}".encode()
