"""Mail (.eml): subject, text and pages of a message and of those forwarded in it; attachments and headers stay.

A plain text is translated line by line (with format=flowed by paragraphs), a page by the rules of `html`. Signatures of
the message, DKIM or S/MIME, do not fit a translation; they are left as they are, and programs will say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from documents import safe_zip
from documents.codes import Raw
from documents.errors import UnsupportedType
from documents.html import Html
from documents.limits import Limits
from documents.mail.coding import encoded, header_line, header_text, text_of
from documents.mail.mime import Part, parts
from documents.mail.plain import Plain
from documents.model import DEFAULT_OPTIONS, Options, Output, Piece, Unit
from documents.sniff import require_text
from documents.text_file import BCP47, Slot, TextFormat, joined, lines_of
from documents.writing import Translated, Wanted, Writer

# "Re: ", "FW: ", "答复：" stand before a subject in any language.
_REPLY = re.compile(r"(?:\s*(?:re|fw|fwd|aw|wg|sv|tr|答复|回复|转发)(?:\[\d{1,3}\])?\s*[:：]\s*)*", re.IGNORECASE)
_HEADERS = frozenset(
    {"from", "to", "subject", "date", "received", "return-path", "message-id", "mime-version", "content-type"}
)


class Eml(Writer):
    """The format `.eml`."""

    name = "eml"
    suffixes = (".eml",)
    media_type = "message/rfc822"

    def recognise(self, path: Path, suffix: str) -> None:
        """See `Format.recognise`."""
        require_text(path, suffix)

    def check(self, path: Path, limits: Limits) -> None:
        """Reads the whole message once. Raises any `DocumentError` but `FileNoText`."""
        require_text(path, path.suffix or ".eml")
        safe_zip.check_size(path, limits)
        data = path.read_bytes()
        first = next(parts(data))
        if not _HEADERS & {field.name for field in first.fields}:
            raise UnsupportedType("The name ends in .eml, but the file does not begin with the headers of a message.")
        for _ in self.read(path):
            pass

    def read(self, path: Path, options: Options = DEFAULT_OPTIONS) -> Iterator[Unit]:
        """The units of the subject and of each text, in the order of the message."""
        data = path.read_bytes()
        for part in parts(data):
            for rule, text, place in _texts(data, part):
                for slot in rule.slots(text, options):
                    yield from (replace(unit, place=f"{place}:{unit.place}") for unit in slot.units)

    def put(self, source: Path, out: Path, translated: Translated, wanted: Wanted) -> None:
        """See `Format.write`. A text that needs letters which its charset lacks becomes UTF-8."""
        data = source.read_bytes()
        end = "\r\n" if b"\r\n" in data[:10_000] else "\n"
        changes: list[tuple[int, int, bytes]] = []
        for part in parts(data):
            for rule, text, _ in _texts(data, part):
                new = rule.rewritten(text, translated, wanted)
                if new != text and rule is _SUBJECT:
                    field = part.field("subject")
                    assert field is not None
                    name = data[field.start : field.end].partition(b":")[0].decode().strip()
                    changes.append((field.start, field.end, header_line(name, new, end)))
                elif new != text:
                    changes += encoded(data, part, new, end)
                    changes += _told(part, wanted, end)
        with out.open("wb") as file:
            at = 0
            for start, stop, piece in sorted(changes, key=lambda change: change[:2]):
                file.write(data[at:start])
                file.write(piece)
                at = stop
            file.write(data[at:])


class _Subject(TextFormat):
    name = "subject"
    suffixes = ()
    media_type = "text/plain"

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        before = _REPLY.match(text)
        start = before.end() if before else 0
        lines = lines_of(text[start:], "subject")
        if not lines.units:
            return

        def rendered(pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output) -> tuple[int, int, str]:
            new = lines.filled([joined(one) for one in pieces])
            return (len(text), len(text), f" / {new}") if output is Output.BILINGUAL else (start, len(text), new)

        yield Slot(lines.units, rendered)


_SUBJECT = _Subject()
_PAGE = Html()


def _texts(data: bytes, part: Part) -> Iterator[tuple[TextFormat, str, str]]:
    """(rule, text, place) of what a part says to people."""
    field = part.field("subject") if part.is_message else None
    if field is not None:
        yield _SUBJECT, header_text(data, field), f"part:{part.name}" if part.name else "header"
    if part.is_text:
        yield _rule(part), text_of(data, part), f"part:{part.name or '1'}"


def _rule(part: Part) -> TextFormat:
    if part.head.get_content_type() == "text/html":
        return _PAGE
    flowed = str(part.head.get_param("format", "fixed")).lower() == "flowed"
    return Plain(flowed, flowed and str(part.head.get_param("delsp", "no")).lower() == "yes")


def _told(part: Part, wanted: Wanted, end: str) -> Iterator[tuple[int, int, bytes]]:
    """The language of a part, where it says one."""
    field, language = part.field("content-language"), BCP47.get(wanted.target_language)
    if field is not None and language is not None and not wanted.bilingual:
        yield field.start, field.end, f"Content-Language: {language}{end}".encode()
