"""Matrices and boxes. A matrix is (a, b, c, d, e, f) as PDF writes it: x' = a x + c y + e, y' = b x + d y + f."""

from __future__ import annotations

import math
from typing import NamedTuple

Matrix = tuple[float, float, float, float, float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Box(NamedTuple):
    """A rectangle with its sides along the axes: x0 <= x1, y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float

    def contains(self, other: Box, slack: float) -> bool:
        return (
            self.x0 - slack <= other.x0
            and self.y0 - slack <= other.y0
            and other.x1 <= self.x1 + slack
            and other.y1 <= self.y1 + slack
        )

    def meets(self, other: Box) -> bool:
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1


EVERYWHERE = Box(-math.inf, -math.inf, math.inf, math.inf)


def measurable(*values: float) -> bool:
    """Whether these are finite, and no larger than anything that stands on paper."""
    return all(abs(value) < 1e9 for value in values)


def multiply(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that does `first`, then `then`."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def inverse(matrix: Matrix) -> Matrix | None:
    """None for a matrix that flattens everything."""
    a, b, c, d, e, f = matrix
    determinant = a * d - b * c
    if abs(determinant) < 1e-12 or not math.isfinite(determinant):
        return None
    return (
        d / determinant,
        -b / determinant,
        -c / determinant,
        a / determinant,
        (c * f - d * e) / determinant,
        (b * e - a * f) / determinant,
    )


def apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def bounds(points: list[tuple[float, float]]) -> Box:
    xs = [x for x, _ in points]
    ys = [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def transformed(matrix: Matrix, box: Box) -> Box:
    """The box around `box` when it is moved by `matrix`."""
    return bounds([apply(matrix, x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)])


def overlap(first: Box, second: Box) -> Box:
    """The common part; flat where there is none."""
    x0, y0 = max(first.x0, second.x0), max(first.y0, second.y0)
    return Box(x0, y0, max(x0, min(first.x1, second.x1)), max(y0, min(first.y1, second.y1)))


class Frame(NamedTuple):
    """A direction of writing: u runs along the line, v upwards from it. `degrees`: of u; `mirrored`: v is on its right."""

    degrees: float
    mirrored: bool

    @property
    def matrix(self) -> Matrix:
        """From (u, v) to (x, y)."""
        cos, sin = math.cos(math.radians(self.degrees)), math.sin(math.radians(self.degrees))
        return (cos, sin, sin, -cos, 0.0, 0.0) if self.mirrored else (cos, sin, -sin, cos, 0.0, 0.0)

    @property
    def back(self) -> Matrix:
        """From (x, y) to (u, v): the matrix is orthogonal."""
        a, b, c, d, _, _ = self.matrix
        return (a, c, b, d, 0.0, 0.0)


def frame_of(matrix: Matrix, size: float) -> tuple[Frame, float, float]:
    """The direction of writing, the length of one unit along it and the height of an em."""
    a, b, c, d, _, _ = matrix
    if size < 0:  # both directions turn
        a, b, c, d = -a, -b, -c, -d
    along = math.hypot(a, b)
    across = abs(a * d - b * c) / along if along else 0.0
    degrees = round(math.degrees(math.atan2(b, a)) * 2) / 2 % 360
    return Frame(degrees, a * d - b * c < 0), along * (-1 if size < 0 else 1), across * abs(size)
