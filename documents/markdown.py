"""Markdown (.md): prose by source position; code, links, front matter, tables and all signs stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from documents.codes import Raw
from documents.inline import Flow, flow
from documents.markdown_signs import BREAK, cut_at_breaks, labels_of, signs
from documents.model import Options, Output, Piece
from documents.text_file import Rendered, Slot, TextFormat, cleaned
from documents.web.page import page_slots

_FRONT_MATTER = re.compile(
    r"(?:---[ \t]*\r?\n(?:.*\r?\n)*?(?:---|\.\.\.)|\+\+\+[ \t]*\r?\n(?:.*\r?\n)*?\+\+\+)[ \t]*(?:\r?\n|\Z)"
)
_NOTE = re.compile(r"[ \t>]*\[\^[^\]]{1,99}\]:[ \t]*(?P<body>\S[^\n]*?)\s*(?=\n|\Z)")
# What a paragraph may begin with and is no part of it: the mark of a footnote, the box of a task.
_HEAD = re.compile(r"\[\^[^\]\s]{1,99}\]:[ \t]*|\[[ xX]\][ \t]+")
# GitHub's [!NOTE], alone in its line, and Obsidian's [!info]- with a title behind it.
_ALERT = re.compile(r"\[![A-Za-z][\w-]*\][+-]?[ \t]*")
_DEFINITION = re.compile(r":[ \t]+(?=\S)")
# Formulas between lines of their own.
_FENCES = {"$$": "$$", "\\[": "\\]"}
# In an address, and between two letters, a line below is no markup.
_SPECIAL = re.compile(r"(?P<kept>(?:https?|ftp)://[^\s<>()\[\]`*]++|(?<=[^\W_])_+(?=[^\W_]))|[\\`*_\[\]<]")
_BLOCK_START = re.compile(r"(?:[#>+=~-]|\d{1,9}[.)])")
_LINE = re.compile(rf"[^\r\n]*(?:{BREAK})?")


class Markdown(TextFormat):
    """The format `.md`."""

    name = "markdown"
    suffixes = (".md", ".markdown")
    media_type = "text/markdown"

    def slots(self, text: str, options: Options, target_language: str = "") -> Iterator[Slot]:
        """One slot a paragraph, heading, list item or cell; a hard line break ends one."""
        matter = _FRONT_MATTER.match(text)
        body = matter.end() if matter else 0
        lines = [match.span() for match in _LINE.finditer(text, body) if match.group()]
        environment: dict[str, Any] = {}
        parser = MarkdownIt("commonmark", {"maxNesting": 60}).enable("table").disable("inline")
        source = re.sub(BREAK, "\n", text[body:].replace("\0", "\ufffd"))
        blocks = parser.parse(source, environment)
        at, kind, first = body, "", text.count("\n", 0, body) + 1
        notes, labels = _notes(text, lines, environment), labels_of(environment)
        for token in blocks:
            if token.type == "html_block":
                yield from _html_slots(text, lines, token, target_language)
            if token.type != "inline":
                kind = token.type if token.nesting == 1 else kind
                continue
            while notes and token.map and notes[-1][0] < token.map[0]:
                number, span = notes.pop()
                yield from _block_slots(text, [span], "paragraph_open", first + number, labels)
            spans, at = _spans(text, lines, token, at)
            yield from _block_slots(text, spans, kind, first + (token.map or [0])[0], labels)
        for number, span in reversed(notes):
            yield from _block_slots(text, [span], "paragraph_open", first + number, labels)


def _html_slots(text: str, lines: Sequence[tuple[int, int]], token: Token, language: str) -> Iterator[Slot]:
    """Those of a block of HTML; none of one in a quote, between whose lines there are signs."""
    assert token.map is not None
    first, last = token.map
    start, end = lines[first][0], lines[last - 1][1]
    if [line.strip() for line in re.split(BREAK, text[start:end])] != [
        line.strip() for line in token.content.split("\n")
    ]:
        return
    for slot in page_slots(text[start:end], False, language):
        yield Slot(slot.units, _moved(slot.rendered, start))


def _moved(rendered: Rendered, by: int) -> Rendered:
    """`rendered` of a part of the file that begins at `by`."""

    def moved(pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output) -> tuple[int, int, str]:
        start, end, new = rendered(pieces, lambda a, b: raw(a + by, b + by), output)
        return start + by, end + by, new

    return moved


def _notes(
    text: str, lines: Sequence[tuple[int, int]], environment: dict[str, Any]
) -> list[tuple[int, tuple[int, int]]]:
    """(line, place), the last first, of footnotes of one word, which CommonMark takes for the addresses of links."""
    links = [
        *environment.get("references", {}).items(),
        *((one["label"], one) for one in environment.get("duplicate_refs", ())),
    ]
    found: list[tuple[int, tuple[int, int]]] = []
    for label, link in links:
        first = link["map"][0]
        match = _NOTE.match(text, *lines[first]) if label.startswith("^") else None
        if match is not None:
            found.append((first, match.span("body")))
    return sorted(found, reverse=True)


def _spans(text: str, lines: Sequence[tuple[int, int]], token: Token, at: int) -> tuple[list[tuple[int, int]], int]:
    """Where the lines of an inline token's content stand in the file, and where the last of them ends."""
    assert token.map is not None
    spans: list[tuple[int, int]] = []
    for number, content in enumerate(token.content.split("\n")):
        body = content.strip()
        line = lines[token.map[0] + number] if token.map[0] + number < len(lines) else (len(text), len(text))
        start = text.find(body, max(at, line[0]), line[1])
        if start < 0:
            body = body.replace("|", "\\|")  # in a cell
            start = text.find(body, max(at, line[0]), line[1])
        if start < 0:
            return [], at  # tabs that the parser made spaces: it stays as it is
        spans.append((start, start + len(body)))
        at = start + len(body)
    return spans, at


