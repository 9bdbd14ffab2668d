"""Text with tags: what is between block tags is translated as a whole, with its inline tags, which are all there after.

Where a translation does not keep exactly the tags of its source, the pieces between the tags are translated one by one: the
order of words may suffer, the markup never does.
"""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

Translate = Callable[[Sequence[str]], Awaitable[list[str]]]

_WORDS = (
    "a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup time tt u var",
    "wbr x g",
)
INLINE = frozenset(" ".join(_WORDS).split())
"""Tags inside of a sentence; `x` and `g` are those of translation tools. All others end one."""

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "x"]
)
_LETTER = re.compile(r"[^\W\d_]")


@dataclass
class _Run:
    """Part of a document. `pieces`: texts and tags in turn, as written; only a run with letters is translated."""

    pieces: list[tuple[bool, str]] = field(default_factory=list)
    """(is it a tag, its source)"""
    opaque: bool = False

    @property
    def source(self) -> str:
        """With the entities of its texts resolved."""
        return "".join(piece if tag else html.unescape(piece) for tag, piece in self.pieces)

    @property
    def tags(self) -> list[str]:
        return [piece for tag, piece in self.pieces if tag]

    @property
    def wanted(self) -> bool:
        return not self.opaque and any(not tag and _LETTER.search(html.unescape(piece)) for tag, piece in self.pieces)


_TOKEN = re.compile(
    r"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<[!?][^>]*+>"""  # remarks and declarations
    r"""|<(?P<opaque>script|style|pre|textarea|noscript|template)\b[^>]*+>.*?</(?P=opaque)\s*>"""
    r"""|</?(?P<name>[A-Za-z][\w:.-]*+)(?:"[^"]*+"|'[^']*+'|[^'"<>])*+>""",
    re.DOTALL | re.IGNORECASE,
)
_NOT = r"notranslate\b"
_HIDDEN = re.compile(
    rf"""\btranslate\s*=\s*["']?no\b|\bclass\s*=\s*(?:"[^"]*\b{_NOT}|'[^']*\b{_NOT}|{_NOT})""", re.IGNORECASE
)


def _runs(text: str, inline: frozenset[str] | None) -> list[_Run]:
    """-> the document in pieces; all of them together are the document, letter by letter. inline None: every tag is."""
    runs = [_Run()]
    hidden: list[str] = []  # elements around that are not to be translated
    last = 0

    def add(tag: bool, piece: str, *, opaque: bool) -> None:
        if opaque != runs[-1].opaque:
            runs.append(_Run(opaque=opaque))
        runs[-1].pieces.append((tag, piece))

    for match in _TOKEN.finditer(text):
        if match.start() > last:
            add(False, text[last : match.start()], opaque=bool(hidden))
        last = match.end()
        token, name = match.group(), (match["name"] or "").lower()
        if not name:
            add(True, token, opaque=True)
        elif hidden:
            add(True, token, opaque=True)
            if token.startswith("</"):
                if name in hidden:
                    while hidden.pop() != name:
                        pass
            elif not _stands_alone(token, name):
                hidden.append(name)
        elif _HIDDEN.search(token) and not token.startswith("</"):
            add(True, token, opaque=True)
            if not _stands_alone(token, name):
                hidden.append(name)
        else:
            add(True, token, opaque=inline is not None and name not in inline)
    if last < len(text):
        add(False, text[last:], opaque=bool(hidden))
    return runs


def _stands_alone(token: str, name: str) -> bool:
    return token.endswith("/>") or name in VOID


async def translate(text: str, send: Translate, *, xml: bool = False) -> str:
    """-> the text with its markup kept. xml: every tag may be inside of a sentence."""
    everything = _runs(text, None if xml else INLINE)
    runs = [run for run in everything if run.wanted]
    answers = await send([run.source for run in runs]) if runs else []
    done: dict[int, str] = {}
    for run, answer in zip(runs, answers, strict=True):
        kept = _with_tags(run, answer)
        done[id(run)] = kept if kept is not None else await _in_pieces(run, send)
    return "".join(done.get(id(run), "".join(piece for _tag, piece in run.pieces)) for run in everything)


def _with_tags(run: _Run, answer: str) -> str | None:
    """-> the translation with everything escaped but its tags; None when they are not the source's, each once and nested
    as before."""
    if not run.tags:
        return html.escape(answer, quote=False)
    pattern = re.compile("|".join(re.escape(tag) for tag in sorted(set(run.tags), key=len, reverse=True)))
    found = pattern.findall(answer)
    if sorted(found) != sorted(run.tags) or not _nested(found):
        return None
    texts = pattern.split(answer)
    return "".join(html.escape(piece, quote=False) + tag for piece, tag in zip(texts, [*found, ""], strict=True))


def _nested(tags: Sequence[str]) -> bool:
    """Does every end follow its beginning, none crossing another? What was not so in the source is left to the pieces."""
    opened: list[str] = []
    for tag in tags:
        name = re.split(r"[\s/>]", tag.lstrip("</"), maxsplit=1)[0].lower()
        if tag.startswith("</"):
            if not opened or opened.pop() != name:
                return False
        elif not _stands_alone(tag, name):
            opened.append(name)
    return not opened


async def _in_pieces(run: _Run, send: Translate) -> str:
    texts = [html.unescape(piece) for tag, piece in run.pieces if not tag]
    wanted = [text for text in texts if _LETTER.search(text)]
    answers = iter(await send(wanted))
    parts = []
    for tag, piece in run.pieces:
        plain = html.unescape(piece)
        if tag or not _LETTER.search(plain):
            parts.append(piece)
        else:
            # White space at the ends belongs to the markup, not to the sentence.
            begin, end = plain[: len(plain) - len(plain.lstrip())], plain[len(plain.rstrip()) :]
            parts.append(begin + html.escape(next(answers).strip(), quote=False) + end)
    return "".join(parts)
