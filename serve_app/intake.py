"""From a form to stored files: names, emptiness, type by content, and only then a place in the blob store."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from fastapi import Request

from actors import request_ids, tracing
from actors.client import SchedulerClient
from actors.errors import SchedulerUnavailable, ServiceError
from common.errors import KhelmerchError
from documents.characters import without_unwritable
from documents.model import DEFAULT_OPTIONS, Options
from serve_app import names
from serve_app.errors import FileEmpty, RequestError
from serve_app.identity import Identity, identity_of
from serve_app.in_force import IntakeLimits
from serve_app.multipart import Received, receive, too_large
from storage.blobs import READ_BYTES, Blob, BlobStore, Staged
from storage.task_ids import new_task_id
from storage.task_store import NewTask
from storage.times import to_iso
from storage.upload_store import StoredFile
from translation.languages import AUTO, PIVOT, check_pair, normalise

MIN_PRIORITY, DEFAULT_PRIORITY, MAX_PRIORITY = 0, 5, 9
OUTPUTS = ("translated", "bilingual", "both")
MAX_JSON_KEYS, MAX_KEY_CHARS = 100, 200
_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off", ""})


@dataclass(frozen=True)
class Wishes:
    """What is to be written, and how documents are to be read and translated. glossaries: ids and names, None for the
    server's default. Raises RequestError for what cannot be."""

    output: str = "translated"
    review: bool = False
    json_keys: tuple[str, ...] = ()
    sheet_names: bool = False
    retranslate: bool = False
    glossaries: tuple[str, ...] | None = None
    memory: bool = True

    def __post_init__(self) -> None:
        if self.output not in OUTPUTS:
            raise RequestError(f"output must be one of {', '.join(OUTPUTS)}.", field="output")
        if len(self.json_keys) > MAX_JSON_KEYS or any(not 0 < len(key) <= MAX_KEY_CHARS for key in self.json_keys):
            raise RequestError(
                f"json_keys are at most {MAX_JSON_KEYS} names of 1 to {MAX_KEY_CHARS} characters.", field="json_keys"
            )

    def columns(self) -> tuple[str, bool, str | None, str | None, bool]:
        """-> (output, review, options, glossaries, memory) of `NewTask`."""
        usual = asdict(DEFAULT_OPTIONS)
        options = asdict(Options(self.json_keys, self.sheet_names, self.retranslate))
        asked = {name: value for name, value in options.items() if value != usual[name]}
        named = None if self.glossaries is None else json.dumps(self.glossaries, ensure_ascii=False)
        return self.output, self.review, json.dumps(asked) if asked else None, named, self.memory


DEFAULT_WISHES = Wishes()


class Arrived(Protocol):
    """A file that has come whole. `commit` makes it a blob, `discard` says that it will not be one."""

    path: Path
    size: int

    def commit(self, kind: str) -> Blob: ...

    def discard(self) -> None: ...


CHECKS_AT_ONCE = 32
"""Files of one request that are looked at together: GPUs wait for a task until its last file was looked at."""


def _committed(named: Sequence[tuple[str, Arrived]]) -> list[StoredFile]:
    blobs = [(name, staged.commit("uploads")) for name, staged in named]
    return [StoredFile(name, blob.size, blob.sha256, blob.key) for name, blob in blobs]


