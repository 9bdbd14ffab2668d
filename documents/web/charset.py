"""The encoding that a page or an XML document declares, and the declaration changed to UTF-8."""

from __future__ import annotations

import codecs
import re

from documents.encodings import UTF8_WITH_BOM, TextEncoding

_HEAD_BYTES = 4096
_SURE_BYTES = 8
_ASCII = bytes(range(128))
_XML = re.compile(r"^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_META = re.compile(r"<meta\b[^>]{0,300}?\bcharset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# What browsers read under these names (the Encoding Standard of the WHATWG).
_READ_AS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "utf-8-sig": "utf-8"}
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"\x84\x31\x95\x33")


def declared(data: bytes) -> TextEncoding | None:
    """The encoding that `data` says it is in and can be read in; None without one, or where a byte order mark says it."""
    head = data[:_HEAD_BYTES]
    if head.startswith(_BOMS) or b"\0" in head:
        return None
    match = _XML.search(head.decode("latin-1")) or _META.search(head.decode("latin-1"))
    if match is None:
        return None
    try:
        name = codecs.lookup(match.group(1)).name
        codec = _READ_AS.get(name, name)
        text = data.decode(codec)
    except (LookupError, UnicodeDecodeError):
        return None
    if not codec.startswith("utf") and _is_utf8(data):
        return None  # a web server may tell the right one, which browsers believe
    # UTF-16 is not declared in ASCII letters; a codec that is none of text (hex, rot13) gives no text.
    return None if codec.startswith(("utf-16", "utf-32", "utf-7")) or not isinstance(text, str) else TextEncoding(codec)


def _is_utf8(data: bytes) -> bool:
    """Whether `data` can be nothing else: some eight bytes above ASCII in another encoding never fit so."""
    if len(data.translate(None, _ASCII)) < _SURE_BYTES:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def as_utf8(text: str) -> tuple[str, bytes]:
    """`text` declaring UTF-8, and the byte order mark that it needs if it declares nothing."""
    head, rest = text[:_HEAD_BYTES], text[_HEAD_BYTES:]
    found = [match for pattern in (_XML, _META) if (match := pattern.search(head))]
    for match in sorted(found, key=lambda one: -one.start(1)):
        head = head[: match.start(1)] + "UTF-8" + head[match.end(1) :]
    return head + rest, b"" if found else UTF8_WITH_BOM.bom
