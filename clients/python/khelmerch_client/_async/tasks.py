"""Files in, a task out: submitting, looking, changing, fetching."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from khelmerch_client._async.downloading import download
from khelmerch_client._async.http import UPLOAD_TIMEOUT_S, AsyncHttp
from khelmerch_client._async.io import Flow
from khelmerch_client._async.uploads import AsyncUploads
from khelmerch_client.files import OnSent, Saved
from khelmerch_client.models import (
    BulkAnswer,
    CorrectedSegment,
    Event,
    FileReport,
    History,
    SegmentPage,
    SegmentRow,
    Submitted,
    TaskDetail,
    TaskPage,
)
from khelmerch_client.wishes import Wishes, body, form, new_client_id

LARGE_BYTES = 8 * 2**20
"""Files above go in resumable parts; below, sending the file once more is as quick."""

PAGE = 100
_BULK_TIMEOUT_S = 600.0
"""The server answers when every task of the call is changed; each costs about a millisecond."""


def _task(task_id: str, what: str = "") -> str:
    return f"/tasks/{quote(task_id, safe='')}{what}"


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


class AsyncTasks:
    def __init__(self, http: AsyncHttp, uploads: AsyncUploads) -> None:
        self._http = http
        self._uploads = uploads

    async def submit(
        self,
        files: Sequence[Path],
        source: str,
        target: str,
        wishes: Wishes,
        *,
        idempotency_key: str | None,
        large_bytes: int,
        on_sent: OnSent | None,
    ) -> Submitted:
        asked = body(source, target, wishes)
        head = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        options: dict[str, Any] = {"headers": head, "repeatable": True, "timeout_s": UPLOAD_TIMEOUT_S}
        if any(file.stat().st_size > large_bytes for file in files):
            asked["uploads"] = []
            for file in files:
                made = await self._uploads.send(file, asked.get("client_ip"), on_sent)
                # Whose it is says the server: with an API key, its client.
                asked["client_ip"] = made["client_id"]
                asked["uploads"].append(made["id"])
            return cast(Submitted, await self._http.json("POST", "/translate/files", json=asked, **options))
        if not self._http.has_key:
            asked.setdefault("client_ip", new_client_id())  # keys for sending again belong to clients
        options |= {"data": form(asked), "files": files, "on_sent": on_sent}
        return cast(Submitted, await self._http.json("POST", "/translate/files", **options))

    async def preflight(self, files: Sequence[Path], source: str | None) -> Sequence[FileReport]:
        options: dict[str, Any] = {"files": files, "repeatable": True, "timeout_s": UPLOAD_TIMEOUT_S}
        found = await self._http.json("POST", "/preflight", data=_given(source_lang=source), **options)
        return cast(Sequence[FileReport], found["files"])

    async def get(self, task_id: str) -> TaskDetail:
        return cast(TaskDetail, await self._http.json("GET", _task(task_id)))

    async def page(self, **chosen: Any) -> TaskPage:
        return cast(TaskPage, await self._http.json("GET", "/tasks", params=_given(**chosen)))

    async def all(self, **chosen: Any) -> Flow[TaskDetail]:
        cursor: str | None = None
        while True:
            page = await self.page(limit=PAGE, cursor=cursor, **chosen)
            for task in page["tasks"]:
                yield task
            cursor = page["next_cursor"]
            if cursor is None:
                return

    async def history(self, task_id: str, after: int) -> Flow[Event]:
        more = True
        while more:
            found = await self._http.json("GET", _task(task_id, "/history"), params={"after": after})
            page = cast(History, found)
            for event in page["events"]:
                yield event
            after, more = page["next_after"], page["more"]

    async def segments(self, task_id: str, **chosen: Any) -> Flow[SegmentRow]:
        after: int | None = None
        while True:
            params = _given(after=after, **chosen)
            page = cast(SegmentPage, await self._http.json("GET", _task(task_id, "/segments"), params=params))
            for row in page["segments"]:
                yield row
            after = page["next_after"]
            if after is None:
                return

    async def change(self, task_id: str, what: str, **options: Any) -> TaskDetail:
        return cast(TaskDetail, await self._http.json("POST", _task(task_id, f"/{what}"), **options))

    async def delete(self, task_id: str) -> None:
        await self._http.answer("DELETE", _task(task_id))

    async def change_many(self, what: str, chosen: dict[str, Any], **options: Any) -> BulkAnswer:
        given = _given(**chosen)
        return cast(
            BulkAnswer,
            await self._http.json("POST", f"/tasks/{what}", json=given, timeout_s=_BULK_TIMEOUT_S, **options),
        )

    async def correct(self, task_id: str, n: int, target: str, file: int) -> CorrectedSegment:
        asked = {"target": target, "file": file}
        return cast(CorrectedSegment, await self._http.json("POST", _task(task_id, f"/segments/{n}"), json=asked))

    async def download(self, task: TaskDetail, folder: Path, kinds: Sequence[str] | None) -> list[Saved]:
        saved = []
        for file in task["files"]:
            for result in file.get("results", []):
                if kinds is None or result["kind"] in kinds:
                    path = await download(self._http, result["download"], folder, result["name"])
                    saved.append(Saved(file["name"], result["kind"], path))
        return saved

    async def download_all(self, task_id: str, out: Path) -> Path:
        path = f"/download-all?task_id={quote(task_id, safe='')}"
        return await download(self._http, path, out.parent, out.name)
