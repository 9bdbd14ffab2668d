"""From the fields of a form, or a JSON body, to a task: once for each Idempotency-Key."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from fastapi import Request, Response

from actors.asked import Files, IdempotencyKey, Waiting
from actors.client import Row, SchedulerClient
from actors.errors import Draining, SchedulerUnavailable, ServiceError
from serve_app import idempotency
from serve_app.errors import RequestError
from serve_app.identity import identity_of
from serve_app.intake import (
    DEFAULT_PRIORITY,
    Intake,
    Wishes,
    boolean,
    integer,
    named_glossaries,
    new_client_id,
    new_task,
)
from serve_app.multipart import Received
from serve_app.resumable import Resumable
from serve_app.schemas import Submitted, TaskRequest
from storage.blobs import BlobStore
from storage.errors import StorageError
from storage.states import TaskStatus
from storage.task_store import NewTask
from translation.errors import TranslationError


class Submitting:
    """One for each ingress: it knows which keys are being answered."""

    def __init__(self, scheduler: SchedulerClient, intake: Intake, blobs: BlobStore, resumable: Resumable) -> None:
        self._scheduler = scheduler
        self._intake = intake
        self._blobs = blobs
        self._resumable = resumable
        self._in_flight = idempotency.InFlight()

    async def json(self, wanted: TaskRequest, request: Request, response: Response) -> Submitted:
        """A task of the files that the client uploaded before."""
        task = new_task(
            _client(wanted.client_ip, request),
            wanted.source_lang,
            wanted.target_lang,
            wanted.via_eng,
            wanted.priority,
            wanted.not_before,
            wanted.model,
            Wishes(
                wanted.output,
                wanted.review,
                tuple(wanted.json_keys),
                wanted.sheet_names,
                wanted.retranslate,
                named_glossaries(wanted.glossary),
                wanted.memory,
            ),
        )
        task = replace(task, webhook_url=wanted.webhook_url or None, webhook_secret=wanted.webhook_secret or None)
        key = _key(request, task.client_ip)
        with self._in_flight.of(task.client_ip, key):
            return await self._submit(task, await self._waiting(wanted.uploads, task), key, response)

    async def fields(self, fields: dict[str, str], request: Request, response: Response) -> Submitted:
        """The same from a form."""
        task = _task(fields, _client(_named(fields), request))
        key = _key(request, task.client_ip)
        with self._in_flight.of(task.client_ip, key):
            named = fields["uploads"].split(",") if fields.get("uploads") else None
            return await self._submit(task, await self._waiting(named, task), key, response)

    async def form(self, form: Received, request: Request, response: Response) -> Submitted:
        """A task of the files that came along; without any, of those uploaded before."""
        try:
            # Everything that can be refused without reading the files comes first.
            given = identity_of(request).client_for(_named(form.fields))
            task = _task(form.fields, given or (new_client_id() if form.files else _client(None, request)))
            key = _key(request, given or "")
            with self._in_flight.of(task.client_ip, key):
                if not form.files:
                    return await self._submit(task, None, key, response)
                stored = await self._intake.store(form.files, task)
                return await self._submit(task, stored, key, response)
        except BaseException:
            form.discard()
            raise

    async def _waiting(self, uploads: list[str] | None, task: NewTask) -> Waiting | None:
        """-> those of the client's waiting files that these uploads became, None for all. Raises UploadNotFound,
        UploadUnfinished."""
        if uploads is None:
            return None
        found = [await self._resumable.stored(upload_id.strip(), task.client_ip) for upload_id in uploads]
        return Waiting(tuple(dict.fromkeys(file.blob for file in found)))

    async def _submit(self, task: NewTask, files: Files, key: str | None, response: Response) -> Submitted:
        row, replayed = await self.take(task, files, idempotency.of_body(key, task, files))
        if not replayed:
            return Submitted(task_id=row["task_id"], status=row["status"])
        # The same answer as before, though the task may be further by now; the header tells who wants to know.
        await self._remove(files)
        response.headers[idempotency.REPLAYED] = "true"
        return Submitted(task_id=row["task_id"], status=TaskStatus.PENDING)

    async def take(self, task: NewTask, files: Files, key: IdempotencyKey | None) -> tuple[Row, bool]:
        """-> the task's row, and whether an earlier request made it. Files of a task that was surely refused are removed."""
        try:
            if task.webhook_url:
                secret = await self._scheduler.check_webhook(task.webhook_url, task.webhook_secret)
                task = replace(task, webhook_secret=secret)
            return await self._scheduler.submit_once(task, files, key)
        except Exception as error:
            if _definite(error):
                await self._remove(files)
            raise

    async def _remove(self, files: Files) -> None:
        """Those that came along."""
        for file in files if isinstance(files, list) else ():
            await asyncio.to_thread(self._blobs.remove, file.blob)


def _definite(error: Exception) -> bool:
    """Is it certain that no task was made? Otherwise the files stay: a task without them would be worse than files
    without a task, which are swept."""
    if isinstance(error, SchedulerUnavailable) or not isinstance(error, ServiceError | StorageError | TranslationError):
        return False
    return error.status < 500 or isinstance(error, Draining)


def _key(request: Request, client: str) -> str | None:
    return idempotency.given_key(request.headers.get(idempotency.HEADER), client)


def _named(fields: dict[str, str]) -> str | None:
    return fields.get("client_ip") or fields.get("client_id")


def _client(given: str | None, request: Request) -> str:
    """-> whose uploaded files are meant. Raises RequestError, Forbidden."""
    client = identity_of(request).client_for(given)
    if client is None:
        raise RequestError(
            "The field client_id (or client_ip) is missing: whose files are to be translated?", field="client_id"
        )
    return client


def _task(fields: dict[str, str], client: str) -> NewTask:
    """Raises RequestError, UnknownLanguage, SameLanguage."""
    for needed in ("source_lang", "target_lang"):
        if not fields.get(needed):
            raise RequestError(f"The field {needed} is missing.", field=needed)
    task = new_task(
        client,
        fields["source_lang"],
        fields["target_lang"],
        boolean(fields.get("via_eng", ""), "via_eng"),
        integer(fields.get("priority", str(DEFAULT_PRIORITY)), "priority"),
        fields.get("not_before") or None,
        fields.get("model") or None,
        Wishes(
            fields.get("output") or "translated",
            boolean(fields.get("review", ""), "review"),
            tuple(key for part in fields.get("json_keys", "").split(",") if (key := part.strip())),
            boolean(fields.get("sheet_names", ""), "sheet_names"),
            boolean(fields.get("retranslate", ""), "retranslate"),
            named_glossaries(fields.get("glossary")),
            boolean(fields.get("memory") or "true", "memory"),
        ),
    )
    url, secret = fields.get("webhook_url"), fields.get("webhook_secret")
    return replace(task, webhook_url=url or None, webhook_secret=secret or None)
