"""Text formats that are changed by source position: what is not translated is never parsed and written again.

A format finds `Slot`s in the text of the file; each says which characters its translation takes the place of. Everything
between them is copied. When a translation has a character that the file's encoding lacks, the whole result becomes
UTF-8 with a byte order mark, or in the way that the format declares its encoding.
"""

from __future__ import annotations

import bisect
import codecs
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from documents import encodings, safe_zip
from documents.characters import has_letter, without_unwritable
from documents.codes import Raw
from documents.encodings import UTF8_WITH_BOM, TextEncoding
from documents.errors import FileDamaged, FileEmpty, FileNoText
from documents.limits import Limits
from documents.model import DEFAULT_OPTIONS, Options, Output, Piece, Unit
from documents.sniff import require_text
from documents.writing import Translated, Wanted, Writer, following

LINE_START = r"(?<![^\r\n])"
"""Where a line begins, behind a lone carriage return too, after which `^` sees none."""

BCP47 = {"cmn_Hans": "zh-Hans", "cmn_Hant": "zh-Hant", "mon_Cyrl": "mn", "mon_Mong": "mn-Mong", "eng_Latn": "en"}
"""The language tag that a document is given."""


@dataclass(frozen=True)
class Decoded:
    """The text of a file without its byte order mark."""

    text: str
    encoding: TextEncoding


Rendered = Callable[[Sequence[Sequence[Piece]], Raw, Output], tuple[int, int, str]]


@dataclass(frozen=True)
class Slot:
    """Units that are written together.

    rendered: (pieces of each unit, the file as it is so far, output) -> (start, end, what takes the place of those
    characters). It is asked only when one of the units changed.
    """

    units: tuple[Unit, ...]
    rendered: Rendered


