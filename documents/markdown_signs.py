"""What stands inside a line of Markdown: code, formulas, links, tags and emphasis, by their places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markdown_it.common.utils import normalizeReference

from documents.codes import Code, Kind, Text
from documents.web.tokens import LINE_BREAK, characters

BREAK = r"\r\n?|\n"
"""A line ends as it does for the parser."""

# It ends with as many ticks as it begins with: `` a`b ``.
_CODE = r"(?P<code>(?<!`)(?P<ticks>`{1,8})(?!`)[\s\S]{1,2000}?(?<!`)(?P=ticks)(?!`))"
# Formulas as pandoc and GitHub read them: no space inside the signs, no digit behind, so that "$5 and $6" are prices.
_MATH = (
    r"(?P<math>\$\$[^$]{1,2000}\$\$|\$[^\s$](?:[^$\n]{0,300}[^\s$])?\$(?!\d)"
    r"|\\\((?=[^\n=+^_{]{0,100}[=+^_{])(?:[ -\[\]-~]|\\(?!\))){1,300}?\\\))"
)
# Attributes of headings, what site generators put in, and the links of wikis.
_MADE = (
    r"(?P<made>\{(?:[#.:]|[\w-]{1,40}=)[^{}\n]{1,200}\}|\{%[^{}\n]{1,200}%\}|\{\{[<%][^{}\n]{1,200}[%>]\}\}"
    r"|\[\[[^\[\]\n]{1,200}\]\](?![(\[]))"
)
_TOKEN = re.compile(
    _CODE + "|" + _MATH + "|" + _MADE + r"|(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<tag><(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]{0,2000}|[^\s<>@]{1,99}@[^\s<>]{1,99}|/?[A-Za-z][^<>]{0,2000}|!--[^<>]{0,2000}--)>)"
    r"|(?P<note>\[\^[^\]\s]{1,99}\])"
    r"|(?P<open>!?\[)|(?P<close>\](?:\((?:<[^<>\r\n]{0,2000}>|[^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,2000})?)"
    r"(?:[ \t]+(?:\"[^\"]{0,500}\"|'[^']{0,500}'))?\)"
    r"|\[[^\[\]]{0,200}\])?)"
    r"|(?P<sign>\*{1,3}|_{1,3}|~~)"
)


def labels_of(environment: Mapping[str, Any]) -> frozenset[str]:
    """The names of links that the parser found defined."""
    return frozenset(environment.get("references", ()))


def signs(text: str, spans: Sequence[tuple[int, int]], labels: frozenset[str]) -> list[Text | Code]:
    """The tokens of the lines of a paragraph; labels: of the links that the document defines (`labels_of`)."""
    result: list[Text | Code] = []
    # A tag or code may go on in the next line, where no sign of a quote stands between them.
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        goes_on = bool(joined) and text[joined[-1][1] : start].isspace()
        joined[-1:] = [(joined[-1][0], end)] if goes_on else [*joined[-1:], (start, end)]
    for number, (start, end) in enumerate(joined):
        if number:
            result.append(Text(joined[number - 1][1], start, " "))
        for match in _TOKEN.finditer(text, start, end):
            result += characters(text, start, match.start())
            result += _token(text, match, end)
            start = match.end()
        result += characters(text, start, end)
    return _unpaired_signs_as_text(text, result, labels)


def cut_at_breaks(text: str, found: Sequence[Text | Code]) -> list[list[Text | Code]]:
    """The tokens between <br>, which cells have for line ends: else the words around it would be one."""
    parts: list[list[Text | Code]] = [[]]
    for one in found:
        if isinstance(one, Code) and LINE_BREAK.fullmatch(text, one.start, one.end):
            parts.append([])
        else:
            parts[-1].append(one)
    return parts


def _token(text: str, match: re.Match[str], end: int) -> list[Text | Code]:
    start, stop, what = match.start(), match.end(), match.lastgroup
    if match.group("escape"):
        return [Text(start, stop, match.group()[1:])]
    if match.group("open"):
        return [Code(start, stop, Kind.OPEN, "]", must_stay=True, may_repeat=False)]
    if match.group("close"):
        return [Code(start, stop, Kind.CLOSE, "]")]
    if match.group("sign"):
        opens = stop < end and not text[stop].isspace()
        closes = start > 0 and not text[start - 1].isspace() and text[start - 1] != "\n"
        inside_word = closes and opens and text[start - 1].isalnum() and text[stop].isalnum()
        if (inside_word and "_" in match.group()) or not (opens or closes):
            return [Text(start, stop, match.group())]
        kind = Kind.OPEN if opens and not (closes and not _is_border(text[start - 1])) else Kind.CLOSE
        return [Code(start, stop, kind, match.group())]
    assert what is not None
    return [Code(start, stop, Kind.ALONE)]


def _is_border(character: str) -> bool:
    return character.isspace() or (not character.isalnum() and character not in ".,;:!?)]*_~`，。！？；：）》”»")


def _unpaired_signs_as_text(text: str, found: list[Text | Code], labels: frozenset[str]) -> list[Text | Code]:
    """A star or bracket without its other half is a character, and so are brackets around what is no link ([Enter]). A link
    by its own text keeps the text as its label."""
    waiting: dict[str, list[int]] = {}
    paired: set[int] = set()
    result = list(found)
    for number, token in enumerate(found):
        if not isinstance(token, Code) or token.kind is Kind.ALONE:
            continue
        if token.kind is Kind.OPEN:
            waiting.setdefault(token.name, []).append(number)
        elif waiting.get(token.name):
            opener = waiting[token.name].pop()
            closing = text[token.start : token.end]
            label = text[found[opener].end : token.start]
            if token.name == "]" and closing in ("]", "][]"):
                if normalizeReference(label) not in labels:
                    continue
                result[number] = Code(token.start, token.end, Kind.CLOSE, "]", instead=f"][{label}]")
            paired |= {opener, number}
    for number, token in enumerate(found):
        if isinstance(token, Code) and token.kind is not Kind.ALONE and number not in paired:
            result[number] = Text(token.start, token.end, text[token.start : token.end])
    return result
