"""The entries of a gettext catalogue by their places in the file. Nothing is written again but what is replaced."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from documents.errors import FileDamaged

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_STRING = r'"(?P<string>(?:[^"\\]++|\\.)*+)"[ \t]*'
_KEYWORD = re.compile(
    rf"[ \t]*(?P<keyword>msgctxt|msgid_plural|msgid|msgstr(?:\[[ \t]*(?P<form>\d{{1,2}})[ \t]*\])?)[ \t]*{_STRING}"
)
_CONTINUED = re.compile(rf"[ \t]*{_STRING}")
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_SIGNS = {"\\": "\\\\", '"': '\\"', **{sign: f"\\{name}" for name, sign in _CONTROL.items()}}
# A word with the spaces after it, an escape, or one sign of a script without spaces.
_BREAKABLE = re.compile(r"\\(?:[0-7]{3}|.)|[^\s\\\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+[ ]*|[ ]+|.", re.DOTALL)
# Signs that no line begins with.
_NEVER_FIRST = frozenset("，。、；：？！）》」』】〕”’…～％,.;:?!)]}>%")
MAX_COLUMNS = 79
"""The longest line that gettext's own tools write."""


@dataclass(frozen=True)
class Field:
    """A keyword and its string. `start` is the keyword, `end` lies behind the last quote."""

    value: str
    start: int
    end: int
    columns: int  # the longest of its lines


@dataclass
class Entry:
    """One message. comments: (start, end with the line end) of each line before it. line: of the first keyword, from 1."""

    line: int
    comments: list[tuple[int, int]] = field(default_factory=list)
    context: Field | None = None
    source: Field | None = None
    plural: Field | None = None
    targets: dict[int, Field] = field(default_factory=dict)

    def flags(self, text: str) -> frozenset[str]:
        """What its `#,` lines say."""
        lines = [text[start:end].strip() for start, end in self.comments]
        return frozenset(flag.strip() for line in lines if line.startswith("#,") for flag in line[2:].split(","))


def entries(text: str) -> Iterator[Entry]:
    """The messages of the catalogue `text`, the header among them. Obsolete ones (#~) are comments of what follows.

    Raises `FileDamaged` for a line that has no place in a catalogue.
    """
    entry = Entry(1)
    comments: list[tuple[int, int]] = []
    last: tuple[str, int] | None = None  # the keyword whose string may go on in the next line
    for number, match in enumerate(_LINE.finditer(text), 1):
        start, end = match.span()
        line = match.group().rstrip("\r\n")
        body = line.strip()
        if not body or body.startswith("#"):
            last = None
            if body.startswith("#~"):
                comments = []  # what stands above an obsolete message belongs to it
            elif body:
                comments.append((start, end))
            continue
        continued = _CONTINUED.fullmatch(line)
        if continued is not None and last is not None:
            _extend(entry, last, unescaped(continued["string"], number), start + len(line.rstrip()), len(line))
            continue
        keyword = _KEYWORD.fullmatch(line)
        if keyword is None:
            raise _damaged(number, f"“{body[:40]}” is neither a keyword with a string in quotes, nor a comment")
        name = keyword["keyword"].partition("[")[0].strip()
        if name in ("msgctxt", "msgid") and (entry.targets or not (entry.source or entry.context)):
            if entry.source is not None:
                yield entry
            entry = Entry(number)
        entry.comments += comments
        comments = []
        value = unescaped(keyword["string"], number)
        found = Field(value, start + keyword.start("keyword"), start + len(line.rstrip()), len(line))
        last = (name, int(keyword["form"] or 0))
        _add(entry, last, found, number)
    if entry.source is not None:
        if not entry.targets:
            raise _damaged(entry.line, "the message has no msgstr")
        yield entry
    elif entry.context is not None:
        raise _damaged(entry.line, "the context has no msgid")


def _add(entry: Entry, keyword: tuple[str, int], found: Field, number: int) -> None:
    name, form = keyword
    if name == "msgctxt" and entry.context is None and entry.source is None:
        entry.context = found
    elif name == "msgid" and entry.source is None:
        entry.source = found
    elif name == "msgid_plural" and entry.source is not None and entry.plural is None and not entry.targets:
        entry.plural = found
    elif name == "msgstr" and entry.source is not None and form == len(entry.targets):
        entry.targets[form] = found
    else:
        raise _damaged(number, f"no {name} is expected here")


def _extend(entry: Entry, keyword: tuple[str, int], more: str, end: int, columns: int) -> None:
    name, form = keyword

    def longer(old: Field | None) -> Field:
        assert old is not None
        return Field(old.value + more, old.start, end, max(old.columns, columns))

    if name == "msgstr":
        entry.targets[form] = longer(entry.targets[form])
    elif name == "msgid":
        entry.source = longer(entry.source)
    elif name == "msgid_plural":
        entry.plural = longer(entry.plural)
    else:
        entry.context = longer(entry.context)


def _damaged(line: int, what: str) -> FileDamaged:
    return FileDamaged(
        f"The catalogue is not valid: in line {line} {what}. Correct it (msgfmt -c shows where).", line=line
    )


def unescaped(text: str, line: int) -> str:
    """What the characters between two quotes say. Raises `FileDamaged` for an unknown escape."""

    def one(match: re.Match[str]) -> str:
        octal, hexadecimal, sign = match.groups()
        if octal or hexadecimal:
            return chr(int(octal, 8) & 0xFF if octal else int(hexadecimal, 16))
        if sign not in _CONTROL and sign not in "\\\"'?":
            raise _damaged(line, f"the escape \\{sign} is not known")
        return _CONTROL.get(sign, sign)

    return _ESCAPE.sub(one, text)


def written(keyword: str, value: str, end: str, wraps: bool) -> str:
    """A keyword and its string as gettext's tools lay it out, `end` between the lines, none after the last."""
    pieces = [_escaped(piece) for piece in re.findall("[^\n]*\n|[^\n]+", value)] or [""]
    if len(pieces) == 1 and (not wraps or _columns(f'{keyword} "{pieces[0]}"') <= MAX_COLUMNS):
        return f'{keyword} "{pieces[0]}"'
    lines = [line for piece in pieces for line in (_wrapped(piece) if wraps else [piece])]
    return end.join([f'{keyword} ""', *(f'"{line}"' for line in lines)])


def _escaped(text: str) -> str:
    return "".join(
        _SIGNS.get(sign) or (f"\\{ord(sign):03o}" if ord(sign) < 32 or ord(sign) == 127 else sign) for sign in text
    )


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for match in _BREAKABLE.finditer(text):
        part = match.group()
        if (
            line
            and _columns(line + part.rstrip(" ")) > MAX_COLUMNS - 2
            and part != "\\n"
            and part[0] not in _NEVER_FIRST
        ):
            yield line
            line = ""
        line += part
    if line:
        yield line


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
