"""Plain text: every line is a unit; indentation, line ends, blank lines and the encoding stay.

Encoding of the result: that of the source. When a translation has a character that the source encoding lacks (ө or 中
in windows-1251), the whole result becomes UTF-8 with a byte order mark: without one, programs that opened the
source as windows-1251 would take the result for windows-1251 too. GB18030 and UTF-16 can hold everything.
"""

from __future__ import annotations

import codecs
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from documents import encodings, safe_zip
from documents.characters import has_letter
from documents.encodings import UTF8_WITH_BOM, TextEncoding
from documents.errors import FileEmpty, FileNoText
from documents.limits import Limits
from documents.model import DEFAULT_OPTIONS, Options, Unit
from documents.sniff import require_text
from documents.writing import Translated, Wanted, Writer, following

_CHUNK_BYTES = 1 << 16
# A line longer than this is handed out in parts, so that a file without line ends is read in bounded memory too.
MAX_LINE_CHARS = 20_000
_LINE_END = re.compile("\r\n|\r|\n")
# What a translation must not bring into the file: line ends would add lines, surrogates have no bytes.
_LINE_ENDS = re.compile("[\r\n]+")
_UNWRITABLE = re.compile("[\x00-\x06\ud800-\udfff]")
_SENTENCE_END = re.compile("[.!?…][\\s]|[。！？]")


@dataclass(frozen=True)
class _Line:
    """White space, what is translated (or nothing), and everything after it up to the next line."""

    lead: str
    body: str
    tail: str
    number: int


class Txt(Writer):
    """The format `.txt`."""

    name = "txt"
    suffixes = (".txt", ".text")
    media_type = "text/plain"

    def recognise(self, path: Path, suffix: str) -> None:
        """See `Format.recognise`."""
        require_text(path, suffix)

    def check(self, path: Path, limits: Limits) -> None:
        """Raises `FileEmpty`, `FileTooLarge`, `UnsupportedType`, `FileDamaged`, `FileNoText` (white space only)."""
        require_text(path, path.suffix or ".txt")
        safe_zip.check_size(path, limits)
        encoding = encodings.detect(path)
        if path.stat().st_size == len(encoding.bom):
            raise FileEmpty("The file is empty but for its byte order mark. Upload it again, or leave it out.")
        if all(text.isspace() for text in _decoded(path, encoding) if text):
            raise FileNoText("The file holds only white space. Upload it again, or leave it out.")

    def read(self, path: Path, options: Options = DEFAULT_OPTIONS) -> Iterator[Unit]:
        """A unit for every line that holds a letter."""
        for line in _lines(_decoded(path, encodings.detect(path))):
            if line.body:
                yield Unit(line.body, place=f"line:{line.number}")

    def put(self, source: Path, out: Path, translated: Translated, wanted: Wanted) -> None:
        """See `Format.write`. Line ends inside a translation become spaces: the lines stay those of the source, each with
        its translation in a line of its own below where both are wanted.
        """
        encoding = encodings.detect(source)
        with _Output(out, encoding) as sink:
            for line in _lines(_decoded(source, encoding)):
                text = line.body
                if line.body:
                    pieces = following(f"line {line.number}", translated)
                    text = _clean("".join(piece.text for piece in pieces))
                if wanted.bilingual and text != line.body:
                    # The last line of a file may have no end.
                    sink.write(line.lead + line.body + (line.tail if _LINE_END.search(line.tail) else line.tail + "\n"))
                sink.write(line.lead + text + line.tail)


class _Output:
    """A text file that begins in one encoding and is rewritten as UTF-8 when that cannot hold a character."""

    def __init__(self, path: Path, encoding: TextEncoding) -> None:
        self._path = path
        self._encoding = encoding
        self._file: BinaryIO | None = None

    def __enter__(self) -> _Output:
        self._file = self._path.open("wb")
        self._file.write(self._encoding.bom)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, text: str) -> None:
        assert self._file is not None
        try:
            data = text.encode(self._encoding.codec)
        except UnicodeEncodeError:
            self._become_utf8()
            data = text.encode()
        self._file.write(data)

    def _become_utf8(self) -> None:
        assert self._file is not None
        self._file.close()
        # Among what is temporary: whoever writes documents may open no file beside this one.
        with tempfile.TemporaryFile() as before:
            with self._path.open("rb") as written:
                shutil.copyfileobj(written, before)
            before.seek(0)
            self._file = self._path.open("wb")
            self._file.write(UTF8_WITH_BOM.bom)
            old = codecs.getreader(self._encoding.codec)(before)
            shutil.copyfileobj(old, codecs.getwriter("utf-8")(self._file))
        self._encoding = UTF8_WITH_BOM


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("", _LINE_ENDS.sub(" ", text))


def _decoded(path: Path, encoding: TextEncoding) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    with path.open("rb") as file:
        file.seek(len(encoding.bom))
        while block := file.read(_CHUNK_BYTES):
            yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _lines(chunks: Iterator[str]) -> Iterator[_Line]:
    number = 1
    for content, end in _split_lines(chunks):
        if not has_letter(content):
            yield _Line(content, "", end, number)
        else:
            start, stop = len(content) - len(content.lstrip()), len(content.rstrip())
            yield _Line(content[:start], content[start:stop], content[stop:] + end, number)
        number += bool(end)


def _split_lines(chunks: Iterator[str]) -> Iterator[tuple[str, str]]:
    """(line, its end) pairs. The last line has the end ''; so has a part of an overlong one."""
    rest = ""
    for chunk in chunks:
        text, start = rest + chunk, 0
        for match in _LINE_END.finditer(text):
            if match.group() == "\r" and match.end() == len(text):
                break  # the \n of a \r\n may be the first character of the next chunk
            yield from _parts(text[start : match.start()], match.group())
            start = match.end()
        rest = text[start:]
        while len(rest) > MAX_LINE_CHARS and not rest.endswith("\r"):
            cut = _cut(rest)
            yield rest[:cut], ""
            rest = rest[cut:]
    if rest.endswith("\r"):
        yield from _parts(rest[:-1], "\r")
    elif rest:
        yield from _parts(rest, "")


def _parts(line: str, end: str) -> Iterator[tuple[str, str]]:
    while len(line) > MAX_LINE_CHARS:
        cut = _cut(line)
        yield line[:cut], ""
        line = line[cut:]
    yield line, end


def _cut(line: str) -> int:
    """Where an overlong line is cut: after a sentence, else after a word, else anywhere."""
    window = line[:MAX_LINE_CHARS]
    ends = [match.end() for match in _SENTENCE_END.finditer(window)]
    if ends:
        return ends[-1]
    space = window.rfind(" ") + 1
    return space or MAX_LINE_CHARS
