"""XLIFF 1.2 and 2.x (.xlf, .xliff): targets by source position; notes, codes, alternatives and all else stay.

A segment is translated when it has no target, an empty one, or one whose state says that it is still to be translated
(`new`, `needs-translation`; in 2.x `initial`), and where a target without a state repeats its source.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from documents import encodings, safe_xml, safe_zip
from documents.errors import UnsupportedType
from documents.language_tags import is_language
from documents.limits import Limits
from documents.model import Options, Output
from documents.sniff import require_text
from documents.text_file import BCP47, Decoded, Slot, TextFormat, decoded
from documents.web import charset
from documents.web.tokens import Sort, Token, quoted, tokens
from documents.xliff_segments import segments
from documents.xliff_target import slot

_HEAD_TAGS = {1: ("file", "target-language"), 2: ("xliff", "trgLang")}


class Xliff(TextFormat):
    """The formats `.xlf` and `.xliff`."""

    name = "xliff"
    suffixes = (".xlf", ".xliff")
    media_type = "application/xliff+xml"
    outputs = frozenset({Output.TRANSLATED})
    writes_all = True

    def decoded(self, data: bytes, path: Path) -> Decoded:
        """By byte order mark or XML declaration, else as it reads best."""
        return decoded(data, charset.declared(data) or encodings.detect(path))

    def as_utf8(self, text: str) -> tuple[str, bytes]:
        """The declaration corrected."""
        return charset.as_utf8(text)

    def check(self, path: Path, limits: Limits) -> None:
        """See `TextFormat.check`; also raises `FileUnsafe` and `FileDamaged` for what XML may not be."""
        require_text(path, path.suffix or self.suffixes[0])
        safe_zip.check_size(path, limits)
        with path.open("rb") as file:
            safe_xml.check(file, "The text", limits.max_xml_depth)
        super().check(path, limits)

    def inspect(self, text: str, limits: Limits) -> None:
        """Raises `UnsupportedType` for other XML, or an XLIFF that is neither 1.x nor 2.x."""
        _version(text)

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        """One slot a segment without a translation; all of them with `retranslate`, or where the file names another target
        language than that of the task."""
        version = _version(text)
        for segment in segments(text, version):
            foreign = bool(segment.language and options.target_language) and not is_language(
                segment.language, options.target_language
            )
            if options.retranslate or foreign or segment.is_open:
                yield slot(text, segment, version, BCP47.get(target_language, ""))

    def relabelled(self, text: str, target_language: str, output: Output) -> Iterator[tuple[int, int, str]]:
        """The target language, at each file (1.x) or at the root (2.x)."""
        language = BCP47.get(target_language)
        element, name = _HEAD_TAGS[_version(text)]
        for token in tokens(text, is_xml=True):
            if language is None or token.name != element or token.sort not in (Sort.START, Sort.EMPTY):
                continue
            told = token.attributes(text).get(name.lower())
            if told is None:
                at = _end_of_attributes(text, token)
                yield at, at, f' {name}="{language}"'
            elif not is_language(told.value, target_language):
                yield told.start, told.end, quoted(language, text[told.start])


def _end_of_attributes(text: str, token: Token) -> int:
    inside = text[token.inside[0] : token.inside[1]].removesuffix("/").rstrip()
    return token.inside[0] + len(inside)


def _version(text: str) -> int:
    """1 or 2. Raises `UnsupportedType`."""
    root = next((one for one in tokens(text, is_xml=True) if one.sort in (Sort.START, Sort.EMPTY)), None)
    if root is None or root.name != "xliff":
        raise UnsupportedType(
            "The file is XML, but no XLIFF: its first element is not <xliff>. Give it its right name."
        )
    told = root.attributes(text).get("version")
    number = told.value.strip() if told else "1.2"
    if number[:2] not in ("1.", "2."):
        raise UnsupportedType(f"This is XLIFF {number}. Versions 1.0 to 1.2 and 2.0 to 2.2 are read.")
    return int(number[0])
