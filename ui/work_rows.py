"""What the pages for work ask and are told, beside tasks and languages: see `ui.client`."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class FormatRow(TypedDict):
    name: str
    suffixes: list[str]  # lower case, with the dot
    outputs: list[str]  # translated, bilingual


class Refusal(TypedDict):
    code: str
    detail: str


class FileReport(TypedDict):
    """What a task of a file would find; `problem` says why there would be none, and then the rest is absent."""

    name: str
    size: int
    problem: NotRequired[Refusal]
    format: NotRequired[str]
    outputs: NotRequired[list[str]]
    segments: NotRequired[int]
    characters: NotRequired[int]
    language: NotRequired[str | None]  # what most of it is in: a code of ours, or of another language
    notes: NotRequired[dict[str, int]]
    untouched: NotRequired[list[str]]
    estimated_seconds: NotRequired[float | None]  # behind all that waits
    characters_per_second: NotRequired[float | None]


class ResultRow(TypedDict):
    kind: str  # translated | bilingual | review
    name: str
    size: int
    download: str


class Wishes(TypedDict):
    """What a task is to write, and whose words it uses. glossary: an id, 'none', or None for the server's default."""

    output: str  # translated | bilingual | both
    review: bool
    glossary: str | None


class Filter(TypedDict):
    """Which tasks are listed beside state and search; None or '' for all. since: ISO 8601 with its zone."""

    client: str | None
    source: str | None
    target: str | None
    since: str | None
    sort: str  # newest | oldest | priority | largest | longest


class Glossary(TypedDict):
    glossary_id: str
    name: str
    source_lang: str
    target_lang: str
    entries: int


class TextResult(TypedDict):
    text: str
    flags: list[str]
    notes: list[str]
    language: str | None  # of the source, None of one without letters


class Alternative(TypedDict):
    text: str
    flags: list[str]
    via_eng: bool
    model: str | None  # None where only one runs


class EventRow(TypedDict):
    id: int
    at: str
    attempt: int
    kind: str
    data: dict[str, Any]


class SegmentRow(TypedDict):
    n: int
    source: str
    target: str | None
    flags: list[str]
    notes: list[str]
    origin: str | None  # model | memory | adapted | correction


class SegmentPage(TypedDict):
    segments: list[SegmentRow]
    next_after: int | None


class Bulk(TypedDict):
    done: list[str]
    refused: list[dict[str, str]]  # task_id, code, detail
