"""One face of a font file: its letters and widths, as HarfBuzz reads them without reading the file whole."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uharfbuzz as harfbuzz

SIMPLIFIED, TRADITIONAL = 2, 3
"""Faces of the collection of Noto Sans CJK, in the order JP, KR, SC, TC, HK."""

REGULAR, BOLD = 400, 700


@dataclass(frozen=True)
class Face:
    """One face of a font file at one weight."""

    path: Path
    index: int
    weight: int
    slanted: bool = False

    @functools.cached_property
    def font(self) -> Any:
        font = harfbuzz.Font(face_of(self.path, self.index))
        font.set_variations({"wght": self.weight})
        return font

    @functools.cached_property
    def units(self) -> int:
        return int(face_of(self.path, self.index).upem)

    def glyph(self, character: str) -> int:
        """0 for one that the face does not have."""
        return int(self.font.get_nominal_glyph(ord(character)) or 0)

    def width(self, glyph: int) -> float:
        """In em."""
        return int(self.font.get_glyph_h_advance(glyph)) / self.units

    @property
    def name(self) -> str:
        family = "".join(character for character in self.path.name.split("[")[0].split("-VF")[0] if character.isalnum())
        region = {SIMPLIFIED: "SC", TRADITIONAL: "TC"}.get(self.index, "") if self.path.suffix == ".ttc" else ""
        return f"{family}{region}-{'Bold' if self.weight == BOLD else 'Regular'}"


@functools.cache
def face_of(path: Path, index: int) -> Any:
    return harfbuzz.Face(harfbuzz.Blob.from_file_path(str(path)), index)
