"""Files in, tasks made of them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from serve_app import names
from serve_app.errors import RequestError
from serve_app.intake import DEFAULT_PRIORITY, boolean, integer, new_client_id, new_task
from serve_app.schemas import Submitted, TaskRequest, UploadAnswer, UploadedFile, problems
from serve_app.services import Services
from storage.upload_store import StoredFile

_TEXT = {"type": "string"}
_FILES = {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}}
_TASK_FIELDS: dict[str, Any] = {
    "source_lang": _TEXT,
    "target_lang": _TEXT,
    "via_eng": {"type": "boolean", "default": False},
    "priority": {"type": "integer", "minimum": 0, "maximum": 9, "default": DEFAULT_PRIORITY},
}


def _body(content: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "requestBody": {"required": True, "content": {kind: {"schema": schema} for kind, schema in content.items()}}
    }


def _form(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["tasks"])
    scheduler, intake = services.scheduler, services.intake

    async def submit(fields: dict[str, str], files: list[StoredFile] | None) -> Submitted:
        client = fields.get("client_ip") or fields.get("client_id")
        for needed in ("source_lang", "target_lang"):
            if not fields.get(needed):
                raise RequestError(f"The field {needed} is missing.", field=needed)
        if not client:
            if files is None:
                raise RequestError(
                    "The field client_id (or client_ip) is missing: whose files are to be translated?",
                    field="client_id",
                )
            client = new_client_id()
        task = new_task(
            client,
            fields["source_lang"],
            fields["target_lang"],
            boolean(fields.get("via_eng", ""), "via_eng"),
            integer(fields.get("priority", str(DEFAULT_PRIORITY)), "priority"),
        )
        row = await scheduler.submit(task, files)
        return Submitted(task_id=row["task_id"], status=row["status"])

    @routes.post(
        "/uploadfiles",
        summary="Upload files",
        responses=problems(400, 413, 415, 422, 503),
        openapi_extra=_body({"multipart/form-data": _form({**_FILES, "client_id": _TEXT}, ["files"])}),
    )
    async def upload_files(request: Request) -> UploadAnswer:
        """Keep files for a client, new or known, until a task is made of them."""
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise RequestError("Send the files as multipart/form-data, field `files`.", field="files")
        form = await intake.form(request)
        try:
            given = form.fields.get("client_id", "").strip()
            client = names.client_id(given) if given else new_client_id()
            stored = await intake.store(form.files)
        except BaseException:
            form.discard()
            raise
        await scheduler.add_uploads(client, stored)
        count = f"{len(stored)} file" + ("s" if len(stored) != 1 else "")
        return UploadAnswer(
            client_id=client,
            message=f"{count} uploaded. Make a task of them with POST /translate/files.",
            files=[UploadedFile(name=file.name, size=file.size) for file in stored],
        )

    @routes.post(
        "/translate/files",
        summary="Translate uploaded files",
        responses=problems(400, 413, 415, 422, 429, 503),
        openapi_extra=_body(
            {
                "application/json": TaskRequest.model_json_schema(),
                "multipart/form-data": _form(
                    {**_FILES, "client_ip": _TEXT, **_TASK_FIELDS}, ["files", "source_lang", "target_lang"]
                ),
            }
        ),
    )
    async def translate_files(request: Request) -> Submitted:
        """Make a task: of files uploaded before (JSON), or of files that come along (multipart)."""
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            form = await intake.form(request)
            try:
                # The languages first: a wrong one must not cost the reading of every file.
                new_task(
                    "check",
                    form.fields.get("source_lang", ""),
                    form.fields.get("target_lang", ""),
                    False,
                    DEFAULT_PRIORITY,
                )
                stored = await intake.store(form.files) if form.files else None
            except BaseException:
                form.discard()
                raise
            try:
                return await submit(form.fields, stored)
            except Exception:
                for file in stored or ():
                    services.blobs.remove(file.blob)
                raise
        try:
            wanted = TaskRequest.model_validate_json(await request.body() or b"{}")
        except ValidationError as error:
            raise RequestValidationError(
                [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
            ) from error
        task = new_task(wanted.client_ip, wanted.source_lang, wanted.target_lang, wanted.via_eng, wanted.priority)
        row = await scheduler.submit(task, None)
        return Submitted(task_id=row["task_id"], status=row["status"])

    @routes.post(
        "/submit_translation_task",
        summary="Translate uploaded files (older call)",
        responses=problems(400, 413, 415, 422, 429, 503),
        openapi_extra=_body(
            {
                kind: _form({"client_id": _TEXT, **_TASK_FIELDS}, ["client_id", "source_lang", "target_lang"])
                for kind in ("application/x-www-form-urlencoded", "multipart/form-data")
            }
        ),
    )
    async def submit_translation_task(request: Request) -> Submitted:
        """The older call: a form instead of JSON."""
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            form = await intake.form(request)
            form.discard()
            fields = form.fields
            if form.files:
                raise RequestError(
                    "This call takes no files: send them to /uploadfiles before, or all at once to /translate/files.",
                    field="files",
                )
        else:
            fields = {key: str(value) for key, value in (await request.form(max_files=0)).items()}
        return await submit(fields, None)

    return routes
