"""From a form to stored files: names, emptiness, type by content, and only then a place in the blob store."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastapi import Request

from actors.client import SchedulerClient
from actors.errors import ServiceError
from serve_app import names
from serve_app.errors import FileEmpty, RequestError
from serve_app.multipart import Received, receive, too_large
from storage.blobs import READ_BYTES, BlobStore, Staged
from storage.task_ids import new_task_id
from storage.task_store import NewTask
from storage.times import to_iso
from storage.upload_store import StoredFile
from translation.languages import check_pair

MIN_PRIORITY, DEFAULT_PRIORITY, MAX_PRIORITY = 0, 5, 9
_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off", ""})


@dataclass(frozen=True)
class IntakeLimits:
    max_file_bytes: int
    max_files: int


class Intake:
    def __init__(self, scheduler: SchedulerClient, blobs: BlobStore, limits: IntakeLimits) -> None:
        self._scheduler = scheduler
        self._blobs = blobs
        self.limits = limits

    async def form(self, request: Request) -> Received:
        return await receive(
            request, self._blobs, max_file_bytes=self.limits.max_file_bytes, max_files=self.limits.max_files
        )

    async def store(self, files: list[tuple[str, Staged]]) -> list[StoredFile]:
        """Check every file, then keep them all: one that is refused keeps none. Raises FileEmpty, DocumentRefused."""
        if not files:
            raise RequestError(
                "There are no files in the request; send them as the multipart field `files`.", field="files"
            )
        try:
            named = [(names.file_name(given), staged) for given, staged in files]
            for name, staged in named:
                if staged.size == 0:
                    raise FileEmpty(f"{name} is empty (0 bytes). Nothing was stored.", name=name)
                try:
                    await self._scheduler.check_document(name, str(staged.path))
                except ServiceError as error:
                    # The document worker sees a path; which of the client's files it was is known only here.
                    error.data.setdefault("name", name)
                    raise
            stored = []
            for name, staged in named:
                blob = await asyncio.to_thread(staged.commit, "uploads")
                stored.append(StoredFile(name, blob.size, blob.sha256, blob.key))
            return stored
        except BaseException:
            for _given, staged in files:
                staged.discard()
            raise

    async def store_paths(self, files: list[tuple[str, Path]]) -> list[StoredFile]:
        """The same for files that lie on the disk (the console's)."""
        return await self.store(await asyncio.to_thread(self._stage_paths, files))

    def _stage_paths(self, files: list[tuple[str, Path]]) -> list[tuple[str, Staged]]:
        staged_files: list[tuple[str, Staged]] = []
        try:
            for given, path in files:
                staged = self._blobs.stage()
                staged_files.append((given, staged))
                with path.open("rb") as source:
                    while block := source.read(READ_BYTES):
                        staged.write(block)
                        if staged.size > self.limits.max_file_bytes:
                            raise too_large(self.limits.max_file_bytes)
                staged.finish()
        except BaseException:
            for _given, staged in staged_files:
                staged.discard()
            raise
        return staged_files


def new_client_id() -> str:
    """A client id is all that a client without a key has: it must not be guessed."""
    return f"user-{secrets.token_hex(16)}"


def new_task(
    client: str,
    source_lang: str,
    target_lang: str,
    via_eng: bool,
    priority: int,
    not_before: str | None = None,
    model: str | None = None,
) -> NewTask:
    """Raises UnknownLanguage, SameLanguage, RequestError."""
    source, target = check_pair(source_lang, target_lang)
    if not MIN_PRIORITY <= priority <= MAX_PRIORITY:
        raise RequestError(f"priority must be {MIN_PRIORITY} to {MAX_PRIORITY} (larger goes first).", field="priority")
    english = "eng_Latn"
    return NewTask(
        new_task_id(),
        names.client_id(client),
        source,
        target,
        via_eng and english not in (source, target),
        priority,
        moment(not_before, "not_before") if not_before else None,
        model or None,
    )


def moment(text: str, name: str) -> str:
    """-> the time as storage writes it. Raises RequestError for anything that is no ISO 8601 time with its zone."""
    try:
        parsed = datetime.fromisoformat(text.strip())
        if parsed.tzinfo is None:
            raise ValueError("no zone")
        return to_iso(parsed.timestamp())
    except (ValueError, OverflowError, OSError) as error:
        raise RequestError(
            f"{name} must be an ISO 8601 time with its zone, such as 2026-11-24T01:30:00+08:00 or 2026-11-23T17:30:00Z.",
            field=name,
        ) from error


def boolean(text: str, name: str) -> bool:
    """Raises RequestError for anything that is not one of the usual words."""
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise RequestError(f"{name} must be true or false.", field=name)
    return word in _TRUE


def integer(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise RequestError(f"{name} must be a whole number.", field=name) from error
