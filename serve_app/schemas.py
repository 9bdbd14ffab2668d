"""What goes in and out of the API, as OpenAPI tells it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from serve_app.term_schemas import AlternativeText, SegmentTerm, Suggestion, TermCounts, UsedTerm
from translation.alternatives import MOST as MOST_ALTERNATIVES

LANGUAGE_CODES = (
    *("mon_Cyrl", "mon_Mong", "cmn_Hans", "cmn_Hant", "eng_Latn"),
    *("mn", "mn-Mong", "zh", "zh-Hans", "zh-CN", "zh-Hant", "zh-TW", "en"),
    *("khk_Cyrl", "zho_Hans", "zho_Hant"),
)
"""The spellings that the document names; capitals and `_` for `-` are understood as well."""

Language = Annotated[
    str,
    Field(
        description="One of ours, a BCP-47 tag or NLLB's code, in capitals or not",
        examples=["mon_Cyrl"],
        json_schema_extra={"enum": list(LANGUAGE_CODES)},
    ),
]


Source = Annotated[
    str, Field(description="As target_lang; also auto, to have it found out", examples=["mon_Cyrl", "auto"])
]


UPLOAD_ID = r"^[0-9a-f]{32}$"


class TaskRequest(BaseModel):
    """Make a task of the files that were uploaded under this client id."""

    model_config = ConfigDict(populate_by_name=True)

    client_ip: str | None = Field(
        None,
        validation_alias=AliasChoices("client_ip", "client_id"),
        description="The client id of POST /uploadfiles; with an API key it is known",
        examples=["user123"],
    )
    uploads: list[Annotated[str, Field(pattern=UPLOAD_ID)]] | None = Field(
        None,
        min_length=1,
        max_length=1_000,
        description="Only these resumable uploads, by their ids; otherwise all files that wait under the client id",
    )
    source_lang: Source
    target_lang: Language
    via_eng: bool = Field(False, description="Translate by way of English")
    priority: int = Field(5, ge=0, le=9, description="Larger goes first")
    not_before: str | None = Field(
        None,
        description="Start later: an ISO 8601 time with its zone",
        examples=["2026-11-24T01:30:00+08:00"],
        max_length=64,
    )
    model: str | None = Field(None, description="One of the models that run, see GET /models", max_length=500)
    output: Literal["translated", "bilingual", "both"] = Field(
        "translated", description="bilingual: source and translation together, in the way that suits the format"
    )
    review: bool = Field(False, description="Also a table of all sentences with their doubts, as .xlsx")
    json_keys: list[str] = Field(
        [], description="Only the strings under these keys (.json); [] for all", max_length=100
    )
    sheet_names: bool = Field(False, description="Also the names of sheets (.xlsx, .ods); what refers to them follows")
    retranslate: bool = Field(False, description="Also what is translated already (.po, .xliff)")
    glossary: str | list[str] | None = Field(
        None,
        description="Glossaries by id or name, the first counts most; none for no glossary at all",
        max_length=1_000,
    )
    memory: bool = Field(True, description="Use and feed the translation memory")
    webhook_url: str | None = Field(
        None, max_length=2_000, description="Tell this address that the task is over, see POST /webhooks"
    )
    webhook_secret: str | None = Field(None, max_length=128, description="Signs it: whsec_ and base64")


class TextRequest(BaseModel):
    """Sentences or short texts to be translated at once."""

    sentences: str | list[str] = Field(examples=[["Сайн байна уу?"]])
    source_lang: Source
    target_lang: Language
    via_eng: bool = False
    model: str | None = Field(None, description="One of the models that run, see GET /models", max_length=500)
    client_id: str | None = Field(
        None, description="Whose glossaries, corrections and imports are used", max_length=128
    )
    glossary: str | list[str] | None = Field(
        None,
        description="Glossaries by id or name, the first counts most; none for no glossary at all",
        max_length=1_000,
    )
    memory: bool = Field(True, description="Use what this client corrected or imported")
    alternatives: int = Field(
        0,
        ge=0,
        le=MOST_ALTERNATIVES,
        strict=True,
        description="As many other translations of each text, where there are",
    )


class ModelsRequest(BaseModel):
    """The models that translate from now on, as `[MODEL] MODEL` names them."""

    models: str = Field(min_length=1, max_length=2_000, examples=["nllb-200-distilled-1.3B*3, /models/opus-zh-en"])


class ScaleRequest(BaseModel):
    """How many translators there are from now on; null: as config.ini says."""

    translators: int | None = Field(ge=1, le=4096, strict=True)


class TextAnswer(BaseModel):
    """`result` has the form of `sentences`: a text for a text, a list for a list. `flags`: doubts about each; `notes`: what
    else is told of each; `terms`: those of the glossary in each, and whether they were used; `detected`: the language of each
    where `source_lang` is auto, null for one without letters; `alternatives`: other translations of each where they were
    asked for, best first, no two of which say the same."""

    result: str | list[str]
    error: str | None = None
    status: Literal["completed"] = "completed"
    flags: list[list[str]] = []
    notes: list[list[str]] = []
    detected: list[str | None] | None = None
    terms: list[list[UsedTerm]] = []
    alternatives: list[list[AlternativeText]] = []


class UploadedFile(BaseModel):
    name: str
    size: int


class UploadAnswer(BaseModel):
    client_id: str
    message: str
    files: list[UploadedFile]


class MadeUpload(BaseModel):
    """An upload that was begun; `client_id`: whose the file will be."""

    id: str
    client_id: str
    name: str


class Submitted(BaseModel):
    task_id: str
    status: str


class Task(BaseModel):
    """Times are ISO 8601 UTC, sizes bytes, progress per cent."""

    model_config = ConfigDict(extra="allow")

    task_id: str
    status: Literal["pending", "processing", "completed", "failed", "cancelled", "timeout"]
    stage: Literal["queued", "preparing", "translating", "assembling", "done"]
    priority: int
    created_at: str
    started_at: str | None
    completed_at: str | None
    progress: float
    error_message: str | None
    error_code: str | None
    client_ip: str
    source_lang: str
    target_lang: str
    via_eng: bool
    file_count: int
    total_file_size: int
    segments_total: int
    segments_done: int
    segments_flagged: int
    attempt: int
    queue_position: int | None
    eta_seconds: float | None
    not_before: str | None = None
    wanted_model: str | None = None
    model: str | None = None
    output: str = "translated"
    review: bool = False
    glossaries: list[str] = []
    memory: bool = True
    terms: TermCounts = TermCounts()
    memory_matches: int = 0


class ResultFile(BaseModel):
    """One thing that was written of a file. kind: translated, bilingual or review (a table of all sentences)."""

    kind: str
    name: str
    size: int
    sha256: str
    download: str


class FileInTask(BaseModel):
    """`download` is the path of the result, null as long as there is none; `results`: all that was written; `flags`: how
    many sentences have which doubt, and `terms` what became of the glossary's, once the file is done; `notes`: how many have
    what else is reported; `source_lang`: its language, null as long as it is not found out; `memory_matches`: sentences for
    which the translation memory had something; `outdated`: corrected since, and written anew when fetched."""

    model_config = ConfigDict(extra="allow")

    n: int
    name: str
    size: int
    status: Literal["pending", "prepared", "completed", "failed"]
    result_name: str | None
    result_size: int | None
    segments_total: int
    segments_done: int
    segments_flagged: int
    error_code: str | None
    error_message: str | None
    download: str | None
    results: list[ResultFile] = []
    flags: dict[str, int] = {}
    notes: dict[str, int] = {}
    source_lang: str | None = None
    terms: TermCounts = TermCounts()
    memory_matches: int = 0
    outdated: bool = False


class SegmentRow(BaseModel):
    """One sentence; n: from 1. `target` is null as long as there is none. `flags`: what is doubtful about it; `notes`: what
    else is reported; `origin`: model, memory, adapted (from the memory, with other numbers) or correction."""

    n: int
    source: str
    target: str | None
    flags: list[str]
    notes: list[str] = []
    origin: str | None = None
    terms: list[SegmentTerm] = []
    suggestion: Suggestion | None = None


class SegmentPage(BaseModel):
    """`next_after` is the `after` of the next call, null at the end."""

    segments: list[SegmentRow]
    next_after: int | None


class TaskDetail(Task):
    files: list[FileInTask]


class Priority(BaseModel):
    priority: int = Field(ge=0, le=9, description="Larger goes first", strict=True)


class Event(BaseModel):
    """One thing that happened to a task. `id` grows; `data` depends on `kind`."""

    id: int
    at: str
    attempt: int
    kind: str
    data: dict[str, Any]


class History(BaseModel):
    """Events, oldest first. `next_after` is the `after` of the next call; `more`: there are others already."""

    events: list[Event]
    next_after: int
    more: bool


class ServerState(BaseModel):
    """`idle`: nothing is being read, translated or written, so that stopping now loses no work."""

    paused: bool
    draining: bool
    idle: bool


class TaskPage(BaseModel):
    tasks: list[TaskDetail]
    next_cursor: str | None


class Problem(BaseModel):
    """RFC 9457. `code` is stable; `detail` says what is wrong and what to do; more fields say what it is about."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "task_id": "0b8e5f0e-3c0a-4b7e-9a53-6a1f7c2f9d10",
                "type": "urn:khelmerch:error:task_not_found",
                "title": "Not Found",
                "status": 404,
                "detail": "There is no task 0b8e5f0e-3c0a-4b7e-9a53-6a1f7c2f9d10.",
                "code": "task_not_found",
            }
        },
    )

    type: str
    title: str
    status: int
    detail: str
    code: str


CODES = {
    400: "bad_multipart",
    401: "unauthorised",
    403: "forbidden",
    404: "task_not_found, file_not_found, segment_not_found, glossary_not_found, key_not_found, result_gone, webhook_not_found, "
    "upload_not_found",
    405: "method_not_allowed",
    409: "illegal_transition, glossary_exists, source_expired, idempotency_in_progress, models_needed, upload_offset, "
    "upload_unfinished",
    412: "tus_version",
    413: "file_too_large, text_too_long",
    415: "unsupported_type, unsupported_media_type",
    416: "range_not_satisfiable",
    422: "invalid_request, and codes of what is wrong with a file, a language, a model or a webhook",
    423: "upload_busy",
    429: "queue_full, client_queue_full, client_quota, rate_limited; `Retry-After` says when to come back",
    460: "checksum_mismatch",
    500: "translation_failed",
    503: "scheduler_unavailable, storage_error, no_translators, paused, draining; `Retry-After` says when to come back",
}
"""What `code` may be with each status."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """-> the `responses` of a route that may answer with problem documents."""
    return {
        status: {
            "model": Problem,
            "description": CODES[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
