"""OpenDocument presentations (.odp, .otp): slides, notes, tables, comments, footers, charts, master pages.

Untouched: prompts of empty placeholders, names of slides, fields, pictures, alternative text, document properties. A part
in which nothing changed is copied byte for byte.
"""

from __future__ import annotations

from documents.odf.package import SLIDES
from documents.odt import Odt


class Odp(Odt):
    """The format `.odp`, and `.otp` of templates."""

    kind = SLIDES
    name = "odp"
    suffixes = (".odp", ".otp")
    media_type = "application/vnd.oasis.opendocument.presentation"
