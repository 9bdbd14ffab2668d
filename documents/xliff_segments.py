"""The segments of an XLIFF file by their places: source, target, state, and what the elements around them say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from documents.web.tokens import Attribute, Sort, Token, tokens

_OPEN_STATES = frozenset({"new", "needs-translation", "initial"})
_HOLDERS = {1: "trans-unit", 2: "segment"}
_UNITS = {1: "trans-unit", 2: "unit"}


@dataclass(frozen=True)
class Element:
    """`opening` and `closing` are one token where the element is empty: <target/>. `content` are the tokens between."""

    opening: Token
    closing: Token
    content: tuple[Token, ...] = ()


@dataclass(frozen=True)
class Segment:
    """A trans-unit of XLIFF 1, a segment of XLIFF 2. `segmented` is <seg-source>. `holder` is the tag around it.

    language: the target language that its file is said to have; "" without one. is_open: it is to be translated.
    """

    identity: str
    holder: Token
    source: Element
    segmented: Element | None
    target: Element | None
    language: str
    keeps_lines: bool
    is_open: bool


@dataclass
class _Level:
    """What an open element says to all inside it."""

    name: str
    is_translated: bool
    keeps_lines: bool
    language: str
    identity: str


@dataclass
class _Holder:
    token: Token
    elements: dict[str, Element] = field(default_factory=dict)
    keeps_lines: bool = False


def segments(text: str, version: int) -> Iterator[Segment]:
    """The segments that may be translated, in the order of the file; `text` is well-formed. What has translate="no" is
    left out, and so are the sources and targets inside alternatives, matches and notes.
    """
    levels = [_Level("", True, False, "", "")]
    holder: _Holder | None = None
    taken: tuple[Token, list[Token]] | None = None  # the source or target that is open, and its content
    for token in tokens(text, is_xml=True):
        if taken is not None:
            opening, content = taken
            if token.sort is Sort.END and token.name == opening.name:
                if holder is not None:
                    holder.elements.setdefault(opening.name, Element(opening, token, tuple(content)))
                taken = None
            else:
                content.append(token)
            continue
        if token.sort is Sort.END:
            level = levels.pop()
            if level.name == _HOLDERS[version] and holder is not None:
                if level.is_translated and "source" in holder.elements:
                    yield _segment(text, holder, level)
                holder = None
        elif token.sort in (Sort.START, Sort.EMPTY):
            attributes = token.attributes(text)
            is_direct = holder is not None and levels[-1].name == _HOLDERS[version]
            if is_direct and holder is not None and token.name in ("source", "seg-source", "target"):
                if token.name == "source":
                    holder.keeps_lines = _keeps_lines(attributes, levels[-1].keeps_lines)
                if token.sort is Sort.EMPTY:
                    holder.elements.setdefault(token.name, Element(token, token))
                else:
                    taken = (token, [])
            elif token.sort is Sort.START:
                levels.append(_level(token, attributes, levels[-1], version))
                if token.name == _HOLDERS[version] and holder is None:
                    holder = _Holder(token)


def _level(token: Token, attributes: dict[str, Attribute], above: _Level, version: int) -> _Level:
    def value(*names: str) -> str:
        return next((attributes[name].value.strip() for name in names if name in attributes), "")

    told = value("translate").lower()
    return _Level(
        token.name,
        told != "no" if told in ("yes", "no") else above.is_translated,
        _keeps_lines(attributes, above.keeps_lines),
        value("target-language", "trglang") or above.language,
        value("id") if token.name == _UNITS[version] else above.identity,
    )


def _keeps_lines(attributes: dict[str, Attribute], above: bool) -> bool:
    told = attributes["xml:space"].value if "xml:space" in attributes else ""
    return told == "preserve" if told else above


def _segment(text: str, holder: _Holder, level: _Level) -> Segment:
    source, target = holder.elements["source"], holder.elements.get("target")
    return Segment(
        level.identity,
        holder.token,
        source,
        holder.elements.get("seg-source"),
        target,
        level.language,
        holder.keeps_lines,
        _is_open(text, holder, source, target),
    )


def _is_open(text: str, holder: _Holder, source: Element, target: Element | None) -> bool:
    if target is None or not _inside(text, target).strip():
        return True
    told = (target.opening.attributes(text).get("state"), holder.token.attributes(text).get("state"))
    states = {state.value.strip() for state in told if state is not None}
    if states:
        return bool(states & _OPEN_STATES)
    approved = holder.token.attributes(text).get("approved")
    return _inside(text, target) == _inside(text, source) and (approved is None or approved.value != "yes")


def _inside(text: str, element: Element) -> str:
    if element.opening is element.closing:
        return ""
    return text[element.opening.end : element.closing.start]
