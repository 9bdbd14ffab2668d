"""A content stream cut into operators with their operands and their place in the bytes.

Only what is changed is written anew: everything else stays byte for byte, so the operators are found by position and
not parsed into objects and back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from documents.pdf_pages.geometry import Matrix, measurable


class Name(str):
    """A name without its slash."""

    __slots__ = ()


class Raw(bytes):
    """A dictionary as it stands in the stream."""

    __slots__ = ()


Operand = float | Name | bytes | Raw | list["Operand"]


class Operation(NamedTuple):
    """`operator` with its operands; they stand in the bytes `start` to `end` (exclusive)."""

    operator: bytes
    operands: list[Operand]
    start: int
    end: int


_TOKEN = re.compile(
    rb"(?P<space>[\x00\t\n\x0c\r ]+|%[^\r\n]*)"
    rb"|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:-\d*)?)(?=[\x00\t\n\x0c\r \[\]<>(){}/%]|$)"
    rb"|(?P<name>/[^\x00\t\n\x0c\r ()<>\[\]{}/%]*)"
    rb"|(?P<string>\()"
    rb"|(?P<dict><<)"
    rb"|(?P<hex><[^>]*>?)"
    rb"|(?P<open>\[)|(?P<close>\])"
    rb"|(?P<word>[^\x00\t\n\x0c\r ()<>\[\]{}/%]+)"
    rb"|(?P<other>[\s\S])"
)
_STRING_STEP = re.compile(rb"[^()\\]+|\\[\s\S]|[()]")
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|[\r\n])|([\s\S]))|\r\n?")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_NAME_HEX = re.compile(r"#([0-9A-Fa-f]{2})")
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]")
_INLINE_DATA = re.compile(rb"[\x00\t\n\x0c\r ]EI(?=[\x00\t\n\x0c\r ]|$)")
_INLINE_BEGIN = re.compile(rb"(?:[\x00\t\n\x0c\r ]|(?<=[\]>)]))ID[\x00\t\n\x0c\r ]")

MAX_OPERANDS = 64
"""An operator takes up to 33 operands (DeviceN); more are the waste of a broken stream, and the oldest are dropped."""

MAX_NESTING, MAX_ITEMS = 16, 65_536
"""Of arrays: what real text shows has no arrays in arrays, and a line of text has hundreds of items."""


def operations(data: bytes) -> Iterator[Operation]:
    """The operators of a content stream in order. Broken stretches are passed over, never raised about."""
    position = 0
    operands: list[Operand] = []
    arrays: list[list[Operand]] = []
    start = -1
    size = len(data)
    match_at = _TOKEN.match
    while position < size:
        match = match_at(data, position)
        assert match is not None  # the last branch takes any byte
        kind = match.lastgroup
        token_at, position = position, match.end()
        if kind == "space":
            continue
        if start < 0:
            start = token_at
        value: Operand
        if kind == "number":
            value = _number(match.group())
        elif kind == "name":
            value = Name(_NAME_HEX.sub(lambda found: chr(int(found[1], 16)), match.group()[1:].decode("latin-1")))
        elif kind == "string":
            value, position = _string(data, position)
        elif kind == "hex":
            value = hex_string(match.group())
        elif kind == "dict":
            position = _end_of_dictionary(data, position)
            value = Raw(data[token_at:position])
        elif kind == "open":
            if len(arrays) < MAX_NESTING:
                arrays.append([])
            continue
        elif kind == "close":
            if not arrays:
                continue
            value = arrays.pop()
        elif kind == "word" and not arrays:
            operator = match.group()
            if operator == b"BI":
                position = _end_of_inline_image(data, position)
            yield Operation(operator, operands, start, position)
            operands, start = [], -1
            continue
        else:
            continue
        if arrays:
            if len(arrays[-1]) < MAX_ITEMS:
                arrays[-1].append(value)
        else:
            operands.append(value)
            if len(operands) > MAX_OPERANDS:
                del operands[0]


def _number(token: bytes) -> float:
    try:
        number = float(token)
    except ValueError:  # "12-34", as some writers have it, counts as 12
        number = float(token[: token.index(b"-", 1)])
    return number if math.isfinite(number) else 0.0


def hex_string(token: bytes) -> bytes:
    """The bytes of `<48656C>`."""
    digits = _NOT_HEX.sub(b"", token)
    return bytes.fromhex((digits + b"0" if len(digits) % 2 else digits).decode("ascii"))


def _string(data: bytes, position: int) -> tuple[bytes, int]:
    """The string whose opening bracket is just before `position`, and where it ends."""
    depth = 1
    begin = position
    while depth:
        match = _STRING_STEP.match(data, position)
        if match is None:
            break
        position = match.end()
        if match.group() == b"(":
            depth += 1
        elif match.group() == b")":
            depth -= 1
    inner = data[begin : position - 1 if depth == 0 else position]
    if b"\\" in inner or b"\r" in inner:
        inner = _ESCAPE.sub(_unescape, inner)
    return inner, position


def _unescape(match: re.Match[bytes]) -> bytes:
    octal, newline, other = match.groups()
    if octal is not None:
        return bytes([int(octal, 8) & 255])
    if newline is not None:
        return b""
    if other is not None:
        return _ESCAPED.get(other, other)
    return b"\n"


def _end_of_dictionary(data: bytes, position: int) -> int:
    depth = 1
    while depth and position < len(data):
        match = _TOKEN.match(data, position)
        assert match is not None
        position = match.end()
        if match.lastgroup == "dict":
            depth += 1
        elif match.lastgroup == "string":
            _, position = _string(data, position)
        elif match.group() == b">" and data[position : position + 1] == b">":
            position += 1
            depth -= 1
    return position


def _end_of_inline_image(data: bytes, position: int) -> int:
    """The end of the `EI` of the picture whose `BI` ends at `position`."""
    begin = _INLINE_BEGIN.search(data, position)
    found = begin and _INLINE_DATA.search(data, begin.end() - 1)
    return found.end() if found else len(data)


def numbers_of(operands: list[Operand]) -> list[float]:
    """The numbers among the operands."""
    return [operand for operand in operands if isinstance(operand, float)]


def matrix_of(operands: list[Operand]) -> Matrix | None:
    """The last six numbers; None where there are fewer, or they are beyond measure."""
    numbers = numbers_of(operands)[-6:]
    if len(numbers) < 6 or not measurable(*numbers):
        return None
    a, b, c, d, e, f = numbers
    return a, b, c, d, e, f
