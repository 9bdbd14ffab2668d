"""How much a document may ask of the worker that reads it."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds checked at upload. Sizes are bytes; 0 switches no limit off, it refuses everything."""

    max_file_bytes: int = 100 * MIB
    max_uncompressed_bytes: int = 512 * MIB
    # A part that is XML becomes a tree of about ten times its size, in a worker that has about 1 GiB.
    max_xml_part_bytes: int = 64 * MIB
    # Word's own XML compresses 10 to 40 times, a table of zeros 150; a bomb made of one repeated byte 1,030.
    max_zip_ratio: int = 250
    # Under this size a high ratio is harmless (a part of 60 spaces), so it is not judged.
    ratio_from_bytes: int = MIB
    max_zip_entries: int = 10_000
    # Nested tables and text boxes of real documents stay under 100.
    max_xml_depth: int = 250
