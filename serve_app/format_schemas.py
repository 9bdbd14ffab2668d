"""What GET /formats and POST /preflight answer."""

from __future__ import annotations

from pydantic import BaseModel


class FormatInfo(BaseModel):
    """suffixes: lower case, with the dot. outputs: what a task may ask for."""

    name: str
    suffixes: list[str]
    media_type: str
    outputs: list[str]


class Refusal(BaseModel):
    code: str
    detail: str


class FileReport(BaseModel):
    """What a task of this file would find. `problem` is why it would be refused, and then the rest is null.

    segments: sentences; characters: of those that would be translated, each repeated one once; scripts: their letters, a
    Chinese one counted as three; untouched: the files in an archive that are of no format, or hold no text, and come back
    as they are; language: what most of it is in; languages: characters of sentences in each; notes:
    sentences of which something is reported (set right, left as they are); estimated_seconds: at the speed of now, null
    while no translator has been measured.
    """

    name: str
    size: int
    format: str | None = None
    outputs: list[str] = []
    units: int | None = None
    segments: int | None = None
    characters: int | None = None
    scripts: dict[str, int] | None = None
    language: str | None = None
    languages: dict[str, int] | None = None
    notes: dict[str, int] | None = None
    estimated_seconds: float | None = None
    untouched: list[str] = []
    problem: Refusal | None = None


class Preflight(BaseModel):
    files: list[FileReport]
