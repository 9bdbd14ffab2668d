"""HTML and XML as tokens that tile the text. Nothing is repaired and nothing expanded: hostile input is only cut."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from documents.codes import Text

# Every quantifier is possessive, and the first tag without an end makes the rest one token: the time is linear.
_TAG = re.compile(
    r"<(/?)([A-Za-z_][^\s/>]*+)((?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])[^\s>]*+))*+)>",
)
_ATTRIBUTE = re.compile(r"([^\s=/>\"']++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"']++)))?+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# HTML takes old names without a semicolon too (&nbsp&nbsp); html.unescape knows which.
_LOOSE_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_MARKUP = re.compile(r"<(?=[A-Za-z_/!?])")
LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
"""As it stands in texts that are no pages: cells of Markdown, subtitles that programs made of a web page's."""
VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "basefont",
        "bgsound",
        "frame",
        "keygen",
    ]
)
# The content of these is no markup in HTML.
_RAW = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "title", "textarea"})
# Nor is that of these in XHTML as it is found: pages that call themselves so hold `i<n` in scripts, and browsers take them.
_PROGRAMS = frozenset({"script", "style"})


class Sort(Enum):
    """What a token is."""

    TEXT = auto()
    START = auto()
    END = auto()
    EMPTY = auto()  # a start tag without content: <br>, <x/>
    OTHER = auto()  # comments, declarations, instructions, CDATA


@dataclass(frozen=True)
class Attribute:
    """`value` is decoded; `start` to `end` hold what stands for it in the file, with its quotes."""

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Token:
    """The characters `start` to `end` of the text. `name` is in lower case; in XML without a prefix, which HTML knows none."""

    sort: Sort
    start: int
    end: int
    name: str = ""
    inside: tuple[int, int] = (0, 0)

    def attributes(self, text: str) -> dict[str, Attribute]:
        """The attributes by their names in lower case, with prefixes; the first of two counts."""
        result: dict[str, Attribute] = {}
        for match in _ATTRIBUTE.finditer(text, *self.inside):
            group = next((number for number in (2, 3, 4) if match.group(number) is not None), 0)
            if group:
                quote = 1 if group < 4 else 0
                start, end = match.start(group) - quote, match.end(group) + quote
                name = match.group(1).lower()
                result.setdefault(name, Attribute(name, html.unescape(match.group(group)), start, end))
        return result


def tokens(text: str, is_xml: bool) -> Iterator[Token]:
    """Tokens that tile `text`."""
    at = 0
    while at < len(text):
        found = _MARKUP.search(text, at)
        start = found.start() if found else len(text)
        if start > at:
            yield Token(Sort.TEXT, at, start)
        if not found:
            return
        match = _TAG.match(text, start)
        if match is None:
            at = _end_of_other(text, start, is_xml)
            yield Token(Sort.OTHER, start, at)
            continue
        at = match.end()
        written = match.group(2).lower()
        name = written.rpartition(":")[2] if is_xml else written
        sort = Sort.END if match.group(1) else Sort.START
        if sort is Sort.START and (match.group(3).endswith("/") if is_xml else name in VOID):
            sort = Sort.EMPTY
        yield Token(sort, start, at, name, match.span(3))
        if sort is Sort.START and written in (_PROGRAMS if is_xml else _RAW):
            end = _end_of_raw(text, at, name, is_xml)
            if end > at:
                yield Token(Sort.TEXT, at, end)
            at = end


def _end_of_raw(text: str, at: int, name: str, is_xml: bool) -> int:
    """Where the end tag of a raw element begins, whose content begins at `at`; an end tag in CDATA is none in XML."""
    end_tag = re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE)
    start = at
    while close := end_tag.search(text, at):
        data = text.find("<![CDATA[", start, close.start()) if is_xml else -1
        start = text.find("]]>", data) if data >= 0 else -1
        if start <= close.start():
            return close.start()
        at = start
    return len(text)


def _end_of_other(text: str, start: int, is_xml: bool) -> int:
    """Where a comment, a declaration or an instruction ends; the end of the text for what has none."""
    if text.startswith("<!--", start):
        end = text.find("-->", start + (4 if is_xml else 2))  # <!--> is a whole comment in HTML
        return len(text) if end < 0 else end + 3
    if text.startswith("<![CDATA[", start):
        end = text.find("]]>", start)
        return len(text) if end < 0 else end + 3
    if text.startswith("<?", start):
        mark = "?>" if is_xml or text.startswith(("<?php", "<?="), start) else ">"
        end = text.find(mark, start)
        return len(text) if end < 0 else end + len(mark)
    if text.startswith(("<!", "</"), start):
        subset = text.find("[", start) if is_xml else -1
        end = text.find(">", start)
        if 0 <= subset < end:
            end = text.find("]", subset)
            end = text.find(">", end) if end >= 0 else -1
        return len(text) if end < 0 else end + 1
    return len(text)


def characters(text: str, start: int, end: int, is_html: bool = False) -> Iterator[Text]:
    """The text from `start` to `end`, each entity apart."""
    for match in (_LOOSE_ENTITY if is_html else _ENTITY).finditer(text, start, end):
        decoded = html.unescape(match.group())
        if decoded == match.group():
            continue  # no entity that is known
        if match.start() > start:
            yield Text(start, match.start(), text[start : match.start()])
        yield Text(match.start(), match.end(), decoded)
        start = match.end()
    if start < end:
        yield Text(start, end, text[start:end])


def escape(text: str) -> str:
    """`text` between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(text: str, like: str = '"') -> str:
    """`text` as the value of an attribute, in the quotes that `like` begins with."""
    quote = like[0] if like[:1] in ("'", '"') else '"'
    return quote + escape(text).replace(quote, "&quot;" if quote == '"' else "&#39;") + quote
