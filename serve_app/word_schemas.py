"""What goes in and out of the API about glossaries, the translation memory and corrections."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from serve_app.schemas import Language, SegmentRow


class TermEntry(BaseModel):
    """`target` null or empty: not to be translated. Several translations that may be used: with | between, the preferred one
    first. `match_case`: only as it is written."""

    source: str = Field(min_length=1, max_length=200)
    target: str | None = Field(None, max_length=200)
    match_case: StrictBool = False


class GlossaryRequest(BaseModel):
    """A new glossary; for one client, or shared by all."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    source_lang: Language
    target_lang: Language
    client_id: str | None = None
    shared: bool = False
    replace: bool = False
    entries: list[TermEntry] = Field(min_length=1, max_length=20_000)


class TermsRequest(BaseModel):
    """More terms; one whose source is there takes the place of the old one."""

    model_config = ConfigDict(extra="forbid")

    entries: list[TermEntry] = Field(min_length=1, max_length=20_000)


class GlossaryRow(BaseModel):
    """A glossary serves both directions of its languages. `client_id` is null for a shared one; `revision` counts changes."""

    glossary_id: str
    name: str
    client_id: str | None
    shared: bool
    source_lang: str
    target_lang: str
    entries: int
    revision: int
    created_at: str
    updated_at: str


class GlossaryList(BaseModel):
    glossaries: list[GlossaryRow]


class Removed(BaseModel):
    removed: int


class MemoryCount(BaseModel):
    """origin: translation (what models said), correction or import."""

    source_lang: str
    target_lang: str
    origin: Literal["translation", "correction", "import"]
    entries: int


class MemoryStatus(BaseModel):
    client_id: str
    enabled: bool
    threshold: float
    entries: list[MemoryCount]


class MemoryImported(BaseModel):
    """`skipped`: longer than 2,000 characters."""

    read: int
    stored: int
    skipped: int


class Correction(BaseModel):
    """What a sentence should say. `file`: its number in the task."""

    model_config = ConfigDict(extra="forbid")

    target: str = Field(min_length=1, max_length=10_000)
    file: int = Field(1, ge=1, le=1_000_000)


class CorrectedSegment(SegmentRow):
    """`corrected`: sentences of the file that were changed, this one and those that are the same."""

    corrected: int
