"""What of a page is translated: the text of its blocks, the title, and the attributes that people read or hear."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from documents.codes import Code, Kind, Raw, Text
from documents.inline import Flow, flow
from documents.model import Output, Piece
from documents.text_file import BCP47, Slot, cleaned, joined, lines_of
from documents.web.tokens import Attribute, Sort, Token, characters, escape, quoted, tokens

_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "input",
        "ins",
        "mark",
        "nobr",
        "output",
        "q",
        "ruby",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "wbr",
    ]
)
# Kept whole, as one sign in the sentence around them.
_ATOMS = frozenset(
    ["code", "kbd", "samp", "var", "svg", "math", "rt", "rp", "audio", "video", "canvas", "object", "embed", "map"]
)
# Kept whole, as an end of the sentence before them.
_UNREAD = frozenset(["script", "style", "template", "iframe", "noembed", "noframes", "xmp", "textarea"])
_READ_ALOUD = frozenset({"title", "alt", "placeholder", "aria-label", "aria-description", "aria-placeholder"})
_DESCRIPTIONS = frozenset({"description", "og:title", "og:description", "twitter:title", "twitter:description"})
_BUTTONS = frozenset({"submit", "button", "reset"})
_CHOICES = frozenset({"radio", "checkbox"})
# Their ends are the ends of all that is open in them.
_CLOSING = frozenset(["ruby", "p", "ul", "ol", "dl", "li", "td", "th", "tr", "table", "select", "div", "body", "html"])
# A translation stands in a second one of these; in any other element it stands below, after a <br>.
_DOUBLED = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"])
_ONCE = re.compile(r"<(?:img|input|svg|audio|video|canvas|object|embed|map)\b", re.IGNORECASE)
# These show no markup.
_PLAIN = frozenset({"title", "option"})


@dataclass
class _Reader:
    text: str
    is_xml: bool
    language: str
    found: list[Text | Code] = field(default_factory=list)
    block: Token | None = None
    lines: int = 0  # depth of <pre>
    skipped: str = ""  # the element whose end is waited for
    inside: Counter[str] = field(default_factory=Counter)  # the elements that are open in what is skipped
    skip_from: int = 0
    is_atom: bool = False
    count: int = 0

    def slots(self) -> Iterator[Slot]:
        for token in tokens(self.text, self.is_xml):
            if self.skipped:
                yield from self._skip(token)
            elif token.sort is Sort.TEXT:
                yield from self._characters(token)
            elif token.sort is Sort.OTHER:
                self.found.append(Code(token.start, token.end, Kind.ALONE))
            else:
                yield from self._tag(token)
        if self.skipped and self.is_atom:
            self.found.append(Code(self.skip_from, len(self.text), Kind.ALONE))
        yield from self._flush(None)

    def _characters(self, token: Token) -> Iterator[Slot]:
        for part in characters(self.text, token.start, token.end, not self.is_xml):
            if self.lines and len(part.text) == part.end - part.start:
                at = part.start
                for line in part.text.splitlines(keepends=True):
                    self.found.append(Text(at, at + len(line), line))
                    at += len(line)
                    if line != line.rstrip("\r\n"):
                        yield from self._flush(None)
                        self.block = None
            else:
                self.found.append(part)

    def _tag(self, token: Token) -> Iterator[Slot]:
        attributes = token.attributes(self.text) if token.sort is not Sort.END else {}
        is_kept = _is_kept(attributes)
        is_atom = token.name in _ATOMS or (is_kept and token.name in _INLINE)
        if not is_kept and not is_atom:
            yield from self._attributes(token, attributes)
        if token.sort is Sort.START and (is_atom or is_kept or token.name in _UNREAD):
            if not is_atom:
                yield from self._flush(token)
            self.skipped, self.skip_from, self.is_atom = token.name, token.start, is_atom
            self.inside = Counter([token.name])
        elif _is_inline(token, attributes) or is_atom:
            kind = {Sort.START: Kind.OPEN, Sort.END: Kind.CLOSE}.get(token.sort, Kind.ALONE)
            has_id = "id" in attributes or "name" in attributes
            stays = token.name == "a" or has_id
            self.found.append(Code(token.start, token.end, kind, token.name, not has_id, stays))
        else:
            yield from self._flush(token)
            self.block = token if token.sort is Sort.START else None
            if token.name == "pre":
                self.lines = max(0, self.lines + {Sort.START: 1, Sort.END: -1}.get(token.sort, 0))

    def _skip(self, token: Token) -> Iterator[Slot]:
        self.inside[token.name] += {Sort.START: 1, Sort.END: -1}.get(token.sort, 0)
        # HTML lets <rt> end with its <ruby>, <li> with its list; a stray </p> ends no block.
        is_outer = self.inside[token.name] < 0 and token.name in _CLOSING and (token.name != "p" or self.is_atom)
        is_over = token.sort is Sort.END and is_outer
        if self.inside[self.skipped] and not is_over:
            return
        if self.is_atom:
            self.found.append(Code(self.skip_from, token.start if is_over else token.end, Kind.ALONE))
        self.skipped, self.block = "", self.block if self.is_atom else None
        if is_over:
            yield from self._tag(token)

    def _attributes(self, token: Token, attributes: dict[str, Attribute]) -> Iterator[Slot]:
        for name, attribute in attributes.items():
            if _is_read(token.name, name, attributes):
                self.count += 1
                slot = _attribute_slot(self.text, attribute, f"{token.name}@{name}:{self.count}")
                if slot is not None:
                    yield slot

    def _flush(self, following: Token | None) -> Iterator[Slot]:
        found = flow(self.found, f"text:{self.count + 1}") if self.found else None
        self.found = []
        if found is None:
            return
        self.count += 1
        closes = following is not None and self.block is not None and following.sort is Sort.END
        is_whole = closes and following is not None and self.block is not None and following.name == self.block.name
        yield self._slot(found, self.block, following if is_whole else None)

    def _slot(self, found: Flow, block: Token | None, closing: Token | None) -> Slot:
        text, language, is_xml = self.text, self.language, self.is_xml

        def rendered(pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output) -> tuple[int, int, str]:
            parts = cleaned(pieces[0])
            if output is not Output.BILINGUAL:
                return found.start, found.end, found.render(parts, raw, escape)
            if block is not None and block.name in _PLAIN:
                return found.end, found.end, " / " + escape(joined(parts))
            new = _without_ids(found.render(parts, lambda a, b: _again(text[a:b]), escape, ends=False), is_xml)
            if block is not None and closing is not None and block.name in _DOUBLED:
                again = _without_ids(text[block.start : block.end], is_xml, language)
                return closing.end, closing.end, f"\n{again}{new}{text[closing.start : closing.end]}"
            label = f' lang="{language}"' if language else ""
            label += f' xml:lang="{language}"' if language and is_xml else ""
            return found.end, found.end, f"<br{'/' if is_xml else ''}><span{label}>{new}</span>"

        return Slot((found.unit,), rendered)


def page_slots(text: str, is_xml: bool, target_language: str) -> Iterator[Slot]:
    """The slots of a page. An attribute comes before the text that it stands in."""
    return _Reader(text, is_xml, BCP47.get(target_language, "")).slots()


def language_edits(text: str, is_xml: bool, target_language: str, root: str = "html") -> Iterator[tuple[int, int, str]]:
    """The root element told the target language."""
    language = BCP47.get(target_language)
    first = next((one for one in tokens(text, is_xml) if one.sort in (Sort.START, Sort.EMPTY)), None)
    if language is None or first is None or first.name != root:
        return
    attributes = first.attributes(text)
    known = [attributes[name] for name in ("lang", "xml:lang") if name in attributes]
    for one in sorted(known, key=lambda attribute: attribute.start):
        yield one.start, one.end, quoted(language, text[one.start])
    if not known:
        at = first.inside[0]
        yield at, at, f' lang="{language}"' + (f' xml:lang="{language}"' if is_xml else "")


def _is_kept(attributes: dict[str, Attribute]) -> bool:
    if "translate" in attributes and attributes["translate"].value.strip().lower() == "no":
        return True
    return "class" in attributes and "notranslate" in attributes["class"].value.split()


def _is_inline(token: Token, attributes: dict[str, Attribute]) -> bool:
    """Whether a tag stands inside a sentence. A box to tick begins one; Word's <o:p>, <st1:City> are nothing to a browser."""
    if token.name == "input" and "type" in attributes:
        return attributes["type"].value.strip().lower() not in _CHOICES
    return token.name in _INLINE or ":" in token.name


