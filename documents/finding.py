"""Which format a name promises."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from documents.model import Format


def suffix_of(name: str) -> str:
    """`Reports/A.DOCX` -> `.docx`; '' where there is none."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def find(formats: Iterable[Format], name: str) -> Format | None:
    """The one of `formats` that files called `name` have; None when there is none."""
    suffix = suffix_of(name)
    return next((candidate for candidate in formats if suffix in candidate.suffixes), None)