class Intake:
    """limits: those in force now."""

    def __init__(
        self, scheduler: SchedulerClient, blobs: BlobStore, limits: Callable[[], Awaitable[IntakeLimits]]
    ) -> None:
        self._scheduler = scheduler
        self._blobs = blobs
        self._limits = limits

    async def form(self, request: Request) -> Received:
        """Raises RequestError for what is no form with files."""
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise RequestError("Send the files as multipart/form-data, field `files`.", field="files")
        most, limits = await self.max_file_bytes(identity_of(request)), await self._limits()
        return await receive(request, self._blobs, max_file_bytes=most, max_files=limits.max_files)

    async def max_file_bytes(self, identity: Identity) -> int:
        """-> how large a file of this one may be."""
        own, most = identity.limits.max_file_bytes, (await self._limits()).max_file_bytes
        return min(own, most) if own else most

    async def store(self, files: Sequence[tuple[str, Arrived]], task: NewTask | None = None) -> list[StoredFile]:
        """Check every file (as one of that task, where there is one already), then keep them all: one that is refused keeps
        none. Raises FileEmpty, DocumentRefused."""
        _require_some(files)
        try:
            named = [(names.file_name(given), staged) for given, staged in files]
            for start in range(0, len(named), CHECKS_AT_ONCE):
                some = named[start : start + CHECKS_AT_ONCE]
                outcomes = await asyncio.gather(
                    *(self._check(name, staged, task) for name, staged in some), return_exceptions=True
                )
                for refused in outcomes:
                    if refused is not None:
                        raise refused
            return await asyncio.to_thread(_committed, named)
        except BaseException:
            for _given, staged in files:
                staged.discard()
            raise

    async def _check(self, name: str, staged: Arrived, task: NewTask | None) -> None:
        if staged.size == 0:
            raise FileEmpty(f"{name} is empty (0 bytes). Nothing was stored.", name=name)
        try:
            await self._scheduler.check_document(name, str(staged.path), task)
        except ServiceError as error:
            # The document worker sees a path; which of the client's files it was is known only here.
            error.data.setdefault("name", name)
            raise

    async def preflight(self, form: Received) -> list[dict[str, Any]]:
        """-> for each file what a task of it would find, or why it would be refused. Raises RequestError, UnknownLanguage."""
        _require_some(form.files)
        given = form.fields.get("source_lang")
        source = AUTO if (given or "").strip().lower() == AUTO else normalise(given) if given else None
        return [await self.look(name, staged.path, staged.size, source) for name, staged in form.files]

    async def look(self, name: str, path: Path, size: int, source: str | None) -> dict[str, Any]:
        """-> what a task of the file at `path` would find. Raises SchedulerUnavailable."""
        report: dict[str, Any] = {"name": name, "size": size}
        try:
            report |= {"name": names.file_name(name)}
            if size == 0:
                raise FileEmpty(f"{name} is empty (0 bytes).", name=name)
            report |= await self._scheduler.preflight(report["name"], str(path), source)
        except SchedulerUnavailable:
            raise
        except KhelmerchError as error:
            report["problem"] = {"code": error.code, "detail": error.detail}
        return report

    async def store_paths(
        self, files: list[tuple[str, Path]], identity: Identity, task: NewTask | None = None
    ) -> list[StoredFile]:
        """`store` for files that lie on the disk (the console's)."""
        most = await self.max_file_bytes(identity)
        return await self.store(await asyncio.to_thread(self._stage_paths, files, most), task)

    @contextlib.asynccontextmanager
    async def staging(self, path: Path, identity: Identity) -> AsyncIterator[Path]:
        """A file of the console's, for as long as it is needed, where the workers that read files may look."""
        most = await self.max_file_bytes(identity)
        ((_name, staged),) = await asyncio.to_thread(self._stage_paths, [("", path)], most)
        try:
            yield staged.path
        finally:
            staged.discard()

    def _stage_paths(self, files: list[tuple[str, Path]], most: int) -> list[tuple[str, Staged]]:
        staged_files: list[tuple[str, Staged]] = []
        try:
            for given, path in files:
                staged = self._blobs.stage()
                staged_files.append((given, staged))
                with path.open("rb") as source:
                    while block := source.read(READ_BYTES):
                        staged.write(block)
                        if staged.size > most:
                            raise too_large(most)
                staged.finish()
        except BaseException:
            for _given, staged in staged_files:
                staged.discard()
            raise
        return staged_files


def _require_some(files: Sequence[tuple[str, Arrived]]) -> None:
    """Raises RequestError."""
    if not files:
        raise RequestError(
            "There are no files in the request; send them as the multipart field `files`.", field="files"
        )


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
    wishes: Wishes = DEFAULT_WISHES,
) -> NewTask:
    """Raises UnknownLanguage, SameLanguage, RequestError."""
    source, target = check_pair(source_lang, target_lang)
    if not MIN_PRIORITY <= priority <= MAX_PRIORITY:
        raise RequestError(f"priority must be {MIN_PRIORITY} to {MAX_PRIORITY} (larger goes first).", field="priority")
    return NewTask(
        new_task_id(),
        names.client_id(client),
        source,
        target,
        via_eng and PIVOT not in (source, target),
        priority,
        moment(not_before, "not_before") if not_before else None,
        model or None,
        *wishes.columns(),
        traceparent=tracing.current.get(),
        request_id=request_ids.current.get() if tracing.current.get() else "",
    )


def named_glossaries(given: str | list[str] | None) -> tuple[str, ...] | None:
    """-> ids and names, of a list or a text with commas between them; None when nothing is said. Raises RequestError."""
    if given is None or given == "":
        return None
    parts = given.split(",") if isinstance(given, str) else given
    if any(without_unwritable(part) != part for part in parts):
        raise RequestError("No glossary has a control character in its name.", field="glossary")
    return tuple(name for part in parts if (name := part.strip()))


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