def _is_read(element: str, name: str, attributes: dict[str, Attribute]) -> bool:
    def value(other: str) -> str:
        return attributes[other].value.strip().lower() if other in attributes else ""

    if name == "content":
        return element == "meta" and (value("name") or value("property")) in _DESCRIPTIONS
    if name == "value":
        return element == "input" and value("type") in _BUTTONS
    if name == "label":
        return element in ("optgroup", "option", "track")
    return name in _READ_ALOUD


def _attribute_slot(text: str, attribute: Attribute, place: str) -> Slot | None:
    lines = lines_of(attribute.value, place)
    if not lines.units:
        return None

    def rendered(pieces: Sequence[Sequence[Piece]], raw: Raw, output: Output) -> tuple[int, int, str]:
        new = lines.filled([joined(one) for one in pieces])
        if output is Output.BILINGUAL:
            new = f"{attribute.value} / {new}"
        return attribute.start, attribute.end, quoted(new, text[attribute.start])

    return Slot(lines.units, rendered)


def _again(code: str) -> str:
    """`code` for a second time: a picture, a player, a field of a form is in the document once."""
    return "" if _ONCE.match(code) else code


def _without_ids(markup: str, is_xml: bool, language: str = "") -> str:
    """`markup` for a second time in a document: an id names one element only. The first tag is told `language`."""
    parts: list[str] = []
    at = 0
    for token in tokens(markup, is_xml):
        if token.sort not in (Sort.START, Sort.EMPTY):
            continue
        attributes = token.attributes(markup)
        gone = [attributes[name] for name in ("id", "xml:id") if name in attributes]
        if language:
            gone += [attributes[name] for name in ("lang", "xml:lang") if name in attributes]
        for one in sorted(gone, key=lambda attribute: attribute.start):
            start = markup.lower().rfind(one.name, at, one.start)
            parts.append(markup[at:start].rstrip())
            at = one.end
        if language:
            label = f' lang="{language}"' + (f' xml:lang="{language}"' if is_xml else "")
            stop = token.end - (2 if markup[token.inside[1] - 1] == "/" and token.sort is Sort.EMPTY else 1)
            parts += [markup[at:stop], label]
            at, language = stop, ""
    return "".join((*parts, markup[at:]))
