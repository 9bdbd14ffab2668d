"""A content stream carried out on paper: what text it shows where, and which lines and pictures stand around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from documents.pdf_pages.fonts import Font, Kind
from documents.pdf_pages.geometry import (
    EVERYWHERE,
    IDENTITY,
    Box,
    Matrix,
    apply,
    frame_of,
    measurable,
    multiply,
    overlap,
    transformed,
)
from documents.pdf_pages.lexer import Name, Operand, Operation, Raw, matrix_of, numbers_of, operations
from documents.pdf_pages.marks import Drawn, Glyph, Mark, Show, TextState
from documents.pdf_pages.paths import Paths

MAX_STATES = 512
MAX_GLYPHS = 400_000
"""On one page: a full page of small print has 10,000."""

_HIDDEN, _FIRST_CLIPPING = 3, 4
_NOWHERE: Matrix = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_COLOURS = frozenset((b"g", b"rg", b"k", b"cs", b"sc", b"scn"))


@dataclass(frozen=True, slots=True)
class _State:
    ctm: Matrix = IDENTITY
    clip: Box = EVERYWHERE
    colour: tuple[bytes, ...] = ()
    font: str = ""
    size: float = 0.0
    spacing: float = 0.0
    word_spacing: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0


class Interpreter:
    """Reads one content stream.

    `font`: the font of a resource name, None when there is none. `form`, `picture`: whether the XObject of that name
    is one. `properties`: whether the properties of that name hold a text in place of what is shown.
    `sets_font`: whether the graphics state of that name does.
    """

    def __init__(
        self,
        data: bytes,
        font: Callable[[str], Font | None],
        form: Callable[[str], bool],
        properties: Callable[[str], bool],
        picture: Callable[[str], bool],
        sets_font: Callable[[str], bool],
    ) -> None:
        self._data = data
        self._font, self._form, self._properties, self._picture = font, form, properties, picture
        self._sets_font = sets_font
        self._state = _State()
        self._stack: list[_State] = []
        self._line = IDENTITY
        self._offset = 0.0
        self._marks: list[int] = []
        self._paths = Paths()
        self._count = 0
        self._clipping = False
        self.drawn = Drawn()

    def run(self) -> Drawn:
        for operation in operations(self._data):
            act = _ACTS.get(operation.operator)
            if act is not None:
                act(self, operation)
            elif operation.operator in _COLOURS:
                self._colour(operation)
        self.drawn.open_states = len(self._stack)
        self.drawn.rules = self._paths.rules
        return self.drawn

    # Graphics state

    def _save(self, _: Operation) -> None:
        if len(self._stack) < MAX_STATES:
            self._stack.append(self._state)

    def _restore(self, _: Operation) -> None:
        if self._stack:
            self._state = self._stack.pop()

    def _concatenate(self, operation: Operation) -> None:
        matrix = matrix_of(operation.operands)
        if matrix is not None:
            self._state = replace(self._state, ctm=multiply(matrix, self._state.ctm))

    def _colour(self, operation: Operation) -> None:
        raw = self._data[operation.start : operation.end]
        # A colour of a colour space needs the space before it.
        kept = self._state.colour[:1] if operation.operator in (b"sc", b"scn") else ()
        self._state = replace(self._state, colour=(*kept, raw))

    # Paths

    def _path(self, operation: Operation) -> None:
        numbers = numbers_of(operation.operands)
        self._paths.add(operation.operator, numbers, self._state.ctm)

    def _clip(self, _: Operation) -> None:
        self._clipping = True

    def _paint(self, operation: Operation) -> None:
        if self._clipping:
            self._clipping = False
            box = self._paths.box()
            if box is not None:
                self._state = replace(self._state, clip=overlap(self._state.clip, box))
        self._paths.end(painted=operation.operator != b"n")

    # Pictures and forms

    def _object(self, operation: Operation) -> None:
        name = operation.operands[-1] if operation.operands else None
        if not isinstance(name, Name):
            return
        if self._form(name):
            self.drawn.forms.append(str(name))
        elif self._picture(name):
            self._place_picture()

    def _place_picture(self, _: Operation | None = None) -> None:
        self.drawn.pictures.append(transformed(self._state.ctm, Box(0.0, 0.0, 1.0, 1.0)))

    # Marked content

    def _begin_mark(self, operation: Operation) -> None:
        number = -1
        if operation.operator == b"BDC" and len(operation.operands) >= 2:
            tag, properties = operation.operands[-2:]
            says = (isinstance(properties, Raw) and properties.find(b"/ActualText") >= 0) or (
                isinstance(properties, Name) and self._properties(properties)
            )
            if says and isinstance(tag, Name) and isinstance(properties, Raw | Name):
                number = len(self.drawn.marks)
                kept = bytes(properties) if isinstance(properties, Raw) else str(properties)
                self.drawn.marks.append(Mark(operation.start, operation.end, str(tag), kept))
        if len(self._marks) < MAX_STATES:
            self._marks.append(number)

    def _end_mark(self, _: Operation) -> None:
        if self._marks:
            self._marks.pop()

    # Text

    def _begin_text(self, _: Operation) -> None:
        self._line, self._offset = IDENTITY, 0.0

    def _set_font(self, operation: Operation) -> None:
        if len(operation.operands) >= 2 and isinstance(operation.operands[-2], Name):
            size = numbers_of(operation.operands[-1:])
            if size:
                self._state = replace(self._state, font=str(operation.operands[-2]), size=size[0])

    def _text_number(self, operation: Operation) -> None:
        numbers = numbers_of(operation.operands)
        if numbers:
            self._state = _TEXT_NUMBERS[operation.operator](self._state, numbers[-1])

    def _external_state(self, operation: Operation) -> None:
        """A graphics state that sets a font: it has no name to return to, so what it draws is left alone."""
        if operation.operands and isinstance(operation.operands[-1], Name) and self._sets_font(operation.operands[-1]):
            self._state = replace(self._state, font="")

    def _move(self, operation: Operation) -> None:
        numbers = numbers_of(operation.operands)
        if len(numbers) >= 2:
            x, y = numbers[-2:]
            if operation.operator == b"TD":
                self._state = replace(self._state, leading=-y)
            self._next_line(x, y)

    def _set_matrix(self, operation: Operation) -> None:
        matrix = matrix_of(operation.operands)
        if matrix is not None:
            self._line, self._offset = matrix, 0.0

    def _new_line(self, _: Operation) -> None:
        self._next_line(0.0, -self._state.leading)

    def _next_line(self, x: float, y: float) -> None:
        self._line, self._offset = multiply((1.0, 0.0, 0.0, 1.0, x, y), self._line), 0.0

    def _show(self, operation: Operation) -> None:
        operands = operation.operands
        prefix = b""
        if operation.operator in (b"'", b'"'):
            if operation.operator == b'"' and len(operands) >= 3:
                word, space = (numbers_of([operand]) or [0.0] for operand in operands[-3:-1])
                self._state = replace(self._state, word_spacing=word[0], spacing=space[0])
                prefix = b"%g Tw %g Tc " % (word[0], space[0])
            prefix += b"T* "
            self._next_line(0.0, -self._state.leading)
        shown = operands[-1] if operands else b""
        items: list[Operand] = shown if isinstance(shown, list) else [shown]
        font = self._font(self._state.font)
        if font is None:
            self.drawn.unreadable += sum(len(item) for item in items if isinstance(item, bytes))
        elif self._count < MAX_GLYPHS:
            self._place(operation, prefix, items, font)

    def _place(self, operation: Operation, prefix: bytes, items: list[Operand], font: Font) -> None:
        state = self._state
        text_state = TextState(state.font, state.size, state.spacing, state.word_spacing, state.scale, state.rise)
        marks = tuple(mark for mark in self._marks if mark >= 0)
        show = Show(
            operation.start, operation.end, prefix, [], [], text_state, self._line, self._offset,
            state.ctm, state.clip, state.colour, marks,
        )  # fmt: skip
        number = len(self.drawn.shows)
        self.drawn.shows.append(show)
        whole = multiply(self._line, state.ctm)
        whole = whole if measurable(*whole, state.size, state.scale, state.rise) else _NOWHERE
        frame, along, em = frame_of(whole, state.size)
        unit_u = along * state.size * state.scale  # of one em along the line
        back = frame.back
        visible = state.mode < _FIRST_CLIPPING and state.mode != _HIDDEN and em > 0 and not font.vertical
        line = self.drawn.glyphs.setdefault(frame, [])
        for item in items:
            if isinstance(item, float):
                show.parts.append(item)
                show.advances.append(0.0)
                self._offset -= item / 1000 * state.size * (1.0 if font.vertical else state.scale)
                continue
            if not isinstance(item, bytes) or isinstance(item, Raw):
                continue
            for code in font.codes(item):
                extra = state.spacing + (state.word_spacing if code.spaced else 0.0)
                width = code.width * state.size
                advance = 0.0 if font.vertical else (width + extra) * state.scale
                if visible and measurable(self._offset):
                    x, y = apply(whole, self._offset, state.rise)
                    u, v = apply(back, x, y)
                    end = u + code.width * unit_u
                    line.append(
                        Glyph(
                            code.text, code.kind, min(u, end), max(u, end), v, em, number, len(show.parts),
                            font.bold or state.mode == 2, font.italic, state.colour,
                        )
                    )  # fmt: skip
                    self.drawn.unreadable += code.kind is Kind.UNREADABLE
                elif state.mode == _HIDDEN:
                    self.drawn.hidden += 1
                show.parts.append(code.raw)
                show.advances.append(code.width * 1000 + (extra / state.size * 1000 if state.size else 0.0))
                self._offset += advance
                self._count += 1


_TEXT_NUMBERS: Mapping[bytes, Callable[[_State, float], _State]] = {
    b"Tc": lambda state, value: replace(state, spacing=value),
    b"Tw": lambda state, value: replace(state, word_spacing=value),
    b"Tz": lambda state, value: replace(state, scale=value / 100),
    b"TL": lambda state, value: replace(state, leading=value),
    b"Ts": lambda state, value: replace(state, rise=value),
    b"Tr": lambda state, value: replace(state, mode=int(value)),
}

_ACTS: Mapping[bytes, Callable[[Interpreter, Operation], None]] = {
    b"q": Interpreter._save,
    b"Q": Interpreter._restore,
    b"cm": Interpreter._concatenate,
    b"gs": Interpreter._external_state,
    b"W": Interpreter._clip,
    b"W*": Interpreter._clip,
    b"Do": Interpreter._object,
    b"BI": Interpreter._place_picture,
    b"BMC": Interpreter._begin_mark,
    b"BDC": Interpreter._begin_mark,
    b"EMC": Interpreter._end_mark,
    b"BT": Interpreter._begin_text,
    b"Tf": Interpreter._set_font,
    b"Td": Interpreter._move,
    b"TD": Interpreter._move,
    b"Tm": Interpreter._set_matrix,
    b"T*": Interpreter._new_line,
    **dict.fromkeys(_TEXT_NUMBERS, Interpreter._text_number),
    **dict.fromkeys((b"Tj", b"TJ", b"'", b'"'), Interpreter._show),
    **dict.fromkeys((b"m", b"l", b"c", b"v", b"y", b"h", b"re"), Interpreter._path),
    **dict.fromkeys((b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"n"), Interpreter._paint),
}