class Edits:
    """The changes to a text, in any order; a change that lies around earlier ones takes them up by `raw`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._edits: list[tuple[int, int, str]] = []

    def put(self, start: int, end: int, new: str) -> None:
        """`new` in the place of the characters `start` to `end`."""
        first = bisect.bisect_left(self._edits, start, key=lambda edit: edit[0])
        last = first
        if end > start:
            while last < len(self._edits) and self._edits[last][1] <= end and self._edits[last][0] < end:
                last += 1
        else:
            first = last = bisect.bisect_right(self._edits, start, key=lambda edit: edit[0])
        self._edits[first:last] = [(start, end, new)]

    def raw(self, start: int, end: int) -> str:
        """The characters `start` to `end` with the changes inside them."""
        first = bisect.bisect_left(self._edits, start, key=lambda edit: edit[0])
        parts: list[str] = []
        for one_start, one_end, new in self._edits[first:]:
            if one_start >= end or one_end > end:
                break
            parts += [self._text[start:one_start], new]
            start = one_end
        return "".join((*parts, self._text[start:end]))

    def result(self) -> str:
        """The whole text with the changes."""
        parts: list[str] = []
        at = 0
        for start, end, new in self._edits:
            parts += [self._text[at:start], new]
            at = end
        return "".join((*parts, self._text[at:]))


class TextFormat(Writer):
    """A `Format` whose files are one text. Subclasses say where the units are."""

    suffixes: ClassVar[tuple[str, ...]]
    media_type: ClassVar[str]
    writes_all: ClassVar[bool] = False
    """Where the translation has a place of its own: once one is written, all are, those that read like their source too."""

    @abstractmethod
    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        """The slots of `text` in document order. Raises a `DocumentError` where the file is broken."""

    def relabelled(self, text: str, target_language: str, output: Output) -> Iterator[tuple[int, int, str]]:
        """Changes that tell the target language, made when any unit changed. Those inside a slot are kept."""
        return iter(())

    def decoded(self, data: bytes, path: Path) -> Decoded:
        """`data`, the content of `path`, as text. Raises `UnsupportedType`, `FileDamaged`."""
        return decoded(data, encodings.detect(path))

    def as_utf8(self, text: str) -> tuple[str, bytes]:
        """(text that says that it is UTF-8, byte order mark or nothing) for a file that was in another encoding."""
        return text, UTF8_WITH_BOM.bom

    def recognise(self, path: Path, suffix: str) -> None:
        """See `Format.recognise`."""
        require_text(path, suffix)

    def check(self, path: Path, limits: Limits) -> None:
        """Reads the whole file once. Raises any `DocumentError` but `FileEncrypted`."""
        require_text(path, path.suffix or self.suffixes[0])
        safe_zip.check_size(path, limits)
        text = self._load(path).text
        if not text:
            raise FileEmpty("The file is empty but for its byte order mark. Upload it again, or leave it out.")
        if text.isspace():
            raise FileNoText("The file holds only white space. Upload it again, or leave it out.")
        self.inspect(text, limits)
        for _ in self.slots(text, DEFAULT_OPTIONS):
            pass

    def inspect(self, text: str, limits: Limits) -> None:
        """What else `check` looks at: nothing, in most formats."""

    def read(self, path: Path, options: Options = DEFAULT_OPTIONS) -> Iterator[Unit]:
        """See `Format.read`."""
        for slot in self.slots(self._load(path).text, options):
            yield from slot.units

    def put(self, source: Path, out: Path, translated: Translated, wanted: Wanted) -> None:
        """See `Format.write`."""
        loaded = self._load(source)
        text = self.rewritten(loaded.text, translated, wanted)
        out.write_bytes(loaded.encoding.bom + self.encoded(text, loaded.encoding))

    def rewritten(self, text: str, translated: Translated, wanted: Wanted) -> str:
        """`text` with its translations. Consumes one member of `translated` for each unit."""
        edits = Edits(text)
        marked = list(self.relabelled(text, wanted.target_language, wanted.output))
        for start, end, new in marked:
            edits.put(start, end, new)
        changed = False
        for slot in self.slots(text, wanted.options, wanted.target_language):
            pieces = [following(unit.place, translated) for unit in slot.units]
            differs = any(joined(one) != unit.text for one, unit in zip(pieces, slot.units, strict=True))
            changed = changed or differs
            if differs or self.writes_all:
                edits.put(*slot.rendered(pieces, edits.raw, wanted.output))
        return edits.result() if changed else text

    def encoded(self, text: str, encoding: TextEncoding) -> bytes:
        """The bytes of `text`, without a mark where `encoding` has one of its own."""
        try:
            return text.encode(encoding.codec)
        except UnicodeEncodeError:
            text, mark = self.as_utf8(text)
            return mark + text.encode()

    def _load(self, path: Path) -> Decoded:
        return self.decoded(path.read_bytes(), path)


def decoded(data: bytes, encoding: TextEncoding) -> Decoded:
    """`data` in `encoding`. Raises `FileDamaged`."""
    try:
        return Decoded(codecs.decode(data[len(encoding.bom) :], encoding.codec), encoding)
    except UnicodeDecodeError as error:
        raise FileDamaged(
            f"The file says that it is {encoding.codec} text, but byte {error.start} is not valid in it. Save it again.",
            offset=error.start,
        ) from error


def joined(pieces: Sequence[Piece]) -> str:
    """The text of `pieces` as it may be written."""
    return clean("".join(piece.text for piece in pieces))


def clean(text: str) -> str:
    """`text` without line ends and characters that no file holds."""
    return without_unwritable(" ".join(text.splitlines()) if text.splitlines() != [text] else text)


def cleaned(pieces: Sequence[Piece]) -> list[Piece]:
    """`pieces` without line ends and characters that no file holds."""
    return [Piece(clean(piece.text), piece.run) for piece in pieces if piece.text]


@dataclass(frozen=True)
class Lines:
    """A text in lines, of which those with letters are units. White space around them stays."""

    parts: tuple[str, ...]
    units: tuple[Unit, ...]

    def filled(self, targets: Sequence[str]) -> str:
        """The text with its units replaced."""
        waiting = iter(targets)
        return "".join(next(waiting) if number % 2 else part for number, part in enumerate(self.parts))


def lines_of(text: str, place: str, context: str = "") -> Lines:
    """`text` cut into units at line ends and tabs: parts with odd numbers are units."""
    parts: list[str] = [""]
    units: list[Unit] = []
    for line in text.splitlines(keepends=True):
        for cell in _kept_tabs(line):
            body = cell.strip()
            if not has_letter(body):
                parts[-1] += cell
                continue
            start = cell.index(body)
            parts[-1] += cell[:start]
            parts += [body, cell[start + len(body) :]]
            # Escapes of JSON and PO may stand for half a character, or for none.
            units.append(Unit(without_unwritable(body).strip(), place=place, context=context))
    return Lines(tuple(parts), tuple(units))


def _kept_tabs(line: str) -> Iterator[str]:
    cells = line.split("\t")
    for number, cell in enumerate(cells):
        yield cell + ("\t" if number < len(cells) - 1 else "")
