"""JSON (.json): strings by source position; keys, numbers, white space and escapes elsewhere stay byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from documents.codes import Raw
from documents.errors import FileDamaged, FileUnsafe
from documents.limits import Limits
from documents.model import Options, Output, Piece
from documents.program_text import is_for_programs
from documents.text_file import Slot, TextFormat, joined, lines_of

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\]:,]', re.DOTALL)
_MOST_NESTED = 500


class Json(TextFormat):
    """The format `.json`."""

    name = "json"
    suffixes = (".json",)
    media_type = "application/json"
    outputs = frozenset({Output.TRANSLATED})

    def inspect(self, text: str, limits: Limits) -> None:
        """Raises `FileDamaged` for what is no JSON, `FileUnsafe` for deep nesting."""
        depth = 0
        for match in _TOKEN.finditer(text):
            depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(match.group(), 0)
            if depth > _MOST_NESTED:
                raise FileUnsafe(f"The values of the file are nested more than {_MOST_NESTED} deep.")
        try:
            json.loads(text, parse_int=str)
        except json.JSONDecodeError as error:
            raise FileDamaged(f"The file is not valid JSON ({error.msg}, line {error.lineno}). Correct it.") from error

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        """One slot a string that is a value. With `json_keys` only those under such a key, at any depth."""
        wanted = frozenset(options.json_keys)
        # (whether an object, whether under a wanted key, the key that is open) for each bracket.
        stack: list[tuple[bool, bool, str]] = []
        waiting_for_value = False
        for match in _TOKEN.finditer(text):
            sign = match.group()
            if sign in "{[":
                stack.append((sign == "{", _is_wanted(stack, wanted), ""))
                waiting_for_value = False
            elif sign in "}]":
                if stack:
                    stack.pop()
                waiting_for_value = False
            elif sign == ":":
                waiting_for_value = True
            elif sign == ",":
                waiting_for_value = False
            elif stack and stack[-1][0] and not waiting_for_value:
                stack[-1] = (True, stack[-1][1], json.loads(sign, strict=False))
            elif not wanted or _is_wanted(stack, wanted):
                key = stack[-1][2] if stack else ""
                slot = _slot(text, match.start(), match.end(), key)
                if slot is not None:
                    yield slot

    def as_utf8(self, text: str) -> tuple[str, bytes]:
        """JSON is UTF-8 without a mark."""
        return text, b""


def _is_wanted(stack: Sequence[tuple[bool, bool, str]], wanted: frozenset[str]) -> bool:
    return bool(stack) and (stack[-1][1] or stack[-1][2] in wanted)


def _slot(text: str, start: int, end: int, key: str) -> Slot | None:
    value = json.loads(text[start:end], strict=False)
    lines = lines_of(value, f"key:{key}")
    if not lines.units or is_for_programs(value):
        return None
    escapes = "\\u" in text[start:end]

    def rendered(pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output) -> tuple[int, int, str]:
        new = json.dumps(lines.filled([joined(one) for one in pieces]), ensure_ascii=escapes)
        return start, end, new.replace("/", "\\/") if "\\/" in text[start:end] else new

    return Slot(lines.units, rendered)
