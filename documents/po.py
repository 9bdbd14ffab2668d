"""Gettext catalogues (.po, .pot): msgstr by source position; comments, flags, obsolete and translated entries stay.

An entry is translated when one of its msgstr is empty or it is marked fuzzy: a fuzzy one is a guess that gettext's own
programs do not use. What was fuzzy loses the mark and the `#|` lines of its former text.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path

from documents.codes import Raw
from documents.encodings import TextEncoding
from documents.errors import UnsupportedType
from documents.limits import Limits
from documents.model import Options, Output, Piece
from documents.po_entries import MAX_COLUMNS, Entry, entries, written
from documents.po_header import PLURAL_FORMS, Header, charset_at
from documents.text_file import Decoded, Lines, Slot, TextFormat, decoded, joined, lines_of

_HEAD_BYTES = 8192


class Po(TextFormat):
    """The formats `.po` and `.pot`. A translated template is a catalogue."""

    name = "po"
    suffixes = (".po", ".pot")
    media_type = "text/x-gettext-translation"
    outputs = frozenset({Output.TRANSLATED})
    writes_all = True

    def decoded(self, data: bytes, path: Path) -> Decoded:
        """By byte order mark, else by the charset of the header, else as it reads best."""
        place = charset_at(data[:_HEAD_BYTES].decode("latin-1"))
        if place is not None and not data.startswith(codecs.BOM_UTF8) and b"\0" not in data[:_HEAD_BYTES]:
            name = data[slice(*place)].decode("latin-1")
            try:
                codec = codecs.lookup(name).name
            except LookupError:
                codec = ""
            # A header that says ASCII over other letters is believed by no program.
            if codec and not (codec == "ascii" and not data.isascii()):
                return decoded(data, TextEncoding(codec))
        return super().decoded(data, path)

    def as_utf8(self, text: str) -> tuple[str, bytes]:
        """The charset of the header corrected; gettext's programs take no byte order mark."""
        place = charset_at(text)
        return (text[: place[0]] + "UTF-8" + text[place[1] :] if place else text), b""

    def encoded(self, text: str, encoding: TextEncoding) -> bytes:
        """In the encoding that the header names, which was UTF-8 from the first translation on where it named none."""
        place = charset_at(text)
        if place is not None and text[slice(*place)] == "UTF-8" and not encoding.codec.startswith("utf"):
            return text.encode()
        return super().encoded(text, encoding)

    def inspect(self, text: str, limits: Limits) -> None:
        """Raises `FileDamaged` for what is no catalogue, `UnsupportedType` for a text without a message."""
        if next(entries(text), None) is None:
            raise UnsupportedType(
                "The name ends in .po, but the file holds no message (msgid). Give it its right name."
            )

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        """One slot a message that has no translation; all of them with `retranslate`, or where the header names another
        language than that of the task."""
        catalogue = list(entries(text))
        header = _header(catalogue)
        anew = options.retranslate or header.is_foreign(options.target_language)
        forms = _forms(catalogue, text, header, target_language, anew)
        for entry in catalogue:
            if not _is_header(entry) and (anew or _is_open(entry, text, header)):
                yield _slot(text, entry, forms)

    def relabelled(self, text: str, target_language: str, output: Output) -> Iterator[tuple[int, int, str]]:
        """The header: language, plural forms, encoding. A catalogue without a header gets one."""
        catalogue = list(entries(text))
        header = _header(catalogue)
        new = header.changed(target_language, _keeps_forms(catalogue, text, header, target_language))
        end = _line_end(text)
        first = next((entry for entry in catalogue if _is_header(entry)), None)
        if first is None:
            head = f'msgid ""{end}{written("msgstr", new.text, end, wraps=False)}{end}{end}'
            yield 0, 0, head
            return
        start, _ = _uncommented(text, first)
        if new != header or start < first.targets[0].start:
            told = written("msgstr", new.text, end, wraps=False)
            yield start, first.targets[0].end, _without_doubt(text, first, start) + told


