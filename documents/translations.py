"""How a writer takes its translations: one for each unit, no fewer and no more (see `Format.write`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from documents.model import Piece


def following(place: str, translated: Iterator[Sequence[Piece]]) -> Sequence[Piece]:
    """The translation of the unit at `place`. Raises ValueError when there is none left."""
    pieces = next(translated, None)
    if pieces is None:
        raise ValueError(f"there is no translation for {place}")
    return pieces


def require_end(translated: Iterator[Sequence[Piece]]) -> None:
    """Raises ValueError when there are translations left."""
    if next(translated, None) is not None:
        raise ValueError("there are more translations than units")
