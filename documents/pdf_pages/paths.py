"""Lines and rectangles among the paths of a content stream: the ruling of tables, and the boxes of clips."""

from __future__ import annotations

from documents.pdf_pages.geometry import Box, Matrix, apply, bounds

MAX_RULES = 20_000
"""A page with more is a drawing; its lines are no ruling."""

THIN_POINTS = 2.5
"""A filled rectangle thinner than this is a line."""

_MAX_POINTS = 4_000


class Paths:
    """Gathers the current path, and the rules of those that were painted."""

    def __init__(self) -> None:
        self.rules: list[Box] = []
        self._points: list[tuple[float, float]] = []
        self._lines: list[Box] = []
        self._here: tuple[float, float] | None = None

    def add(self, operator: bytes, numbers: list[float], ctm: Matrix) -> None:
        if len(self._points) > _MAX_POINTS:
            return
        if operator == b"re" and len(numbers) >= 4:
            x, y, width, height = numbers[-4:]
            corners = [
                apply(ctm, *corner) for corner in ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
            ]
            self._points += corners
            self._lines += _sides(bounds(corners))
        elif operator in (b"m", b"l") and len(numbers) >= 2:
            point = apply(ctm, numbers[-2], numbers[-1])
            if operator == b"l" and self._here is not None:
                line = bounds([self._here, point])
                if min(line.x1 - line.x0, line.y1 - line.y0) < THIN_POINTS:
                    self._lines.append(line)
            self._points.append(point)
            self._here = point
        elif operator in (b"c", b"v", b"y") and len(numbers) >= 4:
            pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
            self._points += [apply(ctm, *pair) for pair in pairs]
            self._here = self._points[-1]

    def box(self) -> Box | None:
        """Around the current path."""
        return bounds(self._points) if self._points else None

    def end(self, painted: bool) -> None:
        if painted and len(self.rules) < MAX_RULES:
            self.rules += self._lines
        self._points, self._lines, self._here = [], [], None


def _sides(box: Box) -> list[Box]:
    if min(box.x1 - box.x0, box.y1 - box.y0) < THIN_POINTS:
        return [box]
    return [
        Box(box.x0, box.y0, box.x0, box.y1),
        Box(box.x1, box.y0, box.x1, box.y1),
        Box(box.x0, box.y0, box.x1, box.y0),
        Box(box.x0, box.y1, box.x1, box.y1),
    ]
