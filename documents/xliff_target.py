"""A target made for a segment: its text translated, its inline codes at their places, its state told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from documents.codes import Code, Kind, Raw, Text
from documents.inline import Flow, flow
from documents.model import Output, Piece
from documents.text_file import Slot, cleaned
from documents.web.tokens import Attribute, Sort, Token, characters, escape, quoted
from documents.xliff_segments import Element, Segment

_CDATA = "<![CDATA["
# What a code for <br> says in the words of XLIFF 1.2, of 2.x and of the programs that cut pages.
_LINE_BREAK = re.compile(
    r"<[^>]*\b(?:ctype\s*=\s*[\"']lb[\"']|subType\s*=\s*[\"']xlf:lb[\"']|equiv(?:-text)?\s*=\s*[\"']&lt;br\b)"
    r"|<[^>]*>\s*&lt;br\s*/?(?:&gt;|>)\s*<"
)
# Pairs of elements around text; and elements that each are one half of a pair, with the attribute that names it.
_SENTENCE = re.compile(r"<[^>]*\bmtype\s*=\s*[\"']seg[\"']")
_AROUND = frozenset({"g", "pc", "mrk"})
_OPENING = {"bx": ("rid", "id"), "bpt": ("rid", "id"), "sc": ("id",), "sm": ("id",)}
_CLOSING = {"ex": ("rid", "id"), "ept": ("rid", "id"), "ec": ("startref",), "em": ("startref",)}
_PAIR = {"bx": "bx", "ex": "bx", "bpt": "bpt", "ept": "bpt", "sc": "sc", "ec": "sc", "sm": "sm", "em": "sm"}

Part = Flow | tuple[int, int]
"""What is translated, or the characters of the file that are copied."""


def slot(text: str, segment: Segment, version: int, language: str) -> Slot:
    """`language`: the BCP 47 tag that a target which names one is given; "" for none."""
    origin = segment.segmented or segment.source
    parts = list(_parts(text, origin, segment))
    flows = [part for part in parts if not isinstance(part, tuple)]

    def rendered(pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output) -> tuple[int, int, str]:
        waiting = iter(pieces)
        content = "".join(
            text[part[0] : part[1]]
            if isinstance(part, tuple)
            else part.render(cleaned(next(waiting)), raw, _escape_like(text, part))
            for part in parts
        )
        return _combined(text, _edits(text, segment, version, language, content))

    return Slot(tuple(one.unit for one in flows), rendered)


def _escape_like(text: str, part: Flow) -> Callable[[str], str]:
    """Text in CDATA stays in CDATA."""
    if _CDATA not in text[part.start : part.end]:
        return escape
    return lambda new: f"{_CDATA}{new.replace(']]>', ']]]]>' + _CDATA + '>')}]]>" if new.strip() else new


def _parts(text: str, origin: Element, segment: Segment) -> Iterator[Part]:
    """The content of `origin`, cut at line ends where they count, and where <seg-source> marks sentences."""
    if origin.opening is origin.closing:
        return
    at = origin.opening.end
    found: list[Text | Code] = []
    for piece in _pieces(text, _codes(text, origin.content), segment):
        if isinstance(piece, tuple):
            yield from _part(found, segment.identity, at, piece[0])
            yield piece
            found, at = [], piece[1]
        else:
            found.append(piece)
    yield from _part(found, segment.identity, at, origin.closing.start)


def _part(found: Sequence[Text | Code], identity: str, start: int, end: int) -> Iterator[Part]:
    made = flow(found, f"unit:{identity}", identity) if found else None
    if made is not None:
        yield made
    elif start < end:
        yield start, end


def _pieces(text: str, found: Iterable[Text | Code], segment: Segment) -> Iterator[Text | Code | tuple[int, int]]:
    """The tokens, and between them the places of cuts: outside of every pair. A code for a line break is one."""
    depth, is_sentence = 0, False
    for one in found:
        if isinstance(one, Text):
            yield from _lines(one) if segment.keeps_lines and not depth else (one,)
        elif one.kind is Kind.ALONE and not depth and _LINE_BREAK.match(text, one.start, one.end):
            yield one.start, one.end
        elif one.kind is Kind.OPEN and not depth and _SENTENCE.search(text, one.start, one.end):
            is_sentence = True
            yield one.start, one.end
        elif one.kind is Kind.CLOSE and not depth and is_sentence:
            is_sentence = False
            yield one.start, one.end
        else:
            depth += {Kind.OPEN: 1, Kind.CLOSE: -1}.get(one.kind, 0)
            yield one


def _lines(one: Text) -> Iterator[Text | tuple[int, int]]:
    if len(one.text) != one.end - one.start:  # an entity (&#10; is a line end), or CDATA
        yield one if one.text.strip("\r\n") or not one.text else (one.start, one.end)
        return
    at = one.start
    for line in one.text.splitlines(keepends=True):
        body = line.rstrip("\r\n")
        if body:
            yield Text(at, at + len(body), body)
        if body != line:
            yield at + len(body), at + len(line)
        at += len(line)


def _codes(text: str, content: Sequence[Token]) -> Iterator[Text | Code]:
    """Text and codes that tile the content."""
    number = 0
    while number < len(content):
        token = content[number]
        if token.sort is Sort.TEXT:
            yield from characters(text, token.start, token.end)
        elif token.sort is Sort.OTHER and text.startswith(_CDATA, token.start):
            yield Text(token.start, token.end, text[token.start + len(_CDATA) : token.end - 3])
        elif token.sort in (Sort.OTHER, Sort.END) and token.name not in _AROUND:
            yield Code(token.start, token.end, Kind.ALONE)
        elif token.sort is Sort.END:
            yield Code(token.start, token.end, Kind.CLOSE, token.name)
        else:
            attributes = token.attributes(text)
            if token.name in _AROUND and token.sort is Sort.START and not _is_kept(attributes):
                yield Code(token.start, token.end, Kind.OPEN, token.name, may_repeat=False, must_stay=True)
            else:
                number = _end_of(text, content, number, attributes)
                yield _whole(token, content[number].end, attributes)
        number += 1


def _whole(token: Token, end: int, attributes: dict[str, Attribute]) -> Code:
    """An element that is one code with all that is inside it."""
    names = {**_OPENING, **_CLOSING}.get(token.name, ())
    pair = next((attributes[name].value for name in names if name in attributes), None)
    if pair is None or _is_kept(attributes):
        return Code(token.start, end, Kind.ALONE)
    kind = Kind.OPEN if token.name in _OPENING else Kind.CLOSE
    return Code(token.start, end, kind, f"{_PAIR[token.name]}:{pair}", may_repeat=False, must_stay=True)


def _is_kept(attributes: dict[str, Attribute]) -> bool:
    """Whether a mark says that its text is not translated."""
    told = {name: attributes[name].value.strip().lower() for name in ("translate", "mtype") if name in attributes}
    return told.get("translate") == "no" or told.get("mtype") == "protected"


def _end_of(text: str, content: Sequence[Token], number: int, attributes: dict[str, Attribute]) -> int:
    """The number of the token with which the element that begins at `number` ends; of a mark <sm> that keeps its text, the
    <em> that belongs to it."""
    first = content[number]
    if first.name == "sm" and _is_kept(attributes) and "id" in attributes:
        for at in range(number + 1, len(content)):
            told = content[at].attributes(text).get("startref") if content[at].name == "em" else None
            if told is not None and told.value == attributes["id"].value:
                return at
    if first.sort is Sort.EMPTY:
        return number
    depth = 0
    for at in range(number, len(content)):
        if content[at].name == first.name:
            depth += {Sort.START: 1, Sort.END: -1}.get(content[at].sort, 0)
            if depth == 0:
                return at
    return len(content) - 1


def _edits(text: str, segment: Segment, version: int, language: str, content: str) -> Iterator[tuple[int, int, str]]:
    """What changes from the tag around the segment to the end of its target."""
    holder, target = segment.holder, segment.target
    told = {"state": "translated", "state-qualifier": "leveraged-mt"} if version == 1 else {}
    around = holder.attributes(text)
    if version == 2:
        new: dict[str, str | None] = {"state": "translated", **({"subState": None} if "substate" in around else {})}
        yield holder.start, holder.end, _tag(text, holder, new)
    elif "approved" in around and around["approved"].value == "yes":
        yield holder.start, holder.end, _tag(text, holder, {"approved": "no"})
    if target is not None:
        has_language = language and "xml:lang" in target.opening.attributes(text)
        tag = _tag(text, target.opening, {**told, **({"xml:lang": language} if has_language else {})})
        tag = tag.removesuffix("/>").rstrip() + ">" if target.opening is target.closing else tag
        yield target.opening.start, target.closing.end, f"{tag}{content}</{_name(text, target.opening)}>"
        return
    source, anchor = segment.source.opening, segment.segmented or segment.source
    prefix, colon, _ = _name(text, source).rpartition(":")
    name = f"{prefix}{colon}target"
    space = source.attributes(text).get("xml:space")
    attributes = "".join(f' {key}="{value}"' for key, value in told.items())
    attributes += f" xml:space={quoted(space.value)}" if space else ""
    yield anchor.closing.end, anchor.closing.end, f"{_indent(text, source)}<{name}{attributes}>{content}</{name}>"


def _indent(text: str, source: Token) -> str:
    """The line end and white space before <source>, where it begins a line."""
    start = text.rfind("\n", 0, source.start)
    indent = text[start : source.start]
    if start < 0 or not indent.isspace():
        return ""
    return ("\r" if text[start - 1 : start] == "\r" else "") + indent


def _name(text: str, token: Token) -> str:
    """The name of an element as the file writes it, with its prefix."""
    return text[token.start + 1 : token.inside[0]]


def _tag(text: str, token: Token, changes: Mapping[str, str | None]) -> str:
    """The tag with other attributes; None takes one away."""
    old = token.attributes(text)
    edits: list[tuple[int, int, str]] = []
    for name, value in changes.items():
        there = old.get(name.lower())
        if there is not None and value is not None:
            edits.append((there.start, there.end, quoted(value, text[there.start])))
        elif there is not None:
            start = text.rfind(name, token.inside[0], there.start)
            edits.append((len(text[:start].rstrip()), there.end, ""))
        elif value is not None:
            at = token.inside[0]
            edits.append((at, at, f" {name}={quoted(value)}"))
    if not edits:
        return text[token.start : token.end]
    start, end, new = _combined(text, edits)
    return text[token.start : start] + new + text[end : token.end]


def _combined(text: str, edits: Iterable[tuple[int, int, str]]) -> tuple[int, int, str]:
    """Edits as one, with the text between them."""
    ordered = sorted(edits, key=lambda edit: (edit[0], edit[1]))
    start = at = ordered[0][0]
    parts: list[str] = []
    for first, last, new in ordered:
        parts += [text[at:first], new]
        at = last
    return start, at, "".join(parts)
