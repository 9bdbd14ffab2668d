"""What answers tell of a glossary's terms and of the translation memory, within other schemas."""

from __future__ import annotations

from pydantic import BaseModel


class UsedTerm(BaseModel):
    """A term of the glossary, and whether its translation is there."""

    term: str
    target: str
    used: bool


class AlternativeText(BaseModel):
    """Another translation of a text, and what is doubtful about it."""

    text: str
    flags: list[str] = []


class TermCounts(BaseModel):
    """How many terms of the glossary were used and missed."""

    used: int = 0
    missed: int = 0


class SegmentTerm(UsedTerm):
    """start, end: its place in the source; place: that of its translation, null when it is missed. From 0."""

    start: int
    end: int
    place: tuple[int, int] | None


class Suggestion(BaseModel):
    """A similar sentence of the translation memory; score: 0 to 0.99; origin: correction or import."""

    source: str
    target: str
    score: float
    origin: str