def _block_slots(
    text: str, spans: Sequence[tuple[int, int]], kind: str, line: int, labels: frozenset[str]
) -> Iterator[Slot]:
    alert = _ALERT.match(text, *spans[0]) if spans and kind == "paragraph_open" else None
    if alert:
        yield from _part_slots(text, [(alert.end(), spans[0][1])], kind, line, labels, is_broken=True)
        spans = spans[1:]
    parts = list(_prose(text, spans)) if kind == "paragraph_open" else [spans]
    is_list = any(_DEFINITION.match(text, *span) for span in spans[1:])
    for part in parts:
        yield from _part_slots(text, part, kind, line, labels, is_broken=is_list and len(parts) > 1)


def _prose(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """The lines of a paragraph without what other programs read in them: formulas in lines of their own, the marks of
    containers (:::); each definition of a list of terms apart."""
    part: list[tuple[int, int]] = []
    closing = ""
    for number, (start, end) in enumerate(spans):
        content = text[start:end]
        if closing:
            closing = "" if content.endswith(closing) else closing
            continue
        definition = _DEFINITION.match(text, start, end) if number else None
        closing = _FENCES.get(content, "")
        if part and (definition or closing or content.startswith(":::")):
            yield part
            part = []
        if not closing and not content.startswith(":::"):
            part.append((definition.end() if definition else start, end))
    if part:
        yield part


def _part_slots(
    text: str, spans: Sequence[tuple[int, int]], kind: str, line: int, labels: frozenset[str], is_broken: bool
) -> Iterator[Slot]:
    group: list[tuple[int, int]] = []
    for number, (start, end) in enumerate(spans):
        head = _HEAD.match(text, start, end) if number == 0 and kind == "paragraph_open" else None
        start = head.end() if head else start
        hard = text[end : end + 2] == "  " or text[start:end].endswith("\\")
        last = number == len(spans) - 1
        if hard and not last and text[start:end].endswith("\\"):
            end -= 1
        group.append((start, end))
        is_broken = is_broken or (hard and not last)
        if last or hard:
            pieces = cut_at_breaks(text, signs(text, group, labels))
            for piece in pieces:
                found = flow(piece, f"line:{line}") if piece else None
                if found is not None:
                    yield _slot(text, found, kind, is_broken or len(pieces) > 1)
            group = []


def _slot(text: str, found: Flow, kind: str, is_broken: bool) -> Slot:
    def rendered(pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output) -> tuple[int, int, str]:
        new = found.render(cleaned(pieces[0]), raw, lambda part: _escape(part, kind))
        if not kind.startswith(("t", "h")) and _BLOCK_START.match(new) and not _BLOCK_START.match(text, found.start):
            new = "\\" + new if not new[0].isdigit() else re.sub(r"([.)])", r"\\\1", new, count=1)
        if output is not Output.BILINGUAL:
            return found.start, found.end, new
        if kind in ("td_open", "th_open"):
            return found.end, found.end, "<br>" + new
        if is_broken:
            return found.end, found.end, " / " + new
        line = text.rfind("\n", 0, found.start) + 1
        prefix = text[line : found.start]
        end = "\r\n" if "\r\n" in text[:1000] else "\n"
        if kind == "heading_open":
            if "#" not in prefix:
                return found.end, found.end, " / " + new
            stop = _line_stop(text, found.end)
            return stop, stop, end * 2 + prefix + new
        # The paragraph below belongs to the same quote or list item: quote signs again, list signs as spaces.
        head = _HEAD.search(prefix)
        inside = "    " if head and "^" in head.group() else ""
        again = re.sub(r"[^>\s]", " ", prefix[: head.start()] if head else prefix) + inside
        stop = _line_stop(text, found.end)
        return stop, stop, end + again.rstrip() + end + again + new

    return Slot((found.unit,), rendered)


def _line_stop(text: str, at: int) -> int:
    stop = text.find("\n", at)
    stop = len(text) if stop < 0 else stop
    return stop - 1 if text[stop - 1 : stop] == "\r" else stop


def _escape(text: str, kind: str) -> str:
    escaped = _SPECIAL.sub(lambda match: match["kept"] or "\\" + match.group(), text).replace(
        "&", "&amp;" if ";" in text else "&"
    )
    return escaped.replace("|", "\\|") if kind in ("td_open", "th_open") else escaped
