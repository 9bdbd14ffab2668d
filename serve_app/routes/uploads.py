"""Files in, tasks made of them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from serve_app import idempotency
from serve_app.errors import RequestError
from serve_app.intake import DEFAULT_PRIORITY, OUTPUTS
from serve_app.schemas import Submitted, TaskRequest, UploadAnswer, UploadedFile, problems
from serve_app.services import Services

_TEXT = {"type": "string"}
FILES = {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}}
_UPLOADS = {"type": "string", "description": "Only these resumable uploads, by their ids, with commas between"}
_TASK_FIELDS: dict[str, Any] = {
    "source_lang": _TEXT,
    "target_lang": _TEXT,
    "via_eng": {"type": "boolean", "default": False},
    "priority": {"type": "integer", "minimum": 0, "maximum": 9, "default": DEFAULT_PRIORITY},
    "not_before": {"type": "string", "format": "date-time", "description": "Start later"},
    "model": {"type": "string", "description": "One of the models that run"},
    "output": {"type": "string", "enum": list(OUTPUTS), "default": "translated"},
    "review": {"type": "boolean", "default": False, "description": "Also a table of all sentences, as .xlsx"},
    "json_keys": {"type": "string", "description": "Only the strings under these keys (.json), with commas between"},
    "sheet_names": {"type": "boolean", "default": False, "description": "Also the names of sheets (.xlsx, .ods)"},
    "retranslate": {
        "type": "boolean",
        "default": False,
        "description": "Also what is translated already (.po, .xliff)",
    },
    "glossary": {
        "type": "string",
        "description": "Glossaries by id or name, with commas between; none for no glossary",
    },
    "memory": {"type": "boolean", "default": True, "description": "Use and feed the translation memory"},
    "webhook_url": {"type": "string", "description": "Tell this address that the task is over, see POST /webhooks"},
    "webhook_secret": {"type": "string", "description": "Signs it: whsec_ and base64"},
}


def request_body(content: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "requestBody": {"required": True, "content": {kind: {"schema": schema} for kind, schema in content.items()}}
    }


def _once(content: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The same for a call that takes an Idempotency-Key."""
    return {**request_body(content), "parameters": [idempotency.PARAMETER]}


def form_schema(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["tasks"])
    scheduler, intake = services.scheduler, services.intake
    submitting = services.submitting

    @routes.post(
        "/uploadfiles",
        summary="Upload files",
        responses=problems(400, 403, 413, 415, 422, 503),
        openapi_extra=request_body({"multipart/form-data": form_schema({**FILES, "client_id": _TEXT}, ["files"])}),
    )
    async def upload_files(request: Request) -> UploadAnswer:
        """Keep files for a client, new or known, until a task is made of them."""
        form = await intake.form(request)
        try:
            given = form.fields.get("client_id", "").strip()
            client = services.access.client(request, given)
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
        responses=problems(400, 403, 404, 409, 413, 415, 422, 429, 503),
        openapi_extra=_once(
            {
                "application/json": TaskRequest.model_json_schema(),
                "multipart/form-data": form_schema(
                    {**FILES, "client_ip": _TEXT, **_TASK_FIELDS}, ["files", "source_lang", "target_lang"]
                ),
            }
        ),
    )
    async def translate_files(request: Request, response: Response) -> Submitted:
        """Make a task: of files uploaded before (JSON), or of files that come along (multipart)."""
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            return await submitting.form(await intake.form(request), request, response)
        try:
            wanted = TaskRequest.model_validate_json(await request.body() or b"{}")
        except ValidationError as error:
            raise RequestValidationError(
                [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
            ) from error
        return await submitting.json(wanted, request, response)

    @routes.post(
        "/submit_translation_task",
        summary="Translate uploaded files (older call)",
        responses=problems(400, 403, 404, 409, 413, 415, 422, 429, 503),
        openapi_extra=_once(
            {
                kind: form_schema(
                    {"client_id": _TEXT, "uploads": _UPLOADS, **_TASK_FIELDS},
                    ["client_id", "source_lang", "target_lang"],
                )
                for kind in ("application/x-www-form-urlencoded", "multipart/form-data")
            }
        ),
    )
    async def submit_translation_task(request: Request, response: Response) -> Submitted:
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
        return await submitting.fields(fields, request, response)

    return routes