def _is_header(entry: Entry) -> bool:
    return entry.source is not None and not entry.source.value and entry.context is None


def _header(catalogue: Sequence[Entry]) -> Header:
    return next((Header(entry.targets[0].value) for entry in catalogue if _is_header(entry)), Header())


def _is_open(entry: Entry, text: str, header: Header) -> bool:
    """Whether a message has no translation that gettext would use."""
    if "fuzzy" in entry.flags(text) or not all(target.value for target in entry.targets.values()):
        return True
    return entry.plural is not None and header.forms is not None and len(entry.targets) != header.forms


def _keeps_forms(catalogue: Sequence[Entry], text: str, header: Header, language: str) -> bool:
    """Whether the plural rule of the file stays: it is one of `language`, or translations that stay were made by it."""
    if header.forms is None or header.is_foreign(language):
        return False
    told = bool(header.value("Language"))
    return told or any(not (_is_header(one) or _is_open(one, text, header)) for one in catalogue if one.plural)


def _forms(catalogue: Sequence[Entry], text: str, header: Header, language: str, anew: bool) -> int:
    if header.forms is not None and _keeps_forms(catalogue, text, header, language):
        return header.forms
    return Header(f"Plural-Forms: {PLURAL_FORMS.get(language, '')}\n").forms or 2


def _slot(text: str, entry: Entry, forms: int) -> Slot:
    assert entry.source is not None
    context = entry.context.value if entry.context else ""
    place = f"line:{entry.line}"
    texts: list[Lines] = [lines_of(entry.source.value, place, context)]
    if entry.plural is not None:
        texts.append(lines_of(entry.plural.value, f"{place} plural", context))
    end, wraps = _line_end(text), _wraps(text, entry)

    def rendered(pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output) -> tuple[int, int, str]:
        told = [joined(one) for one in pieces]
        count = len(texts[0].units)
        new = [texts[0].filled(told[:count]), *(one.filled(told[count:]) for one in texts[1:])]
        if len(new) == 1:
            lines = [written("msgstr", new[0], end, wraps)]
        else:
            # A language with one form says them all in that for many.
            said = [new[1]] if forms == 1 else [new[0], *[new[1]] * (forms - 1)]
            lines = [written(f"msgstr[{number}]", one, end, wraps) for number, one in enumerate(said)]
        start, stop = _uncommented(text, entry)
        return start, stop, _without_doubt(text, entry, start) + end.join(lines)

    return Slot(tuple(unit for one in texts for unit in one.units), rendered)


def _uncommented(text: str, entry: Entry) -> tuple[int, int]:
    """What is written anew: the msgstr, and in a fuzzy entry everything from the first comment on."""
    start, stop = entry.targets[0].start, entry.targets[len(entry.targets) - 1].end
    return (entry.comments[0][0] if "fuzzy" in entry.flags(text) else start), stop


def _without_doubt(text: str, entry: Entry, start: int) -> str:
    """The text from `start` to the msgstr without the fuzzy mark and the former texts."""
    stop = entry.targets[0].start
    if start == stop:
        return ""
    parts: list[str] = []
    for at, end in entry.comments:
        if at >= stop:
            break
        parts.append(text[start:at])
        start = end
        line = text[at:end]
        if line.lstrip().startswith("#,"):
            kept = [flag.strip() for flag in line.strip()[2:].split(",") if flag.strip() != "fuzzy"]
            line = f"#, {', '.join(kept)}{line[len(line.rstrip()) :]}" if kept else ""
        parts.append("" if line.lstrip().startswith("#|") else line)
    return "".join((*parts, text[start:stop]))


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text[:_HEAD_BYTES] else "\n"


def _wraps(text: str, entry: Entry) -> bool:
    """Whether the tool that wrote the entry wraps lines: one that does not writes longer ones."""
    assert entry.source is not None
    fields = [entry.source, *([entry.plural] if entry.plural else ())]
    return all(one.columns <= MAX_COLUMNS + 1 for one in fields)
