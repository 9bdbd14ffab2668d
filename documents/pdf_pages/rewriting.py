"""A content stream with some of its text taken out and other text drawn in its place; the rest is not touched by a byte."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import pikepdf

from documents.pdf_pages.geometry import IDENTITY, Box, Frame, Matrix, apply, inverse, multiply, transformed
from documents.pdf_pages.marks import Drawn, Glyph, Mark, Show
from documents.pdf_pages.setting import Fragment
from documents.pdf_pages.typefaces import Typefaces

_CLIP_SLACK_POINTS = 1.0
_UNSAFE_IN_NAME = re.compile(rb"[^!-~]|[#/()<>\[\]{}%]")


@dataclass
class Edits:
    """What changes in one content stream. `removed`: the parts of each show operator; `drawn`: new text before it;
    `late`: new text at the end, where the clip at its place would cut it off."""

    removed: dict[int, set[int]] = field(default_factory=dict)
    drawn: dict[int, list[bytes]] = field(default_factory=dict)
    late: list[bytes] = field(default_factory=list)

    def remove(self, glyphs: Iterable[Glyph]) -> None:
        for glyph in glyphs:
            self.removed.setdefault(glyph.show, set()).add(glyph.part)
            self.remove(glyph.shadows or ())

    def draw(self, anchor: Glyph, show: Show, frame: Frame, fragment: Fragment, typefaces: Typefaces) -> Box:
        """In the place of `anchor`, which `show` draws. -> where it stands on the surface."""
        box = box_of(frame, fragment)
        # What the clip hid of the source (words for screen readers on a web page) stays hidden.
        if show.clip.contains(box, _CLIP_SLACK_POINTS) or not _is_seen(anchor, frame, show.clip):
            self.drawn.setdefault(anchor.show, []).append(_text(frame, fragment, show.ctm, typefaces))
        else:
            colour = b" ".join(show.colour)
            self.late.append(b"%s BT %s ET" % (colour, _text(frame, fragment, IDENTITY, typefaces)))
        return box


def _is_seen(glyph: Glyph, frame: Frame, clip: Box) -> bool:
    x, y = apply(frame.matrix, (glyph.u0 + glyph.u1) / 2, glyph.v + 0.3 * glyph.size)
    return clip.contains(Box(x, y, x, y), 0.0)


def box_of(frame: Frame, fragment: Fragment) -> Box:
    """Where the letters of a fragment stand on the surface."""
    low, high = fragment.v - 0.22 * fragment.size, fragment.v + 0.78 * fragment.size
    return transformed(frame.matrix, Box(fragment.u, low, fragment.u + fragment.width, high))


def _text(frame: Frame, fragment: Fragment, ctm: Matrix, typefaces: Typefaces) -> bytes:
    a, b, c, d, _, _ = frame.matrix
    x, y = apply(frame.matrix, fragment.u, fragment.v)
    back = inverse(ctm)
    assert back is not None  # glyphs under a flat matrix are not read
    matrix = multiply((a, b, c, d, x, y), back)
    result = [b"%s Tm" % _numbers(matrix)]
    font = ""
    shown: list[str] = []
    hexadecimal = ""

    def flush() -> None:
        nonlocal hexadecimal
        if hexadecimal:
            shown.append(f"<{hexadecimal}>")
            hexadecimal = ""

    def end() -> None:
        flush()
        if shown:
            result.append(b"[%s] TJ" % "".join(shown).encode("ascii"))
            shown.clear()

    for sign, character, added in fragment.signs:
        resource = typefaces.use(sign, character)
        if resource != font:
            end()
            font = resource
            result.append(b"/%s %s Tf" % (font.encode("ascii"), number(fragment.size)))
        hexadecimal += f"{sign.code:04X}"
        if added:
            flush()
            shown.append(number(-added * 1000).decode("ascii"))
    end()
    return b" ".join(result)


def rewritten(data: bytes, drawn: Drawn, edits: Edits) -> bytes:
    """The content stream with `edits` made."""
    replaced: list[tuple[int, int, bytes]] = []
    touched = edits.removed.keys() | edits.drawn.keys()
    marks: set[int] = set()
    for at in touched:
        show = drawn.shows[at]
        marks.update(show.marks)
        replaced.append((show.start, show.end, _show(show, edits.removed.get(at, set()), edits.drawn.get(at, []))))
    for at in marks:
        mark = drawn.marks[at]
        replaced.append((mark.start, mark.end, _silent(mark)))
    parts: list[bytes] = []
    position = 0
    for start, end, new in sorted(replaced):
        # Operators may stand side by side without a space.
        parts += [data[position:start], b"\n", new, b"\n"]
        position = end
    parts.append(data[position:])
    if edits.late:
        parts = [b"q\n", *parts, b"\nQ" * (drawn.open_states + 1), b"\nq ", b"\n".join(edits.late), b" Q"]
    return b"".join(parts)


def _show(show: Show, removed: set[int], new: list[bytes]) -> bytes:
    result = [show.prefix] if show.prefix else []
    if new:
        result += _within(show, new)
    shown: list[str] = []
    shift = 0.0
    text = ""
    for number_of, (part, advance) in enumerate(zip(show.parts, show.advances, strict=True)):
        if isinstance(part, bytes) and number_of not in removed:
            if shift:
                if text:
                    shown.append(f"<{text}>")
                    text = ""
                shown.append(number(shift).decode("ascii"))
                shift = 0.0
            text += part.hex().upper()
        else:
            shift += part if not isinstance(part, bytes) else -advance
    if text:
        shown.append(f"<{text}>")
    if shift:
        shown.append(number(shift).decode("ascii"))
    if shown:
        result.append(b"[%s] TJ" % " ".join(shown).encode("ascii"))
    return b" ".join(result)


def _within(show: Show, new: list[bytes]) -> list[bytes]:
    """New text inside a text object, and all parameters and places put back as they were after it."""
    state = show.state
    plain: list[bytes] = []
    back: list[bytes] = []
    for operator, value, default in (
        (b"Tc", state.spacing, 0.0),
        (b"Tw", state.word_spacing, 0.0),
        (b"Tz", state.scale * 100, 100.0),
        (b"Ts", state.rise, 0.0),
    ):
        if value != default:
            plain.append(b"%s %s" % (number(default), operator))
            back.append(b"%s %s" % (number(value), operator))
    back.append(b"/%s %s Tf" % (name(state.font), number(state.size)))
    back.append(b"%s Tm" % _numbers(show.line))
    if show.offset and state.size and state.scale:
        back.append(b"[%s] TJ" % number(-show.offset / (state.size * state.scale) * 1000))
    return [*plain, *new, *back]


def _silent(mark: Mark) -> bytes:
    """The beginning of a marked content without the text that would be found and copied instead of what is shown."""
    tag = name(mark.tag)
    if isinstance(mark.properties, str):
        return b"/%s BMC" % tag
    properties = pikepdf.Object.parse(mark.properties)
    del properties["/ActualText"]
    return b"/%s %s BDC" % (tag, properties.unparse())


def name(text: str) -> bytes:
    """A name as it is written in a content stream, without its slash."""
    return _UNSAFE_IN_NAME.sub(lambda found: b"#%02X" % found[0][0], text.encode("latin-1"))


def number(value: float) -> bytes:
    """As PDF writes it: no exponent."""
    text = f"{value:.5f}".rstrip("0").rstrip(".")
    return b"0" if text in ("-0", "") else text.encode("ascii")


def _numbers(values: Iterable[float]) -> bytes:
    return b" ".join(map(number, values))
