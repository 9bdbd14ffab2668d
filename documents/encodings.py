"""Which encoding a text file has: byte order mark, then strict UTF-8, then the candidate that reads best.

Statistical detectors need a few hundred characters and do not know Mongolian; people upload lists of five words. So
the candidates are few and each is judged by the script it would have to be (`documents.scripts`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from documents.errors import FileDamaged, UnsupportedType
from documents.scripts import score_any, score_chinese, score_cyrillic, score_latin

_CHUNK_BYTES = 1 << 18
# Enough to judge by: 64 KiB of lines that are not plain ASCII.
_SAMPLE_BYTES = 1 << 16
_LINE_LIMIT_BYTES = 1 << 14
# Below this no candidate reads like text of our languages.
_LEAST_SCORE = 0.35
# Text in another encoding has hardly any character of UTF-8 (GB18030 one in six), so this many leave no doubt.
_SURELY_UTF8_CHARS = 30
_BROKEN_UTF8_SHARE = 0.1
# UTF-16 without a mark is believed only when nearly every character is one of ours.
_LEAST_UTF16_SCORE = 0.9
_CONTROL = re.compile("[\x00-\x06\x0e-\x19\x7f\ufffe\uffff]")


@dataclass(frozen=True)
class TextEncoding:
    """A Python codec without a mark of its own, and the mark that the file begins with (or no bytes)."""

    codec: str
    bom: bytes = b""


UTF8_WITH_BOM = TextEncoding("utf-8", codecs.BOM_UTF8)

_BOMS = (
    TextEncoding("utf-8", codecs.BOM_UTF8),
    TextEncoding("gb18030", b"\x84\x31\x95\x33"),
    TextEncoding("utf-16-le", codecs.BOM_UTF16_LE),
    TextEncoding("utf-16-be", codecs.BOM_UTF16_BE),
)
# In the order of preference when two read equally well.
_CANDIDATES: tuple[tuple[str, Callable[[str], float]], ...] = (
    ("gb18030", score_chinese),
    ("cp1251", score_cyrillic),
    ("cp866", score_cyrillic),  # DOS, and the console of Windows to this day
    ("cp1252", score_latin),
)


def detect(path: Path) -> TextEncoding:
    """The encoding of the text file at `path`, read once or a few times in small chunks.

    Raises `UnsupportedType` (not text) and `FileDamaged` (text, but with bytes that no encoding explains).
    """
    with path.open("rb") as file:
        head = file.read(_CHUNK_BYTES)
    for marked in _BOMS:
        if head.startswith(marked.bom):
            _require(path, marked)
            return marked
    if b"\0" in head:
        return _utf16_without_mark(path, head)
    utf8 = TextEncoding("utf-8")
    offset = _first_error(path, utf8)
    if offset is None:
        _require(path, utf8)
        return utf8
    # One broken byte makes no GB18030 of it, though letters of UTF-8 read there as signs.
    best = None if _mostly_utf8(_sample(path), _SURELY_UTF8_CHARS) else _best_candidate(path)
    if best is not None:
        _require(path, best)
        return best
    if _mostly_utf8(_sample(path), 4):
        raise FileDamaged(f"The text is UTF-8, but byte {offset} is not valid. Save the file again.", offset=offset)
    raise UnsupportedType(
        "This is not text in an encoding that is read here (UTF-8, UTF-16, GB18030, windows-1251, cp866). Save it as UTF-8."
    )


def _best_candidate(path: Path) -> TextEncoding | None:
    sample = _sample(path)
    scored = [
        (score(sample.decode(codec, errors="replace")), -position, TextEncoding(codec))
        for position, (codec, score) in enumerate(_CANDIDATES)
    ]
    for score, _, candidate in sorted(scored, key=lambda one: one[:2], reverse=True):
        if score < _LEAST_SCORE:
            return None
        if _first_error(path, candidate) is None:
            return candidate
    return None


def _utf16_without_mark(path: Path, head: bytes) -> TextEncoding:
    """Windows programs write UTF-16 without a mark too; NUL bytes are in no other text."""
    if path.stat().st_size % 2 == 0:
        for codec in ("utf-16-le", "utf-16-be"):
            candidate = TextEncoding(codec)
            text = head[: len(head) // 2 * 2].decode(codec, errors="replace")
            if score_any(text) >= _LEAST_UTF16_SCORE and _first_error(path, candidate) is None:
                _require(path, candidate)
                return candidate
    raise _binary()


def _require(path: Path, encoding: TextEncoding) -> None:
    """Raises `FileDamaged` for a byte that `encoding` does not have, `UnsupportedType` for control characters."""
    offset = _first_error(path, encoding, judge=_require_text)
    if offset is not None:
        raise FileDamaged(
            f"The file begins as {encoding.codec} text, but byte {offset} is not valid in it. Save the file again.",
            offset=offset,
        )


def _require_text(text: str) -> None:
    if _CONTROL.search(text):
        raise _binary()


def _binary() -> UnsupportedType:
    return UnsupportedType("The file holds control characters, as programs and pictures do. It is not a text file.")


def _first_error(path: Path, encoding: TextEncoding, judge: Callable[[str], None] | None = None) -> int | None:
    """The offset of the first byte that cannot be decoded, near enough for people; None if all can."""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    offset = 0
    with path.open("rb") as file:
        file.seek(len(encoding.bom))
        while True:
            block = file.read(_CHUNK_BYTES)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return len(encoding.bom) + offset - pending + error.start
            if judge is not None:
                judge(text)
            if not block:
                return None
            offset += len(block)


def _sample(path: Path) -> bytes:
    """Lines that are not plain ASCII, up to a bound. No encoding judged by it has a line feed inside a character."""
    kept = bytearray()
    with path.open("rb") as file:
        while len(kept) < _SAMPLE_BYTES and (line := file.readline(_LINE_LIMIT_BYTES)):
            if not line.isascii():
                kept += line
    return bytes(kept)


def _mostly_utf8(sample: bytes, least: int) -> bool:
    """Whether `sample` has that many characters above ASCII and all but a few are UTF-8."""
    text = sample.decode("utf-8", errors="replace")
    high = [character for character in text if character > "\x7f"]
    return len(high) >= least and high.count("\ufffd") <= _BROKEN_UTF8_SHARE * len(high) + 1
