"""Results out: one file, or all of a task as a zip. Both answer Range requests, so that a broken download goes on."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import os
import zipfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse

from serve_app import conditional
from serve_app.routes.tasks import UNCHANGED, TaskId
from serve_app.schemas import problems
from serve_app.services import Services
from storage.blobs import BlobStore
from storage.errors import FileNotInTask

_BINARY = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
"""Of the media type of the document."""
PARTS: dict[int | str, dict[str, Any]] = {206: {"description": "A part, as asked for with Range"}, **UNCHANGED}
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The same files give the same zip, byte for byte: a download can be taken up again after a restart."""


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["results"])

    # Programs that fetch files ask for the size first, and by HEAD.
    @routes.head("/tasks/{task_id}/files/{n}", include_in_schema=False)
    @routes.get(
        "/tasks/{task_id}/files/{n}",
        summary="A translated file",
        response_class=FileResponse,
        responses={
            200: {"content": _BINARY},
            **PARTS,
            **problems(404, 416, 422, 503),
        },
    )
    async def result(
        request: Request,
        task_id: TaskId,
        n: Annotated[int, PathParameter(ge=1, le=1_000_000)],
        kind: Annotated[
            Literal["translated", "bilingual", "review"] | None,
            Query(description="Which of the file's results; the first one if left out"),
        ] = None,
    ) -> Response:
        """Complete files only. They stay after the task failed, was cancelled or timed out."""
        file = await services.scheduler.result(task_id, n, kind)
        path = await services.fetch(file["result_blob"])
        return _send(request, path, file["result_name"], file["result_sha256"])

    @routes.head("/download-all", include_in_schema=False)
    @routes.get(
        "/download-all",
        summary="All translated files of a task as a zip",
        response_class=FileResponse,
        responses={
            200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
            **PARTS,
            **problems(404, 416, 422, 503),
        },
    )
    async def download_all(request: Request, task_id: Annotated[str, Query(max_length=64)]) -> Response:
        found = await services.scheduler.results(task_id)
        files = [file for file in found["files"] if file["result_blob"]]
        if not files:
            raise FileNotInTask(
                f"Task {task_id} has no finished files to download (it is {found['task']['status']}).", task_id=task_id
            )
        path = await asyncio.to_thread(_zip, services.blobs, files)
        return _send(request, path, f"{task_id}.zip", path.name)

    return routes


def _send(request: Request, path: Path, name: str, tag: str) -> Response:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return conditional.file(request, path, name, kind, tag)


def _zip(blobs: BlobStore, files: list[dict[str, Any]]) -> Path:
    """-> the zip of these results, made once and kept beside them in the cache. Blocking."""
    digest = _digest(files)
    target = blobs.root / "zips" / f"{digest}.zip"
    target.parent.mkdir(exist_ok=True)
    if target.exists():
        os.utime(target)
        return target
    scratch = blobs.scratch()
    taken: set[str] = set()
    # Stored, not deflated: office documents are compressed already.
    with zipfile.ZipFile(scratch, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(_unique(file["result_name"], taken), ZIP_DATE)
            entry.external_attr = 0o644 << 16
            with (
                blobs.fetch(file["result_blob"]).open("rb") as source,
                archive.open(entry, "w", force_zip64=True) as out,
            ):
                while block := source.read(1 << 20):
                    out.write(block)
    scratch.rename(target)
    return target


def _digest(files: list[dict[str, Any]]) -> str:
    return hashlib.sha256(
        "\n".join(f"{file['result_name']} {file['result_sha256']}" for file in files).encode()
    ).hexdigest()


def _unique(name: str, taken: set[str]) -> str:
    stem, dot, suffix = name.rpartition(".")
    count, unique = 1, name
    while unique in taken:
        count += 1
        unique = f"{stem} ({count}){dot}{suffix}" if dot else f"{name} ({count})"
    taken.add(unique)
    return unique
