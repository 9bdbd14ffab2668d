"""What goes in and out of the API, as OpenAPI tells it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

Language = Annotated[
    str,
    Field(
        description="mon_Cyrl, mon_Mong, cmn_Hans, cmn_Hant, eng_Latn; also mn, zh, zh-Hant, en", examples=["mon_Cyrl"]
    ),
]


class TaskRequest(BaseModel):
    """Make a task of the files that were uploaded under this client id."""

    model_config = ConfigDict(populate_by_name=True)

    client_ip: str = Field(
        validation_alias=AliasChoices("client_ip", "client_id"),
        description="The client id of POST /uploadfiles",
        examples=["user123"],
    )
    source_lang: Language
    target_lang: Language
    via_eng: bool = Field(False, description="Translate by way of English")
    priority: int = Field(5, ge=0, le=9, description="Larger goes first")


class TextRequest(BaseModel):
    """Sentences or short texts to be translated at once."""

    sentences: str | list[str] = Field(examples=[["Сайн байна уу?"]])
    source_lang: Language
    target_lang: Language
    via_eng: bool = False


class TextAnswer(BaseModel):
    """`result` has the form of `sentences`: a text for a text, a list for a list. `flags`: doubts about each."""

    result: str | list[str]
    error: str | None = None
    status: Literal["completed"] = "completed"
    flags: list[list[str]] = []


class UploadedFile(BaseModel):
    name: str
    size: int


class UploadAnswer(BaseModel):
    client_id: str
    message: str
    files: list[UploadedFile]


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


class FileInTask(BaseModel):
    """`download` is the path of the result, null as long as there is none."""

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


class TaskDetail(Task):
    files: list[FileInTask]


class TaskPage(BaseModel):
    tasks: list[TaskDetail]
    next_cursor: str | None


class Problem(BaseModel):
    """RFC 9457. `code` is stable; `detail` says what is wrong and what to do."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """-> the `responses` of a route that may answer with problem documents."""
    return {
        status: {
            "model": Problem,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
