"""What the console needs from the service. The only door between ui/ and the rest of the project; what is the same as over HTTP
has the types of the HTTP client."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NotRequired, Protocol, TypedDict

from khelmerch_client.models import Languages as Languages
from khelmerch_client.models import QueueStatus as QueueStatus
from ui.work_rows import (
    Alternative,
    Bulk,
    EventRow,
    FileReport,
    Filter,
    FormatRow,
    Glossary,
    ResultRow,
    SegmentPage,
    SegmentRow,
    TextResult,
    Wishes,
)


class UploadedFile(TypedDict):
    name: str
    size: int


class FileRow(TypedDict):
    n: int  # 1-based place in the task, as in /tasks/{id}/files/{n}
    name: str
    size: int
    status: str
    result_name: str | None
    result_size: int | None
    segments_total: int
    segments_done: int
    error_message: str | None
    download: str | None  # path of the result, None as long as there is none
    results: NotRequired[list[ResultRow]]  # all that was written, the result itself first
    flags: NotRequired[dict[str, int]]  # doubts, of a file that is done
    error_code: NotRequired[str | None]
    source_lang: NotRequired[str | None]


class TaskRow(TypedDict):
    task_id: str
    status: str  # pending | processing | completed | failed | cancelled | timeout
    stage: str  # queued | preparing | translating | assembling | done
    priority: int
    created_at: str  # ISO 8601, UTC
    started_at: str | None
    completed_at: str | None
    progress: float  # 0-100
    error_message: str | None
    error_code: str | None
    client_ip: str | None
    source_lang: str
    target_lang: str
    via_eng: bool
    file_count: int
    total_file_size: int  # bytes
    segments_total: int
    segments_done: int
    segments_flagged: int
    queue_position: int | None
    eta_seconds: float | None
    attempt: int


class TaskDetail(TaskRow):
    files: list[FileRow]


class TaskPage(TypedDict):
    tasks: list[TaskDetail]
    next_cursor: str | None


class GpuRow(TypedDict):
    gpu_id: str
    device_name: str
    memory_total: float  # MiB
    memory_used: float
    memory_free: float
    utilization: float | None  # percent
    temperature: float | None  # degrees Celsius
    is_available: bool
    reason: str | None  # why it is given no work
    current_task_id: str | None


class AsksFor(Protocol):
    """gr.Request, of an event or of a page that is loaded: around the request that the service let in."""

    @property
    def request(self) -> Any: ...


class Console(Protocol):
    """The service as the console meets it: for each event the client that acts as whoever caused it."""

    def of(self, request: AsksFor) -> ConsoleClient:
        """Raises, as the client's methods do, for a request that the service did not let in."""
        ...


class ConsoleClient(Protocol):
    """All the console ever asks of the service, in the name of one person.

    A method refuses by raising an exception that has ``code`` (stable, snake_case) and ``detail`` (one sentence:
    what is wrong and what to do), and optionally ``data`` (a mapping). The console says those in the visitor's
    language; any other exception is logged and shown as "something went wrong on our side".
    """

    async def languages(self) -> Languages: ...

    async def upload(self, client_id: str, name: str, path: Path) -> UploadedFile:
        """Keep the file under the client's name; raises when it is empty, too large, damaged or of a wrong type."""
        ...

    async def submit(
        self,
        client_id: str,
        files: Sequence[tuple[str, Path]],
        source: str,
        target: str,
        via_eng: bool,
        priority: int,
        wishes: Wishes | None = None,
    ) -> str:
        """Check and store all files, make one task of them and return its id. All or nothing.

        `files` holds the name the visitor gave and a temporary path that the console does not keep.
        """
        ...

    async def tasks(
        self,
        status: str | None,
        limit: int,
        cursor: str | None,
        search: str | None = None,
        filter: Filter | None = None,
    ) -> TaskPage:
        """Newest first where `filter` says nothing else. `search`: part of the task id, the client or a file name."""
        ...

    async def task(self, task_id: str) -> TaskDetail: ...

    async def cancel(self, task_id: str) -> None: ...

    async def retry(self, task_id: str) -> None: ...

    async def queue_status(self) -> QueueStatus: ...

    async def gpus(self) -> list[GpuRow]: ...

    async def formats(self) -> list[FormatRow]: ...

    async def preflight(self, name: str, path: Path, source: str | None) -> FileReport:
        """What a task of the file would find; nothing is kept. source: None to have it found out."""
        ...

    async def glossaries(self, client_id: str) -> list[Glossary]:
        """The shared ones and those of the client."""
        ...

    async def translate_text(
        self, client_id: str, text: str, source: str, target: str, via_eng: bool, glossary: str | None
    ) -> TextResult:
        """At once; nothing is stored. glossary: as in `Wishes`."""
        ...

    async def alternatives(
        self, client_id: str, text: str, source: str, target: str, via_eng: bool, glossary: str | None
    ) -> list[Alternative]:
        """What else it could be, best first; then what the other ways make of it: each model that runs, directly and by way of
        English."""
        ...

    async def history(self, task_id: str, after: int, limit: int) -> list[EventRow]:
        """What happened, oldest first, with ids larger than `after`."""
        ...

    async def segments(self, task_id: str, file: int, after: int, limit: int, flag: str | None) -> SegmentPage:
        """Sentences of a file behind number `after`; only those with `flag`."""
        ...

    async def correct(self, task_id: str, file: int, n: int, target: str) -> SegmentRow:
        """Sentence `n` says this from now on."""
        ...

    async def bulk(self, action: str, task_ids: Sequence[str], priority: int | None = None) -> Bulk:
        """action: cancel, retry, priority or delete; each task alone may be refused."""
        ...
